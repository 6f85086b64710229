# SPDX-License-Identifier: Apache-2.0
"""`tools/bench train`: the same text, the same vocabulary size, malmoi and its peers in turn."""

import argparse
import sys
from pathlib import Path

import tokenizer_json
from measure import BenchError, Run, run, run_worker, warm_up
from report import Result, counted, cpu, middle, ratios, raw_rows, spread, table, wall
from texts import (
    CACHE, MALMOI, Text, cut, known_corpora, prepare, stream, train_arguments)

PEERS = ["tokenizers", "gigabpe", "gigatoken", "sentencepiece", "rustbpe", "bpeasy"]
#: Trainers with rules of their own.
OTHER_RULES = ["sentencepiece", "rustbpe", "bpeasy"]
#: malmoi counting into a file, and training from that file.
COUNT, COUNTED = "malmoi count", "malmoi --counts"
#: Trainers that count only the bytes that occur, and so make more merges for as many ids.
PARTIAL_ALPHABET = ["gigabpe"]
HEADER = ["peer", "wall s", "CPU s", "MB/s", "wall ÷ malmoi's", "peak MiB", "merges = malmoi's"]


def run_all(arguments: argparse.Namespace, text: Text) -> dict[str, list[Run]]:
    """The rounds: every row once, then every row again; a peer that failed is not tried again."""
    names = ["malmoi", COUNT, COUNTED, *arguments.peers]
    runs: dict[str, list[Run]] = {name: [] for name in names}
    warm_up(str(MALMOI))
    for number in range(arguments.rounds):
        for name, several in runs.items():
            if several and several[-1].error:
                continue
            result = train(name, text, arguments)
            several.append(result)
            print(f"round {number + 1} of {arguments.rounds}: {name}: "
                  f"{result.error or f'{result.wall_seconds:.2f} s'}",
                  file=sys.stderr, flush=True)
            if name.startswith("malmoi") and result.error:
                raise BenchError(f"{name}: {result.error}")
    return runs


def train(name: str, text: Text, arguments: argparse.Namespace) -> Run:
    """One row of one round."""
    output = output_of(name)
    output.parent.mkdir(parents=True, exist_ok=True)
    size, threads, timeout = arguments.vocab_size, arguments.threads, arguments.timeout
    if name == "malmoi":
        command = [str(MALMOI), *train_arguments(text, size, threads, output.parent)]
        result = run(command, threads, timeout)
        result.report.pop("output", None)  # a path of this machine
        return result
    counts = CACHE / "trained" / "counts"
    if name in (COUNT, COUNTED):
        command = [str(MALMOI), *(["count", str(text.path), "--normalizer", "none"]
                                  if name == COUNT else
                                  ["train", "--counts", str(counts), "--vocab-size", str(size)]),
                   "--output", str(counts if name == COUNT else output.parent), "--overwrite",
                   "--threads", str(threads), "--json"]
        result = run(command, threads, timeout)
        result.report = {}
        return result
    options = ["--text", str(text.path), "--vocab-size", str(size), "--threads", str(threads),
               "--output", str(output)]
    return run_worker("trainers.py", [name, *options], threads, timeout)


def output_of(name: str) -> Path:
    """The tokenizer that a row writes."""
    return CACHE / "trained" / name / "tokenizer.json"


def compare_merges(names: list[str]) -> dict[str, tuple[str, bool]]:
    """For each peer: how its merges compare with malmoi's, and whether that is as it should."""
    ours = tokenizer_json.merges(output_of("malmoi"))
    verdicts = {}
    for name in names:
        if name in OTHER_RULES:
            verdicts[name] = ("n/a", True)
        else:
            theirs = tokenizer_json.merges(output_of(name))
            verdicts[name] = verdict(ours, theirs, name in PARTIAL_ALPHABET)
    return verdicts


def verdict(
    ours: list[tokenizer_json.Merge], theirs: list[tokenizer_json.Merge], partial_alphabet: bool
) -> tuple[str, bool]:
    """Compares two lists of merges; of lists from different alphabets, what both have."""
    common = min(len(ours), len(theirs))
    for rank in range(common):
        if ours[rank] != theirs[rank]:
            return f"no: differs at merge {rank + 1:,} of {common:,}", False
    if len(ours) == len(theirs):
        return f"yes, all {common:,}", True
    if not partial_alphabet:
        return f"no: {len(theirs):,} merges, malmoi made {len(ours):,}", False
    return f"yes, the first {common:,} of {len(theirs):,}", True


def row(name: str, runs: list[Run], ours: list[Run], text: Text, merges: str) -> list[str]:
    """One row of the table."""
    if runs[-1].error:
        return [name, f"not measured: {runs[-1].error}"]
    seconds = middle(runs, wall)
    peak = middle(runs, lambda one: one.peak_bytes)
    ratio = "" if name == "malmoi" else spread(ratios(runs, ours, wall))
    return [name, f"{seconds:.2f}", f"{middle(runs, cpu):.2f}", f"{text.megabytes / seconds:.1f}",
            ratio, f"{peak / 2**20:.0f}", merges]


def comparison(name: str, runs: list[Run], ours: list[Run], merges: str) -> str:
    """One peer in one line."""
    return (f"{name}: {spread(ratios(runs, ours, wall))} × malmoi's wall time, "
            f"{spread(ratios(runs, ours, cpu))} × its CPU time; the same merges: {merges}")


def measure_all(arguments: argparse.Namespace, text: Text) -> Result:
    """Measures, compares and writes it all down."""
    runs = run_all(arguments, text)
    sound = [name for name in arguments.peers if not runs[name][-1].error]
    verdicts = compare_merges(sound)
    merges = {name: words for name, (words, _) in verdicts.items()}
    if tokenizer_json.merges(output_of(COUNTED)) != tokenizer_json.merges(output_of("malmoi")):
        raise BenchError("malmoi makes other merges from counts than from the text")
    merges[COUNTED] = "yes, all"
    rows = [row(name, several, runs["malmoi"], text, merges.get(name, ""))
            for name, several in runs.items()]
    lines = [comparison(name, runs[name], runs["malmoi"], merges[name]) for name in sound]
    lines += [f"malmoi from counts: {spread(ratios(runs[COUNTED], runs[name], wall))} × the wall "
              f"time of {name} on the text; malmoi's peak of memory: "
              f"{spread(ratios(runs['malmoi'], runs[name], lambda one: one.peak_bytes))} × its"
              for name in sound]
    head = (f"train: {text.description}, {arguments.vocab_size:,} ids, "
            f"{counted(arguments.threads, 'thread')}, "
            f"median of {counted(arguments.rounds, 'round')}")
    return Result(
        "\n".join([head, "", table(HEADER, rows, left=[0, 6]), "", *lines]),
        {"text": {"bytes": text.bytes, "documents": text.documents},
         "vocabulary_size": arguments.vocab_size, "threads": arguments.threads,
         "merges": merges, "runs": raw_rows(runs)},
        all(agrees for _, agrees in verdicts.values()))


def bench(arguments: argparse.Namespace) -> Result:
    """The command `train`."""
    if str(arguments.corpus) == "all":
        text = stream(known_corpora()[0], 1e6)
    else:
        text = prepare(arguments.corpus)
    return measure_all(arguments, cut(text, arguments.max_mb))

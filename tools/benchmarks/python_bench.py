# SPDX-License-Identifier: Apache-2.0
"""`tools/bench python`: the Python interface beside the command's encoder and beside peers' interfaces."""

import argparse
import os
import sys
from pathlib import Path

from measure import BenchError, Run, run
from report import Result, middle, spread, table
from texts import MALMOI, ROOT, TIMER, Text, cut, in_blocks, in_memory_form, prepare, tokenizer_for

COMMAND = "malmoi, command's encoder"
ROWS = ["malmoi, Arrow, 1 MiB batches", "malmoi, Arrow, one array", "malmoi, list of str", "malmoi, list of bytes",
        "gigatoken, list of str", "gigatoken, list of bytes", "tokenizers, list of str"]
#: They encode a part.
SLOW = {"tokenizers, list of str"}


def seconds(one: Run, what: str) -> float:
    """What the process said of its encoding."""
    return one.report[what]


def encoder(arguments: argparse.Namespace, tokenizer: Path, text: Text) -> Run:
    """The first pass of the encoder that the command uses, over documents in memory."""
    documents, ends = in_memory_form(text)
    made = run([str(TIMER), "passes", "--text", str(documents), "--document-ends", str(ends), "--tokenizer",
                str(tokenizer), "--threads", "1", "--passes", "1"], 1, arguments.timeout)
    if made.error or not made.records:
        raise BenchError(f"{TIMER.name}: {made.error}")
    first = made.records[0]
    made.report = {"wall_seconds": first["wall_seconds"], "cpu_seconds": first["cpu_seconds"],
                   "tokens": first.get("tokens")}
    return made


def interface(arguments: argparse.Namespace, row: str, tokenizer: Path, text: Text) -> Run:
    """One pass by the Python interface that `row` names."""
    documents, ends = in_memory_form(text)
    made = run([sys.executable, str(Path(__file__).with_name("python_runs.py")), row, str(tokenizer), str(documents),
                str(ends)], 1, arguments.timeout)
    if made.error and row.startswith("malmoi"):
        raise BenchError(f"{row}: {made.error}")
    return made


def bench(arguments: argparse.Namespace) -> Result:
    """The command `python`."""
    os.environ["PYTHONPATH"] = str(ROOT / "tools" / "python" / "src")
    os.environ["MALMOI_LIBRARY"] = str(MALMOI.with_name("libMalmoiC.so"))
    whole = prepare(arguments.corpus)
    tokenizer = tokenizer_for(whole, 32_000, 2)
    text = in_blocks(cut(whole, arguments.max_mb), arguments.document_bytes)
    part = in_blocks(cut(whole, min(arguments.max_mb, arguments.slow_mb)), arguments.document_bytes)
    found: dict[str, list[Run]] = {name: [] for name in [COMMAND, *ROWS]}
    for number in range(arguments.rounds):
        found[COMMAND].append(encoder(arguments, tokenizer, text))
        for row in ROWS:
            found[row].append(interface(arguments, row, tokenizer, part if row in SLOW else text))
        print(f"round {number + 1} done", file=sys.stderr, flush=True)
    base = found[ROWS[2]]
    lines, differing = [], []
    for row, runs in found.items():
        if any(one.error for one in runs):
            lines.append([row, f"failed: {next(one.error for one in runs if one.error)}"])
            continue
        size = (part if row in SLOW else text).megabytes
        rate = size / middle(runs, lambda one: seconds(one, "cpu_seconds"))

        def times(what: str) -> str:
            return spread([seconds(one, what) / size / (seconds(other, what) / text.megabytes)
                           for one, other in zip(runs, base)])

        lines.append([row, f"{rate:.1f}", times("cpu_seconds"), times("wall_seconds")])
        hashes = {one.report.get("sha256") for one in runs}
        if row not in SLOW and row != COMMAND and hashes != {base[0].report["sha256"]}:
            differing.append(row)
    header = ["one thread, ids never seen", "MB/s of CPU", "CPU time ÷ malmoi's list of str", "wall time ÷ it"]
    head = f"python: {text.description}, 32,000 ids, {arguments.rounds} rounds"
    agreement = "all ids agree" if not differing else f"other ids: {', '.join(differing)}"
    record = {"rows": {name: [one.report for one in runs] for name, runs in found.items()}}
    return Result("\n".join([head, "", table(header, lines, left=[0]), "", agreement]), record, not differing)

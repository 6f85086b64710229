# SPDX-License-Identifier: Apache-2.0
"""`tools/bench growth`: what counting and training cost as the text grows, in bounded memory."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import BenchError
from report import Result, table
from texts import MALMOI, cut, known_corpora, prepare, stream

GENERATOR = MALMOI.with_name("malmoi-encode-benchmark")
UNITS = {"MB": 10**6, "GB": 10**9}


def bytes_of(size: str) -> int:
    """The number of bytes that `5GB` stands for."""
    match = re.fullmatch(r"(\d+)(MB|GB)", size)
    if not match:
        raise BenchError(f"--sizes: {size} is no size such as 100MB or 5GB")
    return int(match[1]) * UNITS[match[2]]


def timed(command: list[str], source: list[str] | None = None) -> dict:
    """Runs a command, with the output of another as its input; what it cost and said."""
    start = time.perf_counter()
    feeder = subprocess.Popen(source, stdout=subprocess.PIPE) if source else None
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=feeder.stdout if feeder else None,
                                   stdout=output, stderr=errors)
        if feeder:
            feeder.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        if feeder:
            feeder.wait()
        errors.seek(0)
        output.seek(0)
        told, said = errors.read().decode(), output.read().decode()
    return {"exit_code": os.waitstatus_to_exitcode(status), "wall_seconds": round(wall, 2),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_mib": usage.ru_maxrss // 1024, "told": told.strip(),
            "report": json.loads(said) if said.startswith("{") else {}}


def grow(arguments: argparse.Namespace, text: Path, size: str, scratch: Path) -> dict:
    """Counts text of one size, which is made while it is read, and trains from the counts."""
    counts = scratch / f"{size}.counts"
    options = ["--memory", arguments.memory, "--threads", str(arguments.threads), "--overwrite",
               "--json"]
    count = timed([str(MALMOI), "count", "-", "--output", str(counts), *options],
                  [str(GENERATOR), "vary", "--text", str(text), "--bytes", str(bytes_of(size))])
    if count["exit_code"] != 0:
        raise BenchError(f"malmoi count: {count['told']}")
    train = [str(MALMOI), "train", "--counts", str(counts), "--vocab-size",
             str(arguments.vocab_size), "--output", str(scratch / "tokenizer"), *options]
    trained = timed(train)
    refused = re.search(r"--min-count (\d+)", trained["told"])
    if trained["exit_code"] == 64 and refused:
        # The time of the refusal is part of what it takes.
        refusal = trained["told"]
        least = int(refused[1])
        trained = timed([*train, "--min-count", refused[1]])
        trained |= {"min_count": least, "refusal": refusal}
    if trained["exit_code"] != 0:
        raise BenchError(f"malmoi train: {trained['told']}")
    counts.unlink()
    for part in (count, trained):
        part["report"].pop("output", None)
        part["report"].pop("sources", None)
        part.pop("told")
    return {"size": size, "bytes": bytes_of(size), "count": count, "train": trained}


def per_gigabyte(point: dict) -> float:
    """CPU seconds of counting and training a GB: wall time waits for the text to be made."""
    cpu = point["count"]["cpu_seconds"] + point["train"]["cpu_seconds"]
    return cpu / (point["bytes"] / 1e9)


def bench(arguments: argparse.Namespace) -> Result:
    """The command `growth`."""
    if arguments.corpus is None or str(arguments.corpus) == "all":
        text = stream(known_corpora()[0], 1e6) if known_corpora() else prepare(None)
    else:
        text = cut(prepare(arguments.corpus), None)
    points = []
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for size in arguments.sizes.split(","):
            points.append(grow(arguments, text.path, size, Path(scratch)))
            print(f"{size}: {points[-1]['count']['cpu_seconds']} + "
                  f"{points[-1]['train']['cpu_seconds']} s", file=sys.stderr, flush=True)
    base = next((p for p in points if p["size"] == "400MB"), points[-1])
    rows = [[p["size"], f"{p['count']['report']['distinct_pretokens']:,}",
             f"{p['count']['cpu_seconds']:.1f}", str(p["count"]["peak_mib"]),
             f"{p['train']['cpu_seconds']:.1f}", str(p["train"]["peak_mib"]),
             str(p["train"].get("min_count", 1)), f"{per_gigabyte(p):.1f}",
             f"{per_gigabyte(p) / per_gigabyte(base):.2f}"] for p in points]
    header = ["text", "distinct pretokens", "count CPU s", "peak MiB", "train CPU s", "peak MiB",
              "min-count", "CPU s a GB", f"÷ {base['size']}'s"]
    if arguments.chart:
        draw(points, base, arguments)
    head = (f"growth: {arguments.vocab_size:,} ids, --memory {arguments.memory}, "
            f"{arguments.threads} threads, variations of {text.description}")
    return Result("\n".join([head, "", table(header, rows, left=[0])]),
                  {"memory": arguments.memory, "threads": arguments.threads,
                   "vocabulary_size": arguments.vocab_size, "points": points}, True)


def draw(points: list[dict], base: dict, arguments: argparse.Namespace) -> None:
    """Two panels: CPU seconds and peak MiB over the size of the text, both axes logarithmic."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    sizes = [point["bytes"] for point in points]
    for part, colour in (("count", "#1f5fa8"), ("train", "#d9822b")):
        left.plot(sizes, [p[part]["cpu_seconds"] for p in points], "o-", color=colour, label=part)
        right.plot(sizes, [p[part]["peak_mib"] for p in points], "o-", color=colour, label=part)
    constant = [per_gigabyte(base) * size / 1e9 for size in sizes]
    left.plot(sizes, constant, ":", color="#888888",
              label=f"count + train at the cost a byte of {base['size']}")
    left.set_ylabel("CPU seconds")
    right.set_ylabel("peak of memory, MiB")
    for panel in (left, right):
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xticks(sizes, [point["size"] for point in points])
        panel.minorticks_off()
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False)
    figure.suptitle(f"malmoi count and train --counts, {arguments.vocab_size:,} ids, "
                    f"--memory {arguments.memory}")
    figure.savefig(arguments.chart)

# SPDX-License-Identifier: Apache-2.0
"""`tools/bench estimate`: the time, the memory and the tokens that an estimate foretells, beside a real run."""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from inspect_bench import korean_inputs, run, tokenizer
from report import Result, table
from texts import MALMOI


def bench(arguments: argparse.Namespace) -> Result:
    """The command `estimate`."""
    inputs = korean_inputs(arguments)
    records, lines = [], []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with_tokenizer = ["--tokenizer", tokenizer(arguments, inputs, scratch)]
        for path in inputs:
            for threads in arguments.threads:
                options = [path, *with_tokenizer, "--threads", str(threads), "--quiet"]
                runs = [pair(options, scratch) for _ in range(arguments.rounds)]
                records.append({"input": path, "threads": threads, "runs": runs})
                lines.append(row(Path(path).name, threads, runs))
                print(f"{path}: {threads} threads done", file=sys.stderr, flush=True)
    header = ["", "threads", "seconds foretold", "taken", "in the interval", "MiB foretold", "taken", "tokens off by"]
    return Result(table(header, lines, left=[0]), {"rows": records}, True)


def pair(options: list[str], scratch: Path) -> dict:
    """An estimate, and the run that it foretells, one behind the other."""
    foretold = run([str(MALMOI), "estimate", *options, "--format", "megatron", "--json"])["report"]
    taken = run([str(MALMOI), "encode", *options, "--output", str(scratch / "set"), "--overwrite", "--json"])
    return {
        "foretold": foretold["machine"] | {"tokens": foretold["tokens"]["estimate"]},
        "taken": {"seconds": taken["wall_seconds"], "peak_mib": taken["peak_mib"],
                  "tokens": taken["report"]["tokens"]}}


def row(name: str, threads: int, runs: list[dict]) -> list[str]:
    def inside(one: dict) -> bool:
        low, high = one["foretold"]["seconds"]
        return low <= one["taken"]["seconds"] <= high

    low, high = (median(one["foretold"]["seconds"][end] for one in runs) for end in (0, 1))
    return [
        name, str(threads), f"{low:.1f} to {high:.1f}", f"{median(one['taken']['seconds'] for one in runs):.1f}",
        f"{sum(map(inside, runs))} of {len(runs)}", f"{max(one['foretold']['memory_bytes'] for one in runs) >> 20}",
        f"{max(one['taken']['peak_mib'] for one in runs)}",
        f"{max(abs(one['foretold']['tokens'] / one['taken']['tokens'] - 1) for one in runs):.2%}"]

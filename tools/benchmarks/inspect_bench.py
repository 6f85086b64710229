# SPDX-License-Identifier: Apache-2.0
"""`tools/bench inspect`: what measuring a corpus costs beside encoding it, in pairs of fresh processes."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from growth_bench import timed
from measure import BenchError
from report import Result, spread, table
from texts import CORPORA, MALMOI, SHARED

#: Korean, more than 400 MB; known_corpora() would add the sample.
KOREAN = ("dev-mix", "kowiki", "law-kr")


def korean_inputs(arguments: argparse.Namespace) -> list[str]:
    """The files that are named, or the Korean ones."""
    inputs = [str(path) for path in arguments.input] or [
        str(SHARED / "corpora" / CORPORA[name][0]) for name in KOREAN]
    for path in inputs:
        if not Path(path).exists():
            raise BenchError(f"{path} is not here")
    return inputs


def tokenizer(arguments: argparse.Namespace, inputs: list[str], scratch: Path) -> str:
    """The tokenizer that is named, or one of 32,000 ids trained on the first input."""
    if arguments.tokenizer:
        return str(arguments.tokenizer)
    run([str(MALMOI), "train", inputs[0], "--vocab-size", "32000", "--output", str(scratch / "tokenizer"), "--quiet"])
    return str(scratch / "tokenizer")


def run(command: list[str]) -> dict:
    """A command that must not fail."""
    made = timed(command)
    if made["exit_code"] != 0:
        raise BenchError(f"{' '.join(command[:3])}: {made['told']}")
    return made


def bench(arguments: argparse.Namespace) -> Result:
    """The command `inspect`."""
    inputs = korean_inputs(arguments)
    rows = {"figures": [], "figures by source and report": ["--by", "source", "--html"]}
    found: dict[str, list[dict]] = {name: [] for name in ("encode", *rows)}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with_tokenizer = ["--tokenizer", tokenizer(arguments, inputs, scratch),
                          "--threads", str(arguments.threads), "--quiet"]
        for number in range(arguments.rounds):
            output = scratch / "ids"
            found["encode"].append(run(
                [str(MALMOI), "encode", *inputs, *with_tokenizer, "--output", str(output / "set"), "--overwrite"]))
            shutil.rmtree(output, ignore_errors=True)
            for name, options in rows.items():
                page = [str(scratch / "report.html")] if "--html" in options else []
                found[name].append(run(
                    [str(MALMOI), "inspect", "corpus", *inputs, *with_tokenizer, *options, *page, "--json"]))
            print(f"round {number + 1}: " + ", ".join(
                f"{name} {runs[-1]['cpu_seconds']} s" for name, runs in found.items()), file=sys.stderr, flush=True)
    megabytes = found["figures"][0]["report"]["bytes"] / 1e6
    lines = []
    for name, runs in found.items():
        def speed(what: str) -> str:
            return spread([one[what] / other[what] for one, other in zip(found["encode"], runs)])

        lines.append([name, f"{median(one['wall_seconds'] for one in runs):.2f}",
                      f"{median(one['cpu_seconds'] for one in runs):.2f}", speed("wall_seconds"), speed("cpu_seconds"),
                      str(max(one["peak_mib"] for one in runs))])
    for runs in found.values():
        for one in runs:
            one.pop("report")
    header = ["", "wall s", "CPU s", "speed beside encode, wall", "by CPU time", "peak MiB"]
    head = f"inspect: {megabytes:.0f} MB of text, {arguments.threads} threads, {arguments.rounds} rounds"
    return Result("\n".join([head, "", table(header, lines, left=[0])]), {"threads": arguments.threads, "runs": found},
                  True)

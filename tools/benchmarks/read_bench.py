# SPDX-License-Identifier: Apache-2.0
"""`tools/bench read`: how fast files become normalised documents, beside the decompressor alone.

ROWS is the table: a row is a corpus in a form, what malmoi does with it, and the program that is the
measure. A further row is a line there.
"""

import argparse
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Callable

from measure import BenchError, run
from report import Result, table
from texts import SHARED, TIMER

CORPORA = ("kowiki", "dev-mix")


@dataclass
class Row:
    """One measurement: options of `malmoi-encode-benchmark read`, and the program beside it."""

    name: str
    #: Writes the input, once, of the JSON lines in a file.
    make: Callable[[Path, Path], None]
    suffix: str
    options: list[str]
    threads: int = 1
    #: The program that malmoi is measured by, which reads the same file; none where a rate is told.
    peer: list[str] | None = None
    #: The least ratio of the peer's time to malmoi's, or the least GB/s.
    target: float | None = None


def plain(source: Path, path: Path) -> None:
    path.symlink_to(source)


def compressed(*command: str) -> Callable[[Path, Path], None]:
    def make(source: Path, path: Path) -> None:
        with open(source, "rb") as text, open(path, "wb") as file:
            subprocess.run(command, stdin=text, stdout=file, check=True)

    return make


ROWS = [
    Row("fields from memory", plain, ".jsonl",
        ["--from-memory", "--normalizer", "none"], target=2.2),
    Row("fields and NFC from memory", plain, ".jsonl", ["--from-memory"]),
    Row("zstd -3 to documents", compressed("zstd", "-q", "-3", "-c"), ".jsonl.zst", [],
        peer=["zstd", "-dqc"], target=0.65),
    Row("zstd -3 to documents, 2 threads", compressed("zstd", "-q", "-3", "-c"), ".jsonl.zst", [],
        threads=2, peer=["zstd", "-dqc"], target=0.95),
    Row("gzip to documents", compressed("gzip", "-c"), ".jsonl.gz", [], peer=["gzip", "-dc"]),
    Row("CP949 to documents", compressed("iconv", "-c", "-f", "UTF-8", "-t", "CP949"), ".txt", [],
        peer=["iconv", "-f", "CP949", "-t", "UTF-8"]),
]


def measure(row: Row, path: Path, arguments: argparse.Namespace) -> list[tuple[float, float | None]]:
    """Rates of malmoi in GB/s of records, and the ratios to the peer, a pair a round.

    One thread is told in CPU time, more in wall time: the stages overlap there.
    """
    found = []
    for _ in range(arguments.rounds):
        ours = run([str(TIMER), "read", *row.options, "--threads", str(row.threads), str(path)],
                   row.threads, arguments.timeout)
        if ours.error:
            raise BenchError(f"{row.name}: {ours.error}")
        clock = "cpu_seconds" if row.threads == 1 else "wall_seconds"
        seconds = ours.report[clock]
        ratio = None
        if row.peer:
            theirs = run([*row.peer, str(path)], 1, arguments.timeout)
            if theirs.error:
                raise BenchError(f"{row.peer[0]}: {theirs.error}")
            spent = theirs.cpu_seconds if row.threads == 1 else theirs.wall_seconds
            ratio = spent / seconds
        found.append((ours.report["record_bytes"] / seconds / 1e9, ratio))
    return found


def bench(arguments: argparse.Namespace) -> Result:
    """Measures all rows on each corpus that is here."""
    rows, record = [], []
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        for corpus in CORPORA:
            stored = SHARED / "corpora" / f"{corpus}.jsonl.zst"
            if not stored.exists():
                print(f"bench: {stored} is not here: its rows are left out", flush=True)
                continue
            source = directory / f"{corpus}.jsonl"
            with open(source, "wb") as file:
                subprocess.run(["zstd", "-dqc", "--long=27", str(stored)], stdout=file, check=True)
            for number, row in enumerate(ROWS):
                path = directory / f"{corpus}-{number}{row.suffix}"
                row.make(source, path)
                pairs = measure(row, path, arguments)
                rate = median(pair[0] for pair in pairs)
                ratios = [pair[1] for pair in pairs if pair[1] is not None]
                value = median(ratios) if ratios else rate
                told = "" if row.target is None else (
                    f"{row.target:g} {'held' if value >= row.target else 'MISSED'}")
                rows.append([
                    corpus, row.name, f"{rate:.2f}",
                    f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else "",
                    told])
                record.append({"corpus": corpus, "row": row.name, "rounds": pairs})
                path.unlink()
    if not rows:
        raise BenchError("no corpus is here")
    head = ["corpus", "row", "GB/s", "of the peer's rate", "target"]
    return Result(table(head, rows, left=[0, 1, 4]), {"rows": record}, True)

# SPDX-License-Identifier: Apache-2.0
"""`tools/bench encode`: the same text, the same tokenizer, malmoi and its peers in turn."""

import argparse
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

from measure import BenchError, Run, run, run_worker, warm_up
from report import Result, counted, cpu, middle, ratios, raw_rows, spread, table, wall
from texts import CACHE, MALMOI, Text, cut, in_blocks, prepare, tokenizer_for, vocabulary_size

#: The peers, and whether they encode the whole text or only --slow-mb of it.
PEERS = {"gigatoken": False, "tokenizers": True, "tiktoken": True, "sentencepiece": True}
DEFAULT_VOCABULARY = 32_000
#: sentencepiece trains on no more, so that the first run of the bench does not take minutes.
SENTENCEPIECE_MB = 20
HEADER = ["row", "timed", "MB", "wall s", "CPU s", "MB/s", "MB/s CPU", "wall ÷ malmoi's",
          "peak MiB", "ids agree"]


@dataclass
class Row:
    """One row of the table: a program, what is timed of it, and its runs so far."""

    name: str
    scope: str
    text: Text
    runs: list[Run] = field(default_factory=list)
    #: "yes", "n/a" or where the ids differ.
    verdict: str = ""

    @property
    def error(self) -> str | None:
        """Why it has no figures."""
        return self.runs[-1].error if self.runs else "not run"


@dataclass
class Group:
    """Peers over one text, and their rows; the others are divided by malmoi's."""

    text: Text
    peers: list[str]
    rows: list[Row] = field(default_factory=list)

    def row(self, name: str, scope: str) -> Row:
        """The row of that name, made if it is new."""
        for one in self.rows:
            if (one.name, one.scope) == (name, scope):
                return one
        self.rows.append(Row(name, scope, self.text))
        return self.rows[-1]

    @property
    def malmoi(self) -> Row:
        """The row of malmoi."""
        return self.row("malmoi", "process")


class EncodeBench:
    """The settings of one `tools/bench encode`, and its rows."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        everything = prepare(arguments.corpus)
        lines = cut(everything, arguments.max_mb)
        text = in_blocks(lines, arguments.document_bytes)
        slow_text = in_blocks(cut(lines, arguments.slow_mb), arguments.document_bytes)
        tokenizer = arguments.tokenizer or tokenizer_for(
            everything, DEFAULT_VOCABULARY, arguments.threads)
        self.tokenizer = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
        self.groups = groups(text, slow_text, arguments.peers)
        self.vocabulary_size = vocabulary_size(self.tokenizer)
        self.output = CACHE / "encoded"
        self.output.mkdir(parents=True, exist_ok=True)
        self.sentencepiece_error: str | None = None
        if "sentencepiece" in arguments.peers:
            self.sentencepiece_model = self.train_sentencepiece(everything)

    def train_sentencepiece(self, everything: Text) -> Path:
        """A sentencepiece model of as many pieces, trained on the beginning of the corpus."""
        text = cut(everything, SENTENCEPIECE_MB)
        model = CACHE / "tokenizers" / f"{text.path.stem}-{self.vocabulary_size}.model"
        if not model.exists():
            model.parent.mkdir(parents=True, exist_ok=True)
            options = ["--text", str(text.path), "--vocab-size", str(self.vocabulary_size),
                       "--threads", str(self.arguments.threads),
                       "--output", str(model.with_suffix(""))]
            result = run_worker("trainers.py", ["sentencepiece", *options],
                                self.arguments.threads, self.arguments.timeout)
            self.sentencepiece_error = result.error
        return model

    def run(self) -> None:
        """The rounds: every row once, then every row again."""
        warm_up(str(MALMOI))
        for number in range(1, self.arguments.rounds + 1):
            for group in self.groups:
                self.note(number, self.malmoi(group, "malmoi", []))
                if group is self.groups[0]:
                    nfc = ["--normalizer", "nfc"]
                    self.note(number, self.malmoi(group, "malmoi --normalizer nfc", nfc))
                for name in group.peers:
                    self.whole(group, name, number)
                    self.memory(group, name, number)

    def note(self, number: int, row: Row) -> None:
        """Tells on standard error how far the rounds are."""
        result = row.error or f"{row.runs[-1].wall_seconds:.2f} s"
        print(f"round {number} of {self.arguments.rounds}: {row.name}, {row.scope}, "
              f"{row.text.megabytes:.0f} MB: {result}", file=sys.stderr, flush=True)

    def malmoi(self, group: Group, name: str, options: list[str]) -> Row:
        """One process of malmoi: text file in, token files out."""
        row = group.row(name, "process")
        prefix = self.output / row_file_name(name, group.text)
        command = [
            str(MALMOI), "encode", str(group.text.path), "--tokenizer", str(self.tokenizer),
            "--documents", group.text.document_unit,
            "--threads", str(self.arguments.threads), "--output", str(prefix), "--overwrite",
            "--json", *options]
        result = run(command, self.arguments.threads, self.arguments.timeout)
        if result.error:
            raise BenchError(f"malmoi encode: {result.error}")
        del result.report["output"]  # a path of this machine
        row.runs.append(result)
        if row is not group.malmoi:
            self.judge(row, group, prefix, read_lengths(prefix))
        return row

    def worker(self, group: Group, name: str, scope: str) -> Run:
        """One process of a peer."""
        tokenizer = self.tokenizer
        if name == "sentencepiece":
            if self.sentencepiece_error:
                return Run(0, 0, 0, error=self.sentencepiece_error)
            tokenizer = self.sentencepiece_model
        options = [
            "--text", str(group.text.path), "--tokenizer", str(tokenizer),
            "--documents", group.text.document_unit,
            "--threads", str(self.arguments.threads),
            "--id-type", group.malmoi.runs[-1].report["token_type"],
            "--output", str(self.output / row_file_name(name, group.text))]
        return run_worker("encoders.py", [name, scope, *options], self.arguments.threads,
                          self.arguments.timeout)

    def whole(self, group: Group, name: str, number: int) -> None:
        """One process of a peer that does what malmoi does."""
        row = group.row(name, "process")
        if row.runs and row.error:
            return
        row.runs.append(self.worker(group, name, "whole"))
        self.note(number, row)
        if row.error:
            return
        if name == "sentencepiece":
            row.verdict = "n/a"
            return
        prefix = self.output / row_file_name(name, group.text)
        self.judge(row, group, prefix, prefix.with_suffix(".lengths").read_bytes())

    def memory(self, group: Group, name: str, number: int) -> None:
        """One process of a peer that passes over text in memory: two rows, first and later."""
        first, later = group.row(name, "first pass"), group.row(name, "later pass")
        if first.runs and first.error:
            return
        result = self.worker(group, name, "memory")
        passes = result.report.get("passes", [[0, 0], [0, 0]])
        for row, (seconds, processor) in [(first, passes[0]), (later, min(passes[1:]))]:
            row.runs.append(
                Run(seconds, processor, result.peak_bytes, result.report, result.error))
            self.note(number, row)
            if not row.error:
                self.judge_count(row, group)

    def judge(self, row: Row, group: Group, prefix: Path, lengths: bytes) -> None:
        """Compares every id and every document's length with malmoi's."""
        if row.verdict.startswith("no"):
            return
        ours = self.output / row_file_name("malmoi", group.text)
        byte = first_difference(ours.with_suffix(".bin"), prefix.with_suffix(".bin"))
        if byte is not None:
            width = 2 if group.malmoi.runs[-1].report["token_type"] == "uint16" else 4
            row.verdict = f"no: id {byte // width:,} differs"
        elif lengths != read_lengths(ours):
            row.verdict = "no: documents end elsewhere"
        else:
            row.verdict = "yes, all"

    def judge_count(self, row: Row, group: Group) -> None:
        """Compares the number of ids with malmoi's."""
        if row.name == "sentencepiece":
            row.verdict = "n/a"
        elif not row.verdict.startswith("no"):
            ours, theirs = group.malmoi.runs[-1].report, row.runs[-1].report
            same = (ours["tokens"], ours["documents"]) == (theirs["tokens"], theirs["documents"])
            row.verdict = "yes, count" if same else f"no: {theirs['tokens']:,} ids"


def groups(text: Text, slow_text: Text, peers: list[str]) -> list[Group]:
    """The fast peers over the whole text, the slow ones over its beginning."""
    if slow_text.path == text.path:
        return [Group(text, peers)]
    fast = [name for name in peers if not PEERS[name]]
    slow = [name for name in peers if PEERS[name]]
    return [Group(text, fast)] + ([Group(slow_text, slow)] if slow else [])


def row_file_name(name: str, text: Text) -> str:
    """The name of what a row writes; the texts of the two groups have different sizes."""
    return f"{name.replace(' --normalizer ', '-')}-{text.bytes}"


def first_difference(ours: Path, theirs: Path) -> int | None:
    """The offset of the first byte in which two files differ, None if they are equal."""
    offset = 0
    with open(ours, "rb") as one, open(theirs, "rb") as other:
        while True:
            left, right = one.read(1 << 20), other.read(1 << 20)
            if left != right:
                common = min(len(left), len(right))
                return offset + next((i for i in range(common) if left[i] != right[i]), common)
            if not left:
                return None
            offset += len(left)


def read_lengths(prefix: Path) -> bytes:
    """The lengths of the sequences in an index file of Megatron: int32, little-endian.

    Before them stand 9 bytes of magic, the version (8), the type of the ids (1), the number of
    sequences (8) and of document boundaries (8).
    """
    with open(prefix.with_suffix(".idx"), "rb") as index:
        header = index.read(34)
        (count,) = struct.unpack_from("<Q", header, 18)
        return index.read(4 * count)


def cells(row: Row, malmoi: Row) -> list[str]:
    """One row of the table."""
    if row.error:
        return [row.name, f"{row.scope}: not measured: {row.error}"]
    size, seconds, processor = row.text.megabytes, middle(row.runs, wall), middle(row.runs, cpu)
    peak = middle(row.runs, lambda one: one.peak_bytes)
    ratio = "" if row is malmoi else spread(ratios(row.runs, malmoi.runs, wall))
    return [row.name, row.scope, f"{size:.1f}", f"{seconds:.2f}", f"{processor:.2f}",
            f"{size / seconds:.1f}", f"{size / processor:.1f}", ratio, f"{peak / 2**20:.0f}",
            row.verdict]


def comparison(row: Row, malmoi: Row) -> str:
    """One row against malmoi's process in one line."""
    return (f"{row.name}, {row.scope}: {spread(ratios(row.runs, malmoi.runs, wall))} × the wall "
            f"time of malmoi's process on the same text, "
            f"{spread(ratios(row.runs, malmoi.runs, cpu))} × its CPU time; ids agree: "
            f"{row.verdict}")


def bench(arguments: argparse.Namespace) -> Result:
    """The command `encode`."""
    settings = EncodeBench(arguments)
    settings.run()
    rows = [(row, group.malmoi) for group in settings.groups for row in group.rows]
    lines = [comparison(row, malmoi) for row, malmoi in rows if row is not malmoi and not row.error]
    text = settings.groups[0].text
    head = (f"encode: {text.description}, {settings.vocabulary_size:,} ids, "
            f"{counted(arguments.threads, 'thread')}, "
            f"median of {counted(arguments.rounds, 'round')}")
    body = table(HEADER, [cells(row, malmoi) for row, malmoi in rows], left=[0, 1, 9])
    runs = {f"{row.name}, {row.scope}, {row.text.bytes} bytes": row.runs for row, _ in rows}
    return Result(
        "\n".join([head, "", body, "", *lines]),
        {"text": {"bytes": text.bytes, "documents": text.documents},
         "threads": arguments.threads, "vocabulary_size": settings.vocabulary_size,
         "ids_agree": {f"{row.name}, {row.scope}": row.verdict for row, _ in rows if row.verdict},
         "runs": raw_rows(runs)},
        not any(row.verdict.startswith("no") for row, _ in rows))

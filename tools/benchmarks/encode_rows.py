# SPDX-License-Identifier: Apache-2.0
"""Rows of `tools/bench encode`, and the comparison of their ids with malmoi's."""

import array
import struct
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from measure import Run
from texts import Text


@dataclass
class Row:
    """One program on one text: its runs, one a round, for each thing that is timed of it."""

    name: str
    text: Text
    #: By kind: stream, warm, process, job; and for the stages of a job their names.
    runs: dict[str, list[Run]] = field(default_factory=dict)
    #: "yes", "n/a", or where the ids differ first.
    verdict: str = ""
    error: str | None = None

    def add(self, kind: str, run: Run) -> None:
        """Keeps a run, or why there is none."""
        if run.error:
            self.error = run.error
        else:
            self.runs.setdefault(kind, []).append(run)


@dataclass
class Group:
    """Rows over one text, malmoi's first; ratios divide within a group."""

    kind: str
    text: Text
    rows: list[Row]
    #: The fingerprint of malmoi's ids.
    reference: tuple = ()

    @property
    def malmoi(self) -> Row:
        """The row that the others are divided by."""
        return self.rows[0]

    def row(self, name: str) -> Row | None:
        """The row of that name, if it was measured."""
        return next((one for one in self.rows if one.name == name), None)


@dataclass
class Case:
    """One corpus, one vocabulary, one number of threads."""

    corpus: str
    vocabulary: str
    vocabulary_size: int | None
    threads: int
    groups: list[Group] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return f"{self.corpus}, {self.vocabulary}, {self.threads} thread{'s'[:self.threads - 1]}"


def pass_run(record: dict) -> Run:
    """One pass as its process told it."""
    return Run(record["wall_seconds"], record["cpu_seconds"], record["peak_bytes"], record)


def later_pass(records: list[dict]) -> Run:
    """The median of the passes after the first."""
    later = records[1:]
    return Run(
        median(one["wall_seconds"] for one in later), median(one["cpu_seconds"] for one in later),
        max(one["peak_bytes"] for one in later), {"passes": later})


def fingerprint(record: dict) -> tuple:
    """What two passes have in common if every id and every document's end is the same."""
    return (record["documents"], record["tokens"], record["ids_xxh3"], record["ends_xxh3"])


def first_different_document(ours: Path, theirs: Path) -> str:
    """Where two sets of ids, written by both programs, part."""
    our_ends, their_ends = numbers(ours, "ends", "Q"), numbers(theirs, "ends", "Q")
    our_ids, their_ids = numbers(ours, "ids", "I"), numbers(theirs, "ids", "I")
    if len(our_ends) != len(their_ends):
        return f"no: {len(their_ends):,} documents, malmoi has {len(our_ends):,}"
    our_start = their_start = differing = 0
    first = ""
    for index, (our_end, their_end) in enumerate(zip(our_ends, their_ends)):
        one, other = our_ids[our_start:our_end], their_ids[their_start:their_end]
        our_start, their_start = our_end, their_end
        if one != other:
            differing += 1
            place = next((at for at, pair in enumerate(zip(one, other)) if pair[0] != pair[1]),
                         min(len(one), len(other)))
            first = first or f"document {index:,} first, at its id {place:,}"
    return f"no: {differing:,} of {len(our_ends):,} documents, {first}" if differing else "yes"


def numbers(prefix: Path, name: str, kind: str) -> array.array:
    """All integers of a file."""
    values = array.array(kind)
    values.frombytes(Path(f"{prefix}.{name}").read_bytes())
    return values


def compare_files(ours: Path, theirs: Path) -> str:
    """Compares the token files of malmoi with a peer's `.bin` and `.lengths`."""
    if Path(f"{theirs}.lengths").read_bytes() != read_lengths(ours):
        return "no: documents of other lengths"
    byte = first_difference(Path(f"{ours}.bin"), Path(f"{theirs}.bin"))
    return "yes" if byte is None else f"no: the files differ at byte {byte:,}"


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
    with open(f"{prefix}.idx", "rb") as index:
        header = index.read(34)
        (count,) = struct.unpack_from("<Q", header, 18)
        return index.read(4 * count)

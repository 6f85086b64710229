# SPDX-License-Identifier: Apache-2.0
"""The text that is measured: one plain file, one document a line, kept in .build-bench."""

import hashlib
import json
import os
import struct
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterator

from measure import BenchError, run

ROOT = Path(__file__).resolve().parent.parent.parent
MALMOI = ROOT / ".build" / "release" / "malmoi"
TIMER = MALMOI.with_name("malmoi-encode-benchmark")
CACHE = ROOT / ".build-bench"
SHARED = ROOT.parent / "shared"

#: The corpora that encode knows by name, and those that a stream goes on with when one ends.
CORPORA = {
    "dev-mix": ("dev-mix.jsonl.zst", ["kowiki", "law-kr"]),
    "kowiki": ("kowiki.jsonl.zst", ["law-kr", "dev-mix"]),
    "law-kr": ("law-kr.jsonl.zst", ["kowiki", "dev-mix"]),
    "english": ("english.txt.zst", []),
    "code": ("code.jsonl.zst", []),
    "sample": (None, []),
}
KOREAN = ["dev-mix", "kowiki", "law-kr", "sample"]


@dataclass
class Text:
    """A file of documents, none empty: one a line, or blocks of lines with a blank line after."""

    path: Path
    bytes: int
    documents: int
    is_blocks: bool = False
    #: What it was put together from, where that is more than one corpus.
    parts: str = ""

    @property
    def separator(self) -> str:
        """What ends a document."""
        return "\n\n" if self.is_blocks else "\n"

    @property
    def document_unit(self) -> str:
        """The same as malmoi calls it."""
        return "paragraph" if self.is_blocks else "line"

    @property
    def megabytes(self) -> float:
        """Its size in MB (10^6 bytes), line feeds included."""
        return self.bytes / 1e6

    @property
    def description(self) -> str:
        """Its size in words."""
        mean = self.bytes / max(self.documents, 1)
        return (f"{self.megabytes:.1f} MB in {self.documents:,} documents "
                f"({mean:.0f} bytes each){self.parts}")


def default_corpus() -> str:
    """The corpus that is used if none is named, relative to the root of the repository."""
    large = "../shared/corpora/dev-mix.jsonl.zst"
    return large if (ROOT / large).exists() else "corpora/sample"


def prepare(corpus: Path | None) -> Text:
    """Makes the text of a corpus, or takes it from the cache."""
    source = (corpus or ROOT / default_corpus()).resolve()
    if not source.exists():
        raise BenchError(f"{source}: no such file or directory")
    path = CACHE / "text" / f"{source.name.split('.')[0]}-{fingerprint(source)}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(source, path)
    return measured(path)


def fingerprint(source: Path) -> str:
    """Names a corpus by the sizes and dates of its files."""
    files = sorted(source.rglob("*")) if source.is_dir() else [source]
    digest = hashlib.sha256()
    for file in files:
        status = file.stat()
        digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def write_text(source: Path, path: Path) -> None:
    """Writes the lines of a corpus, without blank ones and without white space at their ends.

    Trainers that read files count the line feed in; with nothing but a letter or a mark before it,
    it is a pre-token of one byte, so that all of them count the same pairs.
    """
    partial = path.with_suffix(".partial")
    with subprocess.Popen([MALMOI, "cat", source, "--quiet"], stdout=subprocess.PIPE) as child:
        with open(partial, "wb") as output:
            for line in child.stdout:
                stripped = line.decode("utf-8").rstrip()
                if stripped:
                    output.write(stripped.encode() + b"\n")
    if child.returncode != 0:
        raise BenchError(f"malmoi cat failed on {source}")
    os.replace(partial, path)


def cut(text: Text, megabytes: float | None) -> Text:
    """The whole lines in the first `megabytes` MB of a text."""
    if megabytes is None or text.megabytes <= megabytes:
        return text
    path = text.path.with_name(f"{text.path.stem}-{megabytes:g}mb.txt")
    if not path.exists():
        partial = path.with_suffix(".partial")
        with open(text.path, "rb") as source, open(partial, "wb") as output:
            remaining = int(megabytes * 1e6)
            for line in source:
                remaining -= len(line)
                if remaining < 0:
                    break
                output.write(line)
        os.replace(partial, path)
    result = measured(path)
    if result.bytes == 0:
        raise BenchError(f"the first line of the corpus is longer than {megabytes:g} MB")
    return result


def in_blocks(text: Text, size: int) -> Text:
    """The lines of a text as documents of about `size` bytes; each line is a document if 0."""
    if size == 0:
        return text
    path = text.path.with_name(f"{text.path.stem}-{size}-byte-blocks.txt")
    if not path.exists():
        partial = path.with_suffix(".partial")
        with open(text.path, "rb") as source, open(partial, "wb") as output:
            length = 0
            for line in source:
                output.write(line)
                length += len(line)
                if length >= size:
                    output.write(b"\n")
                    length = 0
            if length > 0:
                output.write(b"\n")
        os.replace(partial, path)
    with open(path, "rb") as source:
        documents = sum(line == b"\n" for line in source)
    return Text(path, path.stat().st_size, documents, is_blocks=True, parts=text.parts)


def corpus_path(name: str) -> Path:
    """The files of a corpus, by name or by path."""
    if name == "sample":
        return ROOT / "corpora" / "sample"
    return SHARED / "corpora" / CORPORA[name][0] if name in CORPORA else Path(name)


def known_corpora() -> list[str]:
    """The corpora that are here; the sample stands in for them where they are not."""
    found = [name for name in CORPORA if name != "sample" and corpus_path(name).exists()]
    return found or ["sample"]


def stream(name: str, megabytes: float) -> Text:
    """`megabytes` MB of a corpus, and where it ends before that of others; nothing comes twice."""
    text = prepare(corpus_path(name))
    if text.megabytes >= megabytes or name not in CORPORA:
        return cut(text, megabytes)
    names = [name, *(other for other in CORPORA[name][1] if corpus_path(other).exists())]
    path = text.path.with_name(f"{text.path.stem}-{'-'.join(names[1:])}-{megabytes:g}mb.txt")
    parts, missing = [], megabytes
    for part in names:
        taken = cut(prepare(corpus_path(part)), missing)
        parts.append(taken)
        missing -= taken.megabytes
        if missing < 0.5:
            break
    if len(parts) == 1:
        return text
    if not path.exists():
        partial = path.with_suffix(".partial")
        with open(partial, "wb") as output:
            for part in parts:
                with open(part.path, "rb") as source:
                    while block := source.read(1 << 20):
                        output.write(block)
        os.replace(partial, path)
    shares = " + ".join(f"{part.megabytes:.0f} MB {one}" for part, one in zip(parts, names))
    return replace(measured(path), parts=f" = {shares}")


def documents_of(text: Text) -> Iterator[bytes]:
    """The documents of a text, one after the other, without what ends them."""
    lines: list[bytes] = []
    with open(text.path, "rb") as source:
        for line in source:
            if not text.is_blocks:
                yield line[:-1]
            elif line == b"\n":
                yield b"".join(lines)[:-1]
                lines = []
            else:
                lines.append(line)


def in_memory_form(text: Text) -> tuple[Path, Path]:
    """The documents back to back, and the end of each as a 64-bit little-endian integer."""
    documents, ends = text.path.with_suffix(".documents"), text.path.with_suffix(".ends")
    if not ends.exists():
        partial, end = ends.with_suffix(".partial"), 0
        with open(documents, "wb") as output, open(partial, "wb") as stops:
            for document in documents_of(text):
                output.write(document)
                end += len(document)
                stops.write(struct.pack("<Q", end))
        os.replace(partial, ends)
    return documents, ends


def compressed_form(text: Text) -> Path:
    """The documents as JSON Lines under zstd -3."""
    path = text.path.with_suffix(".jsonl.zst")
    if not path.exists():
        partial = path.with_suffix(".partial")
        with open(partial, "wb") as output, subprocess.Popen(
                ["zstd", "-3", "-q", "-c"], stdin=subprocess.PIPE, stdout=output) as child:
            for document in documents_of(text):
                record = json.dumps({"text": document.decode("utf-8")}, ensure_ascii=False)
                child.stdin.write(record.encode() + b"\n")
            child.stdin.close()
        if child.returncode != 0:
            raise BenchError("zstd failed")
        os.replace(partial, path)
    return path


def measured(path: Path) -> Text:
    """A text with its size; reading it also brings it into the page cache."""
    documents = 0
    with open(path, "rb") as source:
        while block := source.read(1 << 20):
            documents += block.count(b"\n")
    return Text(path, path.stat().st_size, documents)


def tokenizer_for(text: Text, vocabulary_size: int, threads: int) -> Path:
    """A tokenizer that malmoi trained on a text, from the cache if it is there."""
    directory = CACHE / "tokenizers" / f"{text.path.stem}-{vocabulary_size}"
    if not (directory / "manifest.json").exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        result = run([str(MALMOI), *train_arguments(text, vocabulary_size, threads, directory)],
                     threads, timeout=3600)
        if result.error:
            raise BenchError(f"malmoi train: {result.error}")
    return directory


def train_arguments(text: Text, vocabulary_size: int, threads: int, output: Path) -> list[str]:
    """The arguments of malmoi train; the peers do not normalise, and the text is NFC already."""
    return ["train", str(text.path), "--vocab-size", str(vocabulary_size), "--normalizer", "none",
            "--threads", str(threads), "--output", str(output), "--overwrite", "--json"]

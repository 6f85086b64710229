# SPDX-License-Identifier: Apache-2.0
"""Encodes with one peer, in a process of its own; started by encode_bench.

`passes` times passes over documents that are in memory, in the form that the peer likes best; the
first pass meets empty caches. `whole` does the job of malmoi encode: it reads a file, encodes every
document, and writes the ids and the lengths of the documents.
"""

import argparse
import gc
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy
import xxhash

import tokenizer_json

#: What ends a document in a plain file, by malmoi's name for the kind of document.
SEPARATORS = {"line": b"\n", "paragraph": b"\n\n"}

Arrays = tuple[numpy.ndarray, numpy.ndarray]


class Peer:
    """An encoder; `prepare` makes what `encode` is given, `flat` makes arrays of what it returns."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        raise NotImplementedError

    def prepare(self, documents: list[bytes]) -> Any:
        return [document.decode("utf-8") for document in documents]

    def encode(self, documents: Any) -> Any:
        raise NotImplementedError

    def flat(self, encoded: Any) -> Arrays:
        """The ids of all documents, and the number of ids of each; `encoded` is lists of ids."""
        lengths = numpy.fromiter(map(len, encoded), numpy.int64, len(encoded))
        ids = numpy.fromiter((number for one in encoded for number in one), numpy.uint32,
                             int(lengths.sum()))
        return ids, lengths


class Tokenizers(Peer):
    """Hugging Face tokenizers without offsets; RAYON_NUM_THREADS holds the number of threads."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(str(tokenizer))

    def encode(self, documents: list[str]) -> Any:
        return self.tokenizer.encode_batch_fast(documents, add_special_tokens=False)

    def flat(self, encoded: Any) -> Arrays:
        return super().flat([one.ids for one in encoded])


class Tiktoken(Peer):
    """tiktoken with the ids as ranks."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import tiktoken
        self.threads = threads
        self.encoding = tiktoken.Encoding(
            name="bench", pat_str=tokenizer_json.tiktoken_pattern(tokenizer),
            mergeable_ranks=tokenizer_json.ranks(tokenizer), special_tokens={})

    def encode(self, documents: list[str]) -> list[list[int]]:
        return self.encoding.encode_ordinary_batch(documents, num_threads=self.threads)


class Gigatoken(Peer):
    """gigatoken on a list of bytes."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import awkward  # what it returns; loaded outside of the time
        import gigatoken
        self.awkward, self.gigatoken = awkward, gigatoken
        self.tokenizer = gigatoken.Tokenizer(str(tokenizer))
        self.parallel = threads > 1

    def prepare(self, documents: list[bytes]) -> list[bytes]:
        return documents

    def encode(self, documents: list[bytes]) -> Any:
        return self.tokenizer.encode_batch(documents, parallel=self.parallel)

    def encode_file(self, text: Path, separator: bytes) -> Any:
        source = self.gigatoken.TextFileSource([str(text)], separator=separator)
        return self.tokenizer.encode_files(source, parallel=self.parallel)

    def flat(self, encoded: Any) -> Arrays:
        ids = self.awkward.flatten(encoded).to_numpy()
        return ids, self.awkward.num(encoded).to_numpy()


class Tokie(Peer):
    """tokie's flat interface; RAYON_NUM_THREADS holds the number of threads."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import tokie
        self.tokenizer = tokie.Tokenizer.from_json(str(tokenizer))

    def encode(self, documents: list[str]) -> Arrays:
        return self.tokenizer.encode_batch_flat(documents, add_special_tokens=False)

    def flat(self, encoded: Any) -> Arrays:
        ids, lengths = encoded
        return numpy.asarray(ids), numpy.asarray(lengths)


class Kitoken(Peer):
    """kitoken; RAYON_NUM_THREADS holds the number of threads."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import kitoken
        self.tokenizer = kitoken.Kitoken.from_tokenizers_file(str(tokenizer))

    def encode(self, documents: list[str]) -> Any:
        return self.tokenizer.encode_all(documents, False)


class Splintr(Peer):
    """splintr's flat interface: ids and offsets as bytes."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import splintr
        self.tokenizer = splintr.from_json(str(tokenizer))

    def encode(self, documents: list[str]) -> tuple[bytes, bytes]:
        return self.tokenizer.encode_batch_flat(documents)

    def flat(self, encoded: Any) -> Arrays:
        ids, offsets = encoded
        return numpy.frombuffer(ids, numpy.uint32), numpy.diff(
            numpy.frombuffer(offsets, numpy.uint64).astype(numpy.int64))


class Sentencepiece(Peer):
    """sentencepiece with a model of its own."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import sentencepiece
        self.threads = threads
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))

    def encode(self, documents: list[str]) -> list[list[int]]:
        return self.processor.encode(documents, num_threads=self.threads)


ENCODERS: dict[str, type[Peer]] = {
    "gigatoken": Gigatoken,
    "tokie": Tokie,
    "splintr": Splintr,
    "kitoken": Kitoken,
    "tiktoken": Tiktoken,
    "tokenizers": Tokenizers,
    "sentencepiece": Sentencepiece,
}


def read_documents(text: Path, ends: Path) -> list[bytes]:
    """Documents that stand back to back in a file, by their ends."""
    content, stops = text.read_bytes(), numpy.fromfile(ends, "<u8").tolist()
    return [content[start:stop] for start, stop in zip([0, *stops], stops)]


def timed_pass(peer: Peer, documents: Any, write: Path | None) -> dict:
    """One pass; what it made is hashed, and perhaps written, outside of the time."""
    wall, cpu = time.perf_counter(), time.process_time()
    encoded = peer.encode(documents)
    seconds = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    ids, lengths = peer.flat(encoded)
    ids = numpy.ascontiguousarray(ids, "<u4")
    ends = numpy.cumsum(lengths, dtype="<u8")
    if write:
        ids.tofile(f"{write}.ids")
        ends.tofile(f"{write}.ends")
    return seconds | {
        "tokens": len(ids), "documents": len(ends), "ids_xxh3": xxhash.xxh3_64_hexdigest(ids),
        "ends_xxh3": xxhash.xxh3_64_hexdigest(ends), "peak_bytes": peak}


def whole(peer: Gigatoken, text: Path, separator: bytes, id_type: str, output: Path) -> dict:
    """From the file to `output`.bin and `output`.lengths."""
    ids, lengths = peer.flat(peer.encode_file(text, separator))
    ids.astype(id_type).tofile(f"{output}.bin")
    lengths.astype("<i4").tofile(f"{output}.lengths")
    return {"documents": len(lengths), "tokens": len(ids)}


def main() -> None:
    """Encodes, and prints a JSON object a pass."""
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=ENCODERS)
    parser.add_argument("scope", choices=["passes", "whole"])
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--document-ends", type=Path)
    parser.add_argument("--documents", choices=SEPARATORS, default="line")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--id-type", default="uint16")
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    gc.disable()  # else the search for cycles walks every list of ids again and again
    peer = ENCODERS[arguments.peer](arguments.tokenizer, arguments.threads)
    if arguments.scope == "whole":
        report = whole(peer, arguments.text, SEPARATORS[arguments.documents], arguments.id_type,
                       arguments.write)
        print("\n" + json.dumps(report))
        return
    documents = peer.prepare(read_documents(arguments.text, arguments.document_ends))
    for _ in range(arguments.passes):
        print("\n" + json.dumps(timed_pass(peer, documents, arguments.write)), flush=True)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Encodes with one peer, in a process of its own; started by encode_bench.

`whole` does malmoi's job: it reads the file, encodes every document, and writes the ids and the
lengths of the documents. `memory` times passes over text that is already in memory, in the form that the
peer likes best; the first pass meets empty caches.
"""

import argparse
import gc
import json
import time
from pathlib import Path
from typing import Any

import numpy

import tokenizer_json


#: What ends a document, by malmoi's name for the kind of document.
SEPARATORS = {"line": "\n", "paragraph": "\n\n"}


def documents_of(path: Path, separator: str) -> list[str]:
    """The documents of a text."""
    return path.read_bytes().decode("utf-8").removesuffix(separator).split(separator)


class Peer:
    """An encoder; `whole_input` and `memory_input` are what `encode` is given."""

    separator = "\n"

    def __init__(self, tokenizer: Path, threads: int) -> None:
        raise NotImplementedError

    def whole_input(self, text: Path) -> Any:
        return documents_of(text, self.separator)

    def memory_input(self, text: Path) -> Any:
        return documents_of(text, self.separator)

    def encode(self, documents: Any) -> Any:
        raise NotImplementedError

    def flat(self, encoded: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
        """The ids of all documents, and the number of ids of each; `encoded` is lists of ids."""
        lengths = numpy.fromiter(map(len, encoded), numpy.int32, len(encoded))
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

    def flat(self, encoded: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
        return super().flat([one.ids for one in encoded])


class Tiktoken(Peer):
    """tiktoken with the ids as ranks."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import tiktoken
        self.threads = threads
        self.encoding = tiktoken.Encoding(
            name="bench", pat_str=tokenizer_json.pattern(tokenizer),
            mergeable_ranks=tokenizer_json.ranks(tokenizer), special_tokens={})

    def encode(self, documents: list[str]) -> list[list[int]]:
        return self.encoding.encode_ordinary_batch(documents, num_threads=self.threads)


class Gigatoken(Peer):
    """gigatoken: the file as it is, or one buffer of bytes; it cuts both into documents itself."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import gigatoken
        self.gigatoken = gigatoken
        self.tokenizer = gigatoken.Tokenizer(str(tokenizer))
        self.parallel = threads > 1

    def whole_input(self, text: Path) -> Any:
        return self.gigatoken.TextFileSource([str(text)], separator=self.separator)

    def memory_input(self, text: Path) -> Any:
        return self.gigatoken.BytesSource([text.read_bytes()], separator=self.separator)

    def encode(self, documents: Any) -> Any:
        if isinstance(documents, self.gigatoken.TextFileSource):
            return self.tokenizer.encode_files(documents, parallel=self.parallel)
        return self.tokenizer.encode_batch(documents, parallel=self.parallel)

    def flat(self, encoded: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
        import awkward
        return awkward.flatten(encoded).to_numpy(), awkward.num(encoded).to_numpy()


class Sentencepiece(Peer):
    """sentencepiece with a model of its own."""

    def __init__(self, tokenizer: Path, threads: int) -> None:
        import sentencepiece
        self.threads = threads
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))

    def encode(self, documents: list[str]) -> list[list[int]]:
        return self.processor.encode(documents, num_threads=self.threads)


ENCODERS: dict[str, type[Peer]] = {
    "tokenizers": Tokenizers,
    "tiktoken": Tiktoken,
    "gigatoken": Gigatoken,
    "sentencepiece": Sentencepiece,
}


def whole(peer: Peer, text: Path, id_type: str, output: Path) -> dict:
    """From the file to `output`.bin and `output`.lengths."""
    ids, lengths = peer.flat(peer.encode(peer.whole_input(text)))
    ids.astype(id_type).tofile(output.with_suffix(".bin"))
    lengths.astype("<i4").tofile(output.with_suffix(".lengths"))
    return {"documents": len(lengths), "tokens": len(ids)}


def memory(peer: Peer, text: Path, passes: int) -> dict:
    """Passes over the same text in memory: wall and CPU seconds of each."""
    documents = peer.memory_input(text)
    seconds = []
    for _ in range(passes):
        encoded = None  # freed outside the time
        wall, cpu = time.perf_counter(), time.process_time()
        encoded = peer.encode(documents)
        seconds.append([time.perf_counter() - wall, time.process_time() - cpu])
    ids, lengths = peer.flat(encoded)
    return {"documents": len(lengths), "tokens": len(ids), "passes": seconds}


def main() -> None:
    """Encodes, and prints counts and times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=ENCODERS)
    parser.add_argument("scope", choices=["whole", "memory"])
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--documents", choices=SEPARATORS, default="line")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--id-type", default="uint16")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    gc.disable()  # else the search for cycles walks every list of ids again and again
    start = time.perf_counter()
    peer = ENCODERS[arguments.peer](arguments.tokenizer, arguments.threads)
    peer.separator = SEPARATORS[arguments.documents]
    report: dict = {"load_seconds": time.perf_counter() - start}
    if arguments.scope == "whole":
        report |= whole(peer, arguments.text, arguments.id_type, arguments.output)
    else:
        report |= memory(peer, arguments.text, arguments.passes)
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main()

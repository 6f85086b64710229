# SPDX-License-Identifier: Apache-2.0
"""Encodes documents that are in memory by a Python interface, in a process of its own; started by python_bench.

Prints a line of JSON: seconds from the documents to arrays of ids, text never seen before, and a hash of the ids.
"""

import argparse
import gc
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

from encoders import read_documents

Arrays = tuple[numpy.ndarray, numpy.ndarray]
MEBIBYTE = 1 << 20


def malmoi_tokenizer(path: str) -> Any:
    import malmoi
    return malmoi.Tokenizer.from_file(path)


def arrow_batches(documents: list[bytes], size: int) -> list[Any]:
    """Arrow arrays of whole documents, each of about `size` bytes; one array for size 0."""
    import pyarrow
    batches, taken, room = [], [], size
    for document in documents:
        taken.append(document.decode())
        room -= len(document)
        if size and room <= 0:
            batches.append(pyarrow.array(taken, pyarrow.large_string()))
            taken, room = [], size
    return batches + ([pyarrow.array(taken, pyarrow.large_string())] if taken else [])


def malmoi_arrow(path: str, documents: list[bytes], size: int) -> tuple[Callable[[], Any], Callable[[Any], Arrays]]:
    tokenizer, batches = malmoi_tokenizer(path), arrow_batches(documents, size)

    def arrays(made: list[Any]) -> Arrays:
        return (numpy.concatenate([one.ids for one in made]),
                numpy.concatenate([numpy.diff(one.offsets) for one in made]))

    return lambda: [tokenizer.encode_batch(batch, threads=1) for batch in batches], arrays


def malmoi_list(path: str, documents: list[Any]) -> tuple[Callable[[], Any], Callable[[Any], Arrays]]:
    tokenizer = malmoi_tokenizer(path)
    return (lambda: tokenizer.encode_batch(documents, threads=1),
            lambda made: (made.ids, numpy.diff(made.offsets)))


def gigatoken_list(path: str, documents: list[Any]) -> tuple[Callable[[], Any], Callable[[Any], Arrays]]:
    import awkward
    import gigatoken
    tokenizer = gigatoken.Tokenizer(str(Path(path) / "tokenizer.json"))
    return (lambda: tokenizer.encode_batch(documents, parallel=False),
            lambda made: (awkward.flatten(made).to_numpy(), awkward.num(made).to_numpy()))


def tokenizers_list(path: str, documents: list[str]) -> tuple[Callable[[], Any], Callable[[Any], Arrays]]:
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(Path(path) / "tokenizer.json"))

    def arrays(made: list[Any]) -> Arrays:
        return numpy.concatenate([one.ids for one in made]), numpy.array([len(one.ids) for one in made])

    return lambda: tokenizer.encode_batch_fast(documents, add_special_tokens=False), arrays


def prepared(row: str, path: str, documents: list[bytes]) -> tuple[Callable[[], Any], Callable[[Any], Arrays]]:
    """What is timed, and what makes arrays of its result."""
    if row.startswith("malmoi, Arrow"):
        return malmoi_arrow(path, documents, MEBIBYTE if "1 MiB" in row else 0)
    texts = documents if row.endswith("bytes") else [document.decode() for document in documents]
    peer, _ = row.split(",")
    return {"malmoi": malmoi_list, "gigatoken": gigatoken_list, "tokenizers": tokenizers_list}[peer](path, texts)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("row")
    options.add_argument("tokenizer")
    options.add_argument("text", type=Path)
    options.add_argument("ends", type=Path)
    arguments = options.parse_args()
    documents = read_documents(arguments.text, arguments.ends)
    encode, arrays = prepared(arguments.row, arguments.tokenizer, documents)
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    made = encode()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    ids, lengths = arrays(made)
    digest = hashlib.sha256(ids.astype(numpy.uint32).tobytes() + lengths.astype(numpy.int64).tobytes())
    print(json.dumps({"wall_seconds": wall, "cpu_seconds": cpu, "tokens": len(ids), "documents": len(documents),
                      "sha256": digest.hexdigest()}))


if __name__ == "__main__":
    main()

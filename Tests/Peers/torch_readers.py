#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads token files with the frameworks' own readers, where these want torch itself.

    torch_readers.py LIBRARY < REQUESTS

Runs in the environment .venv-torch of tools/test --full. A request is a line of JSON with the arguments of
the library's function below; the answer is a line of JSON. The first line says whether the library is there.
"""
import json
import os
import pathlib
import sys

import empty_torch


def megatron():
    """Megatron-core's IndexedDataset: the ids of each document, those of all its sequences joined."""
    from megatron.core.datasets.indexed_dataset import IndexedDataset

    def read(prefix):
        dataset = IndexedDataset(prefix)
        index = dataset.document_indices.tolist()
        return [
            [int(id) for sequence in range(first, end) for id in dataset[sequence]]
            for first, end in zip(index, index[1:])]

    return read


def deepspeed():
    """DeepSpeed's MMapIndexedDataset, in the same way; the packages around it want far more than it does."""
    assert empty_torch.install_package(
        "deepspeed", "runtime", "runtime.data_pipeline", "runtime.data_pipeline.data_sampling")
    from deepspeed.runtime.data_pipeline.data_sampling.indexed_dataset import MMapIndexedDataset

    def read(prefix):
        dataset = MMapIndexedDataset(prefix, skip_warmup=True)
        index = dataset.doc_idx.tolist()
        return [
            [int(id) for sequence in range(first, end) for id in dataset[sequence]]
            for first, end in zip(index, index[1:])]

    return read


def streaming():
    """MosaicML's StreamingDataset, in the order of the set.

    What is beside it asks for torchvision, and for two types of transformers that its loader compares with.
    """
    assert empty_torch.install_package("streaming")
    empty_torch.install("transformers", __path__=[])
    empty_torch.install("transformers.feature_extraction_utils", BatchFeature=type("BatchFeature", (), {}))
    empty_torch.install("transformers.tokenization_utils_base", BatchEncoding=type("BatchEncoding", (), {}))
    import numpy
    from streaming.base.dataset import StreamingDataset
    from torch.utils.data import DataLoader

    def read(directory, workers):
        dataset = StreamingDataset(local=directory, shuffle=False, batch_size=1, validate_hash="xxh64")
        found = []
        for sample in DataLoader(dataset, batch_size=None, num_workers=workers):
            ids = sample["tokens"]
            found.append((numpy.frombuffer(ids, numpy.int64) if isinstance(ids, bytes) else ids).tolist())
        return found

    return read


def litdata():
    """litdata's StreamingDataset in blocks; with documents, its BinaryWriter's files of them instead."""
    import torch
    from litdata import StreamingDataset
    from litdata.streaming.item_loader import TokensLoader
    from litdata.streaming.writer import BinaryWriter

    def read(directory, block=None, documents=None, kind=None, chunk_bytes=None):
        if documents is None:
            data = StreamingDataset(directory, item_loader=TokensLoader(block_size=block))
            return [data[number].tolist() for number in range(len(data))]
        writer = BinaryWriter(directory, chunk_bytes=chunk_bytes, item_loader=TokensLoader())
        for number, ids in enumerate(documents):
            writer[number] = torch.tensor(ids, dtype=getattr(torch, kind))
        writer.done()
        writer.merge()
        return None

    return read


def datatrove():
    """datatrove's data set of a folder: the ids and positions of its windows; with an output, its merger."""
    from datatrove.utils.dataset import DatatroveFolderDataset

    def read(directory, width, length=None, output=None):
        if output is not None:
            from datatrove.pipeline.tokens.merger import DocumentTokenizerMerger
            DocumentTokenizerMerger(
                directory, output, "merged", shuffle=False, save_final_metadata=False, progress=False).run()
            return None
        data = DatatroveFolderDataset(
            directory, length, filename_pattern="*.ds", token_size=width, return_positions=True)
        return [[data[number][name].tolist() for name in ("input_ids", "positions")]
                for number in range(len(data))]

    return read


def olmo():
    """OLMo-core's NumpyFSLDataset over raw arrays, and the documents that it finds in them."""
    import numpy
    from olmo_core.data.numpy_dataset import NumpyFSLDataset
    from olmo_core.data.utils import iter_document_indices

    def read(paths, kind, length, end, work, by_metadata):
        kind = getattr(numpy, kind)
        data = NumpyFSLDataset(
            *paths, sequence_length=length, pad_token_id=end, eos_token_id=end, vocab_size=8000, dtype=kind)
        data.work_dir = pathlib.Path(work)
        data.prepare()
        found = []
        for path in paths:
            ids = numpy.memmap(path, dtype=kind, mode="r")
            borders = iter_document_indices(
                path, eos_token_id=end, dtype=kind, use_array_if_local=not by_metadata)
            found += [ids[start:stop].tolist() for start, stop in borders]
        return [[data[number]["input_ids"].tolist() for number in range(len(data))], found]

    return read


LIBRARIES = {function.__name__: function for function in (megatron, deepspeed, streaming, litdata, datatrove, olmo)}


def main(name):
    # What the libraries print must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        read = LIBRARIES[name]()
    except ImportError as error:
        return answer({"missing": str(error)})
    answer({"missing": None})
    for line in sys.stdin:
        answer(read(**json.loads(line)))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LIBRARIES:
        sys.exit(__doc__)
    main(sys.argv[1])

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the token ids of each document of a Megatron dataset, one JSON list a line.

    read_megatron.py PREFIX...

The files are read by Megatron-core's own IndexedDataset (pip install --no-deps megatron-core;
numpy), which only mentions torch: empty modules in its place are enough.
"""

import importlib
import json
import sys

import empty_torch


def indexed_dataset():
    """Megatron-core's module indexed_dataset, imported without torch or its package's __init__."""
    empty_torch.install_torch()
    if not empty_torch.install_package("megatron", "core", "core.datasets"):
        sys.exit("read_megatron.py: megatron-core is not installed")
    empty_torch.install("megatron.core.utils", log_single_rank=lambda *arguments, **options: None)
    return importlib.import_module("megatron.core.datasets.indexed_dataset")


def documents(prefix):
    """The ids of each document: those of all its sequences, joined."""
    dataset = indexed_dataset().IndexedDataset(prefix)
    index = dataset.document_indices.tolist()
    for first, end in zip(index, index[1:]):
        yield [int(token) for sequence in range(first, end) for token in dataset[sequence]]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for prefix in sys.argv[1:]:
        for ids in documents(prefix):
            print(json.dumps(ids))

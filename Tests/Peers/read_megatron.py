#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the token ids of each document of a Megatron dataset, one JSON list a line.

    read_megatron.py PREFIX...

The files are read by Megatron-core's own IndexedDataset (pip install --no-deps megatron-core;
numpy), which only mentions torch: empty modules in its place are enough.
"""

import importlib
import json
import pathlib
import sys
import types


def indexed_dataset():
    """Megatron-core's module indexed_dataset, imported without torch or its package's __init__."""

    def install(name, **contents):
        module = sys.modules[name] = types.ModuleType(name)
        vars(module).update(contents)
        return module

    data = install("torch.utils.data", Dataset=object)
    utils = install("torch.utils", data=data)
    distributed = install("torch.distributed", is_initialized=lambda: False)
    install("torch", utils=utils, distributed=distributed, Tensor=object)

    roots = (pathlib.Path(entry, "megatron") for entry in sys.path)
    root = next((path for path in roots if path.is_dir()), None)
    if root is None:
        sys.exit("read_megatron.py: megatron-core is not installed")
    for name in ("megatron", "megatron.core", "megatron.core.datasets"):
        install(name, __path__=[str(root.joinpath(*name.split(".")[1:]))])
    install("megatron.core.utils", log_single_rank=lambda *arguments, **options: None)
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

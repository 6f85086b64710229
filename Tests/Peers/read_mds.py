#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads MDS sets with MosaicML streaming's own MDSReader, without torch.

pip install --no-deps mosaicml-streaming; numpy, Pillow, xxhash, typing_extensions, brotli, zstd,
python-snappy. The reader and its writer only mention torch: empty modules in its place are enough.
"""
import importlib
import json
import pathlib

import numpy

import empty_torch


def module(name):
    """The module `streaming.base.NAME`, imported without torch or its packages' __init__."""
    empty_torch.install_torch()
    empty_torch.install_package(
        "streaming", "base", "base.format", "base.format.base", "base.format.mds")
    return importlib.import_module(f"streaming.base.{name}")


def samples(directory):
    """Every sample of the set as its reader gives it, shards' sizes and checksums checked."""
    reader = module("format.mds.reader").MDSReader
    checksum = module("hashing").get_hash
    index = json.loads(pathlib.Path(directory, "index.json").read_text())
    assert index["version"] == 2
    for entry in index["shards"]:
        raw = entry["raw_data"]
        content = pathlib.Path(directory, raw["basename"]).read_bytes()
        assert len(content) == raw["bytes"]
        for name, stated in raw["hashes"].items():
            assert checksum(name, content) == stated
        shard = reader.from_json(str(directory), None, dict(entry))
        for number in range(shard.size):
            yield shard.get_item(number)


def documents(directory):
    """The ids of each sample, as llm-foundry takes them: an array, or bytes of 64-bit ids."""
    for sample in samples(directory):
        ids = sample["tokens"]
        ids = numpy.frombuffer(ids, numpy.int64) if isinstance(ids, bytes) else ids
        yield ids.tolist()

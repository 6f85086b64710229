#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Remakes the files beside it with Megatron-core's own IndexedDatasetBuilder (0.16.1, see read_megatron.py).

Document d has d * d * 7 % 11 tokens, of which token t is (d * 1009 + t * 31337 * scale) % limit:
limit is the number of ids of the type, scale is limit / 2^16 and at least 1. GoldenTests.swift
states the same.
"""

import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Peers"))
import read_megatron  # noqa: E402

LIMITS = {
    numpy.uint8: 2**8,
    numpy.int8: 2**7,
    numpy.int16: 2**15,
    numpy.int32: 2**31,
    numpy.int64: 2**32,
    numpy.uint16: 2**16,
}


def document(number, limit):
    length = number * number * 7 % 11
    return [(number * 1009 + token * 31337 * (limit >> 16 or 1)) % limit for token in range(length)]


def build(name, dtype, sequences_of, multimodal=False):
    """Writes 12 documents, each cut into the sequences that `sequences_of` makes of it."""
    prefix = str(HERE / name)
    builder = MEGATRON.IndexedDatasetBuilder(prefix + ".bin", dtype, multimodal)
    for number in range(12):
        sequences = sequences_of(document(number, LIMITS[dtype]))
        ids = [token for sequence in sequences for token in sequence]
        lengths = [len(sequence) for sequence in sequences]
        modes = [number % 2] * len(lengths) if multimodal else None
        builder.add_document(ids, lengths, modes)
    builder.finalize(prefix + ".idx")


def whole(ids):
    return [ids]


def cut(ids):
    """No sequence for an empty document, else sequences of up to 3 tokens and an empty one."""
    return [ids[start : start + 3] for start in range(0, len(ids), 3)] + ([[]] if ids else [])


MEGATRON = read_megatron.indexed_dataset()
for dtype in LIMITS:
    build(dtype.__name__, dtype, whole)
build("sequences", numpy.int32, cut)
build("modes", numpy.uint16, cut, multimodal=True)

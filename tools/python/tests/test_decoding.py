# SPDX-License-Identifier: Apache-2.0
"""Ids back to text, from every kind of lists."""
import array

import hostile
import numpy as np
import pyarrow as pa
import pytest

import malmoi

LISTS = {
    "lists": lambda lists: lists,
    "tuples": lambda lists: tuple(map(tuple, lists)),
    "arrays": lambda lists: [np.array(ids, np.int64) for ids in lists],
    "mixed arrays": lambda lists: [np.array(ids, ["<u2", "<i4", "<u8", ">i4"][n % 4]) for n, ids in enumerate(lists)],
    "array.array": lambda lists: [array.array("H", ids) for ids in lists],
    "lists and arrays": lambda lists: [ids if n % 2 else np.array(ids) for n, ids in enumerate(lists)],
    "arrow": lambda lists: pa.array(lists, pa.list_(pa.uint16())),
    "arrow large": lambda lists: pa.array(lists, pa.large_list(pa.int64())),
    "arrow slice": lambda lists: pa.array([[1], *lists, [2]], pa.list_(pa.int32())).slice(1, len(lists)),
    "arrow chunks": lambda lists: pa.chunked_array([lists[:2], lists[2:]], pa.list_(pa.int32())),
    "iterator": iter,
}


@pytest.mark.parametrize("kind", LISTS)
def test_lists(kind, tokenizer, documents, expected):
    lists, texts = [*expected[::50], []], [*documents[::50], ""]
    assert tokenizer.decode_batch(LISTS[kind](lists)) == texts


def test_batches(tokenizer, documents):
    batch = tokenizer.encode_batch(documents)
    assert tokenizer.decode_batch(batch) == documents
    assert tokenizer.decode_batch(batch[10:20]) == documents[10:20]
    assert tokenizer.decode_batch(batch.to_arrow()) == documents
    assert tokenizer.decode_batch([]) == []


def test_rows(tokenizer):
    rows = np.array([[20, 21, 22], [30, 31, 32]])
    texts = [tokenizer.decode(row) for row in rows.tolist()]
    assert tokenizer.decode_batch(rows) == tokenizer.decode_batch(rows.astype(np.uint16)) == texts
    assert tokenizer.decode_batch(rows.T.copy().T) == tokenizer.decode_batch(rows.astype(">i8")) == texts
    assert tokenizer.decode_batch(pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), 3)) == texts
    assert tokenizer.decode_batch(pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), 3)[1:]) == texts[1:]


def test_one_list(tokenizer):
    for text in hostile.all_strings():
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert tokenizer.decode(tuple(ids)) == tokenizer.decode(np.array(ids, np.int32)) == text
        assert tokenizer.decode(pa.array(ids, pa.uint32())) == text
    assert tokenizer.decode([]) == tokenizer.decode(np.array([])) == ""


def test_special_tokens(tokenizer):
    ids = [0, *tokenizer.encode("값"), 1]
    assert tokenizer.decode(ids) == "[BOS]값[EOS]"
    assert tokenizer.decode(ids, skip_special_tokens=True) == "값"
    assert tokenizer.decode_batch([ids], skip_special_tokens=True) == ["값"]


def test_parts_of_characters(tokenizer):
    part = [tokenizer.token_to_id(b"\xea")]
    assert tokenizer.decode(part) == "\ufffd" and tokenizer.decode_bytes(part) == b"\xea"
    assert tokenizer.decode_batch([part, part], errors="ignore") == ["", ""]
    with pytest.raises(UnicodeDecodeError):
        tokenizer.decode(part, errors="strict")


def test_nulls(tokenizer):
    with pytest.raises(malmoi.InvalidArgumentError, match="null"):
        tokenizer.decode_batch(pa.array([[1], None]))
    with pytest.raises(malmoi.InvalidArgumentError, match="null"):
        tokenizer.decode_batch(pa.array([[1, None]]))
    with pytest.raises(malmoi.InvalidArgumentError, match="null"):
        tokenizer.decode(pa.array([1, None]))

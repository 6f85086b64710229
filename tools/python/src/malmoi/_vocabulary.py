# SPDX-License-Identifier: Apache-2.0
"""The tokens of a tokenizer."""
from __future__ import annotations

from ctypes import c_uint32, string_at
from typing import NamedTuple

from . import _structs
from ._errors import UnknownTokenError
from ._library import library


class AddedToken(NamedTuple):
    """A token that stands for itself in text; a special one only where special tokens are parsed."""

    id: int
    content: str
    special: bool


def added_tokens(tokenizer: int, count: int) -> tuple[AddedToken, ...]:
    """The added tokens in the order of their ids."""
    view = _structs.AddedTokenView()
    found = []
    for index in range(count):
        library().tokenizer_get_added_token(tokenizer, index, view)
        found.append(AddedToken(view.id, view.content.decode("utf-8", "replace"), bool(view.is_special)))
    return tuple(found)


def token_bytes(tokenizer: int) -> list[bytes]:
    """The bytes of every token by its id; those of an unused id are empty."""
    made = library().make("tokenizer_vocabulary", tokenizer)
    try:
        return texts_of(made)
    finally:
        library().bytes_free(made)


def texts_of(handle: int) -> list[bytes]:
    """What a `malmoi_bytes` holds, copied."""
    view = _structs.BytesView()
    library().bytes_get(handle, view)
    edges = memoryview(string_at(view.offsets, 8 * (view.count + 1))).cast("q").tolist()
    whole = string_at(view.bytes, edges[-1]) if edges[-1] else b""
    return [whole[start:end] for start, end in zip(edges, edges[1:])]


def find(tokenizer: int, token: bytes) -> int | None:
    """The id of the token of these bytes, None if there is none."""
    number = c_uint32()
    try:
        library().tokenizer_find(tokenizer, token, len(token), number)
    except UnknownTokenError:
        return None
    return number.value

# SPDX-License-Identifier: Apache-2.0
"""Ids back to text."""
from __future__ import annotations

from ctypes import c_int64, string_at

from . import _structs
from ._ids import IdBuffer
from ._library import library
from ._vocabulary import texts_of


def decoded(tokenizer: int, lists: IdBuffer, skip_special_tokens: bool) -> list[bytes]:
    """The bytes of each list of ids.

    Raises:
        UnknownTokenError: An id that the vocabulary does not have.
    """
    found = library()
    handle = found.make("tokenizer_decode", tokenizer, lists.struct, skip_special_tokens)
    try:
        return texts_of(handle)
    finally:
        found.bytes_free(handle)


def decoded_one(tokenizer: int, ids: IdBuffer, skip_special_tokens: bool) -> bytes:
    """The bytes of one list of ids; the quick way."""
    found = library()
    handle = found.make("tokenizer_decode", tokenizer, ids.struct, skip_special_tokens)
    try:
        view = _structs.BytesView()
        found.bytes_get(handle, view)
        return string_at(view.bytes, c_int64.from_address(view.offsets + 8).value)
    finally:
        found.bytes_free(handle)

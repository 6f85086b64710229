# SPDX-License-Identifier: Apache-2.0
"""Ids back to text."""
from __future__ import annotations

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

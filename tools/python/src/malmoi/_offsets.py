# SPDX-License-Identifier: Apache-2.0
"""Where in a text each token comes from."""
from __future__ import annotations

from ctypes import string_at
from typing import TYPE_CHECKING, Any

from . import _structs
from ._library import library

if TYPE_CHECKING:
    import numpy as np


def traced(
    tokenizer: int, text: bytes, parse_special_tokens: bool
) -> tuple[list[int], list[int], list[int]]:
    """The ids of a text, and where the bytes of each begin and end."""
    found = library()
    handle = found.make("trace_text", tokenizer, text, len(text), parse_special_tokens)
    try:
        view = _structs.TraceView()
        found.trace_get(handle, view)
        count = view.count
        if count == 0:
            return [], [], []
        ids = memoryview(string_at(view.ids, 4 * count)).cast("I").tolist()
        starts = memoryview(string_at(view.starts, 8 * count)).cast("q").tolist()
        ends = memoryview(string_at(view.ends, 8 * count)).cast("q").tolist()
        return ids, starts, ends
    finally:
        found.trace_free(handle)


def characters(text: bytes, starts: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
    """The same places in characters of UTF-8 text; a token of part of a character has the whole of it."""
    import numpy as np

    begins = (np.frombuffer(text, np.uint8) & 0xC0) != 0x80
    before = np.zeros(len(text) + 1, np.int64)
    np.cumsum(begins, out=before[1:])
    # Inside a character, one more begins before the place than lie wholly before it.
    inside = np.append(~begins, False)
    return _at(before, starts, inside), _at(before, ends, None)


def _at(before: np.ndarray[Any, Any], places: list[int], inside: np.ndarray[Any, Any] | None) -> list[int]:
    found = before[places]
    if inside is not None:
        found = found - inside[places]
    return found.tolist()  # type: ignore[no-any-return]

# SPDX-License-Identifier: Apache-2.0
"""Texts of every kind that Python has, as the library takes them: bytes back to back, and offsets."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Union

from ._errors import INVALID_UTF8, BadDataError, InvalidArgumentError
from ._memory import address_of
from ._structs import Texts

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    TextSource = Union[Iterable[Union[str, bytes]], np.ndarray[Any, Any], pa.Array, pa.ChunkedArray]

#: Lists are passed on in slices of about so many characters, of one to four bytes: of each slice there are two
#: copies for a while, the texts as UTF-8 and these back to back.
SLICE_CHARACTERS = 4 << 20

#: How many texts are taken from an iterator before their sizes are looked at.
_STEP = 64


class TextBuffer:
    """Some texts as the library takes them. It must live until the library has read them."""

    __slots__ = ("struct", "count", "byte_count", "first", "_kept")

    def __init__(self, data: Any, offsets: int, offset_bits: int, count: int, byte_count: int, kept: Any):
        self.struct = Texts(data, offsets, offset_bits, count)
        self.count = count
        #: About so many; what depends on it must not depend on it exactly.
        self.byte_count = byte_count
        #: The place of the first text among all that were given.
        self.first = 0
        self._kept = kept


def text_buffers(texts: TextSource) -> Iterator[TextBuffer]:
    """The texts in order, in slices that bound what is held besides them; of Arrow a buffer for each chunk.

    Raises:
        TypeError: Something is neither str nor bytes.
        InvalidArgumentError: A null.
        BadDataError: A str with a lone surrogate, which UTF-8 cannot have.
    """
    if isinstance(texts, (str, bytes, bytearray, memoryview)):
        raise TypeError(f"texts is one {type(texts).__name__}; give a list of texts")
    chunks = arrow_chunks(texts)
    made = map(_list_buffer, _slices(_items(texts))) if chunks is None else map(arrow_buffer_of, chunks)
    first = 0
    while True:
        try:
            buffer = next(made, None)
        except _Misplaced as error:
            raise error.at(first) from None
        if buffer is None:
            return
        buffer.first = first
        first += buffer.count
        yield buffer


# ---- Lists and iterators


def encoded(text: str | bytes) -> bytes:
    """The UTF-8 of a text; bytes are taken as they are.

    Raises:
        TypeError, BadDataError: As text_buffers does.
    """
    if isinstance(text, str):
        try:
            return str.encode(text)
        except UnicodeEncodeError as error:
            raise _surrogate(error, "the text") from None
    if isinstance(text, (bytes, bytearray, memoryview)):
        return bytes(text)
    raise TypeError(f"a text must be str or bytes, not {type(text).__name__}")


class _Misplaced(Exception):
    """A text that cannot be taken, by its place in a slice."""

    def __init__(self, place: int, make: Any):
        self.place, self.make = place, make

    def at(self, first: int) -> Exception:
        error: Exception = self.make(f"text {first + self.place}")
        return error


def _surrogate(error: UnicodeEncodeError, name: str) -> BadDataError:
    point = ord(error.object[error.start])
    return BadDataError(
        f"{name} has a lone surrogate U+{point:04X} at character {error.start}, which UTF-8 cannot have; "
        'encode it yourself, as by text.encode("utf-8", "surrogatepass") or "replace"', INVALID_UTF8)


def _items(texts: Any) -> Iterable[Any]:
    np = sys.modules.get("numpy")
    if np is not None and isinstance(texts, np.ndarray):
        if texts.ndim != 1 or texts.dtype.kind not in "USOT":
            raise TypeError(
                f"an array of texts must have one dimension and hold str, bytes or objects, not "
                f"{texts.ndim} dimensions of {texts.dtype}")
        return texts.tolist()  # type: ignore[no-any-return]
    if isinstance(texts, Iterable):
        return texts
    raise TypeError(f"texts must be an iterable of str or bytes, not {type(texts).__name__}")


def _slices(texts: Iterable[Any]) -> Iterator[list[Any]]:
    """Lists of texts with about SLICE_CHARACTERS together."""
    source = iter(texts)
    taken: list[Any] = []
    size = 0
    while step := list(islice(source, _STEP)):
        taken += step
        try:
            size += sum(map(len, step))
        except TypeError:
            # What is no text is told of, with its place, where the slice is encoded.
            size = SLICE_CHARACTERS
        if size >= SLICE_CHARACTERS:
            yield taken
            taken, size = [], 0
    if taken:
        yield taken


def _list_buffer(texts: list[Any]) -> TextBuffer:
    import numpy as np

    try:
        parts = list(map(str.encode, texts))
    except (TypeError, UnicodeEncodeError):
        parts = _one_by_one(texts)
    offsets = np.empty(len(parts) + 1, np.int64)
    offsets[0] = 0
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=offsets[1:])
    joined = b"".join(parts)
    return TextBuffer(joined, address_of(offsets), 64, len(parts), len(joined), (joined, offsets))


def _one_by_one(texts: list[Any]) -> list[bytes]:
    parts = []
    for place, text in enumerate(texts):
        try:
            parts.append(text.encode() if isinstance(text, str) else encoded(text))
        except UnicodeEncodeError as error:
            # The name is bound now: Python forgets it behind the clause.
            raise _Misplaced(place, lambda name, error=error: _surrogate(error, name)) from None
        except TypeError:
            kind = type(text).__name__
            raise _Misplaced(
                place, lambda name, kind=kind: TypeError(f"{name} must be str or bytes, not {kind}")) from None
    return parts


# ---- Arrow


def arrow_chunks(texts: Any) -> list[pa.Array] | None:
    """The chunks of what pyarrow, or another library by Arrow's interface, holds; None for anything else."""
    pa = sys.modules.get("pyarrow")
    if pa is not None:
        if isinstance(texts, pa.ChunkedArray):
            return list(texts.chunks)
        if isinstance(texts, pa.Array):
            return [texts]
        if isinstance(texts, (pa.Table, pa.RecordBatch, pa.RecordBatchReader)):
            raise TypeError(f"give a column of the {type(texts).__name__}, as table['text']")
    if hasattr(texts, "__arrow_c_stream__"):
        import pyarrow

        return list(pyarrow.chunked_array(texts).chunks)
    if hasattr(texts, "__arrow_c_array__"):
        import pyarrow

        return [pyarrow.array(texts)]
    return None


def arrow_buffer_of(texts: pa.Array) -> TextBuffer:
    """The buffers of an Arrow array of texts, without a copy where it has offsets."""
    texts, bits = _with_offsets(texts)
    if texts.null_count:
        import pyarrow.compute as pc

        place = pc.index(texts.is_null(), True).as_py()
        raise _Misplaced(place, lambda name: InvalidArgumentError(
            f"{name} is null; fill it, as by pyarrow.compute.fill_null(texts, \"\"), or leave it out"))
    _, offsets, data = texts.buffers()
    count = len(texts)
    if count == 0 or offsets is None:
        return TextBuffer(None, 0, bits, 0, 0, None)
    start = offsets.address + texts.offset * (bits // 8)
    return TextBuffer(data.address if data else None, start, bits, count, texts.nbytes, texts)


def _with_offsets(texts: pa.Array) -> tuple[pa.Array, int]:
    import pyarrow as pa

    kind = texts.type
    if isinstance(texts, pa.ExtensionArray):
        return _with_offsets(texts.storage)
    if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        return texts, 64
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return texts, 32
    if pa.types.is_dictionary(kind):
        return _with_offsets(texts.cast(pa.large_binary() if _is_binary(kind.value_type) else pa.large_string()))
    if _is_binary(kind):
        return texts.cast(pa.large_binary()), 64
    # By its name: older versions of pyarrow have no views.
    if str(kind) == "string_view" or pa.types.is_null(kind):
        return texts.cast(pa.large_string()), 64
    raise TypeError(f"an Arrow array of texts must hold strings or binary, not {kind}")


def _is_binary(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
        or str(kind) == "binary_view")

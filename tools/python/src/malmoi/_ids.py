# SPDX-License-Identifier: Apache-2.0
"""Lists of ids of every kind that Python has, as the library takes them."""
from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, Union

from ._batch import EncodedBatch
from ._errors import InvalidArgumentError, UnknownTokenError
from ._memory import address_of
from ._structs import IdLists

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ids = Union[Sequence[int], np.ndarray[Any, Any], pa.Array]
    IdSource = Union[EncodedBatch, Sequence[Ids], np.ndarray[Any, Any], pa.Array]


class IdBuffer:
    """Lists of ids as the library takes them. It must live until the library has read them."""

    __slots__ = ("struct", "count", "total", "_ids", "_offsets")

    def __init__(self, ids: np.ndarray[Any, Any] | array[int], offsets: np.ndarray[Any, Any] | array[int]):
        self.count = len(offsets) - 1
        #: The ids of all lists.
        self.total = int(offsets[-1] - offsets[0])
        self.struct = IdLists(_address(ids), ids.itemsize * 8, offsets.itemsize * 8, _address(offsets), self.count)
        self._ids, self._offsets = ids, offsets

    def batch(self) -> EncodedBatch:
        """The same as NumPy arrays."""
        import numpy as np

        return EncodedBatch(np.asarray(self._ids), np.asarray(self._offsets).astype(np.int64, copy=False))


def _address(values: np.ndarray[Any, Any] | array[int]) -> int:
    return values.buffer_info()[0] if isinstance(values, array) else address_of(values)


def one_list(ids: Ids) -> IdBuffer:
    """One list of ids.

    Raises:
        TypeError: Something is no whole number.
        UnknownTokenError: A number below 0 or beyond 64 bits, which no vocabulary has.
    """
    if isinstance(ids, (list, tuple)):
        numbers = _numbers(ids)
        return IdBuffer(numbers, array("q", (0, len(numbers))))
    values = _values(ids)
    return IdBuffer(values, array("q", (0, len(values))))


def id_buffer(lists: IdSource) -> IdBuffer:
    """Lists of ids: an EncodedBatch or Arrow lists without a copy, rows of a NumPy array, any sequence of lists.

    Raises:
        TypeError, UnknownTokenError: As one_list does.
        InvalidArgumentError: A null.
    """
    if isinstance(lists, EncodedBatch):
        return IdBuffer(lists.ids, lists.offsets)
    np, pa = sys.modules.get("numpy"), sys.modules.get("pyarrow")
    if pa is not None and isinstance(lists, (pa.Array, pa.ChunkedArray)):
        return _arrow_lists(lists)
    if np is not None and isinstance(lists, np.ndarray) and lists.dtype != object:
        return _rows(lists)
    lists = list(lists)
    if all(isinstance(one, (list, tuple)) for one in lists):
        numbers = _numbers(chain.from_iterable(lists))
        return IdBuffer(numbers, array("q", accumulate(map(len, lists), initial=0)))
    return _concatenated([_values(one) for one in lists])


def _numbers(ids: Any) -> array[int]:
    try:
        return array("I", ids)
    except OverflowError:
        raise UnknownTokenError("an id is below 0 or beyond 32 bits, which no vocabulary has") from None


def _values(ids: Any) -> np.ndarray[Any, Any]:
    """Ids as an array of unsigned integers of 16, 32 or 64 bits."""
    import numpy as np

    nulls: Any = getattr(ids, "null_count", 0)
    if isinstance(nulls, int) and nulls:
        raise InvalidArgumentError("an id is null")
    values = np.asarray(ids)
    if values.size == 0 and values.dtype.kind not in "iu":
        # An empty list has no type.
        values = values.astype(np.uint32)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise TypeError(
            f"ids must be whole numbers in one dimension, not {values.dtype} in {values.ndim} dimensions")
    return _unsigned(values)


def _unsigned(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    if values.dtype.kind == "i" and values.size and values.min() < 0:
        raise UnknownTokenError(f"the id {values.min()} is below 0, which no vocabulary has")
    width = values.dtype.itemsize
    if width == 1:
        return values.astype(np.uint16)
    # Not below 0, signed and unsigned numbers have the same bits.
    native = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    return native.view(f"u{width}")


def _rows(rows: np.ndarray[Any, Any]) -> IdBuffer:
    import numpy as np

    if rows.ndim != 2 or rows.dtype.kind not in "iu":
        raise TypeError(f"lists of ids in an array are the rows of whole numbers in two dimensions, not "
                        f"{rows.dtype} in {rows.ndim}")
    count, width = rows.shape
    values = _unsigned(np.ascontiguousarray(rows).reshape(-1))
    return IdBuffer(values, np.arange(count + 1, dtype=np.int64) * width)


def _concatenated(lists: list[np.ndarray[Any, Any]]) -> IdBuffer:
    import numpy as np

    offsets = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=offsets[1:])
    ids = np.concatenate(lists) if lists else np.empty(0, np.uint32)
    # uint16 beside uint64 is uint64 still: no list has become one of floats.
    return IdBuffer(ids, offsets)


def _arrow_lists(lists: Any) -> IdBuffer:
    import pyarrow as pa

    if isinstance(lists, pa.ChunkedArray):
        lists = lists.chunk(0) if lists.num_chunks == 1 else lists.combine_chunks()
        if isinstance(lists, pa.ChunkedArray):
            raise InvalidArgumentError("the lists of all chunks are too many for one array; give one chunk at a time")
    if lists.null_count:
        raise InvalidArgumentError("a list of ids is null; leave it out")
    if pa.types.is_fixed_size_list(lists.type):
        width = lists.type.list_size
        values = _unsigned(lists.flatten().to_numpy())
        return _rows(values.reshape(len(lists), width))
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        raise TypeError(f"an Arrow array of ids must hold lists, not {lists.type}")
    values = lists.values
    if values.null_count:
        raise InvalidArgumentError("an id is null")
    return IdBuffer(_values(values.to_numpy()), lists.offsets.to_numpy())

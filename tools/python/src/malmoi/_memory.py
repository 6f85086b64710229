# SPDX-License-Identifier: Apache-2.0
"""NumPy and Arrow over memory that belongs to the library."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class _Memory:
    """What NumPy makes an array of, without a copy; it lives as long as the array, and the owner with it."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, owner: Any, address: int, count: int, code: str):
        self.owner = owner
        self.__array_interface__ = {"version": 3, "data": (address, True), "typestr": code, "shape": (count,)}


def array(owner: Any, address: int | None, count: int, code: str) -> np.ndarray[Any, Any]:
    """`count` values at `address` as a read-only array that keeps `owner`; `code` is NumPy's, as "<u2"."""
    import numpy as np

    if count == 0 or not address:
        empty = np.empty(0, code)
        empty.flags.writeable = False
        return empty
    return np.asarray(_Memory(owner, address, count, code))


def arrow_buffer(values: np.ndarray[Any, Any]) -> pa.Buffer:
    """The memory of a one-dimensional, contiguous array as a buffer, which keeps it."""
    import pyarrow as pa

    if len(values) == 0:
        return pa.py_buffer(b"")
    return pa.foreign_buffer(values.__array_interface__["data"][0], values.nbytes, base=values)


def arrow_values(values: np.ndarray[Any, Any]) -> pa.Array:
    """An Arrow array over a NumPy one, without a copy."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, arrow_buffer(values)])


def arrow_texts(offsets: np.ndarray[Any, Any], data: np.ndarray[Any, Any], kind: Any = None) -> pa.Array:
    """Texts that lie back to back as a `large_string` array, or another of 64-bit offsets, without a copy."""
    import pyarrow as pa

    return pa.Array.from_buffers(
        kind or pa.large_string(), len(offsets) - 1, [None, arrow_buffer(offsets), arrow_buffer(data)])


def address_of(values: np.ndarray[Any, Any]) -> int:
    """Where the values of an array begin."""
    return int(values.__array_interface__["data"][0])

# SPDX-License-Identifier: Apache-2.0
"""What encoding many texts gives."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import index as whole
from typing import TYPE_CHECKING, Any, overload

from . import _memory
from ._library import Owner, library
from ._structs import IdsView

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class EncodedBatch(Sequence["np.ndarray[Any, Any]"]):
    """The ids of n texts: a sequence of n arrays, views of one flat array.

    The memory is the library's, read-only, and given back when neither the batch nor any view of it is left.

    >>> import numpy as np
    >>> batch = EncodedBatch(np.array([7, 8, 9], np.uint16), np.array([0, 2, 2, 3]))
    >>> len(batch), batch[0], batch[-1].tolist(), batch.to_list()
    (3, array([7, 8], dtype=uint16), [9], [[7, 8], [], [9]])
    """

    __slots__ = ("_ids", "_offsets")

    def __init__(self, ids: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any]):
        self._ids = ids
        self._offsets = offsets

    @property
    def ids(self) -> np.ndarray[Any, Any]:
        """All ids: uint16 where every id of the vocabulary fits, else uint32; shape (tokens,)."""
        return self._ids

    @property
    def offsets(self) -> np.ndarray[Any, Any]:
        """Text i has `ids[offsets[i]:offsets[i + 1]]`: int64, shape (n + 1,), the first 0."""
        return self._offsets

    @property
    def lengths(self) -> np.ndarray[Any, Any]:
        """The number of ids of each text: int64, shape (n,)."""
        import numpy as np

        return np.diff(self._offsets)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, place: int) -> np.ndarray[Any, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> EncodedBatch: ...

    def __getitem__(self, place: int | slice) -> np.ndarray[Any, Any] | EncodedBatch:
        """The ids of a text, or a batch of some texts; nothing is copied but by a slice with a step."""
        if isinstance(place, slice):
            return self._slice(*place.indices(len(self)))
        number = whole(place)
        if number < 0:
            number += len(self)
        if not 0 <= number < len(self):
            raise IndexError(f"text {whole(place)} of a batch of {len(self)}")
        return self._ids[self._offsets[number]:self._offsets[number + 1]]

    def _slice(self, start: int, stop: int, step: int) -> EncodedBatch:
        if step == 1:
            offsets = self._offsets[start:max(start, stop) + 1]
            return EncodedBatch(self._ids[offsets[0]:offsets[-1]], offsets - offsets[0])
        return joined([self._slice(place, place + 1, 1) for place in range(start, stop, step)], self._ids.dtype)

    def __iter__(self) -> Iterator[np.ndarray[Any, Any]]:
        ids, edges = self._ids, self._offsets.tolist()
        return (ids[start:end] for start, end in zip(edges, edges[1:]))

    def __eq__(self, other: object) -> bool:
        """Whether the other batch has the same ids, of whatever type they are."""
        import numpy as np

        if not isinstance(other, EncodedBatch):
            return NotImplemented
        return np.array_equal(self._offsets, other._offsets) and np.array_equal(self._ids, other._ids)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<EncodedBatch of {len(self)} texts, {len(self._ids)} ids of {self._ids.dtype}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return EncodedBatch, (self._ids, self._offsets)

    def to_list(self) -> list[list[int]]:
        """The ids as lists of Python's numbers."""
        ids, edges = self._ids.tolist(), self._offsets.tolist()
        return [ids[start:end] for start, end in zip(edges, edges[1:])]

    def to_arrow(self) -> pa.LargeListArray:
        """The ids as an Arrow array of lists, over the same memory."""
        import pyarrow as pa

        return pa.LargeListArray.from_arrays(
            _memory.arrow_values(self._offsets), _memory.arrow_values(self._ids))

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        """The same for whatever takes Arrow's interface, as `pyarrow.array` or Polars."""
        return self.to_arrow().__arrow_c_array__(requested_schema)


def of_handle(handle: int) -> EncodedBatch:
    """The batch that a `malmoi_ids` holds, which it owns from now on."""
    found = library()
    view = IdsView()
    found.ids_get(handle, view)
    owner = Owner(handle, found.large_ids_free)
    offsets = _memory.array(owner, view.offsets, view.count + 1, "<i8")
    count = int(offsets[-1])
    return EncodedBatch(_memory.array(owner, view.ids, count, f"<u{view.id_bits // 8}"), offsets)


def joined(batches: list[EncodedBatch], kind: Any = "<u2") -> EncodedBatch:
    """One batch of the texts of all; one batch is itself, of none the ids are of `kind`."""
    import numpy as np

    if len(batches) == 1:
        return batches[0]
    if not batches:
        return EncodedBatch(np.empty(0, kind), np.zeros(1, np.int64))
    ids = np.concatenate([batch.ids for batch in batches])
    offsets = np.empty(sum(map(len, batches)) + 1, np.int64)
    offsets[0] = 0
    np.cumsum(np.concatenate([batch.lengths for batch in batches]), out=offsets[1:])
    return EncodedBatch(ids, offsets)

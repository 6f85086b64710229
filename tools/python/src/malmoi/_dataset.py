# SPDX-License-Identifier: Apache-2.0
"""Token files as data sets."""
from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import index as whole
from typing import TYPE_CHECKING, Any, overload

from . import _structs
from ._batch import EncodedBatch, of_handle
from ._errors import InvalidArgumentError
from ._library import Owner, library, path_bytes
from ._shards import Shard, open_shards

if TYPE_CHECKING:
    import numpy as np


class TokenDataset(Sequence["np.ndarray[Any, Any]"]):
    """The documents of token files, mapped into memory: nothing is read before it is looked at.

    Megatron's `.bin` and `.idx` (of GPT-NeoX and DeepSpeed too), of this package or of others, and the flat formats
    "npy", "nanogpt", "llm.c", "datatrove" and "olmo"; in shards that a manifest lists or that are numbered. Where
    no file tells of documents, each shard is one. For other formats there is `read_tokens`.

    It is a data set as torch takes them. Workers may be forked or spawned: pickled, it is the paths and sizes of
    its files.

    Args:
        path: The prefix of the files' names, the manifest, or one shard by one of its files.
        format: Its name, where neither a manifest nor the files tell; None to find out.
        dtype: The type of items; None for that of the files, of which items are read-only views. Another, as int64
            for torch, is a copy.

    Raises:
        NotFoundError: There are no such files.
        BadDataError: They are damaged.
        InvalidArgumentError: The format cannot be mapped.
    """

    def __init__(self, path: str | os.PathLike[str], format: str | None = None, dtype: Any = None):
        self.path = os.path.abspath(os.fspath(path))
        self.format, self._shards = open_shards(self.path, format)
        self._dtype = _item_type(self._shards, dtype)
        self._ends = list(accumulate(shard.documents for shard in self._shards))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of items."""
        return self._dtype

    @property
    def documents(self) -> int:
        """The number of documents."""
        return self._ends[-1]

    @property
    def tokens(self) -> int:
        """The number of ids in all of them."""
        return sum(shard.tokens for shard in self._shards)

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, place: int) -> np.ndarray[Any, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[np.ndarray[Any, Any]]: ...

    def __getitem__(self, place: int | slice) -> np.ndarray[Any, Any] | list[np.ndarray[Any, Any]]:
        """The ids of a document, shape (length,); or a list of those of some documents.

        Raises:
            IndexError: There is no such document.
            BadDataError: The index of its shard is damaged.
        """
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = _place(place, len(self), "document")
        at = bisect_right(self._ends, number)
        shard = self._shards[at]
        start, end = shard.bounds(number - (self._ends[at - 1] if at else 0))
        return _typed(shard.ids[start:end], self._dtype)

    def lengths(self) -> np.ndarray[Any, Any]:
        """The number of ids of every document, of which only the index is read: int64, shape (documents,)."""
        import numpy as np

        return np.concatenate([shard.lengths() for shard in self._shards])

    def windows(
        self, length: int, stride: int | None = None, drop_last: bool = True, dtype: Any = None
    ) -> TokenWindows:
        """The ids of all documents, one after the other, in windows of one length.

        Args:
            length: The ids of a window.
            stride: From the beginning of one to that of the next; None for the length. To train on ids and the ones
                behind them, take windows of n + 1 ids with a stride of n.
            drop_last: Leave out what remains behind the last whole window; else it is a shorter one.
            dtype: As of the data set, whose own is kept if None.

        Raises:
            InvalidArgumentError: The length or stride is below 1.
        """
        kept = self._dtype if dtype is None else _item_type(self._shards, dtype)
        return TokenWindows(self._shards, length, length if stride is None else stride, drop_last, kept)

    def __repr__(self) -> str:
        return (f"<TokenDataset {self.path!r}, {self.format}, {self.documents} documents, {self.tokens} ids of "
                f"{self._dtype}, {len(self._shards)} shards>")


class TokenWindows(Sequence["np.ndarray[Any, Any]"]):
    """Windows over the ids of token files, across the borders of documents and shards. Made by
    `TokenDataset.windows`; a data set as torch takes them, too."""

    def __init__(self, shards: list[Shard], length: int, stride: int, drop_last: bool, dtype: np.dtype[Any]):
        if length < 1 or stride < 1:
            raise InvalidArgumentError(f"windows of {length} ids every {stride}: both must be 1 or more")
        self._shards = shards
        self._ends = list(accumulate(shard.tokens for shard in shards))
        self._dtype = dtype
        self.length, self.stride = length, stride
        tokens = self._ends[-1]
        self._count = (tokens - length) // stride + 1 if tokens >= length else 0
        # The ids that no whole window has; with strides beyond the length, some of them lie in gaps.
        start = self._count * stride
        covered = start - stride + length if self._count else 0
        if not drop_last and start < tokens and covered < tokens:
            self._count += 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of items."""
        return self._dtype

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> np.ndarray[Any, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[np.ndarray[Any, Any]]: ...

    def __getitem__(self, place: int | slice) -> np.ndarray[Any, Any] | list[np.ndarray[Any, Any]]:
        """The ids of a window, shape (length,); the last may be shorter with drop_last=False."""
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        start = _place(place, len(self), "window") * self.stride
        return self._span(start, min(start + self.length, self._ends[-1]))

    def _span(self, start: int, end: int) -> np.ndarray[Any, Any]:
        import numpy as np

        parts = []
        at = bisect_right(self._ends, start)
        while start < end:
            before = self._ends[at - 1] if at else 0
            stop = min(end, self._ends[at])
            parts.append(self._shards[at].ids[start - before:stop - before])
            start, at = stop, at + 1
        return _typed(parts[0] if len(parts) == 1 else np.concatenate(parts), self._dtype)

    def __repr__(self) -> str:
        return f"<TokenWindows: {self._count} of {self.length} ids every {self.stride}, {self._dtype}>"


def read_tokens(
    path: str | os.PathLike[str], format: str | None = None, batch_tokens: int = 1 << 20,
    end_of_document: int | None = None,
) -> Iterator[EncodedBatch]:
    """Reads token files of any format in order, from the beginning: also "mds", "litdata" and "tfrecord".

    Args:
        path: The prefix, directory, manifest, or one of the files.
        format: None to find out.
        batch_tokens: About so many ids a batch, and at least one document.
        end_of_document: The id that ends documents, where files of "nanogpt", "llm.c" or "npy" that other tools
            made do not tell them apart.

    Raises:
        NotFoundError, InputOutputError, BadDataError, InvalidArgumentError: When it is called, or while it reads.
    """
    return _batches(_reader(path, format, end_of_document), batch_tokens)


def token_files_info(path: str | os.PathLike[str], format: str | None = None) -> dict[str, Any]:
    """The format of token files and their numbers of documents, tokens and shards, without reading them."""
    owner = _reader(path, format, None)
    view = _structs.TokenReaderView()
    library().token_reader_get(owner.handle, view)
    return {
        "format": view.format.decode(), "documents": view.document_count, "tokens": view.token_count,
        "shards": view.shard_count,
    }


def _reader(path: str | os.PathLike[str], format: str | None, end_of_document: int | None) -> Owner:
    found = library()
    name = None if format is None else _structs.c_string(format)
    end = -1 if end_of_document is None else end_of_document
    return Owner(found.make("token_reader_open", path_bytes(path), name, end), found.token_reader_free)


def _batches(owner: Owner, batch_tokens: int) -> Iterator[EncodedBatch]:
    while True:
        batch = of_handle(library().make("token_reader_next", owner.handle, batch_tokens))
        if len(batch) == 0:
            return
        yield batch


def _item_type(shards: list[Shard], asked: Any) -> np.dtype[Any]:
    import numpy as np

    if asked is None:
        common: np.dtype[Any] = np.result_type(*{shard.dtype for shard in shards})
        return common
    kind: np.dtype[Any] = np.dtype(asked)
    if kind.kind not in "iu":
        raise InvalidArgumentError(f"ids are whole numbers, not {kind}")
    return kind


def _typed(ids: np.ndarray[Any, Any], kind: np.dtype[Any]) -> np.ndarray[Any, Any]:
    return ids if ids.dtype == kind else ids.astype(kind)


def _place(place: Any, count: int, name: str) -> int:
    number = whole(place)
    if number < 0:
        number += count
    if not 0 <= number < count:
        raise IndexError(f"{name} {whole(place)} of {count}")
    return number

# SPDX-License-Identifier: Apache-2.0
"""Counting the pretokens of whatever training reads."""
from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from . import _structs
from ._corpus import Corpus
from ._library import FileOwner, library, path_bytes
from ._texts import TextBuffer, arrow_chunks, text_buffers



class Counter:
    """Counts pretokens into a count file, which is there when it is finished."""

    def __init__(
        self, path: str, *, threads: int, memory: int | None, normalizer: str, pre_tokenizer: str,
        source: str | None = None,
    ):
        options = _structs.options(
            _structs.CounterOptions, thread_count=threads, memory_bytes=memory, normalizer=normalizer,
            pre_tokenizer=pre_tokenizer, source=source)
        found = library()
        self.path = path
        self._owner = FileOwner(found.make("counter_create", path_bytes(path), 1, options), found.counter_free)

    def count(self, texts: Iterable[TextBuffer], told: Callable[[int], None]) -> None:
        """Adds texts, and tells how many each time; leaves nothing on disk if there is an exception."""
        try:
            for buffer in texts:
                library().counter_add(self._owner.handle, buffer.struct)
                told(buffer.count)
            library().counter_finish(self._owner.handle)
        finally:
            self._owner.close()


def buffers_of(source: Any, column: str) -> Iterator[TextBuffer]:
    """The texts of what `train` takes, in slices.

    Raises:
        TypeError: It is nothing of the kind.
    """
    paths = _paths_of(source)
    if paths is not None:
        return (block.buffer() for block in Corpus(paths))
    source = _column(source, column)
    if _is_reader(source):
        return _of_iterable(iter(source), column)
    if arrow_chunks(source) is not None or _is_array(source):
        return text_buffers(source)
    if not isinstance(source, Iterable) or isinstance(source, (bytes, bytearray)):
        raise TypeError(
            f"texts to train from must be an iterable of str or bytes, Arrow data or paths, not "
            f"{type(source).__name__}")
    return _of_iterable(iter(source), column)


def _paths_of(source: Any) -> list[Any] | None:
    """The paths, if that is what they are: one str or path, or an iterable of paths that are no str."""
    if isinstance(source, (str, os.PathLike)):
        return [source]
    if isinstance(source, (list, tuple)) and source and all(isinstance(one, os.PathLike) for one in source):
        return list(source)
    return None


def _of_iterable(items: Iterator[Any], column: str) -> Iterator[TextBuffer]:
    """Texts, or batches of texts, as an iterator brings them."""
    first = next(items, None)
    if first is None:
        return
    items = chain([first], items)
    if isinstance(first, (str, bytes, bytearray, memoryview)):
        yield from text_buffers(items)
        return
    if isinstance(first, Mapping):
        yield from text_buffers(row[column] for row in items)
        return
    for item in items:
        yield from text_buffers(_column(item, column))


def _column(item: Any, column: str) -> Any:
    """The column of a table, or what is no table as it is."""
    pa = sys.modules.get("pyarrow")
    if pa is not None and isinstance(item, (pa.Table, pa.RecordBatch)):
        return item.column(column)
    return item


def _is_reader(source: Any) -> bool:
    """Whether it gives RecordBatches; Arrow's interface would take them for one array."""
    pa = sys.modules.get("pyarrow")
    return pa is not None and isinstance(source, pa.RecordBatchReader)


def _is_array(source: Any) -> bool:
    np = sys.modules.get("numpy")
    return np is not None and isinstance(source, np.ndarray)

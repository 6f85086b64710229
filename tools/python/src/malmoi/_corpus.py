# SPDX-License-Identifier: Apache-2.0
"""Corpus files as documents, as `malmoi cat` reads them."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from ctypes import string_at
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, Union, overload

from . import _memory, _structs
from ._library import Owner, library, path_bytes, paths_array
from ._texts import TextBuffer
from ._vocabulary import texts_of

if TYPE_CHECKING:
    import pyarrow as pa

    Paths = Union[str, os.PathLike[str], Iterable[Union[str, os.PathLike[str]]]]


_Item = TypeVar("_Item")


class Document(NamedTuple):
    """A document of a corpus."""

    text: str
    #: The file, as given or found; of a member of an archive, with its name.
    path: str
    #: The line, or record, that it begins in, from 1.
    line: int
    #: Its own id in the corpus, None where it has none.
    id: str | None


@overload
def read(
    paths: Paths, format: str | None = None, field: str | None = None, documents: str | None = None,
    charset: str | None = None, strict: bool = False, as_batches: Literal[False] = False,
) -> CorpusReader[Document]: ...


@overload
def read(
    paths: Paths, format: str | None = None, field: str | None = None, documents: str | None = None,
    charset: str | None = None, strict: bool = False, *, as_batches: Literal[True],
) -> CorpusReader[pa.RecordBatch]: ...


def read(
    paths: Paths, format: str | None = None, field: str | None = None, documents: str | None = None,
    charset: str | None = None, strict: bool = False, as_batches: bool = False,
) -> CorpusReader[Any]:
    """Reads the documents of files, directories and patterns in order.

    Args:
        paths: One path or several.
        format: "text", "jsonl", "csv", … as `malmoi cat --input-format` has them; None to find out.
        field: The field that holds the text; None for "text".
        documents: What is a document of plain text: "line" (None), "paragraph" or "file".
        charset: That of all files; None to find out that of each.
        strict: The first record that cannot be read is an error; else it is counted.
        as_batches: Give pyarrow RecordBatches, of the columns `text` (large_string), `path` (string), `line` (int64)
            and `id` (large_string, null where there is none), of about a mebibyte each, instead of Documents.

    Returns:
        An iterator, which tells what was left out, too.

    Raises:
        NotFoundError: A path is missing, or nothing under it can be read.
        InvalidArgumentError: An option is unknown.
        InputOutputError, BadDataError: While it is read.
    """
    return CorpusReader(paths, format, field, documents, charset, strict, as_batches)


class CorpusReader(Iterator[_Item]):
    """The documents of a corpus, one after the other, or in batches. Made by `read`."""

    def __init__(
        self, paths: Paths, format: str | None, field: str | None, documents: str | None, charset: str | None,
        strict: bool, as_batches: bool,
    ):
        self._blocks = Corpus(paths, format, field, documents, charset, strict)
        self._items: Iterator[Any] = self._batches() if as_batches else self._documents()

    def __next__(self) -> _Item:
        item: _Item = next(self._items)
        return item

    def _documents(self) -> Iterator[Document]:
        for block in self._blocks:
            yield from block.documents()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        return (block.record_batch() for block in self._blocks)

    @property
    def rejected(self) -> int:
        """Records so far that could not be read and were left out."""
        return int(self._blocks.view().rejected_records)

    @property
    def replaced(self) -> int:
        """U+FFFD written so far for what was no UTF-8."""
        return int(self._blocks.view().replaced_utf8_sequences)

    @property
    def rejects(self) -> list[str]:
        """The first of the rejected records, up to a hundred, a line each."""
        return self._blocks.rejects()


class Corpus(Iterator["Block"]):
    """The blocks of a corpus."""

    def __init__(
        self, paths: Paths, format: str | None = None, field: str | None = None, documents: str | None = None,
        charset: str | None = None, strict: bool = False,
    ):
        names = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
        spelled = [path_bytes(name) for name in names]
        options = _structs.options(
            _structs.CorpusOptions, is_strict=strict, format=format, field=field, documents=documents,
            charset=charset)
        found = library()
        handle = found.make("corpus_open", paths_array(spelled), len(spelled), options)
        self._owner = Owner(handle, found.corpus_free)

    def __next__(self) -> Block:
        handle = library().make("corpus_next", self._owner.handle)
        if not handle:
            raise StopIteration
        return Block(handle)

    def view(self) -> _structs.CorpusView:
        """How much has been read."""
        view = _structs.CorpusView()
        library().corpus_get(self._owner.handle, view)
        return view

    def rejects(self) -> list[str]:
        """The first rejected records."""
        handle = library().make("corpus_rejects", self._owner.handle)
        try:
            return [line.decode("utf-8", "replace") for line in texts_of(handle)]
        finally:
            library().bytes_free(handle)


class Block:
    """Some documents of one file."""

    def __init__(self, handle: int):
        found = library()
        self._owner = Owner(handle, found.documents_free)
        self._view = _structs.DocumentsView()
        found.documents_get(handle, self._view)
        self.path = os.fsdecode(self._view.path)
        self.count: int = self._view.count

    def documents(self) -> Iterator[Document]:
        """The documents as Python has them."""
        texts = self._texts(self._view.text, self._view.offsets)
        ids = self._texts(self._view.ids, self._view.id_offsets)
        lines = memoryview(string_at(self._view.lines, 8 * self.count)).cast("q").tolist()
        for text, line, name in zip(texts, lines, ids):
            yield Document(text, self.path, line, name or None)

    def _texts(self, data: int | None, offsets: int) -> list[str]:
        edges = memoryview(string_at(offsets, 8 * (self.count + 1))).cast("q").tolist()
        whole = string_at(data + edges[0], edges[-1] - edges[0]) if data else b""
        first = edges[0]
        return [
            whole[start - first:end - first].decode("utf-8", "replace") for start, end in zip(edges, edges[1:])
        ]

    def buffer(self) -> TextBuffer:
        """The texts as other functions of the library take them, without a copy."""
        view = self._view
        return TextBuffer(view.text, view.offsets, 64, self.count, 0, self)

    def record_batch(self) -> pa.RecordBatch:
        """The documents as a RecordBatch; text and lines are the library's memory."""
        import pyarrow as pa

        view = self._view
        texts = self._arrow(view.text, view.offsets)
        lines = _memory.arrow_values(_memory.array(self._owner, view.lines, self.count, "<i8"))
        ids = _nulls_for_empty(self._arrow(view.ids, view.id_offsets))
        # A path need not be UTF-8, a string of Arrow must.
        paths = pa.repeat(view.path.decode("utf-8", "replace"), self.count)
        return pa.record_batch([texts, paths, lines, ids], names=["text", "path", "line", "id"])

    def _arrow(self, data: int | None, offsets: int) -> pa.Array:
        edges = _memory.array(self._owner, offsets, self.count + 1, "<i8")
        return _memory.arrow_texts(edges, _memory.array(self._owner, data, int(edges[-1]), "|u1"))


def _nulls_for_empty(texts: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(pc.binary_length(texts), 0), pa.scalar(None, texts.type), texts)

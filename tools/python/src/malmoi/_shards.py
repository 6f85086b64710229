# SPDX-License-Identifier: Apache-2.0
"""Shards of token files, mapped into memory."""
from __future__ import annotations

import csv
import gzip
import os
import struct
from typing import TYPE_CHECKING, Any

from ._errors import NotFoundError
from ._token_files import SUFFIXES, TokenFiles, damaged

if TYPE_CHECKING:
    import numpy as np

_MAGIC = b"MMIDIDX\0\0"
_HEADER = struct.Struct("<9sQBQQ")
_CODES = {1: "|u1", 2: "|i1", 3: "<i2", 4: "<i4", 5: "<i8", 8: "<u2"}
_DEEPSPEED_CODES = {**{code: _CODES[code] for code in (1, 2, 3, 4, 5)}, 6: "<u2", 7: "<u4", 8: "<u8"}
_LLM_C = {(20240520, 1): "<u2", (20240801, 7): "<u4"}


def mapped(path: str, kind: Any, offset: int, count: int) -> np.ndarray[Any, Any]:
    """`count` values of a file from byte `offset`, read when they are looked at."""
    import numpy as np

    if count == 0:
        return np.empty(0, kind)
    # As a plain array: slices of memmap cost more, and pickle as copies all the same.
    return np.asarray(np.memmap(path, kind, "r", offset, (count,)))


class Shard:
    """The ids of one shard, and where its documents begin and end; mapped at the first look."""

    def __init__(self, path: str, kind: Any, offset: int = 0):
        import numpy as np

        self.path = path
        self.dtype = np.dtype(kind)
        self._offset = offset
        size = _size(path) - offset
        if size < 0 or size % self.dtype.itemsize:
            raise damaged(path, f"ends within a token of {self.dtype.itemsize} bytes, or in its header")
        self.tokens = size // self.dtype.itemsize
        #: Where nothing tells of documents, all is one.
        self.documents = 1
        self._ids: np.ndarray[Any, Any] | None = None

    @property
    def ids(self) -> np.ndarray[Any, Any]:
        """All ids."""
        if self._ids is None:
            self._ids = mapped(self.path, self.dtype, self._offset, self.tokens)
        return self._ids

    def bounds(self, document: int) -> tuple[int, int]:
        """The places of the first id of a document and of the one behind its last."""
        return 0, self.tokens

    def lengths(self) -> np.ndarray[Any, Any]:
        """The number of ids of every document: int64."""
        import numpy as np

        return np.full(1, self.tokens, np.int64)

    def __getstate__(self) -> dict[str, Any]:
        # Another process maps the files itself.
        return {**self.__dict__, "_ids": None}

    def checked(self, document: int, start: int, end: int) -> tuple[int, int]:
        """The places, if they are in the file."""
        if not 0 <= start <= end <= self.tokens:
            raise damaged(self.path, f"document {document} is ids {start} to {end} by the index, of {self.tokens}")
        return start, end


class EndsShard(Shard):
    """A shard with an array of the number of ids up to the end of each document."""

    def __init__(self, path: str, kind: Any, offset: int, ends_path: str, ends_offset: int):
        super().__init__(path, kind, offset)
        self._ends_file = (ends_path, ends_offset)
        self.documents = (_size(ends_path) - ends_offset) // 8
        self._ends: Any = None

    def _map(self) -> Any:
        if self._ends is None:
            self._ends = mapped(self._ends_file[0], "<u8", self._ends_file[1], self.documents)
        return self._ends

    def bounds(self, document: int) -> tuple[int, int]:
        ends = self._map()
        start = int(ends[document - 1]) if document else 0
        return self.checked(document, start, int(ends[document]))

    def lengths(self) -> np.ndarray[Any, Any]:
        import numpy as np

        return np.diff(self._map().astype(np.int64), prepend=0)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_ends": None}


class RowsShard(Shard):
    """A shard of OLMo's, whose documents are the rows of a compressed table, which is read as a whole."""

    def __init__(self, path: str, kind: Any, rows: list[tuple[int, int]]):
        super().__init__(path, kind)
        self._rows = rows
        self.documents = len(rows)

    def bounds(self, document: int) -> tuple[int, int]:
        return self.checked(document, *self._rows[document])

    def lengths(self) -> np.ndarray[Any, Any]:
        import numpy as np

        return np.array([end - start for start, end in self._rows], np.int64)


class MegatronShard(Shard):
    """A shard of Megatron's, whose documents are any number of sequences that lie back to back."""

    def __init__(self, stem: str, codes: dict[int, str]):
        self._index_path = stem + ".idx"
        kind, self._sequences, entries = _read_header(self._index_path, codes)
        super().__init__(stem + ".bin", kind)
        self.documents = entries - 1
        self._index: Any = None

    def _maps(self) -> tuple[Any, Any, Any]:
        if self._index is None:
            lengths = _HEADER.size
            starts = lengths + 4 * self._sequences
            documents = starts + 8 * self._sequences
            self._index = (
                mapped(self._index_path, "<i4", lengths, self._sequences),
                mapped(self._index_path, "<i8", starts, self._sequences),
                mapped(self._index_path, "<i8", documents, self.documents + 1))
        found: tuple[Any, Any, Any] = self._index
        return found

    def bounds(self, document: int) -> tuple[int, int]:
        lengths, starts, documents = self._maps()
        first, end = int(documents[document]), int(documents[document + 1])
        if not 0 <= first <= end <= self._sequences:
            raise damaged(self._index_path, f"document {document} is sequences {first} to {end} of {self._sequences}")
        if first == end:
            return 0, 0
        width = self.dtype.itemsize
        start = int(starts[first]) // width
        stop = int(starts[end - 1]) // width + int(lengths[end - 1])
        if int(lengths[first:end].sum(dtype="i8")) != stop - start:
            raise damaged(self._index_path, f"the sequences of document {document} do not lie back to back")
        return self.checked(document, start, stop)

    def lengths(self) -> np.ndarray[Any, Any]:
        import numpy as np

        lengths, _, documents = self._maps()
        before = np.zeros(self._sequences + 1, np.int64)
        np.cumsum(lengths, out=before[1:])
        if documents.min() < 0 or documents.max() > self._sequences:
            raise damaged(self._index_path, f"its documents are not of its {self._sequences} sequences")
        return np.diff(before[documents])

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_index": None}


def open_shards(path: str, format: str | None) -> tuple[str, list[Shard]]:
    """The format of a set and its shards, checked against the sizes of their files.

    Raises:
        NotFoundError, BadDataError, InvalidArgumentError.
    """
    files = TokenFiles(path, format)
    return files.format, [_open(stem, files) for stem in files.shards]


def _open(stem: str, files: TokenFiles) -> Shard:
    if files.format in ("megatron", "gpt-neox"):
        return MegatronShard(stem, _CODES)
    if files.format == "deepspeed":
        return MegatronShard(stem, _DEEPSPEED_CODES)
    if files.format == "olmo":
        return _open_olmo(stem, files)
    path = stem + SUFFIXES[files.format]
    if files.format == "datatrove":
        return EndsShard(path, _datatrove_type(stem + ".ds.metadata"), 0, stem + ".ds.index", 0)
    kind, offset = _flat_header(path, files.format)
    ends = stem + ".documents.npy"
    if not os.path.exists(ends):
        return Shard(path, kind, offset)
    ends_kind, ends_offset = _flat_header(ends, "npy")
    if ends_kind != "<u8":
        raise damaged(ends, "not an array of uint64")
    return EndsShard(path, kind, offset, ends, ends_offset)


def _read_header(path: str, codes: dict[int, str]) -> tuple[str, int, int]:
    """The type of ids, the number of sequences and that of entries of the document index."""
    size = _size(path)
    with open(path, "rb") as file:
        header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise damaged(path, f"ends within its header of {_HEADER.size} bytes")
    magic, version, code, sequences, entries = _HEADER.unpack(header)
    if magic != _MAGIC or version != 1:
        raise damaged(path, "not an index of Megatron's of version 1")
    if code not in codes:
        raise damaged(path, f"the type code {code} is not one of ids; DeepSpeed's are other ones: name the format")
    needed = _HEADER.size + 12 * sequences + 8 * entries
    # Multimodal files have a byte more for each sequence.
    if entries < 1 or size not in (needed, needed + sequences):
        raise damaged(path, f"{size} bytes long, where its header tells of {sequences} sequences")
    return codes[code], sequences, entries


def _flat_header(path: str, format: str) -> tuple[str, int]:
    """The type of ids, and the bytes before the first."""
    import numpy as np

    if format == "nanogpt":
        return "<u2", 0
    if format == "llm.c":
        with open(path, "rb") as file:
            header = file.read(1024)
        if len(header) < 1024 or struct.unpack_from("<2i", header) not in _LLM_C:
            raise damaged(path, "not the header of a file of llm.c")
        return _LLM_C[struct.unpack_from("<2i", header)], 1024
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise damaged(path, f"not an array of NumPy's: {error}") from None
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise damaged(path, f"{values.dtype} in {values.ndim} dimensions, not ids in one")
    return values.dtype.str, int(getattr(values, "offset", 0))


def _datatrove_type(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        width = file.readline().strip().rpartition("|")[2]
    if width not in ("2", "4"):
        raise damaged(path, "does not say how many bytes a token has")
    return f"<u{width}"


def _open_olmo(stem: str, files: TokenFiles) -> Shard:
    path, rows_path = stem + ".npy", stem + ".csv.gz"
    stored = files.manifest.get("results", {}).get("token_type")
    if not os.path.exists(rows_path):
        return Shard(path, {"uint32": "<u4"}.get(stored, "<u2"))
    with gzip.open(rows_path, "rt", encoding="utf-8", newline="") as file:
        rows = [(int(row[0]), int(row[1])) for row in csv.reader(file)]
    width = 4 if _size(path) == 4 * max((end for _, end in rows), default=0) else 2
    return RowsShard(path, f"<u{width}", rows)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file") from None

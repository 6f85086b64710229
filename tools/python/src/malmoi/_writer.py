# SPDX-License-Identifier: Apache-2.0
"""Writing token files."""
from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING

from . import _structs
from ._batch import EncodedBatch
from ._errors import InvalidArgumentError
from ._ids import id_buffer
from ._library import FileOwner, library, path_bytes

if TYPE_CHECKING:
    from ._ids import IdSource
    from ._tokenizer import Tokenizer


class TokenWriter:
    """Writes a set of token files with a manifest. It appears under its name when it is finished.

    As a context manager it finishes at the end, and leaves nothing on disk if there is an exception.

    Args:
        path: The prefix of the files' names, or the directory, as `malmoi encode --output`.
        format: "megatron", "gpt-neox", "deepspeed", "nanogpt", "llm.c", "npy", "datatrove", "olmo", "mds", "litdata"
            or "tfrecord".
        tokenizer: Names it in the manifest and sets the stored type of ids.
        shard_tokens: A shard is closed before it has more; None for one shard, or the format's own size.
        maximum_id: The highest id that will come, where no tokenizer is given; None for ids of 16 bits.
        end_of_document: An id that is put behind every document, as trainers of some formats want it.
        overwrite: An existing set is replaced.

    Raises:
        InvalidArgumentError: The format is unknown, or cannot hold such ids.
        OutputExistsError: There is such a set.
        InputOutputError: It cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], format: str = "megatron", *, tokenizer: Tokenizer | None = None,
        shard_tokens: int | None = None, maximum_id: int | None = None, end_of_document: int | None = None,
        overwrite: bool = False,
    ):
        if tokenizer is not None and end_of_document is not None and not 0 <= end_of_document < len(tokenizer):
            raise InvalidArgumentError(f"end_of_document is {end_of_document}, which is no id of {tokenizer}")
        found = library()
        options = _structs.options(
            _structs.TokenWriterOptions, overwrites=overwrite, shard_tokens=shard_tokens, maximum_id=maximum_id,
            tokenizer=None if tokenizer is None else tokenizer._handle)
        self.path = os.fspath(path)
        #: Documents and tokens appended so far.
        self.documents = 0
        self.tokens = 0
        self._end = end_of_document
        self._tokenizer = tokenizer
        handle = found.make("token_writer_create", _structs.c_string(format), path_bytes(path), options)
        self._owner: FileOwner | None = FileOwner(handle, found.token_writer_free)

    def append(self, documents: IdSource) -> None:
        """Appends documents: an EncodedBatch, lists of ids, rows of a NumPy array, or Arrow lists.

        Raises:
            BadDataError: An id does not fit the stored type; nothing of the call is written then.
            InputOutputError: Writing failed.
        """
        handle = self._handle()
        buffer = id_buffer(documents)
        if self._end is not None:
            buffer = id_buffer(_ended(buffer.batch(), self._end))
        library().token_writer_append(handle, buffer.struct)
        self.documents += buffer.count
        self.tokens += buffer.total

    def finish(self) -> None:
        """Completes the set and gives its files their names."""
        handle = self._handle()
        try:
            library().token_writer_finish(handle)
        finally:
            self._close()

    def abort(self) -> None:
        """Removes what was written; nothing if it is finished."""
        if self._owner is not None:
            self._close()

    def _handle(self) -> int:
        if self._owner is None:
            raise ValueError(f"{self.path}: the set is finished or was given up")
        return self._owner.handle

    def _close(self) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.close()

    def __enter__(self) -> TokenWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abort()
        elif self._owner is not None:
            self.finish()

    def __repr__(self) -> str:
        return f"<TokenWriter {self.path!r}, {self.documents} documents, {self.tokens} tokens>"


def _ended(batch: EncodedBatch, end: int) -> EncodedBatch:
    """The same lists, each with one more id."""
    import numpy as np

    ids = batch.ids[batch.offsets[0]:batch.offsets[-1]]
    offsets = batch.offsets - batch.offsets[0]
    ids = np.insert(ids.astype(np.result_type(ids, np.min_scalar_type(end)), copy=False), offsets[1:], end)
    return EncodedBatch(ids, offsets + np.arange(len(offsets)))

# SPDX-License-Identifier: Apache-2.0
"""Parquet and Arrow tables to token files, or to Parquet with ids."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ._errors import InvalidArgumentError, OutputExistsError
from ._memory import arrow_values
from ._progress import Bar
from ._tables import BATCH_ROWS, Tables
from ._writer import TokenWriter

if TYPE_CHECKING:
    import pyarrow as pa

    from ._batch import EncodedBatch
    from ._tables import TableSource
    from ._tokenizer import Tokenizer


def encode_parquet(
    inputs: TableSource, tokenizer: Tokenizer, output: str | os.PathLike[str], column: str = "text",
    format: str = "megatron", *, shard_tokens: int | None = None, end_of_document: int | None = None,
    add_special_tokens: bool = False, parse_special_tokens: bool = False, skip_nulls: bool = False,
    threads: int | None = None, batch_rows: int = BATCH_ROWS, overwrite: bool = False, progress: bool = False,
) -> TokenWriter:
    """Encodes a column of tables into token files, a document a row, in bounded memory.

    Args:
        inputs: Parquet files, a folder of them, Arrow tables, or a data set of Hugging Face.
        tokenizer: What encodes.
        output, format, shard_tokens, end_of_document, overwrite: As of `TokenWriter`.
        column: The column of texts.
        add_special_tokens, parse_special_tokens, threads: As of `Tokenizer.encode_batch`.
        skip_nulls: Rows without a text are left out; else they are an error.
        batch_rows: Rows that are read at a time.
        progress: A bar of tqdm, where it is installed.

    Returns:
        The writer, finished: `documents` and `tokens` tell how many.

    Raises:
        InvalidArgumentError: There is no such column; a null, with the number of its row.
        And what `TokenWriter` and `Tokenizer.encode_batch` raise.
    """
    tables = Tables(inputs, [column], batch_rows)
    writer = TokenWriter(
        output, format, tokenizer=tokenizer, shard_tokens=shard_tokens, end_of_document=end_of_document,
        overwrite=overwrite)
    with writer, Bar(progress, "encoding", " rows", tables.rows if progress else None) as bar:
        first = 0
        for batch in tables:
            texts = batch.column(0).drop_null() if skip_nulls else _without_nulls(batch.column(0), first)
            writer.append(tokenizer.encode_batch(
                texts, threads=threads, add_special_tokens=add_special_tokens,
                parse_special_tokens=parse_special_tokens))
            first += len(batch)
            bar.advance(len(batch))
    return writer


def write_parquet(
    inputs: TableSource, tokenizer: Tokenizer, output: str | os.PathLike[str], column: str = "text",
    ids_column: str = "input_ids", *, columns: list[str] | None = None, add_special_tokens: bool = False,
    parse_special_tokens: bool = False, compression: str = "zstd", threads: int | None = None,
    batch_rows: int = BATCH_ROWS, row_group_rows: int = 1 << 16, overwrite: bool = False, progress: bool = False,
) -> int:
    """Writes a Parquet file with the columns of the input and one of ids, in bounded memory.

    Args:
        inputs, tokenizer, column, add_special_tokens, parse_special_tokens, threads, batch_rows, progress: As of
            `encode_parquet`.
        output: The file, which appears when it is whole.
        ids_column: The new column: list<uint16> where every id of the vocabulary fits, else list<uint32>.
        columns: Those of the input to keep; None for all.
        compression: As pyarrow names it.
        row_group_rows: Rows of a row group.
        overwrite: An existing file is replaced.

    Returns:
        The number of rows.

    Raises:
        OutputExistsError: There is such a file.
        And what `encode_parquet` raises.
    """
    target = os.fspath(output)
    if os.path.exists(target) and not overwrite:
        raise OutputExistsError(f"{target}: already exists; remove it, or pass overwrite=True")
    wanted = None if columns is None else list(dict.fromkeys([*columns, column]))
    tables = Tables(inputs, wanted, batch_rows)
    keeps_text = columns is None or column in columns
    partial = target + ".partial"
    sink = _ParquetSink(partial, compression, row_group_rows)
    try:
        with Bar(progress, "encoding", " rows", tables.rows if progress else None) as bar:
            for batch in tables:
                if column not in batch.schema.names:
                    raise InvalidArgumentError(f'no column "{column}", but {", ".join(batch.schema.names)}')
                texts = _without_nulls(batch.column(column), sink.rows)
                ids = tokenizer.encode_batch(
                    texts, threads=threads, add_special_tokens=add_special_tokens,
                    parse_special_tokens=parse_special_tokens)
                names = [name for name in batch.schema.names if keeps_text or name != column]
                sink.write(_with_column(batch.select(names), ids_column, list_array(ids)))
                bar.advance(len(batch))
        sink.close()
        os.replace(partial, target)
    except BaseException:
        sink.abandon()
        raise
    return sink.rows


def _without_nulls(texts: pa.Array, first: int) -> pa.Array:
    """The texts of rows from `first` on, if they have all."""
    import pyarrow.compute as pc

    if texts.null_count:
        row = first + pc.index(texts.is_null(), True).as_py()
        raise InvalidArgumentError(
            f"row {row} has no text; leave such rows out (encode_parquet does it by skip_nulls=True)")
    return texts


def list_array(ids: EncodedBatch) -> pa.ListArray:
    """A batch as lists with 32-bit offsets, over the memory of its ids.

    Raises:
        InvalidArgumentError: There are more than 2^31 - 1 ids.
    """
    import numpy as np
    import pyarrow as pa

    if ids.offsets[-1] > np.iinfo(np.int32).max:
        raise InvalidArgumentError(f"{ids.offsets[-1]} ids in one batch; pass a smaller batch_rows")
    return pa.ListArray.from_arrays(pa.array(ids.offsets.astype(np.int32)), arrow_values(ids.ids))


def _with_column(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.Table:
    import pyarrow as pa

    if name in batch.schema.names:
        raise InvalidArgumentError(f'the input has a column "{name}" already; give another ids_column')
    return pa.table(batch).append_column(name, values)


class _ParquetSink:
    """A Parquet file being written, in row groups of about one size."""

    def __init__(self, path: str, compression: str, row_group_rows: int):
        self._path, self._compression, self._group = path, compression, row_group_rows
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._writer: Any = None
        self.rows = 0

    def write(self, table: pa.Table) -> None:
        self._waiting.append(table)
        self._waiting_rows += len(table)
        self.rows += len(table)
        # Texts may be long: a group also ends at some bytes.
        if self._waiting_rows >= self._group or sum(part.nbytes for part in self._waiting) >= 64 << 20:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression=self._compression)
        self._writer.write_table(table, row_group_size=max(len(table), 1))
        self._waiting, self._waiting_rows = [], 0

    def close(self) -> None:
        self._flush()
        if self._writer is None:
            raise InvalidArgumentError("the input has no rows")
        self._writer.close()

    def abandon(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if os.path.exists(self._path):
            os.remove(self._path)

# SPDX-License-Identifier: Apache-2.0
"""Tables of every kind that Python has, as record batches."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Union

from ._errors import InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    import pyarrow as pa

    Path = Union[str, os.PathLike[str]]
    TableSource = Union[Path, Iterable[Path], pa.Table, pa.RecordBatch, pa.RecordBatchReader, Iterable[pa.RecordBatch]]

#: Rows that are held at a time.
BATCH_ROWS = 4096


class Tables:
    """The rows of Parquet files, Arrow tables or a data set of Hugging Face, in batches of bounded size.

    Args:
        source: A Parquet file, or several; a folder of them; a Table, RecordBatch, RecordBatchReader, or an iterable
            of those; or a `datasets.Dataset` or `IterableDataset`.
        columns: Those that are wanted; None for all.
        batch_rows: The most rows of a batch.
    """

    def __init__(self, source: TableSource, columns: list[str] | None, batch_rows: int = BATCH_ROWS):
        if batch_rows < 1:
            raise InvalidArgumentError(f"batch_rows must be 1 or more, not {batch_rows}")
        self._source = source
        self._columns = columns
        self._rows = batch_rows
        self._paths = _paths(source)

    @property
    def rows(self) -> int | None:
        """The number of rows, None where it is not known before they are read."""
        import pyarrow.parquet as pq

        if self._paths is not None:
            return sum(int(pq.read_metadata(path).num_rows) for path in self._paths)
        source: Any = self._source
        return len(source) if hasattr(source, "__len__") else None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        if self._paths is None:
            yield from self._of_tables(self._source)
            return
        for path in self._paths:
            with pq.ParquetFile(path) as file:
                _check(self._columns, file.schema_arrow.names, path)
                yield from file.iter_batches(self._rows, columns=self._columns)

    def _of_tables(self, source: Any) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        if isinstance(source, pa.RecordBatch):
            source = pa.table(source)
        if isinstance(source, pa.Table):
            yield from self._chosen(source).to_batches(self._rows)
        elif hasattr(source, "with_format") and hasattr(source, "iter"):
            for table in source.with_format("arrow").iter(self._rows):
                yield from self._chosen(table).to_batches(self._rows)
        elif isinstance(source, Iterable):
            for item in source:
                if not isinstance(item, (pa.Table, pa.RecordBatch)):
                    raise TypeError(f"rows must come in Tables or RecordBatches, not {type(item).__name__}")
                yield from self._of_tables(item)
        else:
            raise TypeError(f"rows must be Parquet files, Arrow tables or a data set, not {type(source).__name__}")

    def _chosen(self, table: pa.Table) -> pa.Table:
        _check(self._columns, table.column_names, "the table")
        return table if self._columns is None else table.select(self._columns)


def _paths(source: Any) -> list[str] | None:
    """The Parquet files, if paths are what was given."""
    if isinstance(source, (str, os.PathLike)):
        return _files(os.fspath(source))
    if isinstance(source, (list, tuple)) and source and all(isinstance(one, (str, os.PathLike)) for one in source):
        return [file for one in source for file in _files(os.fspath(one))]
    return None


def _files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    found = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
        if name.endswith(".parquet"))
    if not found:
        raise NotFoundError(f"{path}: no .parquet file in it")
    return found


def _check(columns: list[str] | None, names: list[str], where: str) -> None:
    for column in columns or ():
        if column not in names:
            raise InvalidArgumentError(f'{where} has no column "{column}", but {", ".join(names)}')

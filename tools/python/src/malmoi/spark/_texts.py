# SPDX-License-Identifier: Apache-2.0
"""Counting the pretokens of a column of DataFrames: the library counts Arrow's batches where they are."""
from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from .._counting import Counter
from .._errors import BadDataError, InvalidArgumentError, MalmoiError
from .._texts import text_buffers
from . import _engine
from ._count import finish, merged
from ._failures import TaskFailure, exit_code
from ._job import Run, result, target_of, work_beside
from ._tasks import raise_failures
from ._work_directory import WorkDirectory

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: What the tables of counts may take in a task: with all else it stays below 512 MiB.
MEMORY_BYTES = 256 << 20


@dataclass(frozen=True)
class _CountTexts:
    """What an executor does with the batches of a partition: one count file of them."""

    work: WorkDirectory
    settings: dict[str, Any]
    skips_nulls: bool

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
        from pyspark import TaskContext

        context = TaskContext.get()
        task = f"part-{0 if context is None else context.partitionId():05}"
        name = f"{task}.{uuid.uuid4().hex[:16]}"
        try:
            os.mkdir(self.work.place(name))
            yield from self._counted(batches, task, name)
        except MalmoiError as error:
            if isinstance(error, OSError):
                raise TaskFailure(f"{task}: {error}") from error
            self.work.report_failure(task, exit_code(error), f"{task}: {error}")
        except (TypeError, ValueError) as error:
            self.work.report_failure(task, 1, f"{task}: {error}")
        except OSError as error:
            raise TaskFailure(f"{task}: {error.filename or self.work.path}: {error.strerror}") from error

    def _counted(self, batches: Iterable[pa.RecordBatch], task: str, name: str) -> Iterator[dict[str, Any]]:
        rows = nulls = 0
        path = self.work.place(name, "part.counts")

        def texts() -> Iterator[Any]:
            nonlocal rows, nulls
            for batch in batches:
                column = batch.column(0)
                rows += len(column)
                nulls += column.null_count if self.skips_nulls else 0
                yield from text_buffers(column.drop_null() if self.skips_nulls else column)

        documents = 0

        def told(count: int) -> None:
            nonlocal documents
            documents += count

        filled = (buffer for buffer in texts() if buffer.count)
        first = next(filled, None)
        if first is not None:
            Counter(path, **self.settings).count(chain([first], filled), told)
        if documents + nulls != rows:
            raise TaskFailure(f"{task}: {rows} rows came, {documents} were counted, {nulls} have no text")
        yield {"path": None if first is None else path, "documents": documents, "nulls": nulls}


def count_texts(
    frame: DataFrame, column: str, output: str | os.PathLike[str], *, source: str = "texts",
    pre_tokenizer: str = "gpt2", normalizer: str = "nfc", min_count: int | None = None, skip_nulls: bool = False,
    overwrite: bool = False, threads: int | None = None, memory: int | None = None, **report: bool,
) -> dict[str, Any]:
    """Counts the pretokens of a column of texts, a document a row, into a count file.

    The counts are those that one process makes of the same rows, in whatever partitions they are.

    Args:
        frame: A DataFrame, of Parquet files or of whatever Spark has made.
        column: Its column of strings.
        output: The count file to make, on a file system that all executors see.
        source: What the count file calls the texts.
        pre_tokenizer: How text is cut.
        normalizer: How text is normalised.
        min_count: Pretokens that occur less often in all are left out.
        skip_nulls: Rows without a text are left out; else they are an error.
        overwrite: An existing output is replaced.
        threads, memory: Of each task; None for `spark.task.cpus` and 256 MiB. No effect on the result.
        report: json=True for the summary as JSON.

    Returns:
        As of `count`; "nulls" are the rows that were left out.

    Raises:
        InvalidArgumentError: There is no such column, or it has no strings.
        OutputExistsError: There is such a file.
        BadDataError, InputOutputError: What the library says of texts, or of files it writes.
    """
    run = Run(frame.sparkSession, threads=threads)
    return count_tables(
        run, [(source, frame)], column, output, pre_tokenizer=pre_tokenizer, normalizer=normalizer,
        min_count=min_count, skip_nulls=skip_nulls, overwrite=overwrite, memory=memory, **report)


def count_tables(
    run: Run, tables: Sequence[tuple[str, DataFrame | Callable[[], DataFrame]]], column: str,
    output: str | os.PathLike[str], *, pre_tokenizer: str, normalizer: str, min_count: int | None, skip_nulls: bool,
    overwrite: bool, memory: int | None, **report: bool,
) -> dict[str, Any]:
    """Counts several tables, each a source of its own, as `count_texts` does one."""
    target = target_of(output, overwrite)
    # Nothing tells whether a DataFrame is the one of before: what was kept of it is of no use.
    plan = {"command": "count_texts", "run": uuid.uuid4().hex}
    restart = (WorkDirectory(target + ".spark").plan() or {}).get("command") == plan["command"]
    with work_beside(target, plan, restart) as work:
        found: list[dict[str, Any]] = []
        for source, table in tables:
            settings = {
                "threads": run.task_threads, "memory": memory or MEMORY_BYTES, "normalizer": normalizer,
                "pre_tokenizer": pre_tokenizer, "source": source}
            frame = _texts_of(table() if callable(table) else table, column)
            counting = _CountTexts(work, settings, skip_nulls)
            results = _engine.watched(
                run.spark, f"malmoi counting {source}", partial(_engine.run_batches, frame, counting),
                lambda: bool(work.names()[1]))
            raise_failures(work)
            found += results
        documents = sum(one["documents"] for one in found)
        if not documents:
            raise BadDataError("no documents in the table; check the column")
        parts = merged(run, [one["path"] for one in found if one["path"]], work)
        printed = finish(
            parts, os.fspath(output), documents, {**report, "min_count": min_count, "overwrite": overwrite})
    return {**result(output, [], printed), "documents": documents, "nulls": sum(one["nulls"] for one in found)}


def _texts_of(frame: DataFrame, column: str) -> DataFrame:
    """The column alone, where it is one of strings."""
    kinds = dict(frame.dtypes)
    if column not in kinds:
        raise InvalidArgumentError(f'no column "{column}", but {", ".join(frame.columns)}')
    if kinds[column] not in ("string", "binary") and not kinds[column].startswith(("varchar", "char")):
        raise InvalidArgumentError(f'the column "{column}" is of {kinds[column]}, not of strings')
    return frame.select(frame[column])

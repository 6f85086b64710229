# SPDX-License-Identifier: Apache-2.0
"""Counting the pretokens of a corpus on executors: a count file for each unit, then a tree of merges."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .._errors import BadDataError
from . import _manifests, _native, _options, _plan
from ._failures import failure
from ._job import Run, result, target_of, work_beside
from ._tasks import CommandTask, product_paths, run_tasks
from ._work_directory import WorkDirectory

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UNIT_BYTES = 128 << 20
#: What counting on an executor takes: with what the command itself needs it stays below 512 MiB.
MEMORY = "384MiB"
#: How many count files one task merges.
FAN_IN = 16
PRODUCT = "part.counts"
#: What counts Parquet, and the options that it has a use for.
TABLE_MODULE, TABLES = "malmoi.spark._count_parquet", ("field", "normalizer", "pre_tokenizer")

REFUSED = {
    **_options.SAMPLING,
    "checkpoint": "what is kept are units; their size is --unit-bytes",
    "allow_empty": "a part of a corpus may always be empty",
    "source": "name sources by the argument sources",
}


def count(
    spark: SparkSession, inputs: Any, output: str | os.PathLike[str], *, sources: Mapping[str, Any] | None = None,
    min_count: int | None = None, overwrite: bool = False, restart: bool = False, unit_bytes: int = UNIT_BYTES,
    partitions: int | None = None, threads: int | None = None, memory: str | int | None = None,
    progress: bool | None = None, **options: Any,
) -> dict[str, Any]:
    """Counts the pretokens of files into a count file, the same as that of `malmoi count`, byte for byte.

    What units have counted lies in `OUTPUT.spark` until the end: the same call goes on behind a run that was
    stopped, in whatever way.

    Args:
        spark: The session.
        inputs: Files, directories and patterns, as the command takes them; executors see them under these paths.
        output: The count file to make, on a file system that all executors see.
        sources: Inputs that go by a name, as `--source NAME=PATH`; all others go by their path.
        min_count: Pretokens that occur less often in all are left out.
        overwrite: An existing output is replaced.
        restart: What an unfinished run has done is forgotten.
        unit_bytes: A task of Spark counts files of so many stored bytes together; no effect on the result.
        partitions: The number of tasks of Spark, each for several units; None for one a unit.
        threads, memory: Of each task; None for `spark.task.cpus` and 384 MiB. No effect on the result.
        progress: A line on standard error; None for where that is a terminal.
        options: Those of `malmoi count`, as `documents="paragraph"` or `strict=True`.

    Returns:
        "output", "documents", "units"; "printed", what the command prints in the end; "messages", what it has said of
        damaged or rejected data; "code", its exit code; "peak_bytes", the most memory that it took in a task.

    Raises:
        InvalidArgumentError, OutputExistsError, NotFoundError: Before Spark has anything to do.
        BadDataError, InputOutputError: What the command says of a unit, with its name and file.
    """
    target = target_of(output, overwrite)
    report = {name: options.pop(name, False) for name in ("json", "quiet")}
    corpus = _plan.corpus_of(inputs, sources, options)
    _options.check(options, ("count",), REFUSED)
    tables = _plan.is_parquet(corpus)
    if tables:
        _options.check_tables(options, TABLES)
    _plan.try_out(
        ("count",), {**options, "min_count": min_count, "memory": memory, "threads": threads}, "--output={}")
    run, directory = Run(spark, partitions, threads, progress), os.getcwd()
    units = _plan.units(corpus, unit_bytes, directory, 1 if tables else _plan.MOST_FILES)
    plan = _plan.identity("count", corpus, units.tasks, directory)
    with work_beside(target, plan, restart) as work:
        settings = _options.arguments({
            **options, "quiet": True, "threads": run.task_threads, "memory": memory or MEMORY})
        counting = CommandTask(
            work, directory, _native.version(), partial(_table_arguments if tables else _count_arguments, settings),
            PRODUCT, _manifests.of_count_file, module=TABLE_MODULE if tables else None)
        notes = run_tasks(run, units.tasks, counting, "counting")
        documents = sum(note["documents"] for note in notes)
        if not documents:
            files = sum(len(task["files"]) for task in units.tasks)
            raise BadDataError(f"no documents in {files} input files; check --input-format and --field")
        parts = merged(run, product_paths(counting, notes), work)
        printed = finish(
            parts, os.fspath(output), documents, {**report, "min_count": min_count, "overwrite": overwrite})
    return result(output, notes, printed, units.message)


def _count_arguments(settings: Sequence[str], task: dict[str, Any], target: str, tokenizers: list[str]) -> list[str]:
    """`malmoi count` for the files of a unit, each under the name of its source."""
    sources = [f"--source={file['source']}={file['path']}" for file in task["files"]]
    return ["count", *settings, "--allow-empty", *sources, f"--output={target}"]


def _table_arguments(settings: Sequence[str], task: dict[str, Any], target: str, tokenizers: list[str]) -> list[str]:
    """The same for a Parquet file."""
    file, = task["files"]
    return [*settings, file["path"], f"--source={file['source']}", f"--output={target}"]


def _merge_arguments(task: dict[str, Any], target: str, tokenizers: list[str]) -> list[str]:
    return ["merge-counts", "--quiet", *task["parts"], f"--output={target}"]


def merged(run: Run, parts: list[str], work: WorkDirectory) -> list[str]:
    """Merges count files that follow each other, level by level, until one merge is left to be done."""
    merging = CommandTask(
        work, os.getcwd(), _native.version(), _merge_arguments, PRODUCT, _manifests.of_count_file)
    level = 0
    while len(parts) > FAN_IN:
        level += 1
        tasks = [
            {"task": f"merge-{level}-{number:05}", "parts": parts[first:first + FAN_IN]}
            for number, first in enumerate(range(0, len(parts), FAN_IN))]
        parts = product_paths(merging, run_tasks(run, tasks, merging, f"merging, step {level}"))
    return parts


def finish(parts: list[str], output: str, documents: int, options: dict[str, Any]) -> str:
    """Writes the count file of all, and holds it against what was counted; gives what the command prints.

    Raises:
        What the command says; RuntimeError if documents were lost.
    """
    outcome = _native.run(["merge-counts", *parts, f"--output={output}", *_options.arguments(options)])
    if outcome.code:
        raise failure(outcome.code, outcome.message)
    found = _manifests.of_count_file(output)
    if found is None or found["documents"] != documents:
        raise RuntimeError(f"{output}: {documents} documents were counted, but not as many are in it: {found}")
    return outcome.output

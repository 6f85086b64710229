# SPDX-License-Identifier: Apache-2.0
"""What `malmoi inspect corpus` tells of a corpus, found on executors: partial figures of each unit, added up."""
from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from . import _manifests, _native, _options, _plan
from ._failures import failure
from ._job import Run, result, work_beside
from ._tasks import CommandTask, product_paths, run_tasks
from ._tokenizer import TokenizerFiles

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ._work_directory import WorkDirectory

UNIT_BYTES = 128 << 20
PRODUCT = "part.figures"
COMMAND = ("inspect", "corpus")
#: A page has the names of so many inputs in its title.
TITLE_PATHS = 20

REFUSED = {
    **_options.SAMPLING,
    "partial": "it is what units write",
    "overwrite": "it is for what units write",
}


def stats(
    spark: SparkSession, inputs: Any, tokenizer: Any = (), *, html: str | os.PathLike[str] | None = None,
    audit: bool = False, shared_dir: str | os.PathLike[str] | None = None, restart: bool = False,
    unit_bytes: int = UNIT_BYTES, partitions: int | None = None, threads: int | None = None,
    progress: bool | None = None, **options: Any,
) -> dict[str, Any]:
    """Measures a corpus, and what tokenizers make of it, as `malmoi inspect corpus` does, byte for byte.

    Args:
        spark: The session.
        inputs: Files, directories and patterns, as the command takes them; executors see them under these paths.
        tokenizer: PATH or NAME=PATH, one or several; executors get them from the driver.
        html: A page to write, too.
        audit: It shows what an audit finds in each vocabulary.
        shared_dir: A directory that all executors see, in which the work lies until the end; None for that of the
            page, else for the current one.
        restart: What an unfinished run has done is forgotten.
        unit_bytes: A task of Spark reads files of so many stored bytes together; no effect on the result.
        partitions: The number of tasks of Spark, each for several units; None for one a unit.
        threads: Of each task; None for `spark.task.cpus`. No effect on the result.
        progress: A line on standard error; None for where that is a terminal.
        options: Those of `malmoi inspect corpus`, as `by="source"` or `json=True`.

    Returns:
        As of `count`; "printed" is what the command prints, and "output" the page.

    Raises:
        InvalidArgumentError, NotFoundError: Before Spark has anything to do.
        BadDataError, InputOutputError: What the command says of a unit, with its name and file.
    """
    report = {name: options.pop(name, False) for name in ("json", "quiet")}
    named = [os.fspath(one) for one in ([tokenizer] if isinstance(tokenizer, (str, os.PathLike)) else tokenizer)]
    corpus = _plan.corpus_of(inputs, None, options)
    _options.check(options, COMMAND, REFUSED)
    _plan.try_out(COMMAND, {**options, "tokenizer": named, "audit": audit}, *(["--html={}.html"] if html else []))
    run, directory = Run(spark, partitions, threads, progress), os.getcwd()
    units = _plan.units(corpus, unit_bytes, directory, _plan.MOST_FILES)
    files = [TokenizerFiles(_path(one)) for one in named]
    plan = _plan.identity("stats", corpus, units.tasks, directory, tokenizers=[one.sha256 for one in files])
    with work_beside(_target(plan, shared_dir, html), plan, restart) as work:
        settings = _options.arguments({**options, "json": True, "threads": run.task_threads})
        measuring = CommandTask(
            work, directory, _native.version(), partial(_stats_arguments, settings), PRODUCT, _manifests.of_file,
            run.spark.sparkContext.broadcast(files))
        notes = run_tasks(run, units.tasks, measuring, "measuring")
        documents = sum(note["documents"] for note in notes)
        shown = _add_up(product_paths(measuring, notes), work, units.left_out, documents, {
            **report, "pre_tokenizer": options.get("pre_tokenizer"), "tokenizer": named, "html": html,
            "audit": audit, "title": _title(corpus.paths)})
    # Parts have said the same, each for itself.
    quiet = [{**note, "message": ""} for note in notes]
    return result(html or "", quiet, shown.output, shown.said)


def _stats_arguments(settings: Sequence[str], task: dict[str, Any], target: str, tokenizers: list[str]) -> list[str]:
    """`malmoi inspect corpus` for the files of a unit. What tokenizers are called is said in the end."""
    named = [f"--tokenizer=t{number}={path}" for number, path in enumerate(tokenizers)]
    return [*COMMAND, *settings, *named, f"--partial={target}", "--", *(file["path"] for file in task["files"])]


def _title(paths: list[str]) -> str:
    """What the command calls a page about these inputs."""
    more = f" … (+{len(paths) - TITLE_PATHS})" if len(paths) > TITLE_PATHS else ""
    return " ".join(paths[:TITLE_PATHS]) + more


def _add_up(
    parts: list[str], work: WorkDirectory, left_out: list[str], documents: int, options: dict[str, Any]
) -> _native.Outcome:
    """Adds parts up, holds the sum against what was measured, and shows it.

    Raises:
        What the command says; RuntimeError if documents were lost.
    """
    for name, paths in (("parts.txt", parts), ("left-out.txt", left_out)):
        with open(work.place(name), "w", encoding="utf-8") as file:
            file.writelines(f"{path}\n" for path in paths)
    whole = work.place("whole.figures")
    added = _merge([f"--partials-from={work.place('parts.txt')}", f"--partial={whole}", "--overwrite", "--json"])
    if json.loads(added.output)["documents"] != documents:
        raise RuntimeError(f"{documents} documents were measured, but not as many are added up: {added.output}")
    return _merge([whole, f"--left-out-from={work.place('left-out.txt')}", *_options.arguments(options)])


def _merge(arguments: list[str]) -> _native.Outcome:
    outcome = _native.run(["inspect", "merge", *arguments])
    # With damaged files it ends with 1, and shows what was found all the same.
    if outcome.code not in (0, 1) or not outcome.output:
        raise failure(outcome.code or 1, outcome.message)
    return outcome


def _path(tokenizer: str) -> str:
    """The path of NAME=PATH, as the command takes it apart."""
    name, mark, path = tokenizer.partition("=")
    return path if mark and "/" not in name else tokenizer


def _target(plan: dict[str, Any], shared_dir: Any, html: Any) -> str:
    """A place for the work that is the same for the same run."""
    settled = {name: value for name, value in plan.items() if name != "units"}
    name = hashlib.sha256(json.dumps(settled, sort_keys=True).encode()).hexdigest()[:12]
    place = shared_dir or (os.path.dirname(os.path.abspath(os.fspath(html))) if html else os.getcwd())
    return os.path.join(os.path.abspath(os.fspath(place)), f"malmoi-stats-{name}")

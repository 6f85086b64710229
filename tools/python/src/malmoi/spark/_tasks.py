# SPDX-License-Identifier: Apache-2.0
"""Running the command once for each unit, whatever happens to executors, and once only as far as anybody sees."""
from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import MalmoiError, NotFoundError
from . import _engine, _native
from ._failures import DATA, USAGE, TaskFailure, failure
from ._progress import Meter
from ._staging import staged
from ._work_directory import WorkDirectory

if TYPE_CHECKING:
    from ._job import Run

Task = dict[str, Any]
Note = dict[str, Any]


#: The note of a task that had nothing to do, and has made nothing.
NOTHING: Note = {"documents": 0, "sha256": None}


@dataclass(frozen=True)
class CommandTask:
    """What an executor does for a task; pickles small.

    A task is a mapping with its name in "task", and what `arguments` looks for; "files" are what it reads.
    """

    work: WorkDirectory
    #: Where relative paths start.
    directory: str
    #: The command's version on the driver: another one could give other results.
    version: str
    #: The command's arguments for a task, the path to write to, and those of the tokenizers.
    arguments: Callable[[Task, str, list[str]], list[str]]
    #: The name of what is written, in the directory of the attempt.
    product: str
    #: What the note is to tell of it; None if it is not there.
    describe: Callable[[str], "Note | None"]
    #: A broadcast of several TokenizerFiles.
    tokenizers: Any = None
    #: A module that is run in place of the command.
    module: str | None = None

    def __call__(self, task: Task) -> Note:
        """Does it, unless it is done already.

        Raises:
            TaskFailure: It may go well another time.
        """
        name = task["task"]
        try:
            return self.work.committed(name) or self._attempt(task)
        except MalmoiError as error:
            raise TaskFailure(f"{title(task)}: {error}") from error
        except OSError as error:
            raise TaskFailure(f"{title(task)}: {error.filename or self.work.path}: {error.strerror}") from error

    def _attempt(self, task: Task) -> Note:
        if _native.version() != self.version:
            raise TaskFailure(
                f"{os.uname().nodename}: malmoi {_native.version()} is here, but {self.version} on the driver; "
                "install the same on both")
        attempt = self.work.new_attempt(task["task"])
        try:
            note = self._run(task, self.work.place(attempt, self.product))
        except BaseException:
            self.work.discard(attempt)
            raise
        if "failed" in note:
            self.work.discard(attempt)
            return note
        return self.work.commit(task["task"], attempt, note)

    def _run(self, task: Task, target: str) -> Note:
        began = time.monotonic()
        tokenizers = [] if self.tokenizers is None else [files.unpacked() for files in self.tokenizers.value]
        with staged(task.get("files", ())) as copies:
            directory = copies or self.directory
            outcome = _native.run(self.arguments(task, target, tokenizers), directory, self.module)
            self._check_unchanged(task, directory)
        # Damaged files end with 1 and a result of what stands before the damage, as in the command itself.
        described = self.describe(target) if outcome.code in (0, DATA) else None
        if described is None and outcome.code == 0:
            described = NOTHING
        if described is None:
            if outcome.code not in (DATA, USAGE):
                raise TaskFailure(f"{title(task)}: {outcome.line}")
            self.work.report_failure(task["task"], outcome.code, f"{title(task)}: {outcome.message}")
            return {"task": task["task"], "failed": True}
        if "documents" not in described:
            described = {**described, "documents": json.loads(outcome.output)["documents"]}
        return {
            "task": task["task"], "code": outcome.code, "message": outcome.said, "peak_bytes": outcome.peak_bytes,
            "seconds": round(time.monotonic() - began, 3), **described}

    def _check_unchanged(self, task: Task, directory: str) -> None:
        for file in task.get("files", ()):
            found = os.stat(os.path.join(directory, file["path"]))
            if (found.st_size, found.st_mtime_ns) != (file["bytes"], file["mtime_ns"]):
                raise TaskFailure(f"{file['path']}: has changed since the run began; run again with --restart")


def title(task: Task) -> str:
    """What messages call a task."""
    files = task.get("files", ())
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{task['task']} ({files[0]['path']}{more})" if files else task["task"]


def run_tasks(run: Run, tasks: list[Task], process: CommandTask, what: str) -> list[Note]:
    """Runs the tasks that no earlier run has finished, and gives the notes of all.

    Raises:
        BadDataError, InvalidArgumentError: What one of them said of its data; the others are not waited for.
        InputOutputError: What one of them said when Spark had tried it as often as it does.
        RuntimeError: A task is not done, though Spark says so.
    """
    work = process.work
    sizes = {task["task"]: sum(file["bytes"] for file in task.get("files", ())) for task in tasks}
    meter = Meter(what, sizes, run.progress)
    done, _ = work.names()
    meter.show(done)
    pending = [task for task in tasks if task["task"] not in done]

    def look() -> bool:
        done, failed = work.names()
        meter.show(done)
        return bool(failed)

    try:
        if pending:
            _engine.watched(
                run.spark, f"malmoi {what}", lambda: _engine.run_each(run.spark, pending, process, run.partitions),
                look)
    finally:
        meter.show(work.names()[0], at_end=True)
        meter.close()
    raise_failures(work)
    notes = [work.committed(task["task"]) for task in tasks]
    for task, note in zip(tasks, notes):
        found = None if note is None else process.describe(work.place(note["attempt"], process.product)) or NOTHING
        if note is None or found is None or found["sha256"] != note["sha256"]:
            raise RuntimeError(f"{title(task)}: Spark says that it is done, but its result is not there")
    return [note for note in notes if note is not None]


def raise_failures(work: WorkDirectory) -> None:
    """Raises what a task has said that cannot go well."""
    for task in sorted(work.names()[1]):
        said = work.failure(task)
        raise failure(said["code"], said["message"])


def product_paths(process: CommandTask, notes: list[Note]) -> list[str]:
    """Where the results of tasks lie."""
    return [process.work.place(note["attempt"], process.product) for note in notes if note["sha256"]]

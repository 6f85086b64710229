# SPDX-License-Identifier: Apache-2.0
"""What all jobs over files begin with."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import OutputExistsError
from . import _native
from ._work_directory import WorkDirectory

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Run:
    """How tasks are run, whatever they do."""

    #: A session, or what opens one: nothing is waited for before a job is known to be possible.
    session: SparkSession | Callable[[], SparkSession]
    partitions: int | None = None
    threads: int | None = None
    progress: bool | None = None

    @property
    def spark(self) -> SparkSession:
        """The session."""
        if callable(self.session):
            self.session = self.session()
        return self.session

    @property
    def task_threads(self) -> int:
        """The threads of the command in a task: as many as Spark counts cores for it."""
        return self.threads or int(self.spark.conf.get("spark.task.cpus", "1"))


def target_of(output: str | os.PathLike[str], overwrite: bool, endings: tuple[str, ...] = ("",)) -> str:
    """The whole path of an output.

    Raises:
        OutputExistsError: One of the files that tell of it is there, and is not to be replaced.
    """
    target = os.path.abspath(os.fspath(output))
    for ending in endings:
        if os.path.lexists(target + ending) and not overwrite:
            raise OutputExistsError(
                f"{os.fspath(output)}{ending}: already exists; "
                "pass --overwrite to replace it, or choose another output")
    return target


@contextmanager
def work_beside(target: str, plan: dict[str, Any], restart: bool) -> Iterator[WorkDirectory]:
    """The work directory of an output, as TARGET.spark: kept when something goes wrong, removed in the end."""
    work = WorkDirectory(target + ".spark")
    work.open(plan, restart)
    try:
        yield work
    except BaseException:
        work.close()
        raise
    work.remove()


def result(
    output: str | os.PathLike[str], notes: Sequence[Mapping[str, Any]], printed: str, message: str = ""
) -> dict[str, Any]:
    """What functions of this package give back."""
    messages = [message, *(note["message"] for note in notes)]
    return {
        "output": os.fspath(output),
        "documents": sum(note["documents"] for note in notes),
        "units": len(notes),
        "messages": [message for message in messages if message],
        "peak_bytes": max((note["peak_bytes"] for note in notes), default=0),
        "code": max((note["code"] for note in notes), default=0),
        "printed": printed,
        "version": _native.version(),
    }

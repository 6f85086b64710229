# SPDX-License-Identifier: Apache-2.0
"""The one place that speaks with Spark: plain functions go to executors, their small results come back.

`mapInArrow` carries both what is to be done and, for texts, the texts themselves. A partition is a task of
Spark, which runs it where there is room, again where an executor was lost, and twice where one is slow.
"""
from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .._errors import InputOutputError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

#: Done for one piece of work: JSON in, JSON out.
Process = Callable[[dict[str, Any]], dict[str, Any]]
#: Done for the batches of a partition.
Consume = Callable[[Iterable["pa.RecordBatch"]], Iterator[dict[str, Any]]]

_COLUMN = "json"


def run_each(
    spark: SparkSession, pieces: list[dict[str, Any]], process: Process, partitions: int | None = None
) -> list[dict[str, Any]]:
    """Runs `process` for each piece of work on executors; the results are in the order of the pieces.

    Args:
        partitions: In how many tasks of Spark; None for one a piece, so that a long one keeps no other waiting.

    Raises:
        RuntimeError: Results were lost or came twice.
        And what Spark raises when it has given up.
    """
    handed = spark.sparkContext.broadcast(pieces)
    # Numbers come from Spark itself: rows of Python's would first go through another Python of each task.
    numbers = spark.range(0, len(pieces), 1, min(partitions or len(pieces), len(pieces)))

    def consume(batches: Iterable[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield process(handed.value[number])

    try:
        results = run_batches(numbers.toDF(_COLUMN), consume)
    finally:
        handed.unpersist()
    if len(results) != len(pieces):
        raise RuntimeError(f"{len(pieces)} pieces of work went to Spark, {len(results)} results came back")
    return results


def run_batches(frame: DataFrame, consume: Consume) -> list[dict[str, Any]]:
    """Runs `consume` for the batches of each partition; its results, in the order of the partitions."""

    def adapted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for result in consume(batches):
            yield pa.RecordBatch.from_pydict({_COLUMN: [json.dumps(result)]})

    return [json.loads(row[0]) for row in frame.mapInArrow(adapted, f"{_COLUMN} string").collect()]


def watched(spark: SparkSession, title: str, run: Callable[[], Any], look: Callable[[], bool]) -> Any:
    """Runs Spark's jobs on a thread of their own, and looks around meanwhile.

    Args:
        title: What Spark's pages call the jobs.
        run: What starts them; its result is given back.
        look: Called now and then; the jobs are stopped when it says True, and the result is None.
    """
    from pyspark import InheritableThread

    context, group = spark.sparkContext, f"malmoi-{uuid.uuid4().hex}"
    result: list[Any] = [None]
    error: list[BaseException] = []

    def work() -> None:
        context.setJobGroup(group, title, interruptOnCancel=True)
        try:
            result[0] = run()
        except BaseException as raised:
            error.append(raised)

    thread = InheritableThread(target=work, daemon=True)
    thread.start()
    stopped = False
    try:
        pause = 0.02
        while thread.is_alive():
            thread.join(pause)
            # A short job is not waited for, a long one not looked at all the time.
            pause = min(pause * 1.2, 0.5)
            if not stopped and look():
                stopped = True
                context.cancelJobGroup(group)
    except BaseException:
        context.cancelJobGroup(group)
        thread.join(10)
        raise
    if error and not stopped:
        raise plainer(error[0])
    return None if stopped else result[0]


def plainer(error: BaseException) -> BaseException:
    """What a task said, out of all that Spark makes of it; other errors as they are."""
    said = re.findall(r"^\S*TaskFailure: (.*)$", str(error), re.MULTILINE)
    return InputOutputError(said[-1]) if said else error

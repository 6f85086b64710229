# SPDX-License-Identifier: Apache-2.0
"""Making the next texts ready while the library works on some."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from ._texts import TextBuffer

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_Result = TypeVar("_Result")

#: Below so many bytes a second thread costs more than it gains.
LEAST_BYTES = 4 << 20


def overlapped(buffers: Iterator[TextBuffer], work: Callable[[TextBuffer], _Result]) -> Iterator[_Result]:
    """`work` of every buffer, in order; it runs without Python's lock, which making the next buffer needs."""
    running: Future[_Result] | None = None
    helper: ThreadPoolExecutor | None = None
    try:
        for buffer in buffers:
            if running is not None:
                yield running.result()
                running = None
            if buffer.byte_count < LEAST_BYTES:
                yield work(buffer)
                continue
            try:
                helper = helper or _helper()
                running = helper.submit(work, buffer)
            except RuntimeError:
                # Python is ending, and starts no thread any more.
                yield work(buffer)
        if running is not None:
            yield running.result()
    finally:
        if helper is not None:
            helper.shutdown(wait=False)


def _helper() -> ThreadPoolExecutor:
    """A thread."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, "malmoi")

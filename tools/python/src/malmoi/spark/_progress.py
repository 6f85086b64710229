# SPDX-License-Identifier: Apache-2.0
"""Telling on a terminal how far a job is; nothing in a pipe."""
from __future__ import annotations

import sys
import time


class Meter:
    """A line about units and bytes, written anew at most twice a second."""

    def __init__(self, title: str, sizes: dict[str, int], shown: bool | None = None):
        """Begins.

        Args:
            title: What is being done.
            sizes: The bytes of each unit, by the names of their tasks.
            shown: None for where standard error is a terminal.
        """
        self._title, self._sizes, self._total = title, sizes, sum(sizes.values())
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._began = self._last = time.monotonic()
        self._before: int | None = None

    def show(self, done: set[str], at_end: bool = False) -> None:
        """Tells which tasks are done; the first call, what an earlier run has done."""
        now = time.monotonic()
        if not self._shown or (now - self._last < 0.5 and not at_end and self._before is not None):
            return
        finished = [size for task, size in self._sizes.items() if task in done]
        size = sum(finished)
        if self._before is None:
            self._before = size
        self._last = now
        speed = (size - self._before) / max(now - self._began, 1e-3)
        rest = ""
        if speed > 0 and size < self._total:
            left = int((self._total - size) / speed)
            rest = f", {speed / 1e6:.0f} MB/s, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
        sys.stderr.write(
            f"\r\x1b[K{self._title}: {len(finished):,} of {len(self._sizes):,} units, "
            f"{size / 1e6:,.0f} of {self._total / 1e6:,.0f} MB{rest}")
        sys.stderr.flush()

    def close(self) -> None:
        """Removes the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

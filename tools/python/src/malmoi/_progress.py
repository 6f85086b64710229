# SPDX-License-Identifier: Apache-2.0
"""Telling how far work is."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

#: None or False: nothing; True: a bar of tqdm, where that is installed; else called with (done, total).
ProgressOption = Union[bool, None, Callable[[int, int], Any]]


class Bar:
    """A bar of tqdm, if there should be one and tqdm is installed."""

    def __init__(self, wanted: bool, title: str, unit: str, total: int | None = None):
        self._bar: Any = None
        if wanted:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self._bar = tqdm(desc=title, unit=unit, total=total, unit_scale=True)

    def advance(self, count: int) -> None:
        """Counts on."""
        if self._bar is not None:
            self._bar.update(count)

    def reach(self, done: int, total: int) -> None:
        """Goes to a place."""
        if self._bar is not None:
            self._bar.total = total or None
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

# SPDX-License-Identifier: Apache-2.0
"""How many threads to use."""
from __future__ import annotations

import os

from ._errors import InvalidArgumentError


def thread_count(asked: int | None) -> int:
    """The number asked for, or as many as there are cores that this process may use.

    Raises:
        InvalidArgumentError: Fewer than 1.
    """
    if asked is None:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    if asked < 1:
        raise InvalidArgumentError(f"threads must be 1 or more, not {asked}")
    return asked

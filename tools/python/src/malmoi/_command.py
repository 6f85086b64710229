# SPDX-License-Identifier: Apache-2.0
"""The command `malmoi`, which comes with the package."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

from ._errors import NotFoundError


def find() -> Path:
    """The command: the one that MALMOI_COMMAND names, the one of this package, or the one in PATH.

    Raises:
        NotFoundError: There is none.
    """
    named = os.environ.get("MALMOI_COMMAND")
    if named:
        return Path(named)
    bundled = Path(__file__).resolve().parent / "bin" / "malmoi"
    if bundled.is_file():
        return bundled
    found = shutil.which("malmoi")
    if found:
        return Path(found)
    raise NotFoundError("the command malmoi is not installed; name it in MALMOI_COMMAND, or put it into PATH")

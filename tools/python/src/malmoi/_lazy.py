# SPDX-License-Identifier: Apache-2.0
"""Names of a package whose modules are imported when they are used first."""
from __future__ import annotations

import sys
from importlib import import_module

# As typing has it, which takes longer to import than all of this.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any


def attribute(package: str, modules: dict[str, str], name: str) -> Any:
    """What a package gives by a name, from the module of it that has it; the package keeps it from then on.

    Raises:
        AttributeError: There is no such name.
    """
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    found = getattr(import_module("." + modules[name], package), name)
    setattr(sys.modules[package], name, found)
    return found

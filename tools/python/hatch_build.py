# SPDX-License-Identifier: Apache-2.0
"""Builds the library and the command with Swift, and puts them into the wheel."""
from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What the command finds beside itself. Vocabularies and the model of morphemes would be larger than all else.
SHIPPED = ("presets", "word-lists")


class SwiftBuildHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            # The package then takes what MALMOI_LIBRARY and MALMOI_COMMAND name.
            return
        repository = Path(self.root).resolve().parents[1]
        subprocess.run([repository / "tools" / "packaging" / "build"], check=True)
        stage = repository / ".build-release" / "stage"
        included = {
            stage / "lib" / "libmalmoi.so": "malmoi/libmalmoi.so",
            stage / "bin" / "malmoi": "malmoi/bin/malmoi",
            stage / "include" / "malmoi.h": "malmoi/include/malmoi.h",
            stage / "licenses": "malmoi/licenses",
        }
        for name in SHIPPED:
            included[repository / "vocab" / name] = f"malmoi/share/malmoi/vocab/{name}"
        build_data["force_include"].update({str(path): place for path, place in included.items()})
        # No part of Python is linked to: one wheel for all its versions.
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")

# SPDX-License-Identifier: Apache-2.0
"""What the driver has to know of the files that tasks make."""
from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import Any

#: Where the manifest begins, its length, its checksum and the magic end of a count file.
_FOOTER = struct.Struct("<QQ8s8s")


def of_count_file(path: str) -> dict[str, Any] | None:
    """The documents and the hash of the manifest of a count file; None if there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(-_FOOTER.size, os.SEEK_END)
            start, length, _, magic = _FOOTER.unpack(file.read())
            if magic != b"TNUOCMLM":
                return None
            file.seek(start)
            manifest = file.read(length)
    except (FileNotFoundError, OSError):
        return None
    sources = json.loads(manifest)["results"]["sources"]
    return {
        "documents": sum(source["documents"] for source in sources), "sha256": hashlib.sha256(manifest).hexdigest()}


def of_token_files(prefix: str) -> dict[str, Any] | None:
    """The documents and the hash of the manifest of a set of token files; None if there is none."""
    for path in (prefix + ".manifest.json", os.path.join(prefix, "manifest.json")):
        try:
            with open(path, "rb") as file:
                manifest = file.read()
        except (FileNotFoundError, NotADirectoryError):
            continue
        results = json.loads(manifest)["results"]
        return {"documents": results.get("documents"), "sha256": hashlib.sha256(manifest).hexdigest()}
    return None


def of_file(path: str) -> dict[str, Any] | None:
    """The hash of a file of any kind; None if there is none."""
    try:
        with open(path, "rb") as file:
            return {"sha256": hashlib.sha256(file.read()).hexdigest()}
    except FileNotFoundError:
        return None

# SPDX-License-Identifier: Apache-2.0
"""Which files a set of token files consists of, and how their ids are stored."""
from __future__ import annotations

import json
import os
import re
from typing import Any

from ._errors import DAMAGED_ARTEFACT, BadDataError, InvalidArgumentError, NotFoundError

#: Formats whose ids lie back to back, with the end of their files' names.
SUFFIXES = {
    "megatron": ".bin",
    "gpt-neox": ".bin",
    "deepspeed": ".bin",
    "nanogpt": ".bin",
    "llm.c": ".bin",
    "npy": ".npy",
    "olmo": ".npy",
    "datatrove": ".ds",
}
SEQUENTIAL = ("mds", "litdata", "tfrecord")

MANIFEST = ".manifest.json"


def damaged(path: str, what: str) -> BadDataError:
    """The error of a file that is not what it should be."""
    return BadDataError(f"{path}: {what}", DAMAGED_ARTEFACT)


class TokenFiles:
    """A set: the format, the paths of its shards without their suffixes, and the manifest, {} without one."""

    def __init__(self, path: str, format: str | None):
        path = _stem(path)
        self.manifest = _manifest(path)
        stored = self.manifest.get("options", {}).get("format", "megatron") if self.manifest else None
        self.format = format or stored or _found_format(path)
        if self.format in SEQUENTIAL:
            raise InvalidArgumentError(
                f"{path}: the ids of {self.format} files do not lie back to back, so they cannot be mapped; read them "
                'in order with malmoi.read_tokens, or make "malmoi convert-shards --format megatron" of them')
        if self.format not in SUFFIXES:
            raise InvalidArgumentError(f'no format of token files is named "{self.format}"')
        suffix = SUFFIXES[self.format]
        self.shards = self._listed(path, suffix) if self.manifest else _numbered(path, suffix)
        if not self.shards:
            raise NotFoundError(f"{path}: no token files: no {MANIFEST}, {suffix} or -00000{suffix} of this prefix")

    def _listed(self, path: str, suffix: str) -> list[str]:
        folder = os.path.dirname(path)
        names = [output["name"] for output in self.manifest["outputs"]]
        side = ".documents.npy"
        found = [
            os.path.join(folder, name[:-len(suffix)]) for name in names
            if name.endswith(suffix) and not name.endswith(side)
        ]
        for shard in found:
            if not os.path.exists(shard + suffix):
                raise damaged(shard + suffix, "listed in the manifest, but missing")
        return found


def _stem(path: str) -> str:
    """The prefix that a path stands for: itself, that of the manifest, or one shard by one of its files."""
    if path.endswith(MANIFEST):
        return path[:-len(MANIFEST)]
    if os.path.isdir(path):
        raise InvalidArgumentError(
            f"{path}: a directory; name the prefix of flat token files, or read others in order with "
            "malmoi.read_tokens")
    if os.path.isfile(path):
        for suffix in (".documents.npy", ".bin", ".idx", ".npy", ".ds", ".ds.index", ".ds.metadata"):
            if path.endswith(suffix):
                return path[:-len(suffix)]
    return path


def _manifest(path: str) -> dict[str, Any]:
    """The manifest of the set, {} without one."""
    if not os.path.exists(path + MANIFEST):
        return {}
    with open(path + MANIFEST, "rb") as file:
        content = file.read()
    try:
        manifest = json.loads(content)
        kind = manifest["kind"]
        names = [output["name"] for output in manifest["outputs"]]
    except (ValueError, KeyError, TypeError):
        raise damaged(path + MANIFEST, "not a manifest") from None
    if kind != "token-files" or not all(isinstance(name, str) and os.path.basename(name) == name for name in names):
        raise damaged(path + MANIFEST, "not a manifest of token files beside it")
    found: dict[str, Any] = manifest
    return found


def _found_format(path: str) -> str:
    """What the names of files and their first bytes tell, as the command sees it."""
    for stem in (path, path + "-00000"):
        if os.path.exists(stem + ".idx"):
            return "megatron"
        if os.path.exists(stem + ".ds"):
            return "datatrove"
        if os.path.exists(stem + ".npy"):
            with open(stem + ".npy", "rb") as file:
                return "npy" if file.read(6) == b"\x93NUMPY" else "olmo"
        if os.path.exists(stem + ".bin"):
            with open(stem + ".bin", "rb") as file:
                magic = int.from_bytes(file.read(4), "little")
            return "llm.c" if magic in (20240520, 20240801) else "nanogpt"
    return "megatron"


def _numbered(path: str, suffix: str) -> list[str]:
    """The one shard of the prefix, or PREFIX-00000 and on."""
    if os.path.exists(path + suffix):
        return [path]
    folder, name = os.path.split(path)
    pattern = re.compile(re.escape(name) + r"-(\d{5,})" + re.escape(suffix))
    numbers = sorted(
        int(match[1]) for entry in os.listdir(folder or ".") if (match := pattern.fullmatch(entry))
    ) if os.path.isdir(folder or ".") else []
    if numbers != list(range(len(numbers))):
        missing = next(number for number in range(len(numbers)) if number not in numbers)
        raise damaged(f"{path}-{missing:05}{suffix}", "missing between others")
    return [f"{path}-{number:05}" for number in numbers]

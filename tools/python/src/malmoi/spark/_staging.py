# SPDX-License-Identifier: Apache-2.0
"""Inputs by URI, such as s3://bucket/corpus: each task copies the files of its unit to its own disk.

The command opens a URI like any relative path, "s3:" being a directory: where the copies lie under such names,
manifests have the URIs, whatever the executor and wherever its disk is.
"""
from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .._errors import InputOutputError, InvalidArgumentError, NotFoundError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_PATTERN = re.compile(r"[*?\[]")
_CHUNK = 8 << 20


def is_uri(path: str) -> bool:
    """Whether it names a file of another file system."""
    return _SCHEME.match(path) is not None


def check(paths: Sequence[str]) -> bool:
    """Whether there are URIs among the paths.

    Raises:
        InvalidArgumentError: Relative paths are among them too; these would start elsewhere.
    """
    remote = [path for path in paths if is_uri(path)]
    for path in paths:
        if remote and not is_uri(path) and not os.path.isabs(path):
            raise InvalidArgumentError(f"{path}: a relative path beside {remote[0]}; write the whole path")
    return bool(remote)


@contextmanager
def mirrored(paths: Sequence[str]) -> Iterator[str]:
    """A directory in which the command finds the files of all URIs by name, size and time, but nothing in them.

    Raises:
        NotFoundError, InputOutputError: There are none, or they cannot be listed.
    """
    import pyarrow as pa
    from pyarrow import fs

    with tempfile.TemporaryDirectory(prefix="malmoi-spark-") as root:
        for uri in filter(is_uri, paths):
            pattern = _PATTERN.search(uri)
            # Of a pattern, the directory that it begins with.
            start = uri[:pattern.start()].rpartition("/")[0] if pattern else uri
            try:
                system, place = _system(start)
                info = system.get_file_info(place)
                if info.type == fs.FileType.NotFound:
                    raise NotFoundError(f"{uri}: no such file; check the path")
                if info.type == fs.FileType.Directory:
                    found = system.get_file_info(fs.FileSelector(place, recursive=True))
                else:
                    found = [info]
            except (OSError, pa.ArrowException) as error:
                if isinstance(error, NotFoundError):
                    raise
                raise InputOutputError(f"{uri}: {_line(error)}") from error
            for one in found:
                if one.type == fs.FileType.File:
                    _stand_in(os.path.join(root, start.rstrip("/") + one.path[len(place.rstrip("/")):]), one)
        yield root


def _stand_in(path: str, info: Any) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.truncate(info.size)
    if info.mtime_ns is not None:
        os.utime(path, ns=(info.mtime_ns, info.mtime_ns))


@contextmanager
def staged(files: Sequence[dict[str, Any]]) -> Iterator[str | None]:
    """A directory with copies of those files that are URIs; None if none is.

    Raises:
        InputOutputError: One cannot be read, or is not what the plan says any more.
    """
    remote = [file for file in files if is_uri(file["path"])]
    if not remote:
        yield None
        return
    root = tempfile.mkdtemp(prefix="malmoi-spark-", dir=_scratch())
    try:
        for file in remote:
            _copy(file, root)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _copy(file: dict[str, Any], root: str) -> None:
    import pyarrow as pa

    uri = file["path"]
    target = os.path.join(root, uri)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        system, place = _system(uri)
        info = system.get_file_info(place)
        # The time is set as well: what looks at the copy finds what the plan says.
        with system.open_input_stream(place, compression=None) as source, open(target, "wb") as copy:
            while chunk := source.read(_CHUNK):
                copy.write(chunk)
    except (OSError, pa.ArrowException) as error:
        raise InputOutputError(f"{uri}: {_line(error)}") from error
    if info.mtime_ns is not None:
        os.utime(target, ns=(info.mtime_ns, info.mtime_ns))


def _system(uri: str) -> tuple[Any, str]:
    from pyarrow import fs

    return fs.FileSystem.from_uri(uri)


def _scratch() -> str:
    """A disk of this executor: the first that Spark or YARN gives it."""
    for name in ("LOCAL_DIRS", "SPARK_LOCAL_DIRS"):
        first = os.environ.get(name, "").split(",")[0]
        if os.path.isdir(first):
            return first
    return tempfile.gettempdir()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())

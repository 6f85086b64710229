# SPDX-License-Identifier: Apache-2.0
"""What is to be done: the files of a corpus in the command's own order, divided into units of work."""
from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import InvalidArgumentError
from . import _native, _staging
from ._failures import failure
from ._options import arguments, options_of

#: Files of a unit at most where nothing but the number of bytes would end it: they become arguments.
MOST_FILES = 1000


@dataclass(frozen=True)
class Corpus:
    """Files to read, as the command is told of them."""

    #: Files, directories and patterns.
    inputs: tuple[str, ...]
    #: Inputs that go by a name.
    sources: tuple[tuple[str, str], ...]
    #: Options of reading and all others.
    options: Mapping[str, Any]

    @property
    def paths(self) -> list[str]:
        """All inputs in the order in which they are read."""
        return [*self.inputs, *(path for _, path in self.sources)]

    @property
    def names(self) -> list[str]:
        """What the sources are called, beside `paths`."""
        return [*self.inputs, *(name for name, _ in self.sources)]


def corpus_of(inputs: Any, sources: Mapping[str, Any] | None, options: Mapping[str, Any]) -> Corpus:
    """What functions of this package take as inputs: a path or several.

    Raises:
        InvalidArgumentError: There is none, or standard input.
    """
    several = [inputs] if isinstance(inputs, (str, os.PathLike)) else list(inputs or ())
    named = [(name, os.fspath(path)) for name, path in (sources or {}).items()]
    corpus = Corpus(tuple(os.fspath(one) for one in several), tuple(named), options)
    if not corpus.paths:
        raise InvalidArgumentError("no input files; name files, directories or patterns")
    if "-" in corpus.paths:
        raise InvalidArgumentError("standard input cannot be divided among executors; name files")
    return corpus


@dataclass(frozen=True)
class Units:
    """What there is to do."""

    #: A task for each unit, in the order of the files.
    tasks: list[dict[str, Any]]
    #: Files in directories that are none of a corpus.
    left_out: list[str]
    #: What the command has said of that.
    message: str


def units(corpus: Corpus, unit_bytes: int, directory: str, most_files: int | None = None) -> Units:
    """The tasks of a corpus.

    Args:
        corpus: What is read.
        unit_bytes: A unit ends behind the file with which its files hold so many bytes; 0 for each file alone.
        directory: Where relative paths start.
        most_files: A unit ends behind so many files at the latest.

    Raises:
        What the command says of the inputs and of the options of reading.
    """
    if not _staging.check(corpus.paths):
        return _listed(corpus, unit_bytes, directory, most_files)
    with _staging.mirrored(corpus.paths) as mirror:
        return _listed(corpus, unit_bytes, mirror, most_files)


def is_parquet(corpus: Corpus) -> bool:
    """Whether the inputs are Parquet, of which this package reads a column.

    Raises:
        InvalidArgumentError: Some are and some are not.
    """
    tables = [path for path in corpus.paths if path.lower().endswith(".parquet")]
    if tables and len(tables) < len(corpus.paths):
        raise InvalidArgumentError(f"{tables[0]}: Parquet beside other inputs; run them one after the other")
    return bool(tables)


def _listed(corpus: Corpus, unit_bytes: int, directory: str, most_files: int | None) -> Units:
    """The files of units, as the command lists them."""
    reading = arguments(corpus.options, options_of("inputs"))
    named = [f"--source={name}={path}" for name, path in corpus.sources]
    outcome = _native.run(
        ["inputs", *reading, f"--shard-input-bytes={unit_bytes}", "--json", *named, "--", *corpus.inputs], directory)
    if outcome.code:
        raise failure(outcome.code, outcome.message)
    listed = json.loads(outcome.output)
    found: list[list[dict[str, Any]]] = []
    for unit in listed["units"]:
        files = [_stated(file, directory) for file in unit["files"]]
        step = most_files or len(files)
        found += [files[first:first + step] for first in range(0, len(files), step)]
    tasks = [{"task": f"unit-{number:05}", "files": files} for number, files in enumerate(found)]
    return Units(tasks, listed["left_out"], outcome.said)


def _stated(file: dict[str, Any], directory: str) -> dict[str, Any]:
    if "=" in file["source"]:
        # Units name the sources of their files as NAME=PATH.
        raise InvalidArgumentError(f'{file["source"]}: a source whose name has a "="; name it by --source NAME=PATH')
    status = os.stat(os.path.join(directory, file["path"]))
    return {
        "path": file["path"], "bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "source": file["source"]}


def identity(command: str, corpus: Corpus, tasks: list[dict[str, Any]], directory: str, **more: Any) -> dict[str, Any]:
    """All that decides what the tasks make: a run with another one cannot go on with their results."""
    return {
        "malmoi": _native.version(), "command": command, "directory": directory, "inputs": list(corpus.inputs),
        "sources": [list(source) for source in corpus.sources],
        "options": {name: value for name, value in sorted(corpus.options.items()) if value not in (None, False)},
        **more, "units": tasks}


def try_out(command: Sequence[str], options: Mapping[str, Any], *more: str) -> None:
    """Runs the command for one letter: it says itself what is wrong with its options.

    Args:
        command: The words of the subcommand.
        options: Its options.
        more: Further arguments; in these, {} stands for a place to write to.

    Raises:
        InvalidArgumentError, and what it says of a tokenizer.
    """
    with tempfile.TemporaryDirectory(prefix="malmoi-spark-") as scratch:
        letter = os.path.join(scratch, "letter.txt")
        with open(letter, "w", encoding="utf-8") as file:
            file.write("가\n")
        places = [one.replace("{}", os.path.join(scratch, "letter")) for one in more]
        outcome = _native.run([*command, "--quiet", *arguments(options), *places, letter])
    if outcome.code and "no documents in 1 input files" not in outcome.message:
        raise failure(outcome.code, outcome.message)

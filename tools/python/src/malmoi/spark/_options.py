# SPDX-License-Identifier: Apache-2.0
"""The options of the command, as the command itself tells them: what is passed on is never spelled out here."""
from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import InvalidArgumentError
from . import _native
from ._failures import failure


@dataclass(frozen=True)
class Option:
    """An option of the command, named without its dashes and with _ between words."""

    name: str
    takes_value: bool
    repeats: bool
    help: str

    @property
    def spelled(self) -> str:
        """As it is written."""
        return "--" + self.name.replace("_", "-")


@functools.lru_cache(maxsize=None)
def options_of(*command: str) -> dict[str, Option]:
    """The options of a subcommand by their names.

    Raises:
        NotFoundError: There is no command.
        And what it says where it has no such subcommand.
    """
    outcome = _native.run([*command, "--experimental-dump-help"])
    if outcome.code:
        raise failure(outcome.code, outcome.line)
    described = json.loads(outcome.output)
    found = {}
    for one in described["command"]["arguments"]:
        for spelled in one.get("names") or ():
            if spelled["kind"] == "long" and spelled["name"] not in ("help", "version"):
                name = spelled["name"].replace("-", "_")
                found[name] = Option(name, one["kind"] == "option", one["isRepeating"], one.get("abstract", ""))
    return found


def arguments(given: Mapping[str, Any], only: Collection[str] | None = None) -> list[str]:
    """Options as arguments: True is a flag, a list a repeated option; None and False are left out."""
    spelled: list[str] = []
    for name, value in given.items():
        if (only is not None and name not in only) or value is None or value is False:
            continue
        option = "--" + name.replace("_", "-")
        if value is True:
            spelled.append(option)
            continue
        for one in value if isinstance(value, (list, tuple)) else (value,):
            # In one piece, for values that begin with a dash.
            spelled.append(f"{option}={one}")
    return spelled


def check(given: Mapping[str, Any], command: tuple[str, ...], refused: Mapping[str, str]) -> None:
    """Refuses options that the command does not have, and those that one part of a corpus cannot decide.

    Raises:
        InvalidArgumentError: There is such an option.
    """
    known = options_of(*command)
    for name, value in given.items():
        spelled = "--" + name.replace("_", "-")
        if name not in known:
            raise InvalidArgumentError(f'malmoi {" ".join(command)} has no option {spelled}; see its --help')
        if name in refused and value is not None and value is not False:
            raise InvalidArgumentError(f"{spelled} is not for Spark: {refused[name]}")


#: Refused wherever a corpus is read in parts.
SAMPLING = {
    "sample_bytes": "a sample is chosen in a pass over the whole corpus; sample it with the command",
    "seed": "it is for samples, which are chosen in a pass over the whole corpus",
}


def check_tables(given: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuses options that Parquet has no use for.

    Raises:
        InvalidArgumentError: There is such an option.
    """
    for name, value in given.items():
        if name not in known and value is not None and value is not False:
            raise InvalidArgumentError(f"--{name.replace('_', '-')} is not for Parquet")


def byte_count(text: str) -> int:
    """Bytes, as in 256MiB or 1GB.

    Raises:
        ArgumentTypeError: It is none.
    """
    units = {"": 1, "B": 1}
    for power, letter in enumerate("KMGT", 1):
        units[letter + "iB"], units[letter + "B"] = 1024 ** power, 1000 ** power
    number = text.rstrip("BKMGTi")
    if not number.isdecimal() or text[len(number):] not in units:
        raise argparse.ArgumentTypeError(f'"{text}" is no amount of bytes; write 256MiB')
    return int(number) * units[text[len(number):]]

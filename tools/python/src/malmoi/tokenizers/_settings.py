# SPDX-License-Identifier: Apache-2.0
"""Truncation and padding, as arguments and as a tokenizer.json has them."""
from __future__ import annotations

from typing import Any

from .._errors import InvalidArgumentError

Settings = dict[str, Any]

_STRATEGIES = {"longest_first": "LongestFirst", "only_first": "OnlyFirst"}
_NAMES = {written: name for name, written in _STRATEGIES.items()}
_DIRECTIONS = {"right": "Right", "left": "Left"}


def checked_truncation(max_length: int, stride: int, strategy: str, direction: str) -> Settings:
    """The settings of these arguments; InvalidArgumentError for what cannot be."""
    _one_of("strategy", strategy, _STRATEGIES)
    _one_of("direction", direction, _DIRECTIONS)
    if max_length < 0 or stride < 0:
        raise InvalidArgumentError(f"max_length and stride must be 0 or more, not {max_length} and {stride}")
    return {"max_length": max_length, "stride": stride, "strategy": strategy, "direction": direction}


def checked_padding(
    direction: str, pad_id: int, pad_type_id: int, pad_token: str, length: int | None, multiple: int | None
) -> Settings:
    """The settings of these arguments; InvalidArgumentError for what cannot be."""
    _one_of("direction", direction, _DIRECTIONS)
    return {"length": length, "pad_to_multiple_of": multiple, "pad_id": pad_id, "pad_token": pad_token,
            "pad_type_id": pad_type_id, "direction": direction}


def truncation(written: dict[str, Any] | None) -> Settings | None:
    """The settings that a tokenizer.json has.

    >>> truncation({"direction": "Left", "max_length": 8, "strategy": "LongestFirst", "stride": 2})
    {'max_length': 8, 'stride': 2, 'strategy': 'longest_first', 'direction': 'left'}
    """
    if written is None:
        return None
    strategy = _NAMES.get(written["strategy"], written["strategy"])
    return checked_truncation(
        written["max_length"], written["stride"], strategy, written.get("direction", "Right").lower())


def padding(written: dict[str, Any] | None) -> Settings | None:
    """The settings that a tokenizer.json has."""
    if written is None:
        return None
    strategy = written["strategy"]
    return checked_padding(
        written["direction"].lower(), written["pad_id"], written["pad_type_id"], written["pad_token"],
        strategy["Fixed"] if isinstance(strategy, dict) else None, written["pad_to_multiple_of"])


def written_truncation(settings: Settings | None) -> dict[str, Any] | None:
    """The settings as a tokenizer.json has them."""
    if settings is None:
        return None
    return {"direction": _DIRECTIONS[settings["direction"]], "max_length": settings["max_length"],
            "strategy": _STRATEGIES[settings["strategy"]], "stride": settings["stride"]}


def written_padding(settings: Settings | None) -> dict[str, Any] | None:
    """The settings as a tokenizer.json has them."""
    if settings is None:
        return None
    length = settings["length"]
    return {"strategy": "BatchLongest" if length is None else {"Fixed": length},
            "direction": _DIRECTIONS[settings["direction"]],
            **{name: settings[name] for name in ("pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token")}}


def _one_of(name: str, value: Any, known: dict[str, str]) -> None:
    if value not in known:
        raise InvalidArgumentError(f"{name} must be {' or '.join(map(repr, known))}, not {value!r}")

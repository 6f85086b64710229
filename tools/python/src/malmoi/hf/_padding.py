# SPDX-License-Identifier: Apache-2.0
"""Padding of lists that were made before, as a data loader does."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._errors import InvalidArgumentError

if TYPE_CHECKING:
    from ._encoding import Pads
    from ._options import Plan


def padded(
    inputs: Any, plan: Plan, multiple: int | None, pads: Pads | None, attention: bool
) -> dict[str, Any]:
    """The lists of a dict, or of dicts, padded; others than ids, type ids and masks stay as they are.

    Raises:
        InvalidArgumentError: There are no "input_ids", or lists of different numbers.
    """
    if isinstance(inputs, (list, tuple)) and inputs and isinstance(inputs[0], Mapping):
        inputs = {name: [one[name] for one in inputs] for name in inputs[0]}
    if "input_ids" not in inputs:
        raise InvalidArgumentError(f'there are no "input_ids" to pad, only {", ".join(inputs) or "nothing"}')
    data = {name: _plain(value) for name, value in inputs.items()}
    rows = data["input_ids"]
    if len(rows) == 0:
        return {**data, "attention_mask": []} if attention else data
    if not isinstance(rows[0], list):
        return _row(data, _target([rows], plan, multiple), pads, attention)
    for name, value in data.items():
        if len(value) != len(rows):
            raise InvalidArgumentError(f"{name} has {len(value)} rows, input_ids has {len(rows)}")
    target = _target(rows, plan, multiple)
    made = [_row({name: value[place] for name, value in data.items()}, target, pads, attention)
            for place in range(len(rows))]
    return {name: [one[name] for one in made] for name in made[0]}


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _target(rows: list[list[int]], plan: Plan, multiple: int | None) -> int | None:
    if plan.padding is None:
        return None
    target = max(map(len, rows)) if plan.padding == "longest" else plan.max_length
    if multiple and target is not None and target % multiple:
        target += multiple - target % multiple
    return target


def _row(row: dict[str, Any], target: int | None, pads: Pads | None, attention: bool) -> dict[str, Any]:
    count = len(row["input_ids"])
    if attention and "attention_mask" not in row:
        row["attention_mask"] = [1] * count
    if target is None or pads is None or target <= count:
        return row
    fillers = {"input_ids": pads.id, "token_type_ids": pads.type_id, "special_tokens_mask": 1}
    if attention:
        fillers["attention_mask"] = 0
    for name, filler in fillers.items():
        if name in row:
            filling = [filler] * (target - count)
            row[name] = filling + row[name] if pads.side == "left" else row[name] + filling
    return row

# SPDX-License-Identifier: Apache-2.0
"""Texts to rows, and rows to the lists that a call gives."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ._encoding import Encoding, Pads, Source
from ._windows import room, windows

if TYPE_CHECKING:
    from ._engine import Engine


class Cut(NamedTuple):
    """How what is too long is cut."""

    max_length: int
    stride: int
    side: str


class Wanted(NamedTuple):
    """Which lists a call is to give."""

    token_type_ids: bool = False
    attention_mask: bool = True
    special_tokens_mask: bool = False
    offsets_mapping: bool = False
    length: bool = False
    overflowing_tokens: bool = False


def rows(engine: Engine, texts: Sequence[str], parses: bool, framed: bool, cut: Cut | None) -> list[Encoding]:
    """A row for each text, with what overflows."""
    most = None
    if cut is not None:
        template = engine.template
        special = len(template.before) + len(template.behind) if framed else 0
        most = room(cut.max_length, special, cut.stride)
    found = []
    for text, ids in zip(texts, engine.encode(texts, parses)):
        source = Source(engine, text, ids, parses)
        parts = [(0, len(ids))]
        if most is not None and cut is not None:
            parts = windows(len(ids), most, cut.stride, cut.side)
        row, *others = [Encoding(source, start, stop, framed) for start, stop in parts]
        row.overflowing = others
        found.append(row)
    return found


def pad_rows(found: list[Encoding], length: int | None, multiple: int | None, pads: Pads) -> None:
    """Pads all to `length`, None for that of the longest, rounded up to a multiple."""
    target = max(map(len, found), default=0) if length is None else length
    if multiple and target % multiple:
        target += multiple - target % multiple
    for row in found:
        row.pad(target, pads)


_LISTS = {
    "token_type_ids": "type_ids", "attention_mask": "attention_mask", "special_tokens_mask": "special_tokens_mask",
}


def lists(found: list[Encoding], wanted: Wanted) -> tuple[dict[str, Any], list[Encoding]]:
    """The lists by their names, one list a row, and the rows; what overflows makes rows of its own."""
    if wanted.overflowing_tokens:
        samples = [place for place, row in enumerate(found) for _ in range(1 + len(row.overflowing))]
        found = [part for row in found for part in (row, *row.overflowing)]
    made: dict[str, Any] = {"input_ids": [row.ids for row in found]}
    for name, attribute in _LISTS.items():
        if getattr(wanted, name):
            made[name] = [getattr(row, attribute) for row in found]
    if wanted.offsets_mapping:
        made["offset_mapping"] = [row.offsets for row in found]
    if wanted.length:
        made["length"] = [len(row) for row in found]
    if wanted.overflowing_tokens:
        made["overflow_to_sample_mapping"] = samples
    return made, found


def unbatched(made: dict[str, Any]) -> dict[str, Any]:
    """The lists of one text without the outer one."""
    return {
        name: value[0] if len(value) > 0 and isinstance(value[0], list) else value for name, value in made.items()}

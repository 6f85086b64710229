# SPDX-License-Identifier: Apache-2.0
"""What the options of a call mean, with Hugging Face's defaults."""
from __future__ import annotations

import warnings
from typing import Any, NamedTuple

from .._errors import InvalidArgumentError

#: A model_max_length of more means that there is none.
LARGE = int(1e20)

_PADDINGS = {True: "longest", False: None, None: None, "longest": "longest", "max_length": "max_length",
             "do_not_pad": None}
_TRUNCATIONS = {True: "longest_first", False: None, None: None, "longest_first": "longest_first",
                "only_first": "only_first", "do_not_truncate": None}


class Plan(NamedTuple):
    """What is done to rows."""

    #: "longest", "max_length" or None.
    padding: str | None
    truncates: bool
    max_length: int | None


def plan(padding: Any, truncation: Any, max_length: int | None, multiple: int | None, model_max_length: int) -> Plan:
    """What `padding`, `truncation` and `max_length` ask for.

    >>> plan(True, True, 8, None, LARGE)[:2], plan(False, None, 8, None, LARGE)[:2]
    (('longest', True), (None, True))

    Raises:
        InvalidArgumentError: Something that is not known, or does not fit together.
    """
    if max_length is not None and padding is False and truncation is None:
        truncation = "longest_first"
    padding, truncation = getattr(padding, "value", padding), getattr(truncation, "value", truncation)
    if padding not in _PADDINGS:
        raise InvalidArgumentError(
            f"padding must be True, False, 'longest', 'max_length' or 'do_not_pad', not {padding!r}")
    if truncation not in _TRUNCATIONS:
        raise InvalidArgumentError(
            "truncation must be True, False, 'longest_first', 'only_first' or 'do_not_truncate' for single texts, "
            f"not {truncation!r}")
    pads, truncates = _PADDINGS[padding], _TRUNCATIONS[truncation] is not None
    if padding is True and max_length is not None and not truncates:
        warnings.warn(
            "max_length is not used with padding=True and no truncation; padding='max_length' pads to it", stacklevel=4)
    if max_length is None:
        has_none = model_max_length > LARGE
        max_length = None if has_none else model_max_length
        pads = None if has_none and pads == "max_length" else pads
        truncates = truncates and not has_none
        max_length = max_length if truncates or pads == "max_length" else None
    if truncates and pads and multiple and max_length is not None and max_length % multiple:
        raise InvalidArgumentError(f"max_length={max_length} is not a multiple of pad_to_multiple_of={multiple}")
    return Plan(pads, truncates, max_length)

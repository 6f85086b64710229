# SPDX-License-Identifier: Apache-2.0
"""Cutting what is too long."""
from __future__ import annotations

from .._errors import InvalidArgumentError


def windows(count: int, most: int, stride: int = 0, side: str = "right") -> list[tuple[int, int]]:
    """The parts of `count` ids of at most `most`: the first is kept, the others overflow.

    Each part has `stride` ids in common with the one before. With side "left" the last ids are kept.

    >>> windows(5, 2), windows(5, 3, 1), windows(5, 2, side="left"), windows(2, 2)
    ([(0, 2), (2, 4), (4, 5)], [(0, 3), (2, 5)], [(3, 5), (1, 3), (0, 1)], [(0, 2)])
    >>> windows(5, 0)
    [(0, 0), (0, 5)]

    Raises:
        InvalidArgumentError: The stride is not less than the length.
    """
    if most >= count:
        return [(0, count)]
    if most == 0:
        return [(0, 0), (0, count)]
    if stride >= most:
        raise InvalidArgumentError(
            f"stride={stride} must be less than the ids that fit, {most}: max_length without special tokens")
    found = []
    if side == "right":
        for start in range(0, count, most - stride):
            found.append((start, min(start + most, count)))
            if found[-1][1] == count:
                break
    else:
        for stop in range(count, 0, stride - most):
            found.append((max(0, stop - most), stop))
            if found[-1][0] == 0:
                break
    return found


def room(max_length: int, special: int, stride: int) -> int:
    """How many ids of a text fit with its special tokens.

    Raises:
        InvalidArgumentError: Not even those fit, or the stride does not.
    """
    left = max_length - special
    if left < 0:
        raise InvalidArgumentError(f"max_length={max_length} is less than the {special} special tokens of a text")
    if left < stride:
        raise InvalidArgumentError(
            f"stride={stride} is more than the ids that fit, {left}: max_length={max_length} without {special} "
            "special tokens")
    return left

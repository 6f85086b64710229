# SPDX-License-Identifier: Apache-2.0
"""Finding special tokens in text as tiktoken does."""
from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import Literal, NoReturn, Union

Allowed = Union[Literal["all"], AbstractSet[str]]
Disallowed = Union[Literal["all"], Collection[str]]


@functools.lru_cache(maxsize=128)
def expression(tokens: frozenset[str]) -> re.Pattern[str]:
    """What finds any of the tokens, of those that begin alike the longest."""
    return re.compile("|".join(map(re.escape, sorted(tokens, key=len, reverse=True))) or r"(?!)")


def resolved(
    every: frozenset[str], allowed: Allowed, disallowed: Disallowed
) -> tuple[AbstractSet[str], frozenset[str]]:
    """The two sets that the arguments stand for."""
    allows = every if isinstance(allowed, str) and allowed == "all" else allowed
    if isinstance(disallowed, str) and disallowed == "all":
        return allows, frozenset(every - allows)
    return allows, frozenset(disallowed)


def check(text: str, disallowed: frozenset[str]) -> None:
    """Raises ValueError where the text has a special token that is not allowed."""
    if disallowed:
        found = expression(disallowed).search(text)
        if found:
            refuse(found.group())


def refuse(token: str) -> NoReturn:
    """Raises the ValueError of tiktoken for a special token in a text."""
    raise ValueError(
        f"Encountered text corresponding to disallowed special token {token!r}.\n"
        "If you want this text to be encoded as a special token, "
        f"pass it to `allowed_special`, e.g. `allowed_special={{{token!r}, ...}}`.\n"
        f"If you want this text to be encoded as normal text, disable the check for this token "
        f"by passing `disallowed_special=(enc.special_tokens_set - {{{token!r}}})`.\n"
        "To disable this check for all special tokens, pass `disallowed_special=()`.\n")


def parts(text: str, every: frozenset[str], allowed: AbstractSet[str]) -> Iterator[tuple[str, str | None]]:
    """What lies before each allowed special token, and the token; last the rest, and None."""
    find = expression(every).search
    start = place = 0
    while True:
        found = find(text, place)
        if found is None:
            yield text[start:], None
            return
        if found.group() in allowed:
            yield text[start:found.start()], found.group()
            start = place = found.end()
        else:
            # Another one may begin inside it.
            place = found.start() + 1

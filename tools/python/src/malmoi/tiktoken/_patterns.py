# SPDX-License-Identifier: Apache-2.0
"""The pre-tokenizers by the regular expressions that tiktoken has for them.

Sources: tiktoken's `openai_public.py`, of its versions; GPT-2's `encoder.py`; the rule of Llama 3 and of Qwen2.
"""
from __future__ import annotations

from .._errors import InvalidArgumentError

_WORD_ENDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _WORD_ENDS + "?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _WORD_ENDS + "?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])


def _llama(numbers: str) -> str:
    return (_WORD_ENDS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers
            + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


#: The expressions of a pre-tokenizer; the first is the one that is shown.
PATTERNS: dict[str, tuple[str, ...]] = {
    "gpt2": (
        r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
        r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    ),
    "cl100k": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
        r"|\s+(?!\S)|\s",
    ),
    "o200k": (_O200K,),
    "llama3": (_llama(r"\p{N}{1,3}"),),
    "qwen2": (_llama(r"\p{N}"),),
}


def pre_tokenizer_of(pattern: str) -> str:
    """The name of the pre-tokenizer that cuts as a regular expression does.

    >>> pre_tokenizer_of(PATTERNS["o200k"][0])
    'o200k'

    Raises:
        InvalidArgumentError: None does.
    """
    for name, patterns in PATTERNS.items():
        if pattern in patterns:
            return name
    raise InvalidArgumentError(
        f"pat_str: no pre-tokenizer of Malmoi is known to cut by {pattern!r}; there are those of {', '.join(PATTERNS)}")

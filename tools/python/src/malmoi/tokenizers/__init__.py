# SPDX-License-Identifier: Apache-2.0
"""A tokenizer with the face of Hugging Face's `tokenizers.Tokenizer`, of a ready tokenizer.json.

>>> from malmoi.tokenizers import Tokenizer
>>> Tokenizer.from_file("tokenizer.json").encode("값이 싸다").ids                # doctest: +SKIP
[16806, 3254, 271]
"""
from __future__ import annotations

from .._lazy import attribute

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from ..hf._encoding import Encoding
    from ._tokenizer import Tokenizer

_MODULES = {"Encoding": "_tokenizer", "Tokenizer": "_tokenizer"}

__all__ = ["Encoding", "Tokenizer"]


def __getattr__(name: str) -> Any:
    return attribute(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)

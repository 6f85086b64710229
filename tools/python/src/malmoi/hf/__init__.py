# SPDX-License-Identifier: Apache-2.0
"""A tokenizer with the face of transformers' PreTrainedTokenizerFast.

`MalmoiTokenizerFast` needs neither transformers nor tokenizers. Where transformers is installed, `register()` gives
a class that is a PreTrainedTokenizerFast, and lets AutoTokenizer find it.
"""
from __future__ import annotations

from .._lazy import attribute

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from ._batch import BatchEncoding
    from ._register import register
    from ._tokenizer import MalmoiTokenizerFast

_MODULES = {"BatchEncoding": "_batch", "MalmoiTokenizerFast": "_tokenizer", "register": "_register"}

__all__ = ["BatchEncoding", "MalmoiTokenizerFast", "register"]


def __getattr__(name: str) -> Any:
    return attribute(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)

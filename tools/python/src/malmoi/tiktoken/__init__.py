# SPDX-License-Identifier: Apache-2.0
"""Encodings with the face of tiktoken's, from local files: nothing is downloaded.

>>> from malmoi import tiktoken
>>> tiktoken.get_encoding("cl100k_base", directory="ranks")                      # doctest: +SKIP
<Encoding 'cl100k_base'>
"""
from __future__ import annotations

from .._lazy import attribute

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from ._encoding import Encoding
    from ._known import get_encoding, list_encoding_names
    from ._models import UnknownModelError, encoding_for_model, encoding_name_for_model

_MODULES = {
    "Encoding": "_encoding",
    "UnknownModelError": "_models",
    "encoding_for_model": "_models",
    "encoding_name_for_model": "_models",
    "get_encoding": "_known",
    "list_encoding_names": "_known",
}

__all__ = [
    "Encoding", "UnknownModelError", "encoding_for_model", "encoding_name_for_model", "get_encoding",
    "list_encoding_names",
]


def __getattr__(name: str) -> Any:
    return attribute(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)

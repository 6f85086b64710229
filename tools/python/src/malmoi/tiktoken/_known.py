# SPDX-License-Identifier: Apache-2.0
"""The encodings that tiktoken has names for, of rank files in a local folder."""
from __future__ import annotations

import os
import threading
from typing import NamedTuple

from .._errors import BadDataError, InvalidArgumentError, NotFoundError
from .._tokenizer import Tokenizer
from ._encoding import Encoding

#: Names the folder where none is given.
VARIABLE = "MALMOI_ENCODINGS"

_END = "<|endoftext|>"
_FILL = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")
_HARMONY = {
    "<|startoftext|>": 199998, _END: 199999, "<|endofprompt|>": 200018, "<|return|>": 200002,
    "<|constrain|>": 200003, "<|channel|>": 200005, "<|start|>": 200006, "<|end|>": 200007, "<|message|>": 200008,
    "<|call|>": 200012,
}


def _harmony() -> dict[str, int]:
    named = set(_HARMONY.values()) - {200018}
    reserved = {f"<|reserved_{number}|>": number for number in range(200000, 201088) if number not in named}
    return {**_HARMONY, **reserved}


class _Known(NamedTuple):
    file: str
    sha256: str
    pre_tokenizer: str
    special_tokens: dict[str, int]


_R50K = ("r50k_base", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930", "gpt2")
_P50K = ("p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069", "gpt2")
_CL100K = ("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", "cl100k")
_O200K = ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", "o200k")

#: As tiktoken's `openai_public.py` has them; GPT-2's ranks are those of r50k_base.
_KNOWN = {
    "gpt2": _Known(*_R50K, {_END: 50256}),
    "r50k_base": _Known(*_R50K, {_END: 50256}),
    "p50k_base": _Known(*_P50K, {_END: 50256}),
    "p50k_edit": _Known(*_P50K, {_END: 50256, **{token: 50281 + place for place, token in enumerate(_FILL)}}),
    "cl100k_base": _Known(*_CL100K, {
        _END: 100257, **{token: 100258 + place for place, token in enumerate(_FILL)}, "<|endofprompt|>": 100276}),
    "o200k_base": _Known(*_O200K, {_END: 199999, "<|endofprompt|>": 200018}),
    "o200k_harmony": _Known(*_O200K, _harmony()),
}

_lock = threading.Lock()
_made: dict[tuple[str, str], Encoding] = {}


def get_encoding(name: str, directory: str | os.PathLike[str] | None = None) -> Encoding:
    """The encoding of a name that tiktoken knows, from its rank file, as "cl100k_base.tiktoken".

    Args:
        name: "gpt2", "r50k_base", "p50k_base", "p50k_edit", "cl100k_base", "o200k_base" or "o200k_harmony".
        directory: Where the file is; else the folder that MALMOI_ENCODINGS names. Nothing is downloaded.

    Returns:
        The same object for the same arguments.

    Raises:
        InvalidArgumentError: The name is not known, or no folder is named (a ValueError).
        NotFoundError: The folder has no such file (a FileNotFoundError).
        BadDataError: The file is not the published one (a ValueError).
    """
    if not isinstance(name, str):
        raise InvalidArgumentError(f"name must be a str, not {type(name).__name__}")
    if name not in _KNOWN:
        raise InvalidArgumentError(f"unknown encoding {name!r}; there are {', '.join(_KNOWN)}")
    folder = _folder(directory)
    with _lock:
        if (name, folder) not in _made:
            _made[name, folder] = _loaded(name, folder)
        return _made[name, folder]


def list_encoding_names(directory: str | os.PathLike[str] | None = None) -> list[str]:
    """The names of encodings whose rank files a folder has; see `get_encoding`."""
    folder = _folder(directory)
    return [name for name, known in _KNOWN.items() if os.path.isfile(_path(folder, known))]


def _folder(directory: str | os.PathLike[str] | None) -> str:
    named = os.environ.get(VARIABLE) if directory is None else os.fspath(directory)
    if not named:
        raise InvalidArgumentError(
            f"name the folder with the rank files, by directory or in {VARIABLE}; nothing is downloaded")
    return os.path.abspath(named)


def _path(folder: str, known: _Known) -> str:
    return os.path.join(folder, known.file + ".tiktoken")


def _loaded(name: str, folder: str) -> Encoding:
    known = _KNOWN[name]
    path = _path(folder, known)
    if not os.path.isfile(path):
        raise NotFoundError(f"{path}: no such file; put the published rank file there, as nothing is downloaded")
    tokenizer = Tokenizer.from_file(path, known.pre_tokenizer)
    if tokenizer.sha256 != known.sha256:
        raise BadDataError(
            f"{path}: not the published {known.file}: its SHA-256 is {tokenizer.sha256}, not {known.sha256}; "
            "load another file with Encoding.from_file")
    return Encoding._of(name, tokenizer, known.special_tokens)

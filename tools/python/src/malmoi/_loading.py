# SPDX-License-Identifier: Apache-2.0
"""Tokenizers from files and bytes, and what is known of them."""
from __future__ import annotations

import os
import tempfile
import weakref
from typing import Any

from . import _structs
from ._errors import BadDataError, NotFoundError
from ._library import Owner, library, path_bytes
from ._vocabulary import AddedToken, added_tokens

#: The file beside a tokenizer.json that has this field.
_MORPHEMES_FILE, _MORPHEMES_FIELD = "morphemes.eojeols", b'"malmoi_morphemes"'

#: Tokenizers that pickles brought, by their identity: a worker that gets one with every task loads it once.
_live: weakref.WeakValueDictionary[tuple[Any, ...], Loaded] = weakref.WeakValueDictionary()


class Loaded:
    """A tokenizer of the library, and what does not change of it."""

    __slots__ = (
        "owner", "path", "vocab_size", "sha256", "normalizer", "pre_tokenizer", "added_tokens", "_content",
        "_morphemes", "__weakref__",
    )

    def __init__(self, handle: int, path: str | None, content: bytes | None):
        self.owner = Owner(handle, library().tokenizer_free)
        self.path = path
        self._content = content
        self._morphemes: bytes | None = None
        view = _structs.TokenizerView()
        library().tokenizer_get(handle, view)
        self.vocab_size: int = view.vocabulary_size
        self.sha256: str = view.sha256.decode()
        self.normalizer: str = view.normalizer.decode()
        self.pre_tokenizer: str = view.pre_tokenizer.decode()
        self.added_tokens: tuple[AddedToken, ...] = added_tokens(handle, view.added_token_count)

    def content(self) -> bytes:
        """What the file held when it was loaded.

        Raises:
            NotFoundError: The file is gone.
            BadDataError: It is another one now.
        """
        if self._content is not None:
            return self._content
        import hashlib

        assert self.path is not None
        try:
            with open(self.path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            raise NotFoundError(
                f"{self.path}: the file of the tokenizer is gone, so it cannot be pickled; "
                "load it with Tokenizer.from_bytes, which keeps the contents") from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise BadDataError(
                f"{self.path}: the file of the tokenizer has changed since it was loaded, so it cannot be pickled; "
                "load it again")
        return content

    def is_json(self) -> bool:
        """Whether it is that of a tokenizer.json, and not of a rank file; to be asked while the file is there."""
        if self._content is not None:
            return self._content.lstrip().startswith(b"{")
        assert self.path is not None
        with open(self.path, "rb") as file:
            return file.read(64).lstrip().startswith(b"{")

    def morphemes(self) -> bytes | None:
        """What the file of morphemes beside it holds, where the tokenizer has morphemes.

        Raises:
            NotFoundError: The file is gone.
        """
        if self._morphemes is not None:
            return self._morphemes
        if self.path is None or _MORPHEMES_FIELD not in self.content():
            return None
        beside = os.path.join(os.path.dirname(self.path), _MORPHEMES_FILE)
        try:
            with open(beside, "rb") as file:
                return file.read()
        except FileNotFoundError:
            raise NotFoundError(
                f"{beside}: the file of the tokenizer's morphemes is gone, so it cannot be pickled") from None


def _name(pre_tokenizer: str | None) -> bytes | None:
    return None if pre_tokenizer is None else _structs.c_string(pre_tokenizer)


def from_path(path: str | os.PathLike[str], pre_tokenizer: str | None) -> Loaded:
    """See Tokenizer.from_file."""
    handle = library().make("tokenizer_load", path_bytes(path), _name(pre_tokenizer))
    return Loaded(handle, _vocabulary_file(os.path.abspath(os.fspath(path))), None)


def from_bytes(content: bytes, pre_tokenizer: str | None) -> Loaded:
    """See Tokenizer.from_bytes."""
    handle = library().make("tokenizer_load_bytes", content, len(content), _name(pre_tokenizer))
    return Loaded(handle, None, content)


def from_folder(folder: str | os.PathLike[str], pre_tokenizer: str | None) -> Loaded:
    """See Tokenizer.from_pretrained."""
    if os.path.isdir(folder):
        return from_path(folder, pre_tokenizer)
    if os.path.exists(folder):
        raise NotFoundError(f"{os.fspath(folder)}: a file, not a folder; load it with Tokenizer.from_file")
    raise NotFoundError(
        f"{os.fspath(folder)}: no such folder; names of a hub are not looked up and nothing is downloaded: get the "
        "folder first, as by huggingface_hub.snapshot_download, or the file tokenizer.json and Tokenizer.from_file")


def restored(content: bytes, pre_tokenizer: str, path: str | None, morphemes: bytes | None = None) -> Loaded:
    """The tokenizer that a pickle holds, or the one of the same bytes that is there already."""
    import hashlib

    key = (hashlib.sha256(content).digest(), pre_tokenizer)
    found = _live.get(key)
    if found is None:
        found = from_bytes(content, pre_tokenizer) if morphemes is None else _unpacked(content, morphemes)
        found.path = path
        _live[key] = found
    return found


def _unpacked(content: bytes, morphemes: bytes) -> Loaded:
    """A tokenizer that the library reads from two files."""
    with tempfile.TemporaryDirectory(prefix="malmoi-") as folder:
        for name, part in (("tokenizer.json", content), (_MORPHEMES_FILE, morphemes)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(part)
        found = from_path(folder, None)
    found._content, found._morphemes = content, morphemes
    return found


def _vocabulary_file(path: str) -> str:
    """The file that the library read."""
    if not os.path.isdir(path):
        return path
    names = [name for name in os.listdir(path) if name == "tokenizer.json" or name.endswith(".tiktoken")]
    return os.path.join(path, "tokenizer.json" if "tokenizer.json" in names else names[0])

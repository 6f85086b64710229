# SPDX-License-Identifier: Apache-2.0
"""A tokenizer.json: what it says besides what the library reads, and how tokens are added to it."""
from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from typing import Any, NamedTuple

from .._errors import BadDataError, NotFoundError
from .._tokenizer import Tokenizer


class Template(NamedTuple):
    """What a post-processor does around one text."""

    #: The ids and type ids before and behind it.
    before: tuple[tuple[int, int], ...] = ()
    behind: tuple[tuple[int, int], ...] = ()
    #: The type id of the text itself.
    type_id: int = 0
    #: Whether white space is cut off offsets, and whether the first space is kept then.
    trims_offsets: bool = False
    keeps_first_space: bool = False


class Definition:
    """The contents of a tokenizer.json, and the folder where the files that it names lie."""

    def __init__(self, content: bytes, folder: str | None = None):
        self.folder = folder
        try:
            self.json: dict[str, Any] = json.loads(content)
        except ValueError as error:
            raise BadDataError(f"{folder or 'the tokenizer'}: not a tokenizer.json: {error}") from None
        if not isinstance(self.json, dict) or not isinstance(self.json.get("model"), dict):
            raise BadDataError(f"{folder or 'the tokenizer'}: not a tokenizer.json: it has no model")
        # Calls say how to cut and pad; what the file says of it is for defaults only.
        self.truncation = self.json.get("truncation")
        self.padding = self.json.get("padding")
        if self.truncation is not None or self.padding is not None:
            self.json["truncation"] = self.json["padding"] = None
            content = self._written()
        self.content = content

    @classmethod
    def of_file(cls, path: str) -> Definition:
        """The definition in a file.

        Raises:
            NotFoundError: There is none.
            BadDataError: It is no tokenizer.json.
        """
        try:
            with open(path, "rb") as file:
                content = file.read()
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(
                f"{path}: no such file; nothing is downloaded: get the folder first, as by "
                "huggingface_hub.snapshot_download") from None
        return cls(content, os.path.dirname(os.path.abspath(path)))

    def _written(self) -> bytes:
        return json.dumps(self.json, ensure_ascii=False).encode()

    @property
    def side_files(self) -> list[str]:
        """The names of files that it needs beside it."""
        part = (self.json.get("pre_tokenizer") or {}).get("malmoi_morphemes") or {}
        return [str(part["model"])] if "model" in part else []

    def loaded(self) -> Tokenizer:
        """The library's tokenizer.

        Raises:
            BadDataError: A part is not supported; the message names it.
        """
        if not self.side_files:
            return Tokenizer.from_bytes(self.content)
        with tempfile.TemporaryDirectory(prefix="malmoi-") as folder:
            self.write(folder)
            return Tokenizer.from_file(folder)

    def write(self, folder: str, name: str = "tokenizer.json") -> list[str]:
        """Writes it with the files that it needs; returns their paths."""
        import shutil

        paths = [os.path.join(folder, name)]
        with open(paths[0], "wb") as file:
            file.write(self.content)
        for side in self.side_files:
            paths.append(os.path.join(folder, os.path.basename(side)))
            source = os.path.join(self.folder or "", side)
            if not (os.path.exists(paths[-1]) and os.path.samefile(source, paths[-1])):
                shutil.copyfile(source, paths[-1])
        return paths

    @property
    def vocabulary(self) -> dict[str, int]:
        """The model's tokens, as they are spelled."""
        found: dict[str, int] = self.json["model"]["vocab"]
        return found

    @property
    def added(self) -> list[dict[str, Any]]:
        """The added tokens."""
        return list(self.json.get("added_tokens") or [])

    def with_tokens(self, tokens: Sequence[dict[str, Any]]) -> tuple[Definition, int]:
        """The definition with more added tokens, numbered as Hugging Face does, and how many are new.

        Args:
            tokens: For each its content and flags.
        """
        added = {token["content"]: token for token in self.added}
        count = 0
        for token in tokens:
            content, special = token["content"], bool(token.get("special"))
            known = added.get(content)
            number = known["id"] if known else self.vocabulary.get(content, self._next_id(added))
            made = {
                "id": number, "content": content, "single_word": bool(token.get("single_word")),
                "lstrip": bool(token.get("lstrip")), "rstrip": bool(token.get("rstrip")),
                "normalized": bool(token.get("normalized", not special)), "special": special}
            # One that is there with other flags gets the new ones, and counts.
            if content and made != known:
                added[content] = made
                count += 1
        if not count:
            return self, 0
        return self._changed(added_tokens=sorted(added.values(), key=lambda token: token["id"])), count

    def _next_id(self, added: dict[str, dict[str, Any]]) -> int:
        return max(len(self.vocabulary), max((token["id"] for token in added.values()), default=-1) + 1)

    def with_post_processor(self, part: dict[str, Any] | None) -> Definition:
        """The definition with another post-processor."""
        return self._changed(post_processor=part)

    def _changed(self, **parts: Any) -> Definition:
        made = Definition.__new__(Definition)
        made.folder, made.truncation, made.padding = self.folder, self.truncation, self.padding
        made.json = {**self.json, **parts}
        made.content = made._written()
        return made

    def template(self) -> Template:
        """What is put around a text, and what becomes of offsets."""
        found = Template()
        for part in _parts(self.json.get("post_processor")):
            if part["type"] == "ByteLevel":
                found = found._replace(
                    trims_offsets=part.get("trim_offsets", True), keeps_first_space=part.get("add_prefix_space", True))
            elif part["type"] == "TemplateProcessing":
                found = _around(part, found)
        return found


def _parts(part: dict[str, Any] | None) -> list[dict[str, Any]]:
    if part is None:
        return []
    return part["processors"] if part["type"] == "Sequence" else [part]


def _around(part: dict[str, Any], found: Template) -> Template:
    lists: list[list[tuple[int, int]]] = [[], []]
    behind, type_id = 0, 0
    for piece in part["single"]:
        if "Sequence" in piece:
            behind, type_id = 1, piece["Sequence"]["type_id"]
        else:
            special = piece["SpecialToken"]
            ids = part["special_tokens"][special["id"]]["ids"]
            lists[behind].extend((number, special["type_id"]) for number in ids)
    return found._replace(before=tuple(lists[0]), behind=tuple(lists[1]), type_id=type_id)

# SPDX-License-Identifier: Apache-2.0
"""The library's tokenizer with the vocabulary as Hugging Face shows it."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._errors import BadDataError
from ._alphabet import SPACE, unspelled
from ._definition import Definition, Template

if TYPE_CHECKING:
    import tokenizers


class Engine:
    """Ids, offsets and tokens of texts. Immutable; pickled, it takes the contents of its file with it."""

    def __init__(self, definition: Definition):
        self.definition = definition
        self.tokenizer = definition.loaded()
        self.template: Template = definition.template()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.definition.content, self.definition.folder)

    def __deepcopy__(self, _memo: Any) -> Engine:
        return self

    # ---- Texts

    def encode(self, texts: Sequence[str], parses: bool) -> list[list[int]]:
        """The ids of each text, without special tokens around them."""
        if len(texts) == 1:
            return [self.tokenizer.encode(texts[0], parse_special_tokens=parses)]
        return self.tokenizer.encode_batch(texts, threads=_threads(), parse_special_tokens=parses).to_list()

    def offsets(self, text: str, parses: bool) -> list[tuple[int, int]]:
        """Where each of the ids that `encode` gives comes from, in characters; O(text)."""
        return self.tokenizer.encode_with_offsets(text, parse_special_tokens=parses)[1]

    def shown(self, ids: Sequence[int], offsets: Callable[[], list[tuple[int, int]]], text: str) -> list[str]:
        """The tokens as Hugging Face shows them: those that take the white space beside them with it."""
        tokens = [self.token(number) or "" for number in ids]
        if not self.stripping.isdisjoint(ids):
            for place, (number, (first, last)) in enumerate(zip(ids, offsets())):
                if number in self.stripping:
                    tokens[place] = text[first:last]
        return tokens

    def trimmed(self, ids: Sequence[int], offsets: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
        """Offsets without the white space at the ends of tokens, where the post-processor cuts it off."""
        if not self.template.trims_offsets:
            return offsets
        tokens = self.shown(ids, lambda: offsets, text)
        return [self._without_space(place, *pair) for place, pair in enumerate(zip(tokens, offsets))]

    def _without_space(self, place: int, token: str, span: tuple[int, int]) -> tuple[int, int]:
        start, end = span
        leading = _spaces(token)
        trailing = _spaces(reversed(token))
        if leading:
            # One space at the start may be the one that was put there; more are the text's own.
            if leading == 1 and self.template.keeps_first_space and (place == 0 or start == 0):
                leading = 0
            start = min(start + leading, end)
        if trailing and end >= trailing:
            end = max(end - trailing, start)
        return start, end

    # ---- Vocabulary

    @cached_property
    def _added(self) -> dict[str, int]:
        return {token["content"]: token["id"] for token in self.definition.added}

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """All tokens with their ids."""
        return {**self.definition.vocabulary, **self._added}

    @cached_property
    def _tokens(self) -> list[str | None]:
        tokens: list[str | None] = [None] * (max(self.vocabulary.values(), default=-1) + 1)
        for source in (self.definition.vocabulary, self._added):
            for token, number in source.items():
                tokens[number] = token
        return tokens

    @cached_property
    def _bytes(self) -> list[bytes]:
        return [b"" if token is None else unspelled(token) for token in self._tokens]

    @cached_property
    def _special(self) -> frozenset[int]:
        return frozenset(token["id"] for token in self.definition.added if token["special"])

    @cached_property
    def stripping(self) -> frozenset[int]:
        """The added tokens that take the white space beside them."""
        return frozenset(token["id"] for token in self.definition.added if token["lstrip"] or token["rstrip"])

    def token(self, number: int) -> str | None:
        """How the token of an id is spelled; None if there is none."""
        return self._tokens[number] if 0 <= number < len(self._tokens) else None

    def id(self, token: str) -> int | None:
        """The id of a token as it is spelled; None if there is none."""
        found = self._added.get(token)
        return self.definition.vocabulary.get(token) if found is None else found

    # ---- Decoding

    def decode(self, ids: Iterable[int], skip_special_tokens: bool) -> str:
        """The text of ids; those that the vocabulary does not have are left out, as Hugging Face does.

        Raises:
            BadDataError: The file has no byte-level decoder.
        """
        self._check_decoder()
        table, count = self._bytes, len(self._bytes)
        left_out = self._special if skip_special_tokens else frozenset()
        return b"".join([
            table[number] for number in ids if 0 <= number < count and number not in left_out
        ]).decode("utf-8", "replace")

    def decode_tokens(self, tokens: Iterable[str]) -> str:
        """The text of tokens as they are spelled."""
        self._check_decoder()
        return b"".join(map(unspelled, tokens)).decode("utf-8", "replace")

    def _check_decoder(self) -> None:
        if (self.definition.json.get("decoder") or {}).get("type") != "ByteLevel":
            raise BadDataError(
                "the tokenizer.json has no decoder of type ByteLevel, so Hugging Face puts spaces between tokens; "
                'write "decoder": {"type": "ByteLevel"} into it')

    # ---- Hugging Face's own

    @cached_property
    def _own_peer(self) -> tokenizers.Tokenizer:
        return self.peer()

    def words(self, text: str, parses: bool) -> list[int | None]:
        """The pretoken of each of the ids that `encode` gives, which only Hugging Face's tokenizer tells.

        Raises:
            NotImplementedError: As `peer`.
        """
        self._own_peer.encode_special_tokens = not parses
        found: list[int | None] = self._own_peer.encode(text, add_special_tokens=False).word_ids
        return found

    def peer(self) -> tokenizers.Tokenizer:
        """The same as a tokenizer of Hugging Face, made anew.

        Raises:
            NotImplementedError: tokenizers is not installed, or has no such pre-tokenizer.
        """
        if self.definition.side_files:
            raise NotImplementedError(
                "this needs tokenizers, which cannot cut by morphemes as this vocabulary does")
        try:
            import tokenizers
        except ImportError:
            raise NotImplementedError("this needs tokenizers: pip install tokenizers") from None
        return tokenizers.Tokenizer.from_str(self.definition.content.decode())


def _spaces(letters: Iterable[str]) -> int:
    count = 0
    for letter in letters:
        if letter != SPACE and not letter.isspace():
            break
        count += 1
    return count


def _threads() -> int | None:
    # What keeps Hugging Face to one thread, as in workers of a data loader, keeps this one to it.
    return 1 if os.environ.get("TOKENIZERS_PARALLELISM", "").lower() in ("0", "false", "off", "no", "f", "n") else None


def _restored(content: bytes, folder: str | None) -> Engine:
    return Engine(Definition(content, folder))

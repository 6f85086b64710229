# SPDX-License-Identifier: Apache-2.0
"""An encoding with tiktoken's methods."""
from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from .._errors import INVALID_UTF8, BadDataError, InvalidArgumentError, UnknownTokenError
from .._tokenizer import Tokenizer
from . import _special
from ._patterns import PATTERNS, pre_tokenizer_of
from ._pieces import byte_pair_encode, last_piece, rank_lines
from ._unstable import Completions, unstable_count

if TYPE_CHECKING:
    import numpy as np

    Allowed = Literal["all"] | AbstractSet[str]
    Disallowed = Literal["all"] | Collection[str]


class Encoding:
    """What tiktoken's Encoding is, of Malmoi. Immutable; threads may share it. It can be pickled."""

    def __init__(
        self, name: str, *, pat_str: str, mergeable_ranks: Mapping[bytes, int], special_tokens: Mapping[str, int],
        explicit_n_vocab: int | None = None,
    ):
        """An encoding of ranks, as tiktoken makes one.

        Args:
            name: Any name.
            pat_str: A regular expression that tiktoken has for one of Malmoi's pre-tokenizers.
            mergeable_ranks: The rank of each token's bytes, which is its id.
            special_tokens: The id of each special token.
            explicit_n_vocab: How many tokens there must be.

        Raises:
            InvalidArgumentError: An unknown regular expression, or another number of tokens (a ValueError).
            BadDataError: The ranks are no vocabulary (a ValueError).
        """
        count = len(mergeable_ranks) + len(special_tokens)
        if explicit_n_vocab and count != explicit_n_vocab:
            raise InvalidArgumentError(f"explicit_n_vocab is {explicit_n_vocab}, but there are {count} tokens")
        lines = rank_lines(sorted((rank, token) for token, rank in mergeable_ranks.items()))
        self._set(name, Tokenizer.from_bytes(lines, pre_tokenizer_of(pat_str)), special_tokens)

    @classmethod
    def from_file(
        cls, path: str | os.PathLike[str], *, pre_tokenizer: str | None = None,
        special_tokens: Mapping[str, int] | None = None, name: str | None = None,
    ) -> Encoding:
        """The encoding of a .tiktoken file or a tokenizer.json.

        Args:
            path: The file, or a folder that has it.
            pre_tokenizer: How text is cut ("gpt2", "cl100k", "o200k", …), for a .tiktoken file that is not known.
            special_tokens: The special tokens with their ids; None for those of a tokenizer.json.
            name: Else that of the file.

        Raises:
            As Tokenizer.from_file; InvalidArgumentError for special tokens that have ids of others.
        """
        tokenizer = Tokenizer.from_file(path, pre_tokenizer)
        stem = os.path.splitext(os.path.basename(os.path.normpath(os.fspath(path))))[0]
        return cls._of(name or stem, tokenizer, special_tokens)

    @classmethod
    def _of(cls, name: str, tokenizer: Tokenizer, special_tokens: Mapping[str, int] | None) -> Encoding:
        made = cls.__new__(cls)
        made._set(name, tokenizer, tokenizer.special_tokens if special_tokens is None else special_tokens)
        return made

    def _set(self, name: str, tokenizer: Tokenizer, special_tokens: Mapping[str, int]) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._is_of_ranks = not tokenizer._loaded.is_json()
        self._special_tokens = dict(special_tokens)
        self._special_token_values = set(self._special_tokens.values())
        self._special_set = frozenset(self._special_tokens)
        own = tokenizer.special_tokens
        for token, number in self._special_tokens.items():
            if not token:
                raise InvalidArgumentError("a special token cannot be empty")
            if number < tokenizer.vocab_size and own.get(token) != number and self._has(number):
                raise InvalidArgumentError(f"the special token {token!r} has the id {number} of another token")
        self.max_token_value = max([tokenizer.vocab_size - 1, *self._special_token_values])

    def _has(self, number: int) -> bool:
        try:
            return bool(self._tokenizer.decode_bytes([number]))
        except UnknownTokenError:
            return False

    def __repr__(self) -> str:
        return f"<Encoding {self.name!r}>"

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "tokenizer": self._tokenizer, "special_tokens": self._special_tokens}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._set(**state)

    # ---- Encoding

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text, whatever special tokens it spells out."""
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        try:
            return self._tokenizer.encode(text)
        except BadDataError as error:
            return self._tokenizer.encode(_without_surrogates(text, error))

    def encode(
        self, text: str, *, allowed_special: Allowed = frozenset(), disallowed_special: Disallowed = "all"
    ) -> list[int]:
        """The ids of a text.

        Args:
            text: A str; surrogate pairs are joined, and lone ones replaced.
            allowed_special: Special tokens whose spelling becomes their ids, or "all".
            disallowed_special: Special tokens whose spelling is refused, or "all": those that are not allowed.

        Raises:
            ValueError: The text has a special token that is refused.
        """
        allowed, disallowed = _special.resolved(self._special_set, allowed_special, disallowed_special)
        _special.check(text, disallowed)
        return self._encode(text, allowed)

    def _encode(self, text: str, allowed: AbstractSet[str]) -> list[int]:
        if not allowed:
            return self.encode_ordinary(text)
        ids: list[int] = []
        for part, token in _special.parts(text, self._special_set, allowed):
            if part:
                ids += self.encode_ordinary(part)
            if token is not None:
                ids.append(self._special_tokens[token])
        return ids

    def encode_to_numpy(
        self, text: str, *, allowed_special: Allowed = frozenset(), disallowed_special: Disallowed = "all"
    ) -> np.ndarray[Any, Any]:
        """The same as an array of uint32, shape (ids,)."""
        import numpy as np

        ids = self.encode(text, allowed_special=allowed_special, disallowed_special=disallowed_special)
        return np.array(ids, np.uint32)

    def encode_ordinary_batch(self, text: list[str], *, num_threads: int = 8) -> list[list[int]]:
        """The ids of each text, whatever special tokens they spell out."""
        texts = list(text)
        for place, one in enumerate(texts):
            if not isinstance(one, str):
                raise TypeError(f"text {place} must be a str, not {type(one).__name__}")
        try:
            return self._tokenizer.encode_batch(texts, threads=num_threads).to_list()
        except BadDataError as error:
            if error.status != INVALID_UTF8:
                raise
        return [self.encode_ordinary(one) for one in texts]

    def encode_batch(
        self, text: list[str], *, num_threads: int = 8, allowed_special: Allowed = frozenset(),
        disallowed_special: Disallowed = "all",
    ) -> list[list[int]]:
        """The ids of each text; arguments as of `encode`."""
        allowed, disallowed = _special.resolved(self._special_set, allowed_special, disallowed_special)
        texts = list(text)
        for one in texts:
            _special.check(one, disallowed)
        if not allowed:
            return self.encode_ordinary_batch(texts, num_threads=num_threads)
        find = _special.expression(frozenset(allowed)).search
        special = {place: self._encode(one, allowed) for place, one in enumerate(texts) if find(one)}
        others = [one for place, one in enumerate(texts) if place not in special]
        plain = iter(self.encode_ordinary_batch(others, num_threads=num_threads))
        return [special[place] if place in special else next(plain) for place in range(len(texts))]

    def encode_with_unstable(
        self, text: str, *, allowed_special: Allowed = frozenset(), disallowed_special: Disallowed = "all"
    ) -> tuple[list[int], list[list[int]]]:
        """The ids of a text that stay when text is added, and, sorted, the lists of ids that may follow them.

        Each list has all of the text that remains, and of its last token maybe more. Slow, as in tiktoken: tokens
        that begin as the text ends are tried one by one. Arguments as of `encode`.

        Raises:
            ValueError: As `encode`.
            NotImplementedError: The encoding is that of a tokenizer.json.
        """
        allowed, disallowed = _special.resolved(self._special_set, allowed_special, disallowed_special)
        _special.check(text, disallowed)
        ids = self._encode(text, allowed)
        # What is special ends what comes before it.
        *_, (rest, _) = _special.parts(text, self._special_set, allowed) if allowed else [(text, None)]
        count = self._unstable_count(ids, rest)
        start = len(ids) - count
        return ids[:start], self._completions.of(self.decode_bytes(ids[start:]))

    def _unstable_count(self, ids: list[int], text: str) -> int:
        """How many of the ids, which end with those of a text, belong to its last piece, or may join it."""
        self._check_ranks()
        data = _with_pairs(text).encode()
        left, count = last_piece(data, self._tokenizer.pre_tokenizer), 0
        while left > 0:
            count += 1
            left -= len(self._decoder[ids[-count]])
        return unstable_count(ids, count, self._ranks_decoder)

    @cached_property
    def _completions(self) -> Completions:
        return Completions(
            self._mergeable_ranks, self._ranks_decoder,
            lambda texts: self._tokenizer.encode_batch(texts, threads=1).to_list())

    def encode_single_token(self, text_or_bytes: str | bytes) -> int:
        """The id of a token, special ones included.

        Raises:
            UnknownTokenError: There is none (a KeyError).
        """
        token = text_or_bytes.encode() if isinstance(text_or_bytes, str) else bytes(text_or_bytes)
        try:
            return self._encoder[token]
        except KeyError:
            raise UnknownTokenError(f"there is no token {token!r}") from None

    def _encode_bytes(self, text: bytes) -> list[int]:
        """The ids of bytes: with ranks they are not cut from the last piece of what is UTF-8 on."""
        if not self._is_of_ranks:
            return self._tokenizer.encode(text)
        try:
            return self.encode_ordinary(text.decode())
        except UnicodeDecodeError as error:
            start = text[:error.start].decode()
        ids = self.encode_ordinary(start)
        kept = ids[:len(ids) - self._unstable_count(ids, start)]
        return kept + self._encode_single_piece(text[len(self.decode_bytes(kept)):])

    def _encode_single_piece(self, text_or_bytes: str | bytes) -> list[int]:
        """The ids of text that is not cut; NotImplementedError with a tokenizer.json."""
        self._check_ranks()
        piece = text_or_bytes.encode() if isinstance(text_or_bytes, str) else text_or_bytes
        found = self._mergeable_ranks.get(piece)
        return byte_pair_encode(piece, self._mergeable_ranks) if found is None else [found]

    def _encode_only_native_bpe(self, text: str) -> list[int]:
        """The same as `encode_ordinary`: tiktoken has another way to it."""
        return self.encode_ordinary(text)

    def _check_ranks(self) -> None:
        if not self._is_of_ranks:
            raise NotImplementedError(
                "this needs an encoding of ranks; a tokenizer.json may join tokens in another order than that of their "
                "ids: load the .tiktoken file, where there is one")

    # ---- Decoding

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """The exact bytes of ids.

        Raises:
            UnknownTokenError: An id that there is not (a KeyError).
        """
        try:
            return b"".join(map(self._decoder.__getitem__, tokens))
        except KeyError as error:
            raise UnknownTokenError(f"Invalid token for decoding: {error.args[0]}") from None

    def decode(self, tokens: Sequence[int], errors: str = "replace") -> str:
        """The text of ids; `errors` as in bytes.decode."""
        return self.decode_bytes(tokens).decode("utf-8", errors)

    def decode_single_token_bytes(self, token: int) -> bytes:
        """The bytes of an id; raises as `decode_bytes`."""
        return self.decode_bytes((token,))

    def decode_tokens_bytes(self, tokens: Sequence[int]) -> list[bytes]:
        """The bytes of each id; raises as `decode_bytes`."""
        return [self.decode_single_token_bytes(token) for token in tokens]

    def decode_with_offsets(self, tokens: Sequence[int]) -> tuple[str, list[int]]:
        """The text of ids, and for each the place of the first character that it has bytes of.

        Raises:
            UnicodeDecodeError: The bytes are no UTF-8.
            UnknownTokenError: As `decode_bytes`.
        """
        pieces = self.decode_tokens_bytes(tokens)
        place, offsets = 0, []
        for piece in pieces:
            offsets.append(max(0, place - _continues(piece[0])))
            place += sum(not _continues(byte) for byte in piece)
        return b"".join(pieces).decode("utf-8", "strict"), offsets

    def decode_batch(
        self, batch: Iterable[Sequence[int]], *, errors: str = "replace", num_threads: int = 8
    ) -> list[str]:
        """The texts of lists of ids; `num_threads` is not needed."""
        return [self.decode(tokens, errors) for tokens in batch]

    def decode_bytes_batch(self, batch: Iterable[Sequence[int]], *, num_threads: int = 8) -> list[bytes]:
        """The bytes of lists of ids; `num_threads` is not needed."""
        return [self.decode_bytes(tokens) for tokens in batch]

    # ---- Vocabulary

    @cached_property
    def _mergeable_ranks(self) -> dict[bytes, int]:
        own = {token.id for token in self._tokenizer.added_tokens}
        return {token: number for token, number in self._tokenizer.get_vocab().items() if number not in own}

    @cached_property
    def _ranks_decoder(self) -> dict[int, bytes]:
        return {number: token for token, number in self._mergeable_ranks.items()}

    @cached_property
    def _encoder(self) -> dict[bytes, int]:
        return {**{token.encode(): number for token, number in self._special_tokens.items()}, **self._mergeable_ranks}

    @cached_property
    def _decoder(self) -> dict[int, bytes]:
        plain = {token.id: token.content.encode() for token in self._tokenizer.added_tokens if not token.special}
        special = {number: token.encode() for token, number in self._special_tokens.items()}
        return {**special, **plain, **self._ranks_decoder}

    @property
    def _pat_str(self) -> str:
        try:
            return PATTERNS[self._tokenizer.pre_tokenizer][0]
        except KeyError:
            raise NotImplementedError(
                f"tiktoken has no regular expression for {self._tokenizer.pre_tokenizer}") from None

    def token_byte_values(self) -> list[bytes]:
        """The bytes of all tokens but the special ones, in their order as bytes."""
        return sorted(self._mergeable_ranks)

    @property
    def eot_token(self) -> int:
        """The id of <|endoftext|>; KeyError if there is none."""
        return self._special_tokens["<|endoftext|>"]

    @property
    def special_tokens_set(self) -> set[str]:
        """The special tokens."""
        return set(self._special_tokens)

    def is_special_token(self, token: int) -> bool:
        """Whether an id is that of a special token."""
        return token in self._special_token_values

    @property
    def n_vocab(self) -> int:
        """One more than the highest id."""
        return self.max_token_value + 1


def _continues(byte: int) -> bool:
    return 0x80 <= byte < 0xC0


def _without_surrogates(text: str, error: BadDataError) -> str:
    if error.status != INVALID_UTF8:
        raise error
    return _with_pairs(text)


def _with_pairs(text: str) -> str:
    """The text with pairs of surrogates joined, and lone ones replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

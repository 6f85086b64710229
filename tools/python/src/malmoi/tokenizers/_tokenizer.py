# SPDX-License-Identifier: Apache-2.0
"""A tokenizer with the methods of tokenizers' Tokenizer."""
from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from .._errors import BadDataError
from ..hf import _core
from ..hf._config import VOCABULARY, flags_of
from ..hf._definition import Definition
from ..hf._encoding import Encoding, Pads
from ..hf._engine import Engine
from ..hf._windows import room
from . import _settings


class Tokenizer:
    """What tokenizers' Tokenizer is, of Malmoi; made by `from_file`, `from_str`, `from_buffer`, `from_pretrained`.

    It can be pickled. Encoding with several threads at once is safe, changing it is not.
    """

    def __init__(self, definition: Definition):
        self._engine = Engine(definition)
        #: Whether special tokens spelled out in a text are text.
        self.encode_special_tokens = False
        self._truncation = _settings.truncation(definition.truncation)
        self._padding = _settings.padding(definition.padding)

    # ---- Making and writing

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Tokenizer:
        """The tokenizer of a tokenizer.json.

        Raises:
            NotFoundError: There is no such file (a FileNotFoundError).
            BadDataError: It is damaged, or a part is not supported (a ValueError); the message names it.
        """
        return cls(Definition.of_file(os.fspath(path)))

    @classmethod
    def from_str(cls, json: str) -> Tokenizer:
        """The tokenizer of the contents of a tokenizer.json; raises as `from_file`."""
        return cls.from_buffer(json.encode())

    @classmethod
    def from_buffer(cls, buffer: bytes) -> Tokenizer:
        """The tokenizer of the contents of a tokenizer.json; raises as `from_file`."""
        definition = Definition(bytes(buffer))
        if definition.side_files:
            raise BadDataError(
                f"the tokenizer needs the file {definition.side_files[0]} beside its own: load it with from_file")
        return cls(definition)

    @classmethod
    def from_pretrained(cls, identifier: str | os.PathLike[str]) -> Tokenizer:
        """The tokenizer of the tokenizer.json in a local folder: nothing is downloaded; raises as `from_file`."""
        return cls.from_file(os.path.join(identifier, VOCABULARY))

    def to_str(self, pretty: bool = False) -> str:
        """The contents of a tokenizer.json, with truncation and padding as they are set."""
        content = {**self._engine.definition.json, "truncation": _settings.written_truncation(self._truncation),
                   "padding": _settings.written_padding(self._padding)}
        if pretty:
            return json.dumps(content, ensure_ascii=False, indent=2)
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    def save(self, path: str | os.PathLike[str], pretty: bool = True) -> None:
        """Writes `to_str` to a file, and beside it the files that it needs."""
        folder, name = os.path.split(os.fspath(path))
        written = Definition(self._engine.definition.content, self._engine.definition.folder)
        written.content = self.to_str(pretty).encode()
        written.write(folder, name)

    def __repr__(self) -> str:
        return f"<Tokenizer of {self.get_vocab_size()} tokens>"

    # ---- Encoding

    def encode(
        self, sequence: str, pair: Any = None, is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> Encoding:
        """The ids of a text, and what belongs to them.

        Args:
            sequence: A text.
            pair, is_pretokenized: Pairs and words are not encoded here.
            add_special_tokens: Those of the post-processor are put around the text.

        Raises:
            TypeError: What is no text.
            NotImplementedError: A pair of texts, or a text cut into words.
            InvalidArgumentError: The truncation leaves no room for the special tokens (a ValueError).
            BadDataError: A text with a lone surrogate (a ValueError).
        """
        if pair is not None:
            raise NotImplementedError("pairs of texts are not encoded here; tokenizers' own Tokenizer does")
        if not isinstance(sequence, str) and not is_pretokenized:
            raise TypeError(f"sequence must be a str, not {type(sequence).__name__}")
        return self.encode_batch([sequence], is_pretokenized, add_special_tokens)[0]

    def encode_batch(
        self, input: Iterable[str], is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[Encoding]:
        """The same of each text; TOKENIZERS_PARALLELISM=false keeps it to one thread."""
        if is_pretokenized:
            raise NotImplementedError("texts cut into words are not encoded here; tokenizers' own Tokenizer does")
        if isinstance(input, (str, bytes)):
            raise TypeError(f"input must be a list of texts, not {type(input).__name__}")
        texts = list(input)
        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"text {place} must be a str, not {type(text).__name__}; pairs are not encoded here")
        cut = self._truncation
        rows = _core.rows(
            self._engine, texts, not self.encode_special_tokens, add_special_tokens,
            None if cut is None else _core.Cut(cut["max_length"], cut["stride"], cut["direction"]))
        pads = self._padding
        if pads is not None:
            # Without a post-processor, Hugging Face counts padding to the text.
            sequence = 0 if self._engine.definition.json.get("post_processor") is None else None
            made = Pads(pads["pad_id"], pads["pad_token"], pads["pad_type_id"], pads["direction"], sequence)
            _core.pad_rows(rows, pads["length"], pads["pad_to_multiple_of"], made)
        return rows

    #: Offsets take no time until they are asked for, so they are there, too.
    encode_batch_fast = encode_batch

    def enable_truncation(
        self, max_length: int, *, stride: int = 0, strategy: str = "longest_first", direction: str = "right"
    ) -> None:
        """Cuts texts to `max_length` ids, special tokens included; what is cut off is in `overflowing`.

        Raises:
            InvalidArgumentError: Something that is not known, or does not fit together (a ValueError).
        """
        settings = _settings.checked_truncation(max_length, stride, strategy, direction)
        room(max_length, self.num_special_tokens_to_add(False), stride)
        self._truncation = settings

    def no_truncation(self) -> None:
        """Texts are not cut."""
        self._truncation = None

    @property
    def truncation(self) -> dict[str, Any] | None:
        """The arguments of `enable_truncation`; None where texts are not cut."""
        return None if self._truncation is None else dict(self._truncation)

    def enable_padding(
        self, *, direction: str = "right", pad_id: int = 0, pad_type_id: int = 0, pad_token: str = "[PAD]",
        length: int | None = None, pad_to_multiple_of: int | None = None,
    ) -> None:
        """Pads to `length`, None for that of the longest of a batch, rounded up to a multiple.

        Raises:
            InvalidArgumentError: An unknown direction (a ValueError).
        """
        self._padding = _settings.checked_padding(direction, pad_id, pad_type_id, pad_token, length, pad_to_multiple_of)

    def no_padding(self) -> None:
        """Nothing is padded."""
        self._padding = None

    @property
    def padding(self) -> dict[str, Any] | None:
        """The arguments of `enable_padding`; None where nothing is padded."""
        return None if self._padding is None else dict(self._padding)

    # ---- Decoding

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """The text of ids; those that the vocabulary does not have are left out.

        Raises:
            BadDataError: The file has no byte-level decoder (a ValueError).
        """
        return self._engine.decode(ids, skip_special_tokens)

    def decode_batch(self, sequences: Iterable[Sequence[int]], skip_special_tokens: bool = True) -> list[str]:
        """The texts of lists of ids."""
        return [self.decode(ids, skip_special_tokens) for ids in sequences]

    # ---- Vocabulary

    def get_vocab(self, with_added_tokens: bool = True) -> dict[str, int]:
        """The tokens as they are spelled, with their ids; a copy."""
        return dict(self._engine.vocabulary if with_added_tokens else self._engine.definition.vocabulary)

    def get_vocab_size(self, with_added_tokens: bool = True) -> int:
        """The number of tokens."""
        return len(self._engine.vocabulary if with_added_tokens else self._engine.definition.vocabulary)

    def token_to_id(self, token: str) -> int | None:
        """The id of a token as it is spelled, "Ġa" for " a"; None if there is none."""
        return self._engine.id(token)

    def id_to_token(self, id: int) -> str | None:
        """How the token of an id is spelled; None if there is none."""
        return self._engine.token(id)

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """How many special tokens are put around a text, or, by tokenizers, around a pair."""
        if is_pair:
            return int(self._engine.peer().num_special_tokens_to_add(True))
        return len(self._engine.template.before) + len(self._engine.template.behind)

    def add_tokens(self, tokens: Sequence[Any]) -> int:
        """Adds tokens that stand for themselves in text, each a str or an AddedToken; returns how many are new.

        The vocabulary is loaded anew, which takes a moment: add all at once.
        """
        return self._add([flags_of(token, False) for token in tokens])

    def add_special_tokens(self, tokens: Sequence[Any]) -> int:
        """Adds special tokens; otherwise as `add_tokens`."""
        return self._add([flags_of(token, True) for token in tokens])

    def _add(self, tokens: list[dict[str, Any]]) -> int:
        definition, count = self._engine.definition.with_tokens(tokens)
        if count:
            self._engine = Engine(definition)
        return count

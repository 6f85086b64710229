# SPDX-License-Identifier: Apache-2.0
"""Tokens and ids, as both classes have them."""
from __future__ import annotations

from collections.abc import Iterable
from operator import index as whole
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._engine import Engine


class Vocabulary:
    """Looking tokens up. Tokens are spelled as the tokenizer.json spells them: "Ġa" for " a"."""

    _engine: Engine
    all_special_ids: Any
    unk_token_id: Any

    @property
    def vocab_size(self) -> int:
        """The number of tokens of the model, without those that were added."""
        return len(self._engine.definition.vocabulary)

    def __len__(self) -> int:
        return len(self._engine.vocabulary)

    def __bool__(self) -> bool:
        return True

    def get_vocab(self) -> dict[str, int]:
        """All tokens with their ids; a copy."""
        return dict(self._engine.vocabulary)

    @property
    def vocab(self) -> dict[str, int]:
        """The same."""
        return self.get_vocab()

    def get_added_vocab(self) -> dict[str, int]:
        """The added tokens with their ids."""
        return {token["content"]: token["id"] for token in self._engine.definition.added}

    @property
    def added_tokens_encoder(self) -> dict[str, int]:
        """The same."""
        return self.get_added_vocab()

    def convert_tokens_to_ids(self, tokens: str | Iterable[str]) -> Any:
        """The id of a token, or of each; that of the unknown token, or None, for one that is not there."""
        if isinstance(tokens, str):
            found = self._engine.id(tokens)
            return self.unk_token_id if found is None else found
        return [self.convert_tokens_to_ids(token) for token in tokens]

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        """The token of an id, or of each; None where there is none."""
        if isinstance(ids, int):
            return self._engine.token(ids)
        left_out = set(self.all_special_ids) if skip_special_tokens else ()
        numbers = map(whole, ids.tolist() if hasattr(ids, "tolist") else ids)
        return [self._engine.token(number) for number in numbers if number not in left_out]

    def convert_tokens_to_string(self, tokens: Iterable[str]) -> str:
        """The text of tokens."""
        return self._engine.decode_tokens(tokens)

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        """How many special tokens are put around a text."""
        if pair:
            return int(self._engine.peer().num_special_tokens_to_add(True))
        return len(self._engine.template.before) + len(self._engine.template.behind)

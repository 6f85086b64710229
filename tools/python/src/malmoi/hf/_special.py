# SPDX-License-Identifier: Apache-2.0
"""Special tokens by their names."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import InvalidArgumentError
from ._config import NAMES, text_of

if TYPE_CHECKING:
    from ._engine import Engine


class SpecialTokens:
    """bos_token, bos_token_id, eos_token, … as attributes that can be set; None where there is none."""

    _engine: Engine
    _named: dict[str, str]
    _extra: list[str]

    def __getattr__(self, name: str) -> Any:
        token = name[:-3] if name.endswith("_id") else name
        if token not in NAMES:
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        found = self.__dict__.get("_named", {}).get(token)
        return found if found is None or token == name else self._engine.id(found)

    def __setattr__(self, name: str, value: Any) -> None:
        token = name[:-3] if name.endswith("_id") else name
        if token not in NAMES:
            super().__setattr__(name, value)
        elif value is None:
            self._named.pop(token, None)
        else:
            self._named[token] = self._text(name, value if token == name else self._engine.token(value))

    def _text(self, name: str, value: Any) -> str:
        text = text_of(value)
        if text is None or self._engine.id(text) is None:
            raise InvalidArgumentError(
                f"{name}: the vocabulary has no token {text!r}; add it first, as by add_special_tokens")
        return text

    @property
    def special_tokens_map(self) -> dict[str, str]:
        """The named special tokens."""
        return {name: self._named[name] for name in NAMES if name in self._named}

    @property
    def extra_special_tokens(self) -> list[str]:
        """Special tokens without a name that the configuration has."""
        return list(self._extra)

    additional_special_tokens = extra_special_tokens

    @property
    def all_special_tokens(self) -> list[str]:
        """The named ones and the others, each once."""
        return list(dict.fromkeys([*self.special_tokens_map.values(), *self._extra]))

    @property
    def all_special_ids(self) -> list[int]:
        """Their ids."""
        return [number for number in map(self._engine.id, self.all_special_tokens) if number is not None]

    @property
    def pad_token_type_id(self) -> int:
        """0."""
        return 0

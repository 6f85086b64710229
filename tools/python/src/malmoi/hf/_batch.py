# SPDX-License-Identifier: Apache-2.0
"""What a call gives, where transformers is not there to say it."""
from __future__ import annotations

from collections import UserDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._errors import InvalidArgumentError

if TYPE_CHECKING:
    from ._encoding import Encoding


class BatchEncoding(UserDict):  # type: ignore[type-arg]
    """Lists or arrays by their names, which are attributes, too.

    >>> made = BatchEncoding({"input_ids": [[1, 2]]})
    >>> made["input_ids"], made.input_ids, list(made)
    ([[1, 2]], [[1, 2]], ['input_ids'])
    """

    def __init__(
        self, data: dict[str, Any] | None = None, encodings: Sequence[Encoding] | None = None,
        tensor_type: str | None = None,
    ):
        super().__init__(tensors(data or {}, tensor_type))
        self._encodings = encodings

    def __getattr__(self, name: str) -> Any:
        data = self.__dict__.get("data", {})
        if name in data:
            return data[name]
        raise AttributeError(f"BatchEncoding has no {name!r}; it has {', '.join(data)}")

    def __getitem__(self, item: Any) -> Any:
        """A list by its name, or a row by its number."""
        return self.data[item] if isinstance(item, str) else self._rows()[item]

    @property
    def is_fast(self) -> bool:
        """Whether it has rows to look things up in."""
        return self._encodings is not None

    @property
    def encodings(self) -> Sequence[Encoding] | None:
        """The rows."""
        return self._encodings

    def _rows(self) -> Sequence[Encoding]:
        if self._encodings is None:
            raise KeyError("rows are there only in what a call with texts gave; look lists up by their names")
        return self._encodings

    def tokens(self, batch_index: int = 0) -> list[str]:
        """The tokens of a row."""
        return self._rows()[batch_index].tokens

    def sequence_ids(self, batch_index: int = 0) -> list[int | None]:
        """For each token of a row 0, or None for one that is put around the text."""
        return self._rows()[batch_index].sequence_ids

    def word_ids(self, batch_index: int = 0) -> list[int | None]:
        """The pretoken of each token of a row; needs tokenizers."""
        return self._rows()[batch_index].word_ids

    def token_to_chars(self, batch_or_token_index: int, token_index: int | None = None) -> tuple[int, int] | None:
        """Where a token comes from."""
        row, place = _places(batch_or_token_index, token_index)
        return self._rows()[row].token_to_chars(place)

    def char_to_token(self, batch_or_char_index: int, char_index: int | None = None) -> int | None:
        """The place of the token that has a character."""
        row, place = _places(batch_or_char_index, char_index)
        return self._rows()[row].char_to_token(place)

    def convert_to_tensors(self, tensor_type: str | None = None) -> BatchEncoding:
        """Makes arrays of the lists; see `tensors`."""
        self.data = tensors(self.data, tensor_type)
        return self

    def to(self, device: Any) -> BatchEncoding:
        """Moves tensors to a device."""
        self.data = {name: value.to(device) if hasattr(value, "to") else value for name, value in self.data.items()}
        return self


def _places(first: int, second: int | None) -> tuple[int, int]:
    return (0, first) if second is None else (first, second)


def tensors(data: dict[str, Any], kind: str | None) -> dict[str, Any]:
    """The lists as NumPy's arrays ("np") or tensors ("pt") of shape (rows, ids), int64; None leaves them.

    Raises:
        InvalidArgumentError: Rows of different lengths, or another kind.
        ImportError: torch is not installed.
    """
    if kind is None:
        return data
    kind = getattr(kind, "value", kind)
    if kind not in ("np", "pt"):
        raise InvalidArgumentError(f'return_tensors must be None, "np" or "pt", not {kind!r}')
    make = _tensor if kind == "pt" else _array
    return {name: make(name, value) for name, value in data.items()}


def _array(name: str, value: Any) -> Any:
    import numpy as np

    try:
        return np.array(value, np.int64) if not isinstance(value, np.ndarray) else value
    except (ValueError, TypeError):
        raise InvalidArgumentError(
            f"{name}: the rows have different lengths; give padding=True, truncation=True and max_length") from None


def _tensor(name: str, value: Any) -> Any:
    try:
        import torch
    except ImportError:
        raise ImportError('return_tensors="pt" needs torch; "np" needs NumPy only') from None
    return value if isinstance(value, torch.Tensor) else torch.from_numpy(_array(name, value))

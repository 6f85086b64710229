# SPDX-License-Identifier: Apache-2.0
"""One row of what a call gives: the ids of a text, or of a part of it, with what belongs to each."""
from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._engine import Engine

    Span = tuple[int, int]


class Source:
    """A text that was encoded; what takes time is found when it is asked for."""

    __slots__ = ("engine", "text", "ids", "parses", "_offsets", "_words")

    def __init__(self, engine: Engine, text: str, ids: list[int], parses: bool):
        self.engine, self.text, self.ids, self.parses = engine, text, ids, parses
        self._offsets: list[Span] | None = None
        self._words: list[int | None] | None = None

    def offsets(self) -> list[Span]:
        """Where each id comes from, in characters."""
        if self._offsets is None:
            self._offsets = self.engine.offsets(self.text, self.parses)
        return self._offsets

    def words(self) -> list[int | None]:
        """The pretoken of each id, which only Hugging Face's tokenizer tells."""
        if self._words is None:
            self._words = self.engine.words(self.text, self.parses)
        return self._words


class Pads:
    """What padding is made of."""

    __slots__ = ("id", "token", "type_id", "side", "sequence")

    def __init__(self, number: int, token: str, type_id: int, side: str, sequence: int | None = None):
        self.id, self.token, self.type_id, self.side, self.sequence = number, token, type_id, side, sequence


class Encoding:
    """The ids `start ..< stop` of a text, with special tokens around them and padding at a side."""

    def __init__(self, source: Source, start: int, stop: int, framed: bool):
        self._source, self._start, self._stop = source, start, stop
        template = source.engine.template
        self._before = template.before if framed else ()
        self._behind = template.behind if framed else ()
        self._left = self._right = 0
        self._pads: Pads | None = None
        #: The other parts of the text, where it was cut.
        self.overflowing: list[Encoding] = []

    def pad(self, length: int, pads: Pads) -> None:
        """Makes it and what overflows `length` ids long."""
        missing = length - len(self)
        if missing > 0:
            self._pads = pads
            self._left, self._right = (missing, 0) if pads.side == "left" else (0, missing)
        for other in self.overflowing:
            other.pad(length, pads)

    def __len__(self) -> int:
        return self._stop - self._start + len(self._before) + len(self._behind) + self._left + self._right

    def __repr__(self) -> str:
        return f"<Encoding of {len(self)} ids>"

    def _around(self, before: Any, inside: list[Any], behind: Any, pad: Any) -> list[Any]:
        if not (self._left or self._right or before or behind):
            return inside
        return [pad] * self._left + [*before, *inside, *behind] + [pad] * self._right

    def _each(self, special: Any, inside: list[Any], pad: Any) -> list[Any]:
        return self._around([special] * len(self._before), inside, [special] * len(self._behind), pad)

    @property
    def _count(self) -> int:
        return self._stop - self._start

    @property
    def ids(self) -> list[int]:
        """The ids."""
        return self._around(
            [number for number, _ in self._before], self._source.ids[self._start:self._stop],
            [number for number, _ in self._behind], self._pads.id if self._pads else 0)

    @property
    def type_ids(self) -> list[int]:
        """The number that the template gives each id."""
        return self._around(
            [kind for _, kind in self._before],
            [self._source.engine.template.type_id if self._before or self._behind else 0] * self._count,
            [kind for _, kind in self._behind], self._pads.type_id if self._pads else 0)

    @property
    def attention_mask(self) -> list[int]:
        """0 for padding, else 1."""
        return self._each(1, [1] * self._count, 0)

    @property
    def special_tokens_mask(self) -> list[int]:
        """1 for special tokens put around the text, and for padding."""
        return self._each(1, [0] * self._count, 1)

    @property
    def tokens(self) -> list[str]:
        """The tokens as they are spelled."""
        source, start, stop = self._source, self._start, self._stop
        engine = source.engine
        tokens = engine.shown(source.ids[start:stop], lambda: source.offsets()[start:stop], source.text)
        before, behind = ([engine.token(number) for number, _ in part] for part in (self._before, self._behind))
        return self._around(before, tokens, behind, self._pads.token if self._pads else "")

    @cached_property
    def offsets(self) -> list[Span]:
        """Where each id comes from, in characters; (0, 0) for what is put around the text."""
        source, start, stop = self._source, self._start, self._stop
        inside = source.engine.trimmed(source.ids[start:stop], source.offsets()[start:stop], source.text)
        return self._each((0, 0), inside, (0, 0))

    @property
    def sequence_ids(self) -> list[int | None]:
        """0 for ids of the text, else None."""
        return self._each(None, [0] * self._count, self._pads.sequence if self._pads else None)

    @property
    def word_ids(self) -> list[int | None]:
        """The pretoken of each id, found by Hugging Face's tokenizer.

        Raises:
            NotImplementedError: tokenizers is not installed, or cannot do it.
        """
        return self._each(None, self._source.words()[self._start:self._stop], None)

    words = word_ids

    @property
    def n_sequences(self) -> int:
        """Always 1: pairs are not encoded."""
        return 1

    # ---- Looking up

    def _sequence_check(self, index: int) -> None:
        if index != 0:
            raise IndexError(f"sequence {index} of one")

    def token_to_sequence(self, place: int) -> int | None:
        """0 for an id of the text, None for others."""
        return self.sequence_ids[place] if 0 <= place < len(self) else None

    def token_to_chars(self, place: int) -> Span | None:
        """Where an id of the text comes from."""
        return self.offsets[place] if self.token_to_sequence(place) is not None else None

    def token_to_word(self, place: int) -> int | None:
        """The pretoken of an id of the text."""
        return self.word_ids[place] if 0 <= place < len(self) else None

    def char_to_token(self, place: int, sequence_index: int = 0) -> int | None:
        """The place of the first id that has a character, None if none has."""
        self._sequence_check(sequence_index)
        for index, (sequence, (start, stop)) in enumerate(zip(self.sequence_ids, self.offsets)):
            if sequence is not None and start <= place < stop:
                return index
        return None

    def word_to_tokens(self, word: int, sequence_index: int = 0) -> Span | None:
        """The places of the ids of a pretoken."""
        self._sequence_check(sequence_index)
        places = [place for place, other in enumerate(self.word_ids) if other == word]
        return (places[0], places[-1] + 1) if places else None

    def word_to_chars(self, word: int, sequence_index: int = 0) -> Span | None:
        """Where a pretoken lies."""
        span = self.word_to_tokens(word, sequence_index)
        return (self.offsets[span[0]][0], self.offsets[span[1] - 1][1]) if span else None

    def char_to_word(self, place: int, sequence_index: int = 0) -> int | None:
        """The pretoken that has a character."""
        token = self.char_to_token(place, sequence_index)
        return None if token is None else self.token_to_word(token)

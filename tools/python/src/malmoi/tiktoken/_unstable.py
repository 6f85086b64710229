# SPDX-License-Identifier: Apache-2.0
"""What a text may become when more is typed, by the rules of tiktoken's `encode_with_unstable`."""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

from ._pieces import byte_pair_encode

#: White space as Rust has it, which is that of Unicode.
_WHITE = frozenset(map(chr, (
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)))


def unstable_count(ids: Sequence[int], last: int, decoder: Mapping[int, bytes]) -> int:
    """How many ids at the end may change: the `last` ones, and white space before that begins with white space."""

    def is_space(number: int) -> bool:
        return not decoder[number].strip(b" \n\t") if number in decoder else False

    if last > 0 and is_space(ids[-last]):
        while last < len(ids) and is_space(ids[-last - 1]):
            last += 1
    return last


class Completions:
    """The lists of ids that texts may go on with."""

    def __init__(
        self, ranks: Mapping[bytes, int], decoder: Mapping[int, bytes],
        encode: Callable[[list[bytes]], list[list[int]]],
    ):
        """Completions of a vocabulary, whose texts `encode` encodes."""
        self._ranks, self._decoder, self._encode = ranks, decoder, encode
        self._sorted = sorted(ranks)

    def of(self, unstable: bytes) -> list[list[int]]:
        """The completions of what is unstable of a text, each as long as needed to have all of it; sorted."""
        if not unstable:
            return []
        found: set[tuple[int, ...]] = {(self._ranks[token],) for token in self._starting(unstable)}
        for place in range(1, len(unstable)):
            ending = list(self._starting(unstable[place:]))
            for ids in self._encoded([unstable[:place] + token for token in ending]):
                found.add(tuple(self._first(ids, len(unstable))))
        text = unstable.decode()
        if len(text) > 1 and text[-1] in _WHITE:
            # Cut before it, as \s+(?!\S) does where something follows.
            parts = text[:-1].encode(), text[-1].encode()
            found.add(tuple(number for part in parts for number in byte_pair_encode(part, self._ranks)))
        return sorted(map(list, found))

    def _starting(self, start: bytes) -> Iterator[bytes]:
        place = bisect_left(self._sorted, start)
        while place < len(self._sorted) and self._sorted[place].startswith(start):
            yield self._sorted[place]
            place += 1

    def _encoded(self, texts: list[bytes]) -> Iterator[list[int]]:
        """The ids of texts; of what is no UTF-8 those of one piece."""
        whole = [text for text in texts if _is_utf8(text)]
        yield from self._encode(whole)
        for text in set(texts).difference(whole):
            yield byte_pair_encode(text, self._ranks)

    def _first(self, ids: list[int], length: int) -> Iterator[int]:
        for number in ids:
            if length <= 0:
                return
            yield number
            length -= len(self._decoder[number])


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

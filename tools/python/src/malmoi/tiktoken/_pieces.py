# SPDX-License-Identifier: Apache-2.0
"""Pieces of text: where the last one begins, and the ids of one that is not cut."""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from .._tokenizer import Tokenizer

#: How many bytes at the end of a text are looked at first.
_WIDTH = 32

_DEAD = -1


def last_piece(text: bytes, pre_tokenizer: str) -> int:
    """The length in bytes of the last of the pieces that a text is cut to; 0 for an empty one.

    The library does not tell where it cuts. A vocabulary of the bytes and of the ends of this very text does: what
    follows the last cut is one token of it, since a part of that and an end make an end, which is a token. Slow
    beyond some hundred bytes: loading it takes the square of them.

    >>> last_piece("값이 싸다".encode(), "gpt2"), last_piece(b"12345", "cl100k")
    (7, 2)
    """
    if not text:
        return 0
    width = min(_WIDTH, len(text))
    while True:
        ends = {number: text[-number:] for number in range(2, width + 1)}
        tokens = [bytes([byte]) for byte in range(256)] + list(ends.values())
        ids = Tokenizer.from_bytes(rank_lines(enumerate(tokens)), pre_tokenizer).encode(text)
        lengths = [len(tokens[number]) for number in ids[-2:]]
        # The token before might hang together with a part of the last piece where it begins before the ends do.
        if sum(lengths) <= width:
            return lengths[-1]
        width = min(2 * width, len(text))


def byte_pair_encode(piece: bytes, ranks: Mapping[bytes, int]) -> list[int]:
    """The ids of bytes that are not cut; O(n log n).

    >>> ranks = {b"a": 0, b"b": 1, b"ab": 2, b"aba": 3}
    >>> byte_pair_encode(b"aabab", ranks), byte_pair_encode(b"", ranks)
    ([0, 2, 2], [])
    """
    count = len(piece)
    ends = list(range(1, count + 1))
    previous = list(range(-1, count))
    heap: list[tuple[int, int, int]] = []

    def offer(start: int) -> None:
        if ends[start] < count:
            end = ends[ends[start]]
            rank = ranks.get(piece[start:end])
            if rank is not None:
                heappush(heap, (rank, start, end))

    for start in range(count):
        offer(start)
    while heap:
        _, start, end = heappop(heap)
        middle = ends[start]
        # A part of it may be gone.
        if middle in (_DEAD, count) or ends[middle] != end:
            continue
        ends[start], ends[middle] = end, _DEAD
        if end < count:
            previous[end] = start
        offer(start)
        if previous[start] >= 0:
            offer(previous[start])
    ids, start = [], 0
    while start < count:
        ids.append(ranks[piece[start:ends[start]]])
        start = ends[start]
    return ids


def rank_lines(pairs: Iterable[tuple[int, bytes]]) -> bytes:
    """The contents of a rank file with these ids and tokens, which come in the order of the ids."""
    return b"".join(b"%s %d\n" % (base64.b64encode(token), number) for number, token in pairs)

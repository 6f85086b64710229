# SPDX-License-Identifier: Apache-2.0
"""Encoders of the library, lent to one call at a time."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import addressof, byref, c_int64, c_uint16, c_uint32, c_void_p, string_at
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _structs
from ._batch import EncodedBatch, of_handle
from ._library import Owner, library
from ._memory import address_of
from ._texts import TextBuffer

if TYPE_CHECKING:
    import numpy as np

#: Starting threads for less text takes longer than encoding it.
_LEAST_FOR_THREADS = 32 << 10

#: Idle encoders of one kind that are kept, each with caches of up to 40 MiB a thread.
_MOST_IDLE = 8
#: Kinds of encoders that are kept.
_MOST_KINDS = 16


#: Types of short arrays, which become lists quicker than through bytes.
_SHORT_COUNT = 16
_SHORT: dict[int, list[Any]] = {
    16: [c_uint16 * count for count in range(_SHORT_COUNT + 1)],
    32: [c_uint32 * count for count in range(_SHORT_COUNT + 1)],
}


class EncoderKind(NamedTuple):
    """What makes one encoder differ from another."""

    threads: int = 1
    parse_special_tokens: bool = False
    add_special_tokens: bool = False
    id_bits: int = 0
    normalizer: str | None = None


_PLAIN = EncoderKind()


class _Encoder:
    """An encoder, and what one call with one text needs, made once."""

    __slots__ = ("handle", "_owner", "_texts", "_offsets", "_result", "_view", "_call", "_functions")

    def __init__(self, tokenizer: int, kind: EncoderKind):
        found = library()
        options = _structs.options(
            _structs.EncoderOptions, thread_count=kind.threads, parses_special_tokens=kind.parse_special_tokens,
            adds_special_tokens=kind.add_special_tokens, id_bits=kind.id_bits, normalizer=kind.normalizer)
        self.handle = found.make("encoder_create", tokenizer, options)
        self._owner = Owner(self.handle, found.encoder_free)
        self._offsets = (c_int64 * 2)()
        self._texts = _structs.Texts(None, addressof(self._offsets), 64, 1)
        self._result = c_void_p()
        self._view = _structs.IdsView()
        self._call = (self.handle, byref(self._texts), byref(self._result))
        self._functions = (found.encode_unchecked, found.ids_get, found.ids_free)

    def one(self, text: bytes) -> list[int]:
        """The ids of one text."""
        encode, get, free = self._functions
        texts = self._texts
        texts.bytes = text
        self._offsets[1] = len(text)
        status = encode(*self._call)
        if status:
            raise library().error(status)
        handle = self._result.value
        view = self._view
        try:
            get(handle, view)
            count = c_int64.from_address(view.offsets + 8).value
            if count <= _SHORT_COUNT:
                short: list[int] = _SHORT[view.id_bits][count].from_address(view.ids)[:] if count else []
                return short
            if view.id_bits == 16:
                return memoryview(string_at(view.ids, 2 * count)).cast("H").tolist()
            return memoryview(string_at(view.ids, 4 * count)).cast("I").tolist()
        finally:
            free(handle)
            texts.bytes = None


class EncoderPool:
    """The idle encoders of a tokenizer.

    A call takes one out and puts it back. What is out when a process forks is in no list of the child's, so a
    child never sees an encoder that another thread was in the middle of using.
    """

    def __init__(self, tokenizer: Owner):
        self._tokenizer = tokenizer
        # Kinds take time to be looked up: that of single texts is at hand.
        self._plain: list[_Encoder] = []
        self._idle: dict[EncoderKind, list[_Encoder]] = {_PLAIN: self._plain}

    def encode_plain(self, text: bytes) -> list[int]:
        """The ids of one text without any option, by the quickest way."""
        idle = self._plain
        try:
            encoder = idle.pop()
        except IndexError:
            encoder = _Encoder(self._tokenizer.handle, _PLAIN)
        ids = encoder.one(text)
        if len(idle) < _MOST_IDLE:
            idle.append(encoder)
        return ids

    def encode_one(self, text: bytes, kind: EncoderKind) -> list[int]:
        """The ids of one text."""
        with self._lent(kind) as encoder:
            return encoder.one(text)

    def encode(self, texts: TextBuffer, kind: EncoderKind) -> EncodedBatch:
        """The ids of texts, as many lists."""
        with self._lent(_fitting(kind, texts)) as encoder:
            return of_handle(library().make("encode", encoder.handle, texts.struct))

    def count(self, texts: TextBuffer, kind: EncoderKind) -> np.ndarray[Any, Any]:
        """The numbers of ids of texts, int64."""
        import numpy as np

        counts = np.empty(texts.count, np.int64)
        with self._lent(_fitting(kind, texts)) as encoder:
            library().count_tokens(encoder.handle, texts.struct, address_of(counts))
        return counts

    @contextmanager
    def _lent(self, kind: EncoderKind) -> Iterator[_Encoder]:
        encoder = self._take(kind)
        # An encoder whose call failed is not put back: it is given up with the exception.
        yield encoder
        self._give(kind, encoder)

    def _take(self, kind: EncoderKind) -> _Encoder:
        try:
            # Safe without a lock: taking from a list is one step.
            return self._idle[kind].pop()
        except (KeyError, IndexError):
            return _Encoder(self._tokenizer.handle, kind)

    def _give(self, kind: EncoderKind, encoder: _Encoder) -> None:
        idle = self._idle.get(kind)
        if idle is None:
            if len(self._idle) >= _MOST_KINDS:
                self._idle = {_PLAIN: self._plain}
            idle = self._idle.setdefault(kind, [])
        if len(idle) < _MOST_IDLE:
            idle.append(encoder)


def _fitting(kind: EncoderKind, texts: TextBuffer) -> EncoderKind:
    if kind.threads > 1 and (texts.byte_count < _LEAST_FOR_THREADS or texts.count == 1):
        return kind._replace(threads=1)
    return kind

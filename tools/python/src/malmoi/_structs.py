# SPDX-License-Identifier: Apache-2.0
"""The structs of malmoi.h."""
from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_void_p, sizeof
from typing import Any, TypeVar

from ._errors import InvalidArgumentError


class Texts(Structure):
    # A char pointer takes bytes objects, which it keeps alive, as well as addresses.
    _fields_ = [("bytes", c_char_p), ("offsets", c_void_p), ("offset_bits", c_int32), ("count", c_int64)]


class IdLists(Structure):
    _fields_ = [
        ("ids", c_void_p), ("id_bits", c_int32), ("offset_bits", c_int32), ("offsets", c_void_p), ("count", c_int64),
    ]


class IdsView(Structure):
    _fields_ = [("ids", c_void_p), ("id_bits", c_int32), ("offsets", c_void_p), ("count", c_int64)]


class BytesView(Structure):
    _fields_ = [("bytes", c_void_p), ("offsets", c_void_p), ("count", c_int64)]


class TokenizerView(Structure):
    _fields_ = [
        ("vocabulary_size", c_uint32), ("added_token_count", c_uint32), ("sha256", c_char_p),
        ("normalizer", c_char_p), ("pre_tokenizer", c_char_p),
    ]


class AddedTokenView(Structure):
    _fields_ = [("id", c_uint32), ("is_special", c_int32), ("content", c_char_p)]


class EncoderOptions(Structure):
    _fields_ = [
        ("size", c_uint32), ("thread_count", c_int32), ("parses_special_tokens", c_int32),
        ("adds_special_tokens", c_int32), ("id_bits", c_int32), ("normalizer", c_char_p),
    ]


class TraceView(Structure):
    _fields_ = [("ids", c_void_p), ("starts", c_void_p), ("ends", c_void_p), ("count", c_int64)]


class CounterOptions(Structure):
    _fields_ = [
        ("size", c_uint32), ("thread_count", c_int32), ("memory_bytes", c_int64), ("normalizer", c_char_p),
        ("pre_tokenizer", c_char_p), ("source", c_char_p),
    ]


Progress = CFUNCTYPE(c_int32, c_void_p, c_int64, c_int64)


class TrainingOptions(Structure):
    _fields_ = [
        ("size", c_uint32), ("thread_count", c_int32), ("vocabulary_size", c_int64),
        ("special_tokens", POINTER(c_char_p)), ("special_token_count", c_size_t), ("minimum_frequency", c_int64),
        ("minimum_count", c_int64), ("maximum_token_bytes", c_int64), ("is_syllable_safe", c_int32),
        ("overwrites", c_int32), ("memory_bytes", c_int64), ("progress", Progress), ("progress_context", c_void_p),
    ]


class TokenWriterOptions(Structure):
    _fields_ = [
        ("size", c_uint32), ("overwrites", c_int32), ("shard_tokens", c_int64), ("tokenizer", c_void_p),
        ("maximum_id", c_uint32),
    ]


class TokenReaderView(Structure):
    _fields_ = [
        ("format", c_char_p), ("document_count", c_int64), ("token_count", c_int64), ("shard_count", c_int64),
    ]


class CorpusOptions(Structure):
    _fields_ = [
        ("size", c_uint32), ("is_strict", c_int32), ("format", c_char_p), ("field", c_char_p),
        ("documents", c_char_p), ("charset", c_char_p),
    ]


class DocumentsView(Structure):
    _fields_ = [
        ("path", c_char_p), ("text", c_void_p), ("offsets", c_void_p), ("lines", c_void_p), ("ids", c_void_p),
        ("id_offsets", c_void_p), ("count", c_int64),
    ]


class CorpusView(Structure):
    _fields_ = [
        ("documents", c_int64), ("rejected_records", c_int64), ("replaced_utf8_sequences", c_int64),
        ("stored_bytes", c_int64), ("total_stored_bytes", c_int64),
    ]


_Options = TypeVar("_Options", EncoderOptions, CounterOptions, TrainingOptions, TokenWriterOptions, CorpusOptions)


def options(kind: type[_Options], **fields: Any) -> _Options:
    """Options with their size set, and what is None left at its default."""
    made = kind(size=sizeof(kind))
    for name, value in fields.items():
        if value is not None:
            setattr(made, name, c_string(value) if isinstance(value, str) else value)
    return made


def c_string(text: str) -> bytes:
    """A name as C takes it.

    Raises:
        InvalidArgumentError: It holds a NUL, which would end it, or a lone surrogate.
    """
    if "\0" in text:
        raise InvalidArgumentError(f"a name cannot hold NUL: {text!r}")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"a name cannot hold a lone surrogate: {text!r}") from None

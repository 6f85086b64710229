# SPDX-License-Identifier: Apache-2.0
"""The shared library: where it is, what its functions take, and how their failures become exceptions.

Every call goes through here. Functions that work release Python's lock while they run; those that only look at
something or give memory back keep it, since waiting for it again would take longer than they do.
"""
from __future__ import annotations

import ctypes
import os
import sys
import weakref
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

from . import _structs as s
from ._errors import MalmoiError, error_of

_HANDLE = c_void_p
_OUT = POINTER(c_void_p)
_PATHS = POINTER(c_char_p)

#: Functions that give a status: they work, without Python's lock.
_WORKING: dict[str, list[Any]] = {
    "tokenizer_load": [c_char_p, c_char_p, _OUT],
    "tokenizer_load_bytes": [c_char_p, c_size_t, c_char_p, _OUT],
    "tokenizer_template": [_HANDLE, _OUT],
    "tokenizer_vocabulary": [_HANDLE, _OUT],
    "tokenizer_find": [_HANDLE, c_char_p, c_size_t, POINTER(c_uint32)],
    "tokenizer_decode": [_HANDLE, POINTER(s.IdLists), c_int32, _OUT],
    "encoder_create": [_HANDLE, POINTER(s.EncoderOptions), _OUT],
    "encode": [_HANDLE, POINTER(s.Texts), _OUT],
    "count_tokens": [_HANDLE, POINTER(s.Texts), c_void_p],
    "trace_text": [_HANDLE, c_char_p, c_size_t, c_int32, _OUT],
    "normalizer_create": [c_char_p, _OUT],
    "normalize": [_HANDLE, POINTER(s.Texts), _OUT],
    "counter_create": [c_char_p, c_int32, POINTER(s.CounterOptions), _OUT],
    "counter_add": [_HANDLE, POINTER(s.Texts)],
    "counter_finish": [_HANDLE],
    "train": [_PATHS, c_size_t, POINTER(s.TrainingOptions), c_char_p],
    "token_writer_create": [c_char_p, c_char_p, POINTER(s.TokenWriterOptions), _OUT],
    "token_writer_append": [_HANDLE, POINTER(s.IdLists)],
    "token_writer_finish": [_HANDLE],
    "token_reader_open": [c_char_p, c_char_p, c_int64, _OUT],
    "token_reader_next": [_HANDLE, c_int64, _OUT],
    "corpus_open": [_PATHS, c_size_t, POINTER(s.CorpusOptions), _OUT],
    "corpus_next": [_HANDLE, _OUT],
    "corpus_rejects": [_HANDLE, _OUT],
}

#: Functions that only look, with the lock.
_LOOKING: dict[str, list[Any]] = {
    "ids_get": [_HANDLE, POINTER(s.IdsView)],
    "bytes_get": [_HANDLE, POINTER(s.BytesView)],
    "tokenizer_get": [_HANDLE, POINTER(s.TokenizerView)],
    "tokenizer_get_added_token": [_HANDLE, c_uint32, POINTER(s.AddedTokenView)],
    "trace_get": [_HANDLE, POINTER(s.TraceView)],
    "token_reader_get": [_HANDLE, POINTER(s.TokenReaderView)],
    "documents_get": [_HANDLE, POINTER(s.DocumentsView)],
    "corpus_get": [_HANDLE, POINTER(s.CorpusView)],
    "ids_free": [_HANDLE],
    "bytes_free": [_HANDLE],
    "trace_free": [_HANDLE],
    "documents_free": [_HANDLE],
    "tokenizer_free": [_HANDLE],
    "encoder_free": [_HANDLE],
    "normalizer_free": [_HANDLE],
    "token_reader_free": [_HANDLE],
    "corpus_free": [_HANDLE],
}

#: Functions that may remove files, which takes its time.
_REMOVING: dict[str, list[Any]] = {
    "counter_free": [_HANDLE],
    "token_writer_free": [_HANDLE],
}


class Library:
    """The functions of malmoi.h by their names without `malmoi_`; those with a status raise on failure."""

    def __init__(self, path: str):
        self.path = path
        without_lock, with_lock = ctypes.CDLL(path), ctypes.PyDLL(path)
        self.last_error = self._declare(with_lock, "last_error", [], c_char_p)
        self.version = self._declare(with_lock, "version", [], c_char_p)
        self.version_number = self._declare(with_lock, "version_number", [], c_uint32)
        for name, arguments in _WORKING.items():
            self._declare(without_lock, name, arguments, c_int32).errcheck = self._check
        #: `encode` for short texts, for which checking takes as long as a part of the work: it gives its status.
        self.encode_unchecked = ctypes.CDLL(path).malmoi_encode
        self.encode_unchecked.argtypes, self.encode_unchecked.restype = _WORKING["encode"], c_int32
        #: `ids_free` for large batches, whose pages take a while to be given back.
        self.large_ids_free = ctypes.CDLL(path).malmoi_ids_free
        self.large_ids_free.argtypes, self.large_ids_free.restype = _LOOKING["ids_free"], None
        for name, arguments in _LOOKING.items():
            self._declare(with_lock, name, arguments, None)
        for name, arguments in _REMOVING.items():
            self._declare(without_lock, name, arguments, None)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.path} has no malmoi_{name}")

    def _declare(self, library: ctypes.CDLL, name: str, arguments: list[Any], result: Any) -> Any:
        function = getattr(library, "malmoi_" + name)
        function.argtypes, function.restype = arguments, result
        setattr(self, name, function)
        return function

    def _check(self, status: int, _function: Any, _arguments: Any) -> int:
        if status:
            raise self.error(status)
        return status

    def error(self, status: int) -> MalmoiError:
        """Why a function just failed on this thread, to which the message belongs."""
        return error_of(status, self.last_error().decode("utf-8", "replace"))

    def make(self, name: str, *arguments: Any) -> int:
        """Calls a function whose last parameter gives a handle, 0 for null."""
        out = c_void_p()
        getattr(self, name)(*arguments, out)
        return out.value or 0


def _path() -> str:
    named = os.environ.get("MALMOI_LIBRARY")
    if named:
        return named
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "libmalmoi" + suffix)


_loaded: Library | None = None


def library() -> Library:
    """The library, loaded at the first call.

    Raises:
        ImportError: It is missing or of another machine.
    """
    global _loaded
    if _loaded is None:
        path = _path()
        try:
            # Two threads may both load it: they get the same one.
            _loaded = Library(path)
        except (OSError, AttributeError) as error:
            raise ImportError(
                f"the library of malmoi cannot be loaded: {error}; install a wheel made for this machine, "
                "or name the library in MALMOI_LIBRARY") from error
    return _loaded


class Owner:
    """Holds something of the library, which is given back when the last one that refers to this is gone.

    At the end of the process memory is not given back: views of it may still be in use then.
    """

    __slots__ = ("handle", "_finalizer", "__weakref__")

    def __init__(self, handle: int, free: Any):
        self.handle = handle
        self._finalizer = weakref.finalize(self, free, handle)
        self._finalizer.atexit = False


class FileOwner:
    """Holds something that has unfinished files on disk, which are removed at the latest when Python ends.

    Only the process that made it does so: a forked child has a copy of it, but the files are its parent's.
    """

    __slots__ = ("handle", "_finalizer", "__weakref__")

    def __init__(self, handle: int, free: Any):
        self.handle = handle
        self._finalizer = weakref.finalize(self, self._give_back, free, handle, os.getpid())

    @staticmethod
    def _give_back(free: Any, handle: int, process: int) -> None:
        if os.getpid() == process:
            free(handle)

    def close(self) -> None:
        """Gives it back now; once is enough."""
        self._finalizer()


def paths_array(paths: list[bytes]) -> Any:
    """Paths, or other strings, as an array of C strings."""
    return (c_char_p * len(paths))(*paths)


def path_bytes(path: str | bytes | os.PathLike[Any]) -> bytes:
    """A path as the system spells it.

    Raises:
        ValueError: It holds a NUL, which would end it.
    """
    spelled = os.fsencode(path)
    if b"\0" in spelled:
        raise ValueError(f"a path cannot hold NUL: {spelled!r}")
    return spelled

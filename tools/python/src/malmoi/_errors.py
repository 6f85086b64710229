# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, as exceptions that also are Python's own of the same meaning."""
from __future__ import annotations


class MalmoiError(Exception):
    """Anything that the library refuses or fails at; the text says where, what, and what to do.

    >>> try:
    ...     raise InvalidArgumentError("threads must be 1 or more")
    ... except ValueError as error:
    ...     print(error, error.status)
    threads must be 1 or more 10
    """

    #: The number of the status in malmoi.h.
    status: int = -1

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        # KeyError would show the text in quotes, OSError with a number.
        return str(self.args[0]) if self.args else ""


class NotFoundError(MalmoiError, FileNotFoundError):
    """A file is missing, or nothing under a path can be read."""

    status = 1


class InputOutputError(MalmoiError, OSError):
    """Reading or writing failed."""

    status = 2


class OutputExistsError(MalmoiError, FileExistsError):
    """There is a file where the output should be, and it was not asked to replace it."""

    status = 4


class InvalidArgumentError(MalmoiError, ValueError):
    """An argument that cannot be."""

    status = 10


class BadDataError(MalmoiError, ValueError):
    """Data that is damaged, of another kind, or not supported."""

    status = 24


class UnknownTokenError(MalmoiError, KeyError):
    """An id or a token that the vocabulary does not have."""

    status = 32


class StoppedError(MalmoiError):
    """The work was told to stop."""

    status = 50


INVALID_UTF8 = 23
DAMAGED_ARTEFACT = 41

_KINDS: dict[int, type[MalmoiError]] = {
    1: NotFoundError,
    2: InputOutputError,
    3: InputOutputError,
    4: OutputExistsError,
    10: InvalidArgumentError,
    11: InvalidArgumentError,
    20: NotFoundError,
    32: UnknownTokenError,
    50: StoppedError,
}


def error_of(status: int, message: str) -> MalmoiError:
    """The exception for a status of the library."""
    if status in _KINDS:
        return _KINDS[status](message, status)
    kind = BadDataError if 20 < status < 50 else MalmoiError
    return kind(message, status)

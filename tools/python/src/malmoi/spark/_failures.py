# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in the command and in tasks, as exceptions of the package with the command's exit codes."""
from __future__ import annotations

from .._errors import BadDataError, InputOutputError, InvalidArgumentError, MalmoiError

DATA, USAGE, INPUT_OUTPUT = 1, 64, 74


class TaskFailure(Exception):
    """A task that may go well when Spark tries it again: a full disk, a killed process.

    Its text is one line, which the driver finds again in what Spark says.
    """


def failure(code: int, message: str) -> MalmoiError:
    """The exception for an exit code of the command."""
    kind = {USAGE: InvalidArgumentError, INPUT_OUTPUT: InputOutputError}.get(code, BadDataError)
    return kind(message)


def exit_code(error: BaseException) -> int:
    """The command's exit code for an exception."""
    if isinstance(error, MalmoiError) and error.status == InvalidArgumentError.status:
        return USAGE
    return INPUT_OUTPUT if isinstance(error, OSError) else DATA

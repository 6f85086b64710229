# SPDX-License-Identifier: Apache-2.0
"""Running the command `malmoi` that comes with the package, on the driver and in tasks."""
from __future__ import annotations

import ctypes
import functools
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from .. import _command
from .._errors import NotFoundError

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Outcome:
    """How a run of the command ended."""

    #: 0 or the command's exit code; below 0 the signal that ended it.
    code: int
    output: str
    #: What it said on standard error.
    said: str
    peak_bytes: int

    @property
    def message(self) -> str:
        """The same without its name at the start of lines, as exceptions have it."""
        return "\n".join(line.removeprefix("malmoi: ") for line in self.said.splitlines())

    @property
    def line(self) -> str:
        """The message in one line."""
        if self.code < 0:
            return f"the command was ended by signal {-self.code} ({signal.strsignal(-self.code)})"
        return " ".join(self.message.split()) or f"the command ended with exit code {self.code}"


def _die_with_parent() -> None:
    # Spark kills workers of lost and of superfluous tasks; the command is not to go on without them.
    _libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)


def run(arguments: Sequence[str], directory: str | None = None, module: str | None = None) -> Outcome:
    """Runs the command to its end.

    Args:
        arguments: Its arguments.
        directory: Where relative paths start.
        module: A module of this package that is run instead, and behaves like it.

    Raises:
        NotFoundError: There is no command, or no such directory.
    """
    program = [str(_command.find())] if module is None else [sys.executable, "-m", module]
    # Where the command hands Parquet over to this package, it is to find this Python.
    environment = {
        "MALMOI_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **os.environ}
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                [*program, *arguments], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=said,
                preexec_fn=_die_with_parent if threading.current_thread() is threading.main_thread() else None)
        except FileNotFoundError as error:
            raise NotFoundError(f"{error.filename}: no such file or directory on this machine") from error
        assert process.stdout is not None
        with process.stdout as printed:
            output = printed.read()
        # The usage of this one process alone, which subprocess does not tell.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        spoken = said.read().decode("utf-8", "replace").rstrip("\n")
    return Outcome(process.returncode, output.decode("utf-8", "replace"), spoken, usage.ru_maxrss * 1024)


@functools.lru_cache(maxsize=1)
def version() -> str:
    """The version of the command on this machine."""
    return run(["--version"]).output.strip()

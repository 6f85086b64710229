# SPDX-License-Identifier: Apache-2.0
"""The directory beside an output in which tasks meet: each task's result is taken over exactly once.

A task writes into a directory of its own attempt, `unit-00017.ATTEMPT`. When all of it is on disk, a description
of it gets a second name, `unit-00017.committed`, by link(2): of any number of attempts on any machines one
succeeds, the others remove what they made. What no such name refers to does not exist for anybody. All of it
lies on one file system that the driver and all executors see under the same path.
"""
from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import uuid
from typing import Any

from .._errors import InputOutputError, InvalidArgumentError

_COMMITTED, _FAILED, _TRASH = ".committed", ".failed", "trash."
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


class WorkDirectory:
    """A work directory, as tasks and the driver use it; pickles as its path."""

    def __init__(self, path: str):
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return WorkDirectory, (self.path,)

    def place(self, *names: str) -> str:
        """A path in it."""
        return os.path.join(self.path, *names)

    # ---- Tasks ----

    def committed(self, task: str) -> dict[str, Any] | None:
        """What the attempt that won has noted, None where none has."""
        return _read(self.place(task + _COMMITTED))

    def new_attempt(self, task: str) -> str:
        """Makes the directory of another attempt; gives its name."""
        name = f"{task}.{uuid.uuid4().hex[:16]}"
        os.mkdir(self.place(name))
        return name

    def commit(self, task: str, attempt: str, note: dict[str, Any]) -> dict[str, Any]:
        """Makes an attempt the one that counts, unless another is already; gives the note of the one that does."""
        note = {**note, "attempt": attempt}
        written = self.place(attempt, "commit.json")
        _write(written, note)
        if not create_once(written, self.place(task + _COMMITTED)):
            winner = self.committed(task)
            if winner is not None and winner["attempt"] != attempt:
                self.discard(attempt)
                return winner
        _sync(self.path)
        return note

    def discard(self, attempt: str) -> None:
        """Removes what an attempt has made."""
        shutil.rmtree(self.place(attempt), ignore_errors=True)

    def report_failure(self, task: str, code: int, message: str) -> None:
        """Tells the driver that a task cannot go well, however often it is tried."""
        temporary = self.place(f"{task}.{uuid.uuid4().hex[:16]}.message")
        _write(temporary, {"code": code, "message": message})
        os.replace(temporary, self.place(task + _FAILED))

    # ---- The driver ----

    def plan(self) -> dict[str, Any] | None:
        """The plan of the run that has begun here, if one has."""
        return _read(self.place("plan.json"))

    def names(self) -> tuple[set[str], set[str]]:
        """The tasks that are committed, and those that failed."""
        found: tuple[set[str], set[str]] = (set(), set())
        for name in os.listdir(self.path):
            for kind, ending in enumerate((_COMMITTED, _FAILED)):
                if name.endswith(ending):
                    found[kind].add(name.removesuffix(ending))
        return found

    def failure(self, task: str) -> dict[str, Any]:
        """What was said about a task that failed."""
        return _read(self.place(task + _FAILED)) or {"code": 1, "message": f"{task} failed"}

    def open(self, plan: dict[str, Any], restart: bool) -> None:
        """Takes the directory for this process, and makes it one of this plan.

        Raises:
            InputOutputError: Another process has it; it cannot be written.
            InvalidArgumentError: It is of a run with other options or other input files.
        """
        try:
            os.makedirs(self.path, exist_ok=True)
            self._lock = os.open(self.place("lock"), os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise InputOutputError(f"{self.path}: {error.strerror}; check the path") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._begin(plan, restart)
        except BaseException as error:
            self.close()
            if isinstance(error, BlockingIOError):
                raise InputOutputError(f"{self.path}: another run is at work here; wait for it, or stop it") from None
            raise

    def _begin(self, plan: dict[str, Any], restart: bool) -> None:
        if restart:
            self._clear()
        self._check_linking()
        temporary = self.place(f"plan.{uuid.uuid4().hex[:16]}")
        _write(temporary, plan)
        is_new = create_once(temporary, self.place("plan.json"))
        os.unlink(temporary)
        # As JSON has it: a tuple of today was a list yesterday.
        if not is_new and self.plan() != json.loads(json.dumps(plan)):
            self._refuse(self.plan() or {}, plan)
        self._sweep()

    def _refuse(self, before: dict[str, Any], plan: dict[str, Any]) -> None:
        same = all(before.get(key) == plan.get(key) for key in plan if key != "units")
        what = "input files that have changed since" if same else "other options, inputs or another version"
        raise InvalidArgumentError(
            f"{self.path}: an unfinished run with {what}; run that one again, or pass --restart to forget it")

    def _clear(self) -> None:
        for name in os.listdir(self.path):
            if name != "lock":
                _remove(self.place(name))

    def _sweep(self) -> None:
        """Removes what killed attempts have left.

        One of them may still be at work and about to commit: without its directory it cannot, and if it did
        so just before, the directory gets its name back.
        """
        kept = set()
        for task in self.names()[0]:
            note = self.committed(task)
            if note is None or not os.path.isdir(self.place(note["attempt"])):
                os.unlink(self.place(task + _COMMITTED))
            else:
                kept.add(note["attempt"])
        for name in os.listdir(self.path):
            if name.endswith(_FAILED) or name.startswith(_TRASH) or name.endswith(".message"):
                _remove(self.place(name))
            elif os.path.isdir(self.place(name)) and name not in kept:
                os.rename(self.place(name), self.place(_TRASH + name))
                note = self.committed(name.partition(".")[0])
                if note is not None and note["attempt"] == name:
                    os.rename(self.place(_TRASH + name), self.place(name))
                else:
                    _remove(self.place(_TRASH + name))

    def _check_linking(self) -> None:
        """Finds out that a name is given once here, before hours of work rely on it."""
        probe = self.place(f"probe.{uuid.uuid4().hex[:16]}")
        _write(probe, {})
        try:
            given = [create_once(probe, probe + ".once") for _ in range(2)]
        except OSError as error:
            raise InputOutputError(
                f"{self.path}: no name can be given to a file here ({error.strerror}); "
                "choose an output on a POSIX file system that all executors share") from error
        finally:
            _remove(probe)
            _remove(probe + ".once")
        if given != [True, False]:
            raise InputOutputError(
                f"{self.path}: this file system lets a name be given twice; "
                "choose an output on a POSIX file system that all executors share")

    def keep(self, name: str, content: Any) -> None:
        """Notes something for a later run."""
        temporary = self.place(f"{name}.{uuid.uuid4().hex[:16]}.message")
        _write(temporary, content)
        os.replace(temporary, self.place(name))
        _sync(self.path)

    def kept(self, name: str) -> Any:
        """What an earlier run has noted; None if it has not."""
        return _read(self.place(name))

    def close(self) -> None:
        """Lets another process have it."""
        os.close(self._lock)

    def remove(self) -> None:
        """Removes all of it, when its output is whole."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.close()


def create_once(source: str, name: str) -> bool:
    """Gives a file a second name, unless something has that name already; says whether it did."""
    try:
        os.link(source, name)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    # No links here: a new file of that content, which a crash in this moment would leave without it.
    try:
        made = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    with open(source, "rb") as content, os.fdopen(made, "wb") as file:
        file.write(content.read())
        file.flush()
        os.fsync(file.fileno())
    return True


def _read(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return None


def _write(path: str, content: Any) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: str) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass

# SPDX-License-Identifier: Apache-2.0
"""Runs one process and takes its time and memory from the kernel."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from machine import MODULES, PACKAGES

HERE = Path(__file__).resolve().parent


class BenchError(Exception):
    """The benchmark cannot go on: malmoi failed, or there is no text."""


@dataclass
class Run:
    """One process: what it cost, or why it failed."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    #: What the process said of itself: the last line of its output, if that is JSON.
    report: dict = field(default_factory=dict)
    #: All lines of its output that are JSON objects.
    records: list[dict] = field(default_factory=list)
    error: str | None = None


def run(command: list[str], threads: int, timeout: float = 900) -> Run:
    """Runs `command` on the last `threads` cores and waits for it.

    The peak of memory is the child's own as long as this process is smaller: Linux lets a child
    inherit its parent's, so nothing here loads texts or large packages.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            env=environment(threads), preexec_fn=lambda: use_cores(threads))
        timer = threading.Timer(timeout, lambda: os.kill(child.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        timed_out = not timer.is_alive()
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        result = Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
        if timed_out:
            result.error = f"stopped after {timeout:g} s"
        elif child.returncode != 0:
            result.error = last_line(errors) or f"exit status {child.returncode}"
        else:
            result.report = json_report(output)
            result.records = json_records(output)
        return result


def apart(function: Callable[[], Any]) -> Any:
    """Calls `function` in a child of its own, so that its memory is not this process's."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        try:
            sender.send((function(), None))
        except (BenchError, OSError, ValueError, KeyError) as error:
            sender.send((None, f"{error}"))

    child = context.Process(target=work)
    child.start()
    sender.close()
    try:
        value, error = receiver.recv()
    except EOFError:
        value, error = None, "a process of the bench died"
    child.join()
    if error:
        raise BenchError(error)
    return value


def run_worker(script: str, arguments: list[str], threads: int, timeout: float) -> Run:
    """Runs a module of this folder in a fresh interpreter."""
    return run([sys.executable, str(HERE / script), *arguments], threads, timeout)


def warm_up(malmoi: str) -> None:
    """Brings malmoi and the peers into the page cache, so that the first round pays no disk."""
    run([malmoi, "--version"], threads=1)
    for package in ["numpy", "awkward", *PACKAGES]:
        run([sys.executable, "-c", f"import {MODULES.get(package, package)}"], threads=1)


def environment(threads: int) -> dict[str, str]:
    """The variables by which the peers take their number of threads."""
    return os.environ | {
        "RAYON_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false",
        "OMP_NUM_THREADS": str(threads),
    }


def use_cores(threads: int) -> None:
    """Keeps this process to as many cores as it may have threads."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def last_line(stream) -> str:
    """The line of a process's output that says what is wrong: "Error: …", else the last."""
    stream.seek(0)
    lines = stream.read().decode("utf-8", "replace").strip().splitlines()
    lines = [line for line in lines if line.startswith("Error: ")] or lines
    return lines[-1][:200] if lines else ""


def json_report(stream) -> dict:
    """The JSON object that ends a process's output, over one line or several; else nothing."""
    stream.seek(0)
    text = stream.read().decode("utf-8", "replace").strip()
    start = text.rfind("\n{") + 1
    try:
        value = json.loads(text[start:])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def json_records(stream) -> list[dict]:
    """The lines of a process's output that are JSON objects."""
    stream.seek(0)
    return [json.loads(line) for line in stream if line.startswith(b'{"')]

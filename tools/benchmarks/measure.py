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


#: Starts the program named by its arguments, and writes what it cost to the descriptor before them.
#: Linux lets a child inherit its parent's peak of memory, so the parent is this, of 10 MiB.
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
child = os.fork()
if child == 0:
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(127)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
os.write(int(sys.argv[1]), ("%r %r %d %d" % (
    wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status)).encode())
"""


def run(command: list[str], threads: int, timeout: float = 900) -> Run:
    """Runs `command` on the last `threads` cores and waits for it."""
    receiver, sender = os.pipe()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with open(receiver, "rb") as costs:
            launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", LAUNCHER, str(sender), *command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors, pass_fds=[sender],
                start_new_session=True, env=environment(threads),
                preexec_fn=lambda: use_cores(threads))
            os.close(sender)
            timer = threading.Timer(timeout, lambda: os.killpg(launcher.pid, signal.SIGKILL))
            timer.start()
            launcher.wait()
            timed_out = not timer.is_alive()
            timer.cancel()
            fields = costs.read().split()
        if timed_out or len(fields) != 4:
            return Run(0, 0, 0, error=f"stopped after {timeout:g} s" if timed_out
                       else last_line(errors) or "its launcher died")
        wall, cpu, peak, status = (float(field) for field in fields)
        result = Run(wall, cpu, int(peak) * 1024)
        code = os.waitstatus_to_exitcode(int(status))
        if code != 0:
            result.error = last_line(errors) or f"exit status {code}"
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

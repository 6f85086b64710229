# SPDX-License-Identifier: Apache-2.0
"""Stops malmoi in the middle of its work."""
import os
import shutil
import subprocess
import time

from command import BINARY

TRIES = 10


def stopped(arguments, journal, how, writes=1):
    """Runs malmoi and sends it the signal `how` once the file `journal` was written so many times; its exit code
    and what it told.

    On a busy machine a run may end before the signal reaches it. What it left is taken away then, and it is run
    again.
    """
    place = next(parent for parent in journal.parents if parent.exists())
    before = set(place.rglob("*"))
    for _ in range(TRIES):
        process = subprocess.Popen([str(BINARY), *map(str, arguments)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        seen = set()
        while process.poll() is None and len(seen) < writes:
            try:
                seen.add(os.stat(journal).st_ino)
            except FileNotFoundError:
                time.sleep(0.0005)
        process.send_signal(how)
        told = process.communicate()[1]
        if process.returncode != 0 and journal.exists():
            return process.returncode, told
        if process.returncode not in (0, -how):
            break
        for path in sorted(set(place.rglob("*")) - before):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    raise AssertionError(f"not stopped in its middle: exit code {process.returncode}, {told}")

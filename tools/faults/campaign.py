# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: every run that was killed, ran out of disk or was stopped must go on and give
the bytes of an undisturbed run; every damaged file must be found by `malmoi verify`.

  campaign.py MALMOI CORPUS TOKENIZER [--kills N] [--full-disks N] [--flips N] [--seed S] [--sinks A,B]

Prints a line a kind of fault and exits with 1 if any output was silently wrong.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIMITED = ["--shard-tokens", "20000"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("malmoi")
    parser.add_argument("corpus")
    parser.add_argument("tokenizer")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--full-disks", type=int, default=40)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sinks", default="megatron", help="formats, separated by commas")
    options = parser.parse_args()
    campaign = Campaign(options)
    failures = campaign.kill() + campaign.fill() + campaign.damage()
    print("nothing was silently wrong" if failures == 0 else f"{failures} FAILURES")
    return 1 if failures else 0


class Campaign:
    def __init__(self, options):
        self.options = options
        self.numbers = random.Random(options.seed)
        self.formats = options.sinks.split(",")
        self.place = tempfile.mkdtemp(prefix="malmoi-faults-")
        self.whole = os.path.join(self.place, "whole")
        started = time.monotonic()
        subprocess.run(self.command(self.whole), check=True, capture_output=True)
        self.seconds = time.monotonic() - started
        self.expected = contents(self.whole)

    def command(self, place):
        sinks = []
        for name in self.formats:
            sinks += ["--sink", f"{name}:{place}/{name}"]
        return [
            self.options.malmoi, "encode", self.options.corpus, "--tokenizer", self.options.tokenizer,
            "--append-eod", "--provenance", "--checkpoint-mib", "1", "--threads", "2", *LIMITED, *sinks]

    # ---- Killed at random moments, several times over, then left alone ----

    def kill(self):
        failures = killed = resumed = 0
        while killed < self.options.kills:
            place = os.path.join(self.place, "killed")
            shutil.rmtree(place, ignore_errors=True)
            for _ in range(self.numbers.randint(1, 4)):
                process = subprocess.Popen(
                    self.command(place), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(self.numbers.uniform(0, self.seconds))
                sent = self.numbers.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
                process.send_signal(sent)
                if process.wait() == 0:
                    break
                killed += 1
                failures += self.check_nothing_half_done(place)
            if not all(self.is_published(place, name) for name in self.formats):
                run = subprocess.run(self.command(place), capture_output=True, text=True)
                resumed += "went on behind document" in run.stdout
                if run.returncode != 0:
                    print(f"kill: the next run failed: {run.stderr.strip()}")
                    failures += 1
                    continue
            if contents(place) != self.expected:
                print(f"kill: other bytes: {difference(contents(place), self.expected)}")
                failures += 1
        print(f"kills: {killed}, of which {resumed} times the last run went on from a checkpoint; failures {failures}")
        return failures

    def is_published(self, place, name):
        return any(os.path.exists(path) for path in self.manifests(place, name))

    def manifests(self, place, name):
        return [f"{place}/{name}.manifest.json", f"{place}/{name}/manifest.json"]

    def check_nothing_half_done(self, place):
        """A set with a manifest must be whole."""
        failures = 0
        for name in self.formats:
            for manifest in self.manifests(place, name):
                if os.path.exists(manifest):
                    if subprocess.run([self.options.malmoi, "verify", manifest], capture_output=True).returncode:
                        print("kill: a set with a manifest that verify refuses")
                        failures += 1
        return failures

    # ---- A disk that is full after so many bytes ----

    def fill(self):
        failures = full = 0
        need = sum(map(len, self.expected.values()))
        mount = os.path.join(self.place, "small")
        os.makedirs(mount, exist_ok=True)
        for number in range(self.options.full_disks):
            kilobytes = max(4, int(need * (number + 1) / (self.options.full_disks + 1)) // 1024)
            if subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", mount], capture_output=True
            ).returncode:
                print("full disks: skipped, a small file system cannot be mounted here")
                return failures
            try:
                run = subprocess.run(self.command(mount + "/out"), capture_output=True, text=True)
                full += run.returncode == 74 and "No space left" in run.stderr
                if run.returncode not in (0, 74):
                    print(f"full disk: exit code {run.returncode}: {run.stderr.strip()}")
                    failures += 1
                # The disk grows: the same command must end with the same bytes.
                subprocess.run(["mount", "-o", f"remount,size={2 * need // 1024 + 65536}k", mount], check=True)
                run = subprocess.run(self.command(mount + "/out"), capture_output=True, text=True)
                if run.returncode != 0 and "already exists" not in run.stderr:
                    print(f"full disk: the next run failed: {run.stderr.strip()}")
                    failures += 1
                elif contents(mount + "/out") != self.expected:
                    print(f"full disk: other bytes: {difference(contents(mount + '/out'), self.expected)}")
                    failures += 1
            finally:
                subprocess.run(["umount", mount], check=True)
        print(f"full disks: {self.options.full_disks}, of which {full} ended in that error; failures {failures}")
        return failures

    # ---- Bits that flip, files that are cut ----

    def damage(self):
        failures = 0
        names = sorted(self.expected)
        for number in range(self.options.flips):
            name = self.numbers.choice(names)
            damaged = bytearray(self.expected[name])
            if number % 4 == 3 and damaged:
                del damaged[self.numbers.randrange(len(damaged)):]
                what = f"cut at {len(damaged)}"
            else:
                bit = self.numbers.randrange(8 * len(damaged))
                damaged[bit // 8] ^= 1 << bit % 8
                what = f"bit {bit}"
            path = os.path.join(self.whole, name)
            with open(path, "wb") as file:
                file.write(damaged)
            sink = max((each for each in self.formats if name.startswith(each)), key=len)
            run = subprocess.run([self.options.malmoi, "verify", self.manifest(sink)], capture_output=True, text=True)
            found = run.returncode in (1, 74)
            if not found:
                print(f"flip: {name}, {what}: verify says {run.returncode} {run.stderr.strip()}")
                failures += 1
            with open(path, "wb") as file:
                file.write(self.expected[name])
        print(f"flips and cuts: {self.options.flips}; not found {failures}")
        return failures

    def manifest(self, name):
        return next(path for path in self.manifests(self.whole, name) if os.path.exists(path))


def contents(place):
    found = {}
    for directory, _, names in os.walk(place):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, place)] = file.read()
    return found


def difference(found, expected):
    if sorted(found) != sorted(expected):
        return f"files {sorted(set(found) ^ set(expected))}"
    return f"in {[name for name in found if found[name] != expected[name]]}"


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""`tools/bench hostile`: rates on input made to be slow, in sizes that show whether time is linear;
`tools/bench stream`: whether the rate holds over many gigabytes that never repeat."""

import argparse
import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import BenchError, run
from report import Result, table
from texts import MALMOI, prepare, tokenizer_for

SIZES_MB = (1, 4, 16)
GIGABYTE = 1_000_000_000
#: The block of Hangul syllables.
SYLLABLES = range(0xAC00, 0xD7A4)


def repeated(unit: str):
    """A maker of texts that are `unit` again and again."""
    data = unit.encode()
    return lambda size: data * (size // len(data))


def random_hangul(size: int) -> bytes:
    """Syllables in any order, without a space."""
    return "".join(map(chr, random.Random(1).choices(SYLLABLES, k=size // 3))).encode()


def json_line(size: int) -> bytes:
    """One JSON line."""
    return json.dumps({"text": "한국어 " * (size // 10)}, ensure_ascii=False).encode() + b"\n"


#: By name: the suffix of the file, further options and the maker of a text of about so many bytes.
TEXTS = {
    "one syllable": (".txt", [], repeated("가")),
    "one jamo": (".txt", [], repeated("ㅋ")),
    "one letter": (".txt", [], repeated("a")),
    "one digit": (".txt", [], repeated("7")),
    "spaces": (".txt", [], repeated(" ")),
    "tabs": (".txt", [], repeated("\t")),
    "equals signs": (".txt", [], repeated("=")),
    "hyphens": (".txt", [], repeated("-")),
    "line feeds in one document": (".txt", ["--documents", "file"], repeated("\n")),
    "line ends in one document": (".txt", ["--documents", "file"], repeated("\r\n")),
    "apostrophes": (".txt", [], repeated("'")),
    "angle brackets": (".txt", [], repeated("<")),
    "combining marks": (".txt", [], repeated("a\u0301\u0323\u0301")),
    "one letter, marks without end": (
        ".txt", [], lambda size: b"a" + "\u0301\u0323".encode() * (size // 4)),
    "jamo in NFD": (".txt", [], repeated("\u1100\u1161\u11a8")),
    "random Hangul": (".txt", [], random_hangul),
    "Base64": (
        ".txt", [], lambda size: base64.b64encode(random.Random(2).randbytes(size * 3 // 4))),
    "random bytes": (
        ".txt", ["--documents", "file"], lambda size: random.Random(3).randbytes(size)),
    "one JSON line": (".jsonl", [], json_line),
    "empty lines": (".txt", [], lambda size: b"a" + b"\n" * size),
}


def bench_hostile(arguments: argparse.Namespace) -> Result:
    """Encodes each text in each size on one core; a run of nothing is taken off."""
    text = prepare(arguments.corpus)
    tokenizer = arguments.tokenizer or tokenizer_for(text, 32_000, 2)
    shared = ["--pre-tokenizer", arguments.pre_tokenizer] if arguments.pre_tokenizer else []
    rows, record = [], {}
    with tempfile.TemporaryDirectory() as directory:
        def seconds(contents: bytes, suffix: str, options: list[str]) -> float:
            path = Path(directory) / f"text{suffix}"
            path.write_bytes(contents)
            found = [run([str(MALMOI), "encode", str(path), "--tokenizer", str(tokenizer),
                          "--output", f"{directory}/ids", "--overwrite", "--quiet", "--threads",
                          "1", *shared, *options], 1, arguments.timeout)
                     for _ in range(arguments.rounds)]
            if error := next((one.error for one in found if one.error), None):
                raise BenchError(error)
            return median(one.cpu_seconds for one in found)

        start = seconds("가".encode(), ".txt", [])
        for name, (suffix, options, make) in TEXTS.items():
            rates = []
            for size in SIZES_MB:
                contents = make(size * 1_000_000)
                spent = max(seconds(contents, suffix, options) - start, 1e-3)
                rates.append(len(contents) / 1e6 / spent)
            record[name] = rates
            rows.append([name, *(f"{rate:.1f}" for rate in rates)])
            print(f"  {name}: {rates[-1]:.1f} MB/s", file=sys.stderr)
    header = ["MB/s of CPU, one core", *(f"{size} MB" for size in SIZES_MB)]
    note = f"The start of {start:.2f} s, mostly reading the vocabulary, is taken off."
    return Result(f"{table(header, rows, left=[0])}\n{note}", {"rates": record}, agrees=True)


def bench_stream(arguments: argparse.Namespace) -> Result:
    """Pipes text that never repeats through malmoi, and looks at it after each gigabyte.

    Each piece of the corpus comes in up to 32 spellings, its syllables exchanged by the low five bits
    of the bytes behind the first; the pairs of piece and spelling are shuffled, so that every
    gigabyte is equally hard.
    """
    text = prepare(arguments.corpus)
    tokenizer = arguments.tokenizer or tokenizer_for(text, 32_000, 2)
    pieces = pieces_of(text.path.read_bytes())
    order = [(piece, key) for key in range(32) for piece in range(len(pieces))]
    random.Random(4).shuffle(order)
    spellings = [
        bytes(byte ^ key if 0x80 <= byte < 0xC0 else byte for byte in range(256))
        for key in range(32)
    ]
    rows, record = [], []
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        child = subprocess.Popen(
            [str(MALMOI), "encode", "-", "--tokenizer", str(tokenizer), "--output",
             f"{directory}/ids", "--quiet", "--threads", str(arguments.threads), "--cache-mib",
             str(arguments.cache_mib)], stdin=subprocess.PIPE)
        written, before, cpu_before = 0, time.perf_counter(), 0.0
        for number, key in order:
            piece = pieces[number].translate(spellings[key])
            child.stdin.write(piece)
            boundary = (written + len(piece)) // GIGABYTE > written // GIGABYTE
            written += len(piece)
            if boundary:
                now, (cpu, resident) = time.perf_counter(), usage(child.pid)
                wall_rate = GIGABYTE / 1e6 / (now - before)
                cpu_rate = GIGABYTE / 1e6 / max(cpu - cpu_before, 1e-3)
                before, cpu_before = now, cpu
                record.append([wall_rate, cpu_rate, resident])
                rows.append([f"{written / 1e9:.0f}", f"{wall_rate:.1f}", f"{cpu_rate:.1f}",
                             f"{resident / 2**20:.0f}"])
                print("  " + "  ".join(rows[-1]), file=sys.stderr)
            if written >= arguments.gigabytes * GIGABYTE:
                break
        child.stdin.close()
        if child.wait() != 0:
            raise BenchError(f"malmoi ended with {child.returncode}")
    header = ["GB", "MB/s wall", "MB/s of CPU", "resident MiB"]
    return Result(table(header, rows, left=[]), {"gigabytes": record}, agrees=True)


def pieces_of(data: bytes) -> list[bytes]:
    """`data` in pieces of a mebibyte, each up to the end of a line."""
    pieces, start = [], 0
    while start < len(data):
        end = data.find(b"\n", start + (1 << 20)) + 1 or len(data)
        pieces.append(data[start:end])
        start = end
    return pieces


def usage(process: int) -> tuple[float, int]:
    """The CPU seconds of a process so far, and its resident bytes."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")

# SPDX-License-Identifier: Apache-2.0
"""`tools/bench normalize`: normalising text in memory beside ICU's normalizeUTF8, in one process."""

import argparse
import sys
import unicodedata
from pathlib import Path
from statistics import median

import measure
from measure import BenchError
from report import Result, table
from texts import TIMER, cut, prepare

#: What is asked of NFC: GB/s and times ICU's rate where nothing changes, times ICU's on NFD.
BARS = {"NFC": (4.0, 7.0), "NFD": (None, 1.5)}


def other_form(path: Path, form: str) -> Path:
    """The text in another Unicode form, kept beside it."""
    made = path.with_name(f"{path.stem}-{form.lower()}.txt")
    if not made.exists():
        text = path.read_text("utf-8")
        partial = made.with_suffix(".partial")
        partial.write_text(unicodedata.normalize(form, text), "utf-8")
        partial.rename(made)
    return made


def rounds_of(path: Path, arguments: argparse.Namespace, receipts: bool) -> list[dict]:
    """What each round took, the first one, which is not timed, among them."""
    command = [str(TIMER), "normalize", "--text", str(path), "--normalizers",
               arguments.normalizers, "--rounds", str(arguments.rounds)]
    done = measure.run(command + (["--receipts"] if receipts else []), 1, arguments.timeout)
    if done.error:
        raise BenchError(f"{TIMER.name}: {done.error}")
    return done.records


def bench(arguments: argparse.Namespace) -> Result:
    """Measures each normaliser on the text as it is in NFC and in NFD."""
    text = cut(prepare(arguments.corpus), arguments.max_mb)
    names = arguments.normalizers.split(",")
    print(f"{text.description}; CPU time of one thread, {arguments.rounds} rounds", flush=True)
    rows, record, agrees = [], [], True
    for form, (rate_bar, ratio_bar) in BARS.items():
        path = other_form(text.path, form)
        for receipts in (False, True):
            records = rounds_of(path, arguments, receipts)
            taken = {name: [one for one in records if one["normalizer"] == name] for name in names}
            digests = {name: runs[0]["xxh3"] for name, runs in taken.items()}
            agrees &= len({digests[name] for name in names if name in ("icu", "nfc")}) == 1
            record.append({"form": form, "receipts": receipts, "rounds": records})
            for name in names:
                rates = [one["bytes"] / one["cpu_seconds"] / 1e9 for one in taken[name][1:]]
                ratios = [base["cpu_seconds"] / one["cpu_seconds"] for one, base in
                          zip(taken[name][1:], taken.get("icu", taken[name])[1:])]
                bar = ""
                if name == "nfc" and not receipts:
                    bar = f">= {ratio_bar:g} times" + (f", >= {rate_bar:g} GB/s" if rate_bar else "")
                if name == "icu" and receipts:
                    continue
                rows.append([form, name + (" with receipt" if receipts else ""),
                             f"{median(rates):.2f}", f"{median(ratios):.1f}", bar])
    listing = table(["text in", "normaliser", "GB/s", "times icu", "wanted"], rows, (0, 1, 4))
    if not agrees:
        print("bench: malmoi and ICU differ", file=sys.stderr)
    return Result(text=listing, record={"rounds": record}, agrees=agrees)

# SPDX-License-Identifier: Apache-2.0
"""`tools/bench morphology`: morphemes beside mecab-ko and Kiwi, and what they cost a tokenizer."""

import argparse
import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Callable, Iterator

import measure
from measure import BenchError
from report import Result, table
from texts import CACHE, CORPORA, MALMOI, ROOT, SHARED, TIMER, Text, cut, prepare

GOLD = SHARED / "corpora" / "gold" / "ud-kaist-dev.morph.jsonl"
#: Held out: the records of the mix whose SHA-1 of the id is a multiple of this.
PART = 20


@dataclass
class Row:
    """One figure beside what is wanted of it."""

    name: str
    found: str
    wanted: str = ""


def malmoi(*arguments: object, timeout: float = 1800) -> measure.Run:
    """A run of malmoi on one core, whose output, which may look like anything, goes nowhere."""
    done = measure.run(
        ["/bin/sh", "-c", 'exec "$0" "$@" > /dev/null', str(MALMOI), *map(str, arguments)], 1, timeout)
    if done.error:
        raise BenchError(f"malmoi {arguments[0]}: {done.error}")
    return done


def analyser(name: str, text: Path, output: Path | None = None) -> measure.Run:
    """A run of another analyser on one core."""
    done = measure.run_worker(
        "analysers.py", [name, str(text), *([str(output)] if output else [])], 1, 1800)
    if done.error:
        raise BenchError(f"{name}: {done.error}")
    return done


def printed(text: Path, *options: object) -> list[str]:
    """The lines that `malmoi morphemes` prints of a text."""
    done = subprocess.run(
        [MALMOI, "morphemes", text, "--input-format", "text", "--normalizer", "none",
         *map(str, options)], capture_output=True, check=False)
    if done.returncode != 0:
        raise BenchError(done.stderr.decode().strip())
    return done.stdout.decode("utf-8").split("\n")[:-1]


def texts_of_mix(folder: Path) -> tuple[Path, Path]:
    """The mix of corpora as lines: what is learned from, and what is held out."""
    train, held = folder / "mix-train.txt", folder / "mix-held-out.txt"
    if not held.exists():
        source = SHARED / "corpora" / CORPORA["dev-mix"][0]
        folder.mkdir(parents=True, exist_ok=True)
        with subprocess.Popen(["zstd", "-dc", "--long=27", source], stdout=subprocess.PIPE) as child, \
                open(train, "w", encoding="utf-8") as rest, \
                open(folder / "partial", "w", encoding="utf-8") as part:
            for line in child.stdout:
                record = json.loads(line)
                digest = hashlib.sha1(str(record["id"]).encode()).hexdigest()
                output = part if int(digest, 16) % PART == 0 else rest
                for one in record["text"].split("\n"):
                    # A bar of the text would have to be told from one between morphemes.
                    if one.strip() and not set(one) & set("|\\\r\0"):
                        output.write(one + "\n")
        (folder / "partial").rename(held)
    return train, held


def ratios(first: Callable[[], float], second: Callable[[], float], rounds: int) -> list[float]:
    """How many times the second takes what the first does, in pairs of runs."""
    return [second() / first() for _ in range(rounds)]


def spread(values: list[float]) -> str:
    """The median, and the least and the greatest."""
    return f"{median(values):.2f} ({min(values):.2f}..{max(values):.2f})"


# ---- Where text is cut ----


def inner_cuts(line: str) -> list[tuple[str, frozenset[int]]]:
    """Each eojeol of a line with bars, and the bars between two Hangul syllables of it."""
    found = []
    for eojeol in line.split(" "):
        plain, places = "", set()
        for piece in eojeol.split("|"):
            places.add(len(plain))
            plain += piece
        found.append((plain, frozenset(
            place for place in places
            if 0 < place < len(plain) and is_hangul(plain[place - 1]) and is_hangul(plain[place]))))
    return found


def is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def same_share(one: list[str], other: list[str]) -> tuple[float, int]:
    """The share of eojeols with Hangul that two printings cut alike between syllables."""
    total = same = 0
    for left, right in zip(one, other):
        for (plain, first), (_, second) in zip(inner_cuts(left), inner_cuts(right)):
            if any(map(is_hangul, plain)):
                total += 1
                same += first == second
    return same / max(total, 1), total


def gold_f1(lines: list[str], records: list[dict]) -> float:
    """F1 of the cuts inside the eojeols whose gold morphemes are parts of the surface."""
    both = found_count = gold_count = 0
    for line, record in zip(lines, records):
        places, plain = set(), 0
        for piece in line.split("|")[:-1]:
            plain += len(piece)
            places.add(plain)
        for token in record["tokens"]:
            if not token["aligned"]:
                continue
            start, end = token["start"], token["start"] + len(token["form"])
            gold = {start + cut for cut in token["cuts"]}
            found = {place for place in places if start < place < end}
            both += len(gold & found)
            found_count += len(found)
            gold_count += len(gold)
    return 2 * both / max(found_count + gold_count, 1)


def halves(folder: Path) -> tuple[list[dict], list[dict]]:
    """The gold sentences without bars, every other one."""
    records = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    records = [one for one in records if not set(one["text"]) & set("|\\\n")]
    for number in (0, 1):
        (folder / f"gold-{number}.txt").write_text(
            "".join(one["text"] + "\n" for one in records[number::2]), "utf-8")
    return records[0::2], records[1::2]


# ---- Rows ----


def sentence_rows(folder: Path, held: Path, arguments: argparse.Namespace) -> Iterator[Row]:
    """Sentence by sentence, beside mecab-ko."""
    text = folder / "gold.txt"
    gold = [json.loads(line)["text"] for line in GOLD.read_text("utf-8").splitlines()]
    gold = [line for line in gold if not set(line) & set("|\\\n")]
    text.write_text("".join(line + "\n" for line in gold), "utf-8")
    analyser("mecab-places", text, folder / "mecab.jsonl")
    total = same = 0
    for line, bars, places in zip(
            gold, printed(text), map(json.loads, (folder / "mecab.jsonl").read_text().splitlines())):
        theirs = set(places)
        ours, place = {0}, 0
        for piece in bars.split("|"):
            ours.add(place)
            place += len(piece)
        place = 0
        for eojeol in line.split(" "):
            span = range(place + 1, place + len(eojeol))
            total += 1 if eojeol else 0
            same += bool(eojeol) and {p for p in ours if p in span} == {p for p in theirs if p in span}
            place += len(eojeol) + 1
    yield Row("sentence mode: eojeols of UD Kaist cut as by mecab-ko", f"{100 * same / total:.3f} %",
              ">= 99.9 %")
    empty = folder / "empty.txt"
    empty.write_text("가\n", "utf-8")

    def ours() -> float:
        options = ("--input-format", "text", "--normalizer", "none", "--threads", 1)
        # Opening the dictionary is not analysing.
        return (malmoi("morphemes", held, *options).cpu_seconds
                - malmoi("morphemes", empty, *options).cpu_seconds)

    yield Row("sentence mode: CPU time of mecab-ko beside ours",
              spread(ratios(ours, lambda: analyser("mecab", held).report["cpu_seconds"],
                            arguments.rounds)), ">= 3")


def eojeol_rows(folder: Path, train: Path, held: Path) -> Iterator[Row]:
    """Run by run, beside the analysis of sentences, and beside gold."""
    sentences = printed(held)
    models = {"whole dictionary": folder / "whole.eojeols", "shipped": None}
    malmoi("morphology", "fit", train, "--input-format", "text", "--output",
           models["whole dictionary"], "--overwrite", "--quiet")
    for name, model in models.items():
        options = ["--morpheme-model", model] if model else []
        share, total = same_share(sentences, printed(held, "--mode", "eojeol", *options))
        yield Row(f"eojeol mode, {name}: eojeols cut as in their sentence, of {total:,}",
                  f"{100 * share:.2f} %", ">= 98.5 %" if model else "")
    first, second = halves(folder)
    for fitted, measured, records in ((0, 1, second), (1, 0, first)):
        model, text = folder / f"half-{fitted}.eojeols", folder / f"gold-{measured}.txt"
        malmoi("morphology", "fit", folder / f"gold-{fitted}.txt", "--input-format", "text", "--output",
               model, "--overwrite", "--quiet")
        sentence = gold_f1(printed(text), records)
        eojeol = gold_f1(printed(text, "--mode", "eojeol", "--morpheme-model", model), records)
        large = gold_f1(
            printed(text, "--mode", "eojeol", "--morpheme-model", models["whole dictionary"]), records)
        yield Row(f"gold F1, half {measured + 1} of UD Kaist: sentence / fitted on the other half / on the mix",
                  f"{sentence:.4f} / {eojeol:.4f} / {large:.4f}", f">= {sentence - 0.003:.4f}")


def tokenizer_rows(folder: Path, train: Path, held: Path, arguments: argparse.Namespace) -> Iterator[Row]:
    """What morphemes cost training and encoding."""
    text = cut(prepare(SHARED / "corpora" / CORPORA["dev-mix"][0]), arguments.max_mb)

    def trained(name: str, *options: object) -> measure.Run:
        return malmoi(
            "train", text.path, "--input-format", "text", "--vocab-size", arguments.vocab_size, "--output",
            folder / name, "--overwrite", "--quiet", "--threads", 1, *options)

    plain = [trained("plain") for _ in range(arguments.rounds)]
    whole = [trained("all", "--morphemes", "all") for _ in range(arguments.rounds)]
    yield Row(f"training {arguments.vocab_size:,} ids on {text.megabytes:.0f} MB: CPU time beside plain BPE",
              spread([one.cpu_seconds / other.cpu_seconds for one, other in zip(whole, plain)]), "<= 1.3")
    wiki = prepare(SHARED / "corpora" / CORPORA["kowiki"][0])
    stream, again = cut(wiki, 100), cut(wiki, 24)

    def passes(name: str, text: Text, count: int) -> list[float]:
        done = measure.run(
            [str(TIMER), "passes", "--tokenizer", str(folder / name), "--text", str(text.path),
             "--document-ends", str(ends_of(text, folder)), "--passes", str(count)], 1, arguments.timeout)
        if done.error:
            raise BenchError(f"{TIMER.name}: {done.error}")
        return [one["cpu_seconds"] for one in done.records if "cpu_seconds" in one]

    first = [passes("all", stream, 1)[0] / passes("plain", stream, 1)[0] for _ in range(arguments.rounds)]
    yield Row(f"encoding {stream.megabytes:.0f} MB never seen: CPU time beside plain BPE", spread(first),
              "<= 2")
    warm = [(min(passes("all", again, 4)[1:]), min(passes("plain", again, 4)[1:]))
            for _ in range(arguments.rounds)]
    yield Row(f"encoding {again.megabytes:.0f} MB again", spread([one / other for one, other in warm]),
              "<= 1.15")
    small = cut(prepare(SHARED / "corpora" / CORPORA["kowiki"][0]), 1)
    try:
        kiwi = analyser("kiwi", small.path)
    except BenchError as error:
        yield Row("Kiwi", str(error))
    else:
        ours = min(one for one, _ in warm) / again.bytes
        yield Row("run by run through the cache, ids included: CPU time of Kiwi beside it",
                  f"{kiwi.report['cpu_seconds'] / kiwi.report['bytes'] / ours:,.0f}", ">= 100")


def ends_of(text: Text, folder: Path) -> Path:
    """The ends of the lines of a text, as the timer takes those of documents."""
    ends = folder / f"{text.path.stem}.ends"
    with open(text.path, "rb") as lines, open(ends, "wb") as output:
        place = 0
        for line in lines:
            place += len(line)
            output.write(place.to_bytes(8, "little"))
    return ends


def bench(arguments: argparse.Namespace) -> Result:
    """All rows; each is printed when it is known."""
    if not GOLD.exists():
        raise BenchError(f"{GOLD.relative_to(ROOT.parent)} is not here")
    folder = CACHE / "morphology"
    train, held = texts_of_mix(folder)
    rows = []
    for found in (sentence_rows(folder, held, arguments), eojeol_rows(folder, train, held),
                  tokenizer_rows(folder, train, held, arguments)):
        for row in found:
            print(f"{row.name}: {row.found}" + (f"  (wanted {row.wanted})" if row.wanted else ""), flush=True)
            rows.append([row.name, row.found, row.wanted])
    return Result(text=table(["", "measured", "wanted"], rows, (0, 1, 2)),
                  record={"rows": rows}, agrees=True)

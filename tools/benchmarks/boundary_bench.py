# SPDX-License-Identifier: Apache-2.0
"""`tools/bench boundaries`: what morphemes give a vocabulary and what they take, so that one can choose."""

import argparse
import subprocess
from pathlib import Path

import numpy

import edges
import measure
import tokenizer_json
from measure import BenchError
from morphology_bench import GOLD, malmoi, printed, texts_of_mix
from report import Result
from texts import CACHE, ROOT, TIMER, cut, measured

#: What is compared: the name, and the options of `malmoi train`.
MODES = {
    "plain": [],
    **{f"{which}, {where}": ["--morphemes", which, "--morphemes-in", option]
       for which in ("particles", "inflectional", "functional", "all")
       for where, option in (("training only", "training"), ("training and encoding", "both"))},
}
#: It cuts before particles, endings, the copula and the suffixes of verbs, in training only.
KIWI = "kiwipiepy.bpe_trainer"
LIKE_KIWI = {
    f"malmoi, {rule}, {name}": ["--pre-tokenizer", rule, *options]
    # Kiwi's cuts by GPT-2's rule, and has no other.
    for rule in ("gpt2", "cl100k") for name, options in MODES.items()
    if name.startswith(("particles", "inflectional", "functional")) and options[-1] == "training"}


def lengths_by_malmoi(tokenizer: Path, folder: Path, sentences: edges.Sentences) -> numpy.ndarray:
    """The lengths in bytes of the tokens that malmoi makes of a text."""
    sentences.write(folder)
    done = subprocess.run(
        [TIMER, "--tokenizer", tokenizer, "--text", folder / "text", "--document-ends", folder / "ends",
         "--write", folder / "out"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise BenchError(f"{TIMER.name}: {done.stderr.decode().strip()}")
    return lengths_of_ids(tokenizer / "tokenizer.json", numpy.fromfile(folder / "out.ids", "<u4"))


def lengths_by_hugging_face(path: Path, sentences: edges.Sentences) -> numpy.ndarray:
    """The same of Hugging Face tokenizers, for a tokenizer.json that malmoi need not read."""
    import tokenizers
    encodings = tokenizers.Tokenizer.from_file(str(path)).encode_batch(
        sentences.texts, add_special_tokens=False)
    return lengths_of_ids(path, numpy.concatenate([numpy.array(one.ids, int) for one in encodings]))


def lengths_of_ids(path: Path, ids: numpy.ndarray) -> numpy.ndarray:
    vocabulary = tokenizer_json.load(path)["model"]["vocab"]
    lengths = numpy.zeros(max(vocabulary.values()) + 1, int)
    for token, number in vocabulary.items():
        lengths[number] = len(token)
    return lengths[ids]


#: The columns of edges, of which the first three are of the mix.
EDGE_COLUMNS = ["tokens an eojeol", "bytes a token", "P / R / F1, mecab-ko", "P / R / F1, gold", "particles"]


def cells(mix: edges.Edges, gold: edges.Edges) -> list[str]:
    """The figures of one tokenizer on the mix and on the gold sentences."""
    def shares(one: edges.Edges) -> str:
        return f"{one.precision:.3f} / {one.recall:.3f} / {one.f1:.3f}"

    return [f"{mix.tokens_per_eojeol:.3f}", f"{mix.bytes_per_token:.2f}", shares(mix), shares(gold),
            f"{gold.particle_consistency:.3f}"]


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A table whose first column is text."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [
        header, ["---", *["--:"] * (len(header) - 1)], *rows])


def mode_rows(folder: Path, train: Path, texts: dict[str, edges.Sentences],
              arguments: argparse.Namespace) -> list[list[str]]:
    """Every mode at every size."""
    text = ["--input-format", "text", "--normalizer", "none", "--quiet", "--overwrite"]
    malmoi("count", train, *text, "--output", folder / "counts")
    rows = []
    for name, options in MODES.items():
        output = folder / name.replace(", ", "-").replace(" ", "-")
        malmoi("train", "--counts", folder / "counts", "--sizes", ",".join(map(str, arguments.sizes)),
               *options, "--output", output, "--overwrite", "--quiet")
        for size in arguments.sizes:
            found = {one: edges.compare(
                sentences, lengths_by_malmoi(output / str(size), folder / one, sentences))
                for one, sentences in texts.items()}
            rows.append([f"{name}", f"{size:,}", *cells(found["mix"], found["gold"])])
            print(" | ".join(rows[-1]), flush=True)
    return sorted(rows, key=lambda row: int(row[1].replace(",", "")))


def kiwi_rows(folder: Path, train: Path, texts: dict[str, edges.Sentences],
              arguments: argparse.Namespace) -> list[list[str]]:
    """Kiwi's trainer beside ours on the same part of the text."""
    part, size, output = cut(measured(train), arguments.kiwi_mb), arguments.sizes[0], folder / "kiwi.json"
    done = measure.run_worker(
        "trainers.py", ["kiwi", "--text", str(part.path), "--vocab-size", str(size), "--threads", "1",
                        "--output", str(output)], 1, arguments.timeout)
    if done.error:
        raise BenchError(f"{KIWI}: {done.error}")
    found = {name: edges.compare(sentences, lengths_by_hugging_face(output, sentences))
             for name, sentences in texts.items()}
    count = len(tokenizer_json.load(output)["model"]["vocab"])
    rows = [kiwi_row(KIWI, count, done, found)]
    for name, options in LIKE_KIWI.items():
        ours = malmoi("train", part.path, "--input-format", "text", "--normalizer", "none", "--threads", 1,
                      "--vocab-size", size, *options, "--output", folder / "ours", "--overwrite", "--quiet")
        found = {one: edges.compare(sentences, lengths_by_malmoi(folder / "ours", folder / one, sentences))
                 for one, sentences in texts.items()}
        rows.append(kiwi_row(name, size, ours, found))
    print(f"trained on {part.megabytes:.1f} MB, one thread")
    return rows


def kiwi_row(name: str, size: int, run: measure.Run, found: dict[str, edges.Edges]) -> list[str]:
    return [name, f"{size:,}", *cells(found["mix"], found["gold"]), f"{run.cpu_seconds:.1f} s",
            f"{run.peak_bytes / 1e6:.0f} MB"]


def bench(arguments: argparse.Namespace) -> Result:
    """A table of the modes, and one of Kiwi's trainer if it is asked for."""
    if not GOLD.exists():
        raise BenchError(f"{GOLD.relative_to(ROOT.parent)} is not here")
    folder = CACHE / "boundaries"
    folder.mkdir(parents=True, exist_ok=True)
    train, held = texts_of_mix(CACHE / "morphology")
    train = cut(measured(train), arguments.max_mb).path
    texts = {"mix": edges.of_lines(printed(held)), "gold": edges.of_gold(GOLD)}
    tables, header = {}, ["morphemes", "ids", *EDGE_COLUMNS]
    tables["modes"] = [header, mode_rows(folder, train, texts, arguments)]
    if arguments.kiwi_mb:
        tables["kiwi"] = [["trainer", *header[1:], "CPU time", "peak"],
                          kiwi_rows(folder, train, texts, arguments)]
    return Result(text="\n\n".join(markdown(*one) for one in tables.values()),
                  record={name: [dict(zip(head, row)) for row in rows]
                          for name, (head, rows) in tables.items()}, agrees=True)

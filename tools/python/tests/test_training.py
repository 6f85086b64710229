# SPDX-License-Identifier: Apache-2.0
"""Training gives the command's tokenizer of the same documents, from every kind of source."""
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE

import malmoi

FILES = [SAMPLE / "reviews.jsonl", SAMPLE / "law.txt.zst"]


def command(*arguments):
    done = subprocess.run([os.environ["MALMOI_COMMAND"], *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def texts():
    return [document.text for document in malmoi.read(FILES)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The command's tokenizer.json."""
    path = tmp_path_factory.mktemp("command") / "out"
    command("train", *FILES, "--vocab-size", 2000, "--special-token", "<|end|>", "--output", path)
    return (path / "tokenizer.json").read_bytes()


SOURCES = {
    "list": list,
    "iterator": iter,
    "bytes": lambda texts: [text.encode() for text in texts],
    "lists": lambda texts: (texts[at:at + 100] for at in range(0, len(texts), 100)),
    "numpy": lambda texts: np.array([*texts, None], object)[:-1],
    "array": pa.array,
    "chunks": lambda texts: pa.chunked_array([texts[:10], texts[10:]]),
    "table": lambda texts: pa.table({"n": range(len(texts)), "text": texts}),
    "batches": lambda texts: pa.table({"text": texts}).to_batches(500),
    "reader": lambda texts: pa.table({"text": texts}).to_reader(500),
    "rows": lambda texts: ({"n": place, "text": text} for place, text in enumerate(texts)),
    "paths": lambda texts: FILES,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_sources(kind, texts, trained, tmp_path):
    made = malmoi.train(SOURCES[kind](texts), tmp_path / "out", 2000, ["<|end|>"], threads=1 + len(kind) % 3)
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == trained
    assert made.special_tokens == {"<|end|>": 0} and len(made) == 2000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_path(trained, tmp_path):
    (tmp_path / "in").mkdir()
    for path in FILES:
        (tmp_path / "in" / path.name).symlink_to(path)
    malmoi.train(str(tmp_path / "in"), tmp_path / "out", 2000, ["<|end|>"])
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == trained


def test_counts(texts, trained, tmp_path):
    command("count", FILES[0], "--output", tmp_path / "a.counts")
    command("count", FILES[1], "--output", tmp_path / "b.counts")
    counts = [tmp_path / "a.counts", tmp_path / "b.counts"]
    malmoi.train(None, tmp_path / "out", 2000, ["<|end|>"], counts=counts)
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == trained
    first = [document.text for document in malmoi.read(FILES[0])]
    malmoi.train(first, tmp_path / "both", 2000, ["<|end|>"], counts=counts[1:])
    assert (tmp_path / "both" / "tokenizer.json").read_bytes() == trained
    with pytest.raises(malmoi.InvalidArgumentError, match="leave pre_tokenizer"):
        malmoi.train(None, tmp_path / "other", 2000, counts=counts, pre_tokenizer="cl100k")


@pytest.mark.parametrize("options, flags", [
    ({"pre_tokenizer": "cl100k", "normalizer": "korean"}, ["--pre-tokenizer", "cl100k", "--normalizer", "korean"]),
    ({"syllable_safe": True, "minimum_frequency": 3}, ["--syllable-safe", "--min-frequency", 3]),
    ({"maximum_token_bytes": 6, "minimum_count": 2}, ["--max-token-bytes", 6, "--min-count", 2]),
])
def test_options(options, flags, texts, tmp_path):
    malmoi.train(texts, tmp_path / "out", 1500, **options)
    command("train", *FILES, "--vocab-size", 1500, "--output", tmp_path / "command", *flags)
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == (tmp_path / "command" / "tokenizer.json").read_bytes()


def test_progress(texts, tmp_path):
    told = []
    malmoi.train(texts[:500], tmp_path / "out", 1000, progress=lambda done, total: told.append((done, total)))
    assert told and told == sorted(told) and told[-1][0] <= 1000
    malmoi.train(texts[:500], tmp_path / "bar", 1000, progress=True)

    def stop(done, total):
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        malmoi.train(texts[:500], tmp_path / "stopped", 1000, progress=stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bar", "out"]


def test_ctrl_c(tmp_path):
    """An interrupt ends training, and leaves nothing."""
    code = """
import os, signal, sys, time, malmoi
signal.signal(signal.SIGINT, signal.default_int_handler)    # which a shell's background job does not have
told = []
def tell(done, total):
    told.append(done)
    if len(told) == 1:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)
malmoi.train(["값이 싸다 %d" % n for n in range(20000)], sys.argv[1], 30000, progress=tell)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True)
    assert done.returncode in (-signal.SIGINT, 1) and "KeyboardInterrupt" in done.stderr
    assert not list(tmp_path.iterdir())


def test_refusals(texts, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(malmoi.OutputExistsError, match="overwrite=True"):
        malmoi.train(texts, tmp_path / "out", 1000)
    malmoi.train(texts[:200], tmp_path / "out", 1000, overwrite=True)
    with pytest.raises(malmoi.InvalidArgumentError, match="nothing to train from"):
        malmoi.train(None, tmp_path / "other", 1000)
    with pytest.raises(malmoi.InvalidArgumentError):
        malmoi.train(texts, tmp_path / "other", 200)
    with pytest.raises(malmoi.InvalidArgumentError, match="none such"):
        malmoi.train(texts, tmp_path / "other", 1000, normalizer="none such")
    with pytest.raises(malmoi.BadDataError):
        malmoi.train([], tmp_path / "other", 1000)
    with pytest.raises(malmoi.NotFoundError):
        malmoi.train("nowhere", tmp_path / "other", 1000)
    with pytest.raises(malmoi.NotFoundError):
        malmoi.train([pathlib.Path("nowhere")], tmp_path / "other", 1000)
    for source in (7, b"a text", ["a", None], [pa.array([1])]):
        with pytest.raises(TypeError):
            malmoi.train(source, tmp_path / "other", 1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("options", [
    {"vocab_size": 256}, {"vocab_size": 1000, "special_tokens": ["<x>", "<x>"]}, {"vocab_size": 1000, "threads": 0},
    {"vocab_size": 1000, "special_tokens": ["a\0b"]}, {"vocab_size": 1000, "pre_tokenizer": "scissors"},
    {"vocab_size": 1000, "normalizer": "nfc\0"}, {"vocab_size": 1000, "special_tokens": ["\ud800"]},
])
def test_options_are_checked_before_anything_is_counted(options, tmp_path):
    def texts():
        raise AssertionError("the texts were looked at")
        yield

    with pytest.raises(malmoi.InvalidArgumentError):
        malmoi.train(texts(), tmp_path / "out", **{"special_tokens": ["<x>"], **options})
    assert not list(tmp_path.iterdir())

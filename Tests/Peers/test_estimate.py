# SPDX-License-Identifier: Apache-2.0
"""What `malmoi estimate` foretells, against what `malmoi encode` then does."""
import json
import os
import random
import subprocess

import pytest

from command import BINARY, SAMPLE, complaint, malmoi, tree

FORMATS = ["megatron", "gpt-neox", "deepspeed", "nanogpt", "llm.c", "npy", "datatrove", "olmo", "mds", "litdata",
           "tfrecord"]


def estimate(*arguments):
    return json.loads(malmoi("estimate", *arguments, "--json").stdout)


def without_machine(found):
    return {key: value for key, value in found.items() if key != "machine"}


def encoded(directory, *arguments):
    """The report of a real run into all formats."""
    sinks = [part for name in FORMATS for part in ("--sink", f"{name}:{directory}/{name}/set")]
    return json.loads(malmoi("encode", *arguments, *sinks, "--json").stdout)


def errors(found, real):
    """By how much each figure is off, as a share of the truth."""
    pairs = {
        "documents": (found["documents"], real["documents"]), "tokens": (found["tokens"], real["tokens"]),
        "text": (found["text_bytes"], real["bytes"]),
        "rejects": (found["rejected_records"], real["rejected_records"]),
    }
    assert [each["format"] for each in found["outputs"]] == FORMATS
    for ours, theirs in zip(found["outputs"], real["outputs"]):
        assert ours["token_type"] == theirs["token_type"]
        pairs[ours["format"]] = (ours["bytes"], theirs["bytes"])
    return {name: abs(ours["estimate"] - truth) / max(truth, 1) for name, (ours, truth) in pairs.items()}


def assert_close(found, real, most=0.03):
    off = errors(found, real)
    print({name: f"{100 * error:.2f} %" for name, error in off.items()})
    assert all(error <= most for error in off.values()), off


@pytest.fixture(scope="module")
def many_files(tmp_path_factory):
    """Documents of the sample in 90 files of 60 KB to 190 KB, in one of 40 records one that cannot be read."""
    directory = tmp_path_factory.mktemp("many")
    texts = [
        line for path in sorted(SAMPLE.glob("*.txt")) for line in path.read_text().split("\n") if line]
    generator = random.Random(7)
    for number in range(90):
        size, lines = generator.randint(60_000, 190_000), []
        while size > 0:
            line = json.dumps({"text": generator.choice(texts)}, ensure_ascii=False)
            size -= len(line.encode())
            lines.append(line if len(lines) % 40 else line[:-1])
        (directory / f"{number:02}.jsonl").write_text("\n".join(lines) + "\n")
    return directory


@pytest.mark.parametrize("options", [(), ("--append-eod",)], ids=["bare", "eod"])
def test_a_sample_of_the_documents_foretells_the_run(tmp_path, tokenizer, options):
    found = estimate(SAMPLE, "--tokenizer", tokenizer, "--sample-mib", 1, *options)
    assert found["files_read"] == found["files"] and found["sampled_bytes"] <= 1 << 20
    real = encoded(tmp_path, SAMPLE, "--tokenizer", tokenizer, *options)
    assert_close(found, real)
    # What was counted is exact.
    assert found["documents"]["estimate"] == real["documents"]
    assert found["text_bytes"] == {"estimate": real["bytes"], "interval_95": [real["bytes"]] * 2}
    low, high = found["tokens"]["interval_95"]
    assert low < found["tokens"]["estimate"] < high


def test_files_that_are_not_read_are_foretold(tmp_path, tokenizer, many_files):
    found = estimate(many_files, "--tokenizer", tokenizer, "--read-mib", 3, "--sample-mib", 1)
    assert found["files"] == 90 and 10 < found["files_read"] < 45
    assert found["stored_bytes_read"] < found["stored_bytes"] / 2
    real = encoded(tmp_path, many_files, "--tokenizer", tokenizer)
    assert real["rejected_records"] > 100
    assert_close(found, real)


def test_of_a_large_file_the_beginning_is_read_and_that_is_said(tmp_path, tokenizer, many_files):
    corpus = tmp_path / "one.jsonl"
    corpus.write_bytes(b"".join(path.read_bytes() for path in sorted(many_files.iterdir())))
    arguments = (corpus, "--tokenizer", tokenizer, "--read-mib", 3)
    found = estimate(*arguments)
    assert found["files_cut"] == 1 and found["stored_bytes_read"] < 5 << 20
    assert found["tokens"]["interval_95"] is None
    assert_close(found, encoded(tmp_path, corpus, "--tokenizer", tokenizer))
    told = malmoi("estimate", *arguments).stdout.decode()
    assert "of 1 only the beginning" in told and "too few files" in told


def test_threads_change_nothing_and_seeds_choose_another_sample(tokenizer, many_files):
    arguments = (many_files, "--tokenizer", tokenizer, "--read-mib", 4, "--sample-mib", 1)
    one = without_machine(estimate(*arguments, "--threads", 1))
    for threads in (2, 5):
        assert without_machine(estimate(*arguments, "--threads", threads)) == one
    assert without_machine(estimate(*arguments, "--seed", 1)) != one


def test_nothing_is_left_behind(tmp_path, tokenizer, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    malmoi("estimate", SAMPLE, "--tokenizer", tokenizer)
    assert tree(tmp_path) == {} and list(tmp_path.iterdir()) == []


def test_formats_are_chosen_and_free_space_is_told(tmp_path, tokenizer):
    found = estimate(
        SAMPLE, "--tokenizer", tokenizer, "--format", "mds", "--format", "npy", "--output", tmp_path / "a/b/set")
    assert [each["format"] for each in found["outputs"]] == ["mds", "npy"]
    assert found["free_bytes"] > 0
    told = malmoi("estimate", SAMPLE, "--tokenizer", tokenizer).stdout.decode()
    assert told.startswith("read all of ") and "bytes as tfrecord, int64" in told


def test_what_cannot_be_estimated_is_refused(tmp_path, tokenizer):
    assert complaint("estimate", "-", "--tokenizer", tokenizer, code=64).startswith(
        "malmoi: standard input: an estimate needs to know how large its inputs are")
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert "no documents in 1 input files" in complaint("estimate", empty, "--tokenizer", tokenizer, code=1)
    complaint("estimate", SAMPLE, "--tokenizer", tokenizer, "--read-mib", 0, code=64)


def test_token_types_are_those_of_encode(tokenizer):
    found = estimate(SAMPLE, "--tokenizer", tokenizer, "--format", "npy", "--token-type", "int64")
    narrow = estimate(SAMPLE, "--tokenizer", tokenizer, "--format", "npy")
    assert found["outputs"][0]["token_type"] == "int64"
    ratio = found["outputs"][0]["bytes"]["estimate"] / narrow["outputs"][0]["bytes"]["estimate"]
    assert 2 < ratio < 4
    assert "uint32" in complaint(
        "estimate", SAMPLE, "--tokenizer", tokenizer, "--format", "nanogpt", "--token-type", "uint32", code=64)


@pytest.mark.slow
def test_a_real_mixture_is_foretold(tmp_path, tokenizer, shared_file):
    corpus = shared_file("corpora/dev-mix.jsonl.zst")
    real = encoded(tmp_path, corpus, "--tokenizer", tokenizer)
    for seed in range(3):
        assert_close(estimate(corpus, "--tokenizer", tokenizer, "--seed", seed), real)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_memory_is_foretold(tmp_path, tokenizer, shared_file, threads):
    """A run takes no more than was told, and at least two thirds of it."""
    arguments = (shared_file("corpora/dev-mix.jsonl.zst"), "--tokenizer", tokenizer, "--threads", threads)
    foretold = estimate(*arguments, "--format", "megatron")["machine"]["memory_bytes"]
    process = subprocess.Popen([str(BINARY), "encode", *map(str, arguments), "--output", str(tmp_path / "set"), "-q"])
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    print(f"{usage.ru_maxrss >> 10} MiB of {foretold >> 20}")
    assert foretold * 2 / 3 < usage.ru_maxrss << 10 <= foretold

# SPDX-License-Identifier: Apache-2.0
"""An output is replaced only when told, and a failure leaves nothing of it."""
import json
import os
import subprocess

import pytest

from command import BINARY, EOD, SAMPLE, complaint, left, malmoi, tree

EXISTS = "already exists; pass --overwrite to replace it, or choose another output"
GOOD = '{"text": "좋은 줄"}'


def test_train_replaces_nothing_unless_told(tmp_path, corpus):
    output = tmp_path / "out"
    arguments = ("train", corpus, "--vocab-size", 300, "--output", output)
    malmoi(*arguments)
    before = tree(output)
    assert complaint(*arguments, "--special-token", EOD, code=74) == f"malmoi: {output}: {EXISTS}\n"
    assert tree(output) == before
    malmoi(*arguments, "--special-token", EOD, "--overwrite")
    assert tree(output) != before
    malmoi("verify", output)


def test_train_fills_an_empty_directory_but_replaces_no_file(tmp_path, corpus):
    (tmp_path / "empty").mkdir()
    malmoi("train", corpus, "--vocab-size", 300, "--output", tmp_path / "empty")
    for options in ((), ("--overwrite",)):
        assert complaint(
            "train", corpus, "--vocab-size", 300, "--output", corpus, *options, code=74) == (
                f"malmoi: {corpus}: is no directory; choose another output\n")


def test_encode_replaces_nothing_unless_told(tmp_path, corpus, small_tokenizer):
    output = tmp_path / "out/ids"
    arguments = ("encode", corpus, "--tokenizer", small_tokenizer, "--output", output)
    malmoi(*arguments)
    before = tree(tmp_path / "out")
    assert complaint(*arguments, "--append-eod", code=74) == (
        f"malmoi: {output}.manifest.json: {EXISTS}\n")
    assert tree(tmp_path / "out") == before
    malmoi(*arguments, "--append-eod", "--overwrite")
    assert tree(tmp_path / "out") != before
    malmoi("verify", output)


def test_a_failed_overwrite_leaves_the_former_output(tmp_path, corpus, small_tokenizer):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(GOOD + "\n{}\n")
    for arguments in (
            ("train", "--vocab-size", 300, "--output", tmp_path / "trained"),
            ("encode", "--tokenizer", small_tokenizer, "--output", tmp_path / "encoded/ids")):
        malmoi(*arguments, corpus)
        before = tree(tmp_path)
        malmoi(*arguments, bad, "--strict", "--overwrite", code=1)
        assert tree(tmp_path) == before


def test_an_output_below_a_file_is_refused(tmp_path, corpus, small_tokenizer):
    for arguments in (
            ("train", "--vocab-size", 300, "--output", corpus / "out"),
            ("encode", "--tokenizer", small_tokenizer, "--output", corpus / "out/ids")):
        told = complaint(*arguments, corpus, code=74)
        assert told.startswith(f"malmoi: {corpus}") and "cannot be written" in told
        assert told.count("\n") == 1


def test_a_tokenizer_that_is_not_there_is_named(tmp_path, corpus):
    path = tmp_path / "tokenizer"
    arguments = ("encode", corpus, "--tokenizer", path, "--output", tmp_path / "ids")
    assert complaint(*arguments, code=74) == f"malmoi: {path}: no such file; check the path\n"
    path.mkdir()
    assert complaint(*arguments, code=74) == (
        f"malmoi: {path}: no tokenizer.json in it; name a directory made by \"malmoi train\" or a "
        "vocabulary file\n")


@pytest.fixture
def full_disk(tmp_path):
    """A file system of a megabyte."""
    directory = tmp_path / "disk"
    directory.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(directory)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small file system can be mounted: {done.stderr.strip()}")
    yield directory
    subprocess.run(["umount", str(directory)], check=True)


def test_a_full_disk_is_told_and_nothing_is_left_on_it(full_disk, tokenizer):
    told = complaint(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--output", full_disk / "ids", code=74)
    assert told == (
        f"malmoi: {full_disk}/ids.bin: cannot be written (No space left on device); free some "
        "space and run again\n")
    assert left(full_disk) == []
    told = complaint(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--output", full_disk / "ids",
        "--shard-tokens", 100_000, code=74)
    assert "No space left on device" in told and left(full_disk) == []


def test_a_tokenizer_that_does_not_fit_on_the_disk_is_told(full_disk):
    told = complaint(
        "train", SAMPLE, "--vocab-size", 30_000, "--output", full_disk / "tokenizer", code=74)
    assert told.endswith(
        "cannot be written (No space left on device); free some space and run again\n")
    # All that stays are the merges, so that a run with more space need not make them again.
    assert list(tree(full_disk)) == ["tokenizer.partial/merges"]
    assert left(full_disk) == ["tokenizer.partial"]
    subprocess.run(["mount", "-o", "remount,size=16m", str(full_disk)], check=True)
    done = malmoi("train", SAMPLE, "--vocab-size", 30_000, "--output", full_disk / "tokenizer",
                  "--json")
    assert json.loads(done.stdout)["resumed_merges"] > 0
    assert left(full_disk) == ["tokenizer"]


def test_a_full_standard_output_is_told(corpus):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [BINARY, "cat", str(corpus)], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 74
    assert done.stderr.decode() == (
        "malmoi: standard output: cannot be written (No space left on device); free some space "
        "and run again\n")

# SPDX-License-Identifier: Apache-2.0
"""Runs of training: stopped and gone on with, in little memory, of several sizes."""
import json
import signal

import pytest

from command import SAMPLE, complaint, left, malmoi
from stopping import stopped

FILES = ["tokenizer.json", "tokenizer.tiktoken", "tokenizer_config.json", "manifest.json"]


def files(directory):
    return [(directory / name).read_bytes() for name in FILES]


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    path = tmp_path_factory.mktemp("counts") / "sample.counts"
    malmoi("count", SAMPLE, "--output", path)
    return path


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_training_goes_on_and_gives_the_same_bytes(counts, tmp_path, how):
    arguments = ["train", "--counts", counts, "--vocab-size", 30000, "--checkpoint-merges", 64]
    malmoi(*arguments, "--output", tmp_path / "whole")
    arguments += ["--output", tmp_path / "t"]
    checkpoint = tmp_path / "t.partial" / "merges"
    kept = (f"malmoi: interrupted; the merges made so far are kept in {checkpoint.parent}; run the "
            "same command again to go on\n")
    assert stopped(arguments, checkpoint, how) == (
        (-signal.SIGKILL, "") if how == signal.SIGKILL else (130, kept))
    made = (len(checkpoint.read_bytes()) - 32) // 16
    summary = json.loads(malmoi(*arguments, "--json").stdout)
    assert 64 <= summary["resumed_merges"] == made < 30000 - 256
    assert files(tmp_path / "t") == files(tmp_path / "whole")
    assert left(tmp_path) == ["t", "whole"]


def test_what_was_noted_of_another_training_is_not_used(counts, tmp_path):
    def arguments(*more):
        return ["train", "--counts", counts, "--vocab-size", 30000, "--checkpoint-merges", 64,
                "--output", tmp_path / "t", *more]
    checkpoint = tmp_path / "t.partial" / "merges"
    malmoi(*arguments("--min-count", 2))
    whole = files(tmp_path / "t")
    stopped(arguments("--overwrite"), checkpoint, signal.SIGKILL)
    noted = checkpoint.read_bytes()
    summary = json.loads(malmoi(*arguments("--overwrite", "--min-count", 2, "--json")).stdout)
    assert summary["resumed_merges"] == 0 and files(tmp_path / "t") == whole
    # Nor is a damaged one.
    for damaged in (noted[:-1], noted[:100] + b"x" + noted[101:], b"", b"\0" * 40):
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.write_bytes(damaged)
        summary = json.loads(malmoi(*arguments("--overwrite", "--json")).stdout)
        assert summary["resumed_merges"] == 0
    checkpoint.parent.mkdir(exist_ok=True)
    checkpoint.write_bytes(noted)
    assert json.loads(malmoi(*arguments("--overwrite", "--json")).stdout)["resumed_merges"] >= 64


def test_merging_that_does_not_fit_names_what_would(counts, tmp_path):
    arguments = ["train", "--counts", counts, "--vocab-size", 2000, "--output", tmp_path / "t",
                 "--memory", "63MiB", "--threads", 1]
    told = complaint(*arguments, code=64)
    assert told.startswith("malmoi: merging ") and told.count("\n") == 1
    assert "--memory allows 63 MiB" in told
    least = int(told.split("--min-count ")[1].split(",")[0])
    assert least > 1
    malmoi(*arguments, "--min-count", least)
    assert complaint(*arguments, "--min-count", least - 1, "--overwrite", code=64) != ""
    assert left(tmp_path) == ["t"]


def test_pruning_is_leaving_out_rare_pretokens(counts, tmp_path):
    malmoi("merge-counts", counts, "--min-count", 3, "--output", tmp_path / "pruned")
    malmoi("train", "--counts", tmp_path / "pruned", "--vocab-size", 3000, "--output", tmp_path / "a")
    done = json.loads(malmoi("train", SAMPLE, "--min-count", 3, "--vocab-size", 3000, "--output",
                             tmp_path / "b", "--json").stdout)
    assert done["pruned_pretokens"] > 0
    assert files(tmp_path / "a")[:3] == files(tmp_path / "b")[:3]


SWEEP = ["--special-token", "<s>", "--special-token-id", "7=<mask>", "--unused", 3,
         "--pad-to-multiple", 64]


@pytest.mark.parametrize("options", [[], SWEEP])
def test_each_size_is_a_training_of_its_own(counts, tmp_path, options):
    sizes = {"500": 500, "1Ki": 1024, "2k": 2000, "8k": 8000}
    done = malmoi("train", "--counts", counts, "--sizes", ",".join(sizes), "--output",
                  tmp_path / "s", "--held-out", SAMPLE / "book-reviews.txt", *options)
    points = json.loads((tmp_path / "s" / "sizes.json").read_text())["sizes"]
    assert [point["name"] for point in points] == list(sizes)
    assert (tmp_path / "s" / "sizes.svg").read_text().startswith("<svg")
    for point, (name, size) in zip(points, sizes.items()):
        malmoi("train", "--counts", counts, "--vocab-size", size, "--output", tmp_path / name,
               *options)
        assert files(tmp_path / "s" / name) == files(tmp_path / name)
        measured = json.loads(malmoi(
            "inspect", "corpus", SAMPLE / "book-reviews.txt", "--tokenizer", tmp_path / name,
            "--json").stdout)["tokenizers"][0]
        assert point["bytes_per_token"] == pytest.approx(measured["bytes_per_token"], abs=1e-3)
        assert f"{point['bytes_per_token']:.3f}" in done.stdout.decode()
    assert [point["bytes_per_token"] for point in points] == sorted(
        point["bytes_per_token"] for point in points)


@pytest.mark.parametrize("arguments, told", [
    (["--sizes", "8x"], '"8x" is no size'),
    (["--sizes", "1000,1k"], "named twice"),
    (["--sizes", "1k", "--vocab-size", "1000"], "one of --vocab-size and --sizes"),
    ([], "one of --vocab-size and --sizes"),
    (["--vocab-size", "1000", "--held-out", "x"], "--held-out is for --sizes"),
    (["--sizes", "100,1k"], "below the alphabet"),
])
def test_wrong_sizes_are_told(counts, tmp_path, arguments, told):
    assert told in complaint("train", "--counts", counts, "--output", tmp_path / "t", *arguments,
                             code=64)
    assert left(tmp_path) == []

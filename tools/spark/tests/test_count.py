# SPDX-License-Identifier: Apache-2.0
"""Count files are those of the command, byte for byte, however the work is divided."""
import os

import pytest

from conftest import SAMPLE, same


@pytest.fixture(scope="module")
def whole(command, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "whole.counts"
    command("count", SAMPLE, "--output", path, "--quiet")
    return path


@pytest.mark.parametrize(
    "unit_bytes, partitions", [(0, None), (0, 2), (0, 3), (0, 7), (300_000, None), (1 << 30, None)])
def test_any_division_gives_the_same_file(spark, whole, tmp_path, unit_bytes, partitions):
    import malmoi.spark

    done = malmoi.spark.count(
        spark, SAMPLE, tmp_path / "spark.counts", unit_bytes=unit_bytes, partitions=partitions)
    assert same(tmp_path / "spark.counts", whole)
    assert done["code"] == 0 and done["documents"] == 33840
    assert os.listdir(tmp_path) == ["spark.counts"]


def test_sources_options_and_a_tree_of_merges(spark, command, pieces, tmp_path):
    import malmoi.spark

    options = [
        "--documents", "paragraph", "--normalizer", "korean", "--without-rules", "zero-width", "--digits", "single"]
    inputs = [pieces / "2", pieces / "0" / "piece-03.txt"]
    command(
        "count", *inputs, "--source", f"a b={pieces / '1'}", "--output", tmp_path / "one.counts", "--min-count", 2,
        *options, "--quiet")
    done = malmoi.spark.count(
        spark, inputs, tmp_path / "spark.counts", sources={"a b": pieces / "1"}, unit_bytes=0, min_count=2,
        documents="paragraph", normalizer="korean", without_rules="zero-width", digits="single")
    assert done["units"] > 16
    assert same(tmp_path / "spark.counts", tmp_path / "one.counts")
    assert not command("verify", tmp_path / "spark.counts").stderr


def test_relative_paths_stay_relative(spark, command, tmp_path, monkeypatch):
    import malmoi.spark

    monkeypatch.chdir(SAMPLE.parent)
    command("count", "sample/law.txt.zst", "--output", tmp_path / "one.counts", "--quiet", cwd=SAMPLE.parent)
    malmoi.spark.count(spark, "sample/law.txt.zst", tmp_path / "spark.counts")
    assert same(tmp_path / "spark.counts", tmp_path / "one.counts")


def test_damaged_files_are_told_and_counted_as_far_as_they_go(spark, command, tmp_path):
    import malmoi.spark

    cut = tmp_path / "cut.jsonl.zst"
    cut.write_bytes((SAMPLE / "news.jsonl.zst").read_bytes()[:100_000])
    inputs = [SAMPLE / "law.txt.zst", cut, SAMPLE / "stories.txt"]
    one = command("count", *inputs, "--output", tmp_path / "one.counts", "--quiet", code=1)
    done = malmoi.spark.count(spark, inputs, tmp_path / "spark.counts", unit_bytes=0)
    assert done["code"] == 1
    assert done["messages"] == [one.stderr.rstrip()]
    assert same(tmp_path / "spark.counts", tmp_path / "one.counts")


def test_data_errors_are_told_once_and_not_tried_again(spark, faults, tmp_path):
    import malmoi
    import malmoi.spark

    (faults / "count.log").touch()
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "가"}\n{"text": \n')
    with pytest.raises(malmoi.BadDataError, match="unit-00001.*broken.jsonl") as raised:
        malmoi.spark.count(spark, [SAMPLE / "law.txt.zst", broken], tmp_path / "x.counts", unit_bytes=0, strict=True)
    assert "Traceback" not in str(raised.value)
    runs = [line for line in (faults / "count.log").read_text().splitlines() if "broken.jsonl" in line]
    assert len(runs) == 1
    assert not (tmp_path / "x.counts").exists()


def test_refusals_come_before_spark(tmp_path):
    import malmoi
    import malmoi.spark

    def never():
        raise AssertionError("Spark was started")

    target = tmp_path / "x.counts"
    with pytest.raises(OSError, match="nothing.txt: no such file; check the path"):
        malmoi.spark.count(never, tmp_path / "nothing.txt", target)
    with pytest.raises(malmoi.InvalidArgumentError, match="has no option --shape"):
        malmoi.spark.count(never, SAMPLE, target, shape="round")
    with pytest.raises(malmoi.InvalidArgumentError, match="'lines' is invalid for '--documents"):
        malmoi.spark.count(never, SAMPLE, target, documents="lines")
    with pytest.raises(malmoi.InvalidArgumentError, match="--sample-bytes is not for Spark"):
        malmoi.spark.count(never, SAMPLE, target, sample_bytes="1MB")
    with pytest.raises(malmoi.InvalidArgumentError, match="standard input"):
        malmoi.spark.count(never, "-", target)
    with pytest.raises(malmoi.InvalidArgumentError, match="no input files"):
        malmoi.spark.count(never, [], target)
    target.touch()
    with pytest.raises(malmoi.OutputExistsError, match="already exists; pass --overwrite"):
        malmoi.spark.count(never, SAMPLE, target)
    assert os.listdir(tmp_path) == ["x.counts"]


def test_no_documents_at_all_is_an_error(spark, tmp_path):
    import malmoi
    import malmoi.spark

    for name in ("a.txt", "b.txt"):
        (tmp_path / name).touch()
    with pytest.raises(malmoi.BadDataError, match="no documents in 2 input files"):
        malmoi.spark.count(spark, [tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "x.counts", unit_bytes=0)

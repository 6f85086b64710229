# SPDX-License-Identifier: Apache-2.0
"""Token files are those of the command, byte for byte and with the same manifest, however the work is divided."""
import os

import pytest

from conftest import REPOSITORY, SAMPLE, committed, same, when


def assert_same_sets(left, right):
    """Whether two directories have the same files; a manifest has the names of its files."""
    ours, theirs = [
        {str(path.relative_to(root)): path for path in sorted(root.rglob("*")) if path.is_file()}
        for root in (left, right)]
    assert list(ours) == list(theirs) and ours
    for name, path in ours.items():
        assert same(path, theirs[name]), name


@pytest.mark.parametrize("unit_bytes, partitions", [(0, None), (400_000, 2), (400_000, 3), (0, 7), (1 << 40, None)])
def test_any_division_gives_the_same_set(spark, command, tokenizer, tmp_path, unit_bytes, partitions):
    import malmoi.spark

    command(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--shard-input-bytes", unit_bytes, "--append-eod",
        "--output", tmp_path / "one" / "set", "--quiet")
    done = malmoi.spark.encode(
        spark, SAMPLE, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=unit_bytes, partitions=partitions,
        append_eod=True)
    assert_same_sets(tmp_path / "one", tmp_path / "spark")
    assert done["documents"] == 33840
    command("verify", tmp_path / "spark" / "set", "--tokenizer", tokenizer)


@pytest.mark.parametrize("form", ["deepspeed", "datatrove", "mds"])
def test_other_formats_and_options(spark, command, tokenizer, pieces, tmp_path, form):
    import malmoi.spark

    command(
        "encode", pieces, "--tokenizer", tokenizer, "--shard-input-bytes", 30_000, "--append-eod", "--format", form,
        "--documents", "paragraph", "--max-document-tokens", 200, "--normalizer", "korean",
        "--output", tmp_path / "one" / "set", "--quiet")
    done = malmoi.spark.encode(
        spark, pieces, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=30_000, append_eod=True, format=form,
        documents="paragraph", max_document_tokens=200, normalizer="korean", partitions=2)
    assert done["units"] > 3
    assert_same_sets(tmp_path / "one", tmp_path / "spark")


def test_an_attempt_that_fails_and_a_run_that_goes_on(spark, command, faults, tokenizer, tmp_path):
    import malmoi
    import malmoi.spark

    command(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--shard-input-bytes", 0,
        "--output", tmp_path / "one" / "set", "--quiet")
    work = tmp_path / "spark" / "set.spark"
    thread = when(lambda: committed(work) >= 2, (faults / "encode.fail").touch)
    with pytest.raises(malmoi.InputOutputError, match=r"^unit-000\d\d \(.*\): part.bin: cannot be written"):
        malmoi.spark.encode(spark, SAMPLE, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=0)
    thread.join()
    (faults / "encode.fail").unlink()
    before = committed(work)
    # A reader sees no set before it is whole.
    assert not (tmp_path / "spark" / "set.manifest.json").exists()
    (faults / "encode.log").touch()
    (faults / "encode.fail-once").touch()
    malmoi.spark.encode(spark, SAMPLE, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=0)
    assert (faults / "encode.fail-once-taken").exists()
    assert before >= 2
    assert_same_sets(tmp_path / "one", tmp_path / "spark")


@pytest.mark.parametrize("fault", ["merge.fail", "merge.fail-after"])
def test_a_driver_that_stops_while_it_joins(spark, command, faults, tokenizer, tmp_path, fault):
    import malmoi
    import malmoi.spark

    command(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--shard-input-bytes", 900_000,
        "--output", tmp_path / "one" / "set", "--quiet")
    (faults / fault).touch()
    with pytest.raises(malmoi.InputOutputError, match="injected"):
        malmoi.spark.encode(spark, SAMPLE, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=900_000)
    (faults / fault).unlink(missing_ok=True)
    (faults / "encode.log").touch()
    malmoi.spark.encode(spark, SAMPLE, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=900_000)
    assert "unit-" not in (faults / "encode.log").read_text()
    assert_same_sets(tmp_path / "one", tmp_path / "spark")


def test_a_tokenizer_of_morphemes_travels_whole(spark, command, tmp_path):
    import malmoi.spark

    model = REPOSITORY / "vocab/morphemes/mecab-ko-dic.eojeols"
    corpus, made = SAMPLE / "stories.txt", tmp_path / "tokenizer"
    command(
        "train", corpus, "--vocab-size", 2000, "--morphemes", "all", "--morpheme-model", model, "--output", made,
        "--quiet")
    assert (made / "morphemes.eojeols").exists()
    command(
        "encode", corpus, "--tokenizer", made, "--shard-input-bytes", 0,
        "--output", tmp_path / "one" / "set", "--quiet")
    malmoi.spark.encode(spark, corpus, tmp_path / "spark" / "set", made, shard_input_bytes=0)
    assert_same_sets(tmp_path / "one", tmp_path / "spark")


def test_parquet(spark, command, tokenizer, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    import malmoi
    import malmoi.spark

    texts = [document.text for document in malmoi.read(SAMPLE / "law.txt.zst")]
    for number in range(2):
        pq.write_table(pa.table({"body": texts[number * 3000:number * 3000 + 3000]}), tmp_path / f"{number}.parquet")
        malmoi.encode_parquet(
            tmp_path / f"{number}.parquet", malmoi.Tokenizer.from_file(tokenizer), tmp_path / f"one-{number:05}",
            "body")
    done = malmoi.spark.encode(
        spark, [tmp_path / "0.parquet", tmp_path / "1.parquet"], tmp_path / "spark" / "set", tokenizer, field="body",
        shard_input_bytes=0)
    assert done["documents"] == len(texts)
    for number in range(2):
        for ending in ("bin", "idx"):
            assert same(tmp_path / "spark" / f"set-{number:05}.{ending}", tmp_path / f"one-{number:05}.{ending}")


def test_a_large_vocabulary_stays_below_the_bound(spark, tmp_path):
    import malmoi.spark

    done = malmoi.spark.encode(
        spark, SAMPLE, tmp_path / "spark" / "set", REPOSITORY / "vocab/kogpt-style-64512", shard_input_bytes=0)
    assert 50 << 20 < done["peak_bytes"] < 512 << 20


def test_refusals_come_before_spark(tokenizer, tmp_path):
    import malmoi
    import malmoi.spark

    def never():
        raise AssertionError("Spark was started")

    with pytest.raises(OSError, match="nothing: no such file; check the path"):
        malmoi.spark.encode(never, SAMPLE, tmp_path / "x", tmp_path / "nothing")
    with pytest.raises(malmoi.InvalidArgumentError, match="--shuffle-seed is not for Spark"):
        malmoi.spark.encode(never, SAMPLE, tmp_path / "x", tokenizer, shuffle_seed=1)
    with pytest.raises(malmoi.InvalidArgumentError, match="no special token"):
        malmoi.spark.encode(never, SAMPLE, tmp_path / "x", tokenizer, append_eod=True, eod_token="<|no|>")
    (tmp_path / "x.manifest.json").touch()
    with pytest.raises(malmoi.OutputExistsError, match="already exists; pass --overwrite"):
        malmoi.spark.encode(never, SAMPLE, tmp_path / "x", tokenizer)
    assert os.listdir(tmp_path) == ["x.manifest.json"]

# SPDX-License-Identifier: Apache-2.0
"""Columns of DataFrames and Parquet files are counted as one process counts them."""
import json
import os
import struct

import pytest

from conftest import SAMPLE, same


@pytest.fixture(scope="module")
def texts():
    import malmoi

    return [document.text for document in malmoi.read(SAMPLE)]


@pytest.fixture(scope="module")
def tables(texts, tmp_path_factory):
    """Three files, one of them without a row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    root = tmp_path_factory.mktemp("tables")
    for number, part in enumerate((texts[:9000], [], texts[9000:])):
        pq.write_table(pa.table({"body": pa.array(part, pa.string())}), root / f"{number}.parquet", row_group_size=1000)
    return root


def content(path):
    """The rows of a count file, and what its manifest says of them."""
    data = path.read_bytes()
    start, length = struct.unpack("<QQ", data[-32:-16])
    results = json.loads(data[start:start + length])["results"]
    source, = results["sources"]
    changes = source["normalization"]["nfc"]["changes"]
    return data[:start], source["name"], source["documents"], source["pretokens"], changes


@pytest.fixture(scope="module")
def counted(texts, tmp_path_factory):
    from malmoi._counting import Counter
    from malmoi._texts import text_buffers

    path = tmp_path_factory.mktemp("counted") / "one.counts"
    counter = Counter(str(path), threads=1, memory=None, normalizer="nfc", pre_tokenizer="gpt2", source="docs")
    counter.count(text_buffers(texts), lambda _: None)
    return path


@pytest.mark.parametrize("partitions", [3, 7])
def test_a_column_is_counted_in_any_partitions(spark, tables, counted, tmp_path, partitions):
    import malmoi.spark

    frame = spark.read.parquet(str(tables)).repartition(partitions)
    done = malmoi.spark.count_texts(frame, "body", tmp_path / "spark.counts", source="docs")
    assert done["documents"] == 33840
    assert content(tmp_path / "spark.counts") == content(counted)
    assert os.listdir(tmp_path) == ["spark.counts"]


def test_rows_without_a_text(spark, tmp_path):
    import malmoi
    import malmoi.spark

    frame = spark.createDataFrame([("가 나",), (None,), ("가",)], "text string").coalesce(1)
    with pytest.raises(malmoi.InvalidArgumentError, match="part-00000: text 1 is null"):
        malmoi.spark.count_texts(frame, "text", tmp_path / "x.counts")
    done = malmoi.spark.count_texts(frame, "text", tmp_path / "x.counts", skip_nulls=True)
    assert (done["documents"], done["nulls"]) == (2, 1)


def test_columns_that_cannot_be(spark, tmp_path):
    import malmoi
    import malmoi.spark

    frame = spark.createDataFrame([(1, "가")], "id long, text string")
    with pytest.raises(malmoi.InvalidArgumentError, match='no column "body", but id, text'):
        malmoi.spark.count_texts(frame, "body", tmp_path / "x.counts")
    with pytest.raises(malmoi.InvalidArgumentError, match='the column "id" is of bigint'):
        malmoi.spark.count_texts(frame, "id", tmp_path / "x.counts")
    with pytest.raises(malmoi.BadDataError, match="no documents in the table"):
        malmoi.spark.count_texts(frame.where("id > 1"), "text", tmp_path / "x.counts")


def test_parquet_files_are_units(spark, tables, counted, tmp_path):
    import malmoi.spark

    inputs = [tables / f"{number}.parquet" for number in range(3)]
    for partitions in (None, 1, 2):
        done = malmoi.spark.count(
            spark, [], tmp_path / f"{partitions}.counts", sources={"a": inputs[0], "b": inputs[1], "c": inputs[2]},
            partitions=partitions, field="body")
        assert (done["documents"], done["units"]) == (33840, 3)
    assert same(tmp_path / "None.counts", tmp_path / "1.counts")
    assert same(tmp_path / "None.counts", tmp_path / "2.counts")
    with pytest.raises(ValueError, match="--documents is not for Parquet"):
        malmoi.spark.count(spark, inputs, tmp_path / "x.counts", documents="file")
    with pytest.raises(ValueError, match='0.parquet has no column "text", but body'):
        malmoi.spark.count(spark, inputs, tmp_path / "x.counts")

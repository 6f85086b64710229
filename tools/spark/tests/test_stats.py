# SPDX-License-Identifier: Apache-2.0
"""Figures are those of the command, byte for byte, however the work is divided."""
import os

import pytest

from conftest import SAMPLE, same


@pytest.mark.parametrize("unit_bytes, partitions", [(0, None), (400_000, 2), (0, 3), (0, 7)])
def test_any_division_gives_the_same_figures(spark, command, tokenizer, tmp_path, unit_bytes, partitions):
    import malmoi.spark

    one = command("inspect", "corpus", SAMPLE, "--tokenizer", tokenizer, "--by", "file", "--json").stdout
    done = malmoi.spark.stats(
        spark, SAMPLE, tokenizer, by="file", json=True, shared_dir=tmp_path, unit_bytes=unit_bytes,
        partitions=partitions)
    assert done["printed"] == one
    assert done["documents"] == 33840
    assert os.listdir(tmp_path) == []


def test_several_tokenizers_and_a_page(spark, command, tokenizer, tmp_path):
    import malmoi.spark

    other = SAMPLE.parents[1] / "vocab" / "kogpt-style-64512"
    named = [f"small={tokenizer}", str(other)]
    options = [f"--tokenizer={one}" for one in named]
    one = command("inspect", "corpus", SAMPLE, *options, "--by", "source", "--audit", "--html", tmp_path / "one.html").stdout
    done = malmoi.spark.stats(
        spark, SAMPLE, named, by="source", audit=True, html=tmp_path / "spark.html", unit_bytes=200_000)
    assert done["printed"] == one
    assert same(tmp_path / "spark.html", tmp_path / "one.html")
    assert sorted(os.listdir(tmp_path)) == ["one.html", "spark.html"]


def test_without_a_tokenizer(spark, command, pieces, tmp_path):
    import malmoi.spark

    one = command("inspect", "corpus", pieces, "--documents", "paragraph").stdout
    done = malmoi.spark.stats(spark, pieces, documents="paragraph", shared_dir=tmp_path, partitions=2, unit_bytes=0)
    assert done["printed"] == one


def test_a_page_about_many_inputs(spark, command, pieces, tmp_path):
    import malmoi.spark

    inputs = sorted(pieces.glob("*/*"))
    one = command("inspect", "corpus", *inputs, "--html", tmp_path / "one.html").stdout
    done = malmoi.spark.stats(spark, inputs, html=tmp_path / "spark.html", unit_bytes=100_000)
    assert len(inputs) == 40 and done["printed"] == one
    assert same(tmp_path / "spark.html", tmp_path / "one.html")

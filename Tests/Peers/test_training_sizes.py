# SPDX-License-Identifier: Apache-2.0
"""--sizes: each vocabulary is that of a run for it alone, and its figures are those of the text."""
import json
import math
import xml.etree.ElementTree

import pytest

from command import EOD, SAMPLE, complaint, malmoi, tree, write_jsonl

OTHERS = [
    (), ("--special-token", EOD, "--syllable-safe"),
    ("--special-token-id", "1999=<pad>", "--unused", 3, "--pad-to-multiple", 64),
    ("--required-chars", "힣뷁", "--limit-alphabet", 800, "--max-repeats", 4),
    ("--min-frequency", 3, "--user-symbol", "한국어"),
]


@pytest.mark.parametrize("options", OTHERS, ids=lambda options: " ".join(map(str, options)))
def test_every_size_is_that_of_a_run_for_it_alone(tmp_path, options):
    malmoi(
        "train", SAMPLE, "--sizes", "5000,2k,3Ki", "--output", tmp_path / "all", *options)
    whole = tree(tmp_path / "all")
    for name, size in (("2k", 2000), ("3Ki", 3072), ("5000", 5000)):
        malmoi("train", SAMPLE, "--vocab-size", size, "--output", tmp_path / name, *options)
        alone = tree(tmp_path / name)
        assert {f"{name}/{path}": alone[path] for path in alone} == {
            path: whole[path] for path in whole if path.startswith(name + "/")}
    assert {path for path in whole if "/" not in path} == {"sizes.json", "sizes.svg"}


@pytest.mark.parametrize("threads", [1, 3])
def test_the_figures_of_the_training_text_are_those_of_encoding_it(tmp_path, threads):
    out = tmp_path / "out"
    malmoi("train", SAMPLE, "--sizes", "1k,4k", "--output", out, "--threads", threads)
    figures = json.loads((out / "sizes.json").read_text())
    assert figures["measured_on"] == "training text"
    assert [size["name"] for size in figures["sizes"]] == ["1k", "4k"]
    for size in figures["sizes"]:
        seen = json.loads(malmoi(
            "inspect", "corpus", SAMPLE, "--tokenizer", out / size["name"], "--json").stdout)["tokenizers"][0]
        for name in ("bytes_per_token", "tokens_per_eojeol", "vocabulary_used"):
            assert size[name] == seen[name], (size["name"], name)
        assert size["embedding_parameters"] == size["vocabulary_size"] * 4096


def test_counted_text_gives_the_same_figures_without_eojeols(tmp_path):
    malmoi("count", SAMPLE, "--output", tmp_path / "counts")
    malmoi("train", SAMPLE, "--sizes", "1k,2k", "--output", tmp_path / "text")
    malmoi("train", "--counts", tmp_path / "counts", "--sizes", "1k,2k", "--output",
           tmp_path / "out")
    text = json.loads((tmp_path / "text" / "sizes.json").read_text())
    counted = json.loads((tmp_path / "out" / "sizes.json").read_text())
    for size, other in zip(text["sizes"], counted["sizes"]):
        assert other["tokens_per_eojeol"] is None
        assert size == {**other, "tokens_per_eojeol": size["tokens_per_eojeol"]}
    # Three panels, for nothing is known of eojeols.
    drawn = (tmp_path / "out" / "sizes.svg").read_text()
    assert drawn.count("polyline") == 3 and "nan" not in drawn.lower()


def test_held_out_text_is_measured_alone(tmp_path):
    out = tmp_path / "out"
    held_out = SAMPLE / "stories.txt"
    malmoi("train", SAMPLE / "wiki.jsonl.zst", "--sizes", "1k,2k,4k", "--held-out", held_out,
           "--embedding-width", 100, "--output", out)
    figures = json.loads((out / "sizes.json").read_text())
    assert figures["measured_on"] == "held-out text"
    for size in figures["sizes"]:
        seen = json.loads(malmoi(
            "inspect", "corpus", held_out, "--tokenizer", out / size["name"], "--json").stdout)["tokenizers"][0]
        for name in ("bytes_per_token", "tokens_per_eojeol", "vocabulary_used"):
            assert size[name] == seen[name]
        assert size["embedding_parameters"] == size["vocabulary_size"] * 100


def test_the_knee_is_the_first_size_behind_which_doubling_gains_little(tmp_path):
    out = tmp_path / "out"
    malmoi("train", *(SAMPLE / name for name in ("wiki.jsonl.zst", "news.jsonl.zst", "law.txt.zst")), "--sizes",
           "4k,8k,16k,32k,40k", "--held-out", SAMPLE / "fiction-1930s.txt", "--output", out)
    figures = json.loads((out / "sizes.json").read_text())
    expected = None
    for here, following in zip(figures["sizes"], figures["sizes"][1:]):
        doublings = math.log2(following["vocabulary_size"] / here["vocabulary_size"])
        growth = following["bytes_per_token"] / here["bytes_per_token"]
        if doublings > 0 and growth ** (1 / doublings) - 1 < figures["knee_gain_per_doubling"]:
            expected = here["name"]
            break
    assert expected is not None, "the rule would not be tested"
    assert figures["knee"] == expected
    assert (out / "sizes.svg").read_text().count('class="knee"') == 4


def test_sizes_that_no_pair_is_left_for_are_named(tmp_path, corpus):
    done = malmoi("train", corpus, "--sizes", "260,1k,2k", "--output", tmp_path / "out")
    told = done.stderr.decode().splitlines()
    assert [line.split(" has ")[0] for line in told] == ["malmoi: 1k", "malmoi: 2k"]
    assert all(line.endswith(": no pair was left to merge") for line in told)
    assert json.loads((tmp_path / "out" / "sizes.json").read_text())["knee"] in ("260", None)


@pytest.mark.parametrize("sizes", ["300", "300,310", "1k,2k,3k"])
def test_the_plot_is_well_formed_also_for_one_size_and_for_equal_ones(tmp_path, sizes):
    corpus = write_jsonl(tmp_path / "corpus.jsonl", ["aa"])
    malmoi("train", corpus, "--sizes", sizes, "--output", tmp_path / "out")
    drawn = (tmp_path / "out" / "sizes.svg").read_text()
    xml.etree.ElementTree.fromstring(drawn)
    assert "nan" not in drawn and "–" not in drawn and "inf" not in drawn


@pytest.mark.parametrize("options, told, code", [
    (("--sizes", "8k,8000"), "a size is named twice", 64),
    (("--sizes", "8x"), '"8x" is no size of a vocabulary', 64),
    (("--sizes", "8k,,9k"), '"" is no size of a vocabulary', 64),
    (("--sizes", "100,8k"), "below the alphabet", 64),
    (("--sizes", "8k", "--vocab-size", "9000"), "--vocab-size and --sizes", 64),
    ((), "--vocab-size and --sizes", 64),
    (("--vocab-size", "8000", "--held-out", "x"), "--held-out is for --sizes", 64),
    (("--sizes", "8k", "--held-out", "missing.txt"), "missing.txt", 74),
])
def test_wrong_usage_is_told_before_any_work(tmp_path, corpus, options, told, code):
    said = complaint("train", corpus, "--output", tmp_path / "out", *options, code=code)
    assert told in said
    assert not (tmp_path / "out").exists()

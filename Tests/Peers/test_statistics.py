# SPDX-License-Identifier: Apache-2.0
"""The figures of inspect are those that Python computes."""
import collections
import json
import unicodedata

import pytest
from tokenizers import Tokenizer

import hostile
import peers
from command import EOD, SAMPLE, encode, malmoi, write_jsonl

# Unicode White_Space, which is not what str.split() takes for it (U+001C to U+001F are not).
WHITE_SPACE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | set(
    map(chr, range(0x2000, 0x200B)))


def eojeols(text):
    return "".join(" " if c in WHITE_SPACE else "x" for c in text).split()


def computed(texts, ids=None, size=0):
    """What inspect corpus --json must say of normalised documents."""
    found = {
        "documents": len(texts),
        "empty_documents": texts.count(""),
        "bytes": sum(len(text.encode()) for text in texts),
        "characters": sum(
            len(text.replace("\r\n", "\n").replace("\n", "")) for text in texts),
        "eojeols": sum(len(eojeols(text)) for text in texts),
    }
    lengths = [len(text.replace("\r\n", "\n").replace("\n", "")) for text in texts]
    if ids is not None:
        counts = collections.Counter(id for document in ids for id in document)
        tokens = sum(counts.values())
        found |= {
            "tokens": tokens,
            "tokens_per_eojeol": tokens / found["eojeols"],
            "bytes_per_token": found["bytes"] / tokens,
            "vocabulary_used": len(counts) / size,
        }
        lengths = [len(document) for document in ids]
    histogram = [0] * (1 + max(length.bit_length() for length in lengths))
    for length in lengths:
        histogram[length.bit_length()] += 1
    return found, histogram


def assert_equal_figures(report, found):
    for name, value in found.items():
        assert report[name] == pytest.approx(value, rel=1e-12), name


def inspected(*arguments):
    return json.loads(malmoi("inspect", "corpus", *arguments, "--json").stdout)


def test_the_sample_has_the_figures_that_python_computes(tokenizer, sample_documents):
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    ids = peers.hugging_face_ids(reference, sample_documents)
    found, histogram = computed(sample_documents, ids, 8000)
    report = inspected(SAMPLE, "--tokenizer", tokenizer)
    assert_equal_figures(report, found)
    counts = [entry["documents"] for entry in report["length_histogram"]]
    assert counts == histogram
    counts = collections.Counter(id for document in ids for id in document)
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:50]
    assert [(entry["id"], entry["count"]) for entry in report["top_tokens"]] == top
    partial = 0
    for token, id in peers.definition(tokenizer)["model"]["vocab"].items():
        if token != EOD:
            try:
                peers.spelled(token).decode()
            except UnicodeDecodeError:
                partial += counts[id]
    assert report["partial_utf8_share"] == pytest.approx(partial / found["tokens"])
    assert report["unknown_share"] == 0


def test_hostile_documents_have_the_figures_that_python_computes(tmp_path, tokenizer):
    texts = [unicodedata.normalize("NFC", text) for text in hostile.all_strings()]
    source = write_jsonl(tmp_path / "corpus.jsonl", texts)
    found, _ = computed(texts, encode(texts, tokenizer, tmp_path / "ids"), 8000)
    assert_equal_figures(inspected(source, "--tokenizer", tokenizer), found)


def test_without_a_tokenizer_lengths_are_in_characters(tmp_path, sample_documents):
    found, histogram = computed(sample_documents)
    report = inspected(SAMPLE)
    assert_equal_figures(report, found)
    assert "tokens" not in report
    assert [entry["documents"] for entry in report["length_histogram"]] == histogram


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_figures_do_not_depend_on_the_number_of_threads(tokenizer, threads):
    assert inspected(SAMPLE, "--tokenizer", tokenizer, "--threads", threads) == (
        inspected(SAMPLE, "--tokenizer", tokenizer))


def test_the_normaliser_decides_what_is_measured(tmp_path):
    source = write_jsonl(tmp_path / "corpus.jsonl", ["\u1112\u1161\u11ab\u1100\u1173\u11af"])
    assert inspected(source)["characters"] == 2
    assert inspected(source, "--normalizer", "none")["characters"] == 6


def test_empty_documents_have_no_figures_to_divide(tmp_path, tokenizer):
    source = write_jsonl(tmp_path / "corpus.jsonl", ["", ""])
    report = inspected(source, "--tokenizer", tokenizer)
    assert (report["documents"], report["tokens"]) == (2, 0)
    assert report["tokens_per_eojeol"] == report["bytes_per_token"] == 0


# ---- Tokenizers ----


def test_inspect_tokenizer_counts_what_is_in_the_file(tokenizer):
    report = json.loads(malmoi("inspect", "tokenizer", tokenizer, "--json").stdout)
    definition = peers.definition(tokenizer)
    assert report["vocabulary_size"] == 8000
    assert report["merges"] == len(definition["model"]["merges"]) == 8000 - 256 - 1
    assert report["special_tokens"] == [EOD]
    assert report["byte_tokens"] == 256 and report["unused_ids"] == 0
    assert sum(report["scripts"].values()) == 8000
    assert report["normalizer"] == "nfc" and report["pre_tokenizer"] == "gpt2"
    tokens = [peers.spelled(t) for t in definition["model"]["vocab"] if t != EOD]
    lengths = collections.Counter()
    for token in tokens:
        try:
            lengths[len(token.decode())] += 1
        except UnicodeDecodeError:
            lengths[0] += 1
    assert report["character_lengths"] == [lengths[i] for i in range(max(lengths) + 1)]


def test_inspect_tokenizer_cuts_a_text(tokenizer):
    text = "학교에서는 아이들이 뛰어놀았다."
    report = json.loads(malmoi("inspect", "tokenizer", tokenizer, "--text", text, "--json").stdout)
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    assert report["ids"] == reference.encode(text).ids
    assert len(report["tokens"]) == len(report["ids"])
    plain = malmoi("inspect", "tokenizer", tokenizer, "--text", text).stdout.decode().split("\n")
    assert plain[0] == " | ".join(report["tokens"])
    assert plain[1] == f"{len(report['ids'])} tokens: " + " ".join(map(str, report["ids"]))


# ---- Token files ----


def test_inspect_shards_counts_and_decodes(tmp_path, tokenizer):
    texts = ["가나다 라", "", "둘째 문서", "셋째"]
    ids = encode(texts, tokenizer, tmp_path, "--append-eod")
    report = json.loads(malmoi(
        "inspect", "shards", tmp_path / "ids", "--tokenizer", tokenizer, "--head", 2,
        "--json").stdout)
    assert report["documents"] == 4 and report["shards"] == 1
    assert report["tokens"] == sum(map(len, ids))
    assert report["longest_document"] == max(map(len, ids))
    assert [document["ids"] for document in report["first_documents"]] == ids[:2]
    assert report["first_documents"][0]["text"].startswith("가나다 라")
    without = json.loads(malmoi("inspect", "shards", tmp_path / "ids", "--json").stdout)
    assert [document["text"] for document in without["first_documents"]] == [None] * 3


def test_tables_line_up_though_hangul_is_wide(tokenizer):
    printed = malmoi("inspect", "corpus", SAMPLE, "--tokenizer", tokenizer).stdout.decode()
    section = printed.split("most frequent tokens\n")[1].split("\n\n")[0]

    def width(text):
        return sum(
            0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
            for c in text)

    assert len({width(line) for line in section.split("\n")}) == 1

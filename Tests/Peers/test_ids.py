# SPDX-License-Identifier: Apache-2.0
"""Ids are those of Hugging Face tokenizers and tiktoken for the same vocabulary."""
import json
import sys
import unicodedata

import pytest
from tokenizers import Tokenizer

import hostile
import peers
from command import EOD, SAMPLE, assert_same_ids, encode, malmoi, read_token_files

# Python's Unicode data must know the characters whose NFC is compared.
ASSIGNED = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]


@pytest.fixture(scope="module")
def hugging_face(tokenizer):
    return Tokenizer.from_file(str(tokenizer / "tokenizer.json"))


@pytest.fixture(scope="module")
def plain_hugging_face(plain_tokenizer):
    return Tokenizer.from_file(str(plain_tokenizer / "tokenizer.json"))


@pytest.fixture(scope="module")
def tiktoken_encoding(tokenizer):
    return peers.tiktoken_of(tokenizer / "tokenizer.tiktoken", {EOD: 0})


def tiktoken_ids(encoding, texts):
    return [encoding.encode_ordinary(unicodedata.normalize("NFC", text)) for text in texts]


# ---- The sample ----


def sample_ids(tokenizer, directory, *options):
    malmoi(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--output", directory / "sample", *options)
    return read_token_files(directory / "sample")


def test_the_whole_sample_has_the_ids_of_hugging_face_and_tiktoken(
        tmp_path, tokenizer, sample_documents, hugging_face, tiktoken_encoding):
    ours = sample_ids(tokenizer, tmp_path)
    assert_same_ids(
        sample_documents, ours, peers.hugging_face_ids(hugging_face, sample_documents),
        "tokenizers")
    assert_same_ids(
        sample_documents, ours, tiktoken_ids(tiktoken_encoding, sample_documents), "tiktoken")


@pytest.mark.parametrize("size, options", [
    (1000, ("--normalizer", "none")), (8000, ("--syllable-safe",)),
    pytest.param(32000, ("--normalizer", "none"), marks=pytest.mark.slow),
    pytest.param(32000, ("--syllable-safe",), marks=pytest.mark.slow),
])
def test_other_tokenizers_agree_on_the_sample(
        tmp_path, trained, sample_documents, size, options):
    directory = trained(size, *options)
    ours = sample_ids(directory, tmp_path, "--normalizer", "nfc")
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    theirs = peers.hugging_face_ids(reference, sample_documents)
    assert_same_ids(sample_documents, ours, theirs, "tokenizers")
    encoding = peers.tiktoken_of(directory / "tokenizer.tiktoken")
    assert_same_ids(
        sample_documents, ours, tiktoken_ids(encoding, sample_documents), "tiktoken")


def test_the_rank_file_gives_the_ids_of_tokenizer_json(tmp_path, tokenizer):
    ranks = tokenizer / "tokenizer.tiktoken"
    # A rank file knows no normaliser, so it is named.
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    assert sample_ids(ranks, tmp_path / "a", "--normalizer", "nfc") == (
        sample_ids(tokenizer, tmp_path / "b"))


def test_the_normaliser_of_tokenizer_json_applies_to_decomposed_text(
        tmp_path, tokenizer, sample_documents, hugging_face):
    texts = [unicodedata.normalize("NFD", text) for text in sample_documents[::10]]
    ours = encode(texts, tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(hugging_face, texts), "tokenizers")


# ---- Hostile strings ----


def test_hostile_strings_have_the_ids_of_hugging_face_and_tiktoken(
        tmp_path, tokenizer, hugging_face, tiktoken_encoding):
    texts = hostile.all_strings()
    ours = encode(texts, tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(hugging_face, texts), "tokenizers")
    assert_same_ids(texts, ours, tiktoken_ids(tiktoken_encoding, texts), "tiktoken")


def test_hostile_strings_agree_without_normalisation(
        tmp_path, plain_tokenizer, plain_hugging_face):
    texts = hostile.all_strings()
    ours = encode(texts, plain_tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(plain_hugging_face, texts), "tokenizers")


@pytest.mark.parametrize("name", [*hostile.LONG, *hostile.LONG_SPACES])
def test_long_strings_have_the_ids_of_hugging_face_and_tiktoken(
        tmp_path, tokenizer, hugging_face, tiktoken_encoding, name):
    text = {**hostile.LONG, **hostile.LONG_SPACES}[name]
    ours = encode([text], tokenizer, tmp_path)
    assert_same_ids([text], ours, peers.hugging_face_ids(hugging_face, [text]), "tokenizers")
    if name in hostile.LONG:
        assert_same_ids([text], ours, tiktoken_ids(tiktoken_encoding, [text]), "tiktoken")


@pytest.mark.parametrize("seed", [*range(4), *(
    pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 40))])
def test_random_unicode_has_the_ids_of_hugging_face_and_tiktoken(
        tmp_path, plain_tokenizer, plain_hugging_face, seed):
    texts = hostile.random_unicode(seed) + hostile.random_mixtures(seed)
    ours = encode(texts, plain_tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(plain_hugging_face, texts), "tokenizers")
    encoding = peers.tiktoken_of(plain_tokenizer / "tokenizer.tiktoken")
    theirs = [encoding.encode_ordinary(text) for text in texts]
    assert_same_ids(texts, ours, theirs, "tiktoken")


@pytest.mark.parametrize("seed", range(3))
def test_random_assigned_characters_are_normalised_like_hugging_face(
        tmp_path, tokenizer, hugging_face, seed):
    texts = hostile.random_unicode(seed, points=ASSIGNED)
    ours = encode(texts, tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(hugging_face, texts), "tokenizers")


@pytest.mark.slow
def test_every_assigned_character_between_others_has_the_ids_of_hugging_face(
        tmp_path, tokenizer, hugging_face):
    texts = [text for c in ASSIGNED for text in (f"가{c}나 {c}", f"1{c}a {c}{c}")]
    ours = encode(texts, tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(hugging_face, texts), "tokenizers")


@pytest.mark.slow
def test_every_code_point_has_the_ids_of_hugging_face_without_normalisation(
        tmp_path, plain_tokenizer, plain_hugging_face):
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
    texts = ["".join(f"a{c}1{c}!{c} {c}가" for c in points[i : i + 64])
             for i in range(0, len(points), 64)]
    ours = encode(texts, plain_tokenizer, tmp_path)
    theirs = peers.hugging_face_ids(plain_hugging_face, texts)
    assert_same_ids(texts, ours, theirs, "tokenizers")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["english.txt.zst", "code.jsonl.zst", "law-kr.jsonl.zst"])
def test_large_corpora_have_the_ids_of_hugging_face(
        tmp_path, tokenizer, hugging_face, shared_file, name):
    lines = malmoi("cat", shared_file(f"corpora/{name}"), "--json").stdout.split(b"\n")
    texts = [json.loads(line)["text"] for line in lines[:100_000] if line]
    ours = encode(texts, tokenizer, tmp_path)
    assert_same_ids(texts, ours, peers.hugging_face_ids(hugging_face, texts), "tokenizers")


# ---- Special tokens ----

SPECIAL = [
    EOD, f"가{EOD}나", f"{EOD}{EOD}", f" {EOD} ", f"<|endoftext|{EOD}|>", "<|endoftext", "<|", "가 <|endoftext|> 나\n",
    "<|ENDOFTEXT|>", f"e\u0301{EOD}\u1100\u1161", f"\u1100{EOD}\u1161", f"don't{EOD}'t",
]


def test_special_tokens_are_parsed_on_request_like_their_peers(
        tmp_path, tokenizer, hugging_face, tiktoken_encoding):
    ours = encode(SPECIAL, tokenizer, tmp_path, "--parse-special-tokens")
    assert_same_ids(SPECIAL, ours, peers.hugging_face_ids(hugging_face, SPECIAL), "tokenizers")
    texts = [unicodedata.normalize("NFC", text) for text in SPECIAL]
    theirs = [tiktoken_encoding.encode(text, allowed_special="all") for text in texts]
    assert_same_ids(SPECIAL, ours, theirs, "tiktoken")


def test_special_tokens_are_plain_text_without_the_request(
        tmp_path, tokenizer, tiktoken_encoding):
    ours = encode(SPECIAL, tokenizer, tmp_path)
    assert all(0 not in ids for ids in ours)
    assert_same_ids(SPECIAL, ours, tiktoken_ids(tiktoken_encoding, SPECIAL), "tiktoken")


def test_overlapping_special_tokens_are_parsed_like_hugging_face(tmp_path, trained):
    special = ["<a>", "<a><b>", "<b>", "가나", "가"]
    options = [part for token in special for part in ("--special-token", token)]
    directory = trained(1000, *options)
    texts = ["<a><b>", "<a><a><b><b>", "가나가", "나가나", "<a>가나<b>", "x<a", "<a><b", " 가 나"]
    ours = encode(texts, directory, tmp_path, "--parse-special-tokens")
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")

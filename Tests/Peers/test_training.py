# SPDX-License-Identifier: Apache-2.0
"""Merges and vocabularies are those of Hugging Face's BpeTrainer."""
import json
import random

import pytest

import hostile
import peers
from command import EOD, SAMPLE, documents_of, encode, malmoi, tree, write_jsonl


def assert_same_model(directory, reference):
    """Compares the whole tokenizer.json with the one that Hugging Face writes."""
    ours, theirs = peers.definition(directory), json.loads(reference.to_str())
    for place, (own, other) in enumerate(zip(ours["model"]["merges"], theirs["model"]["merges"])):
        assert own == other, f"merge {place}: {own}, not {other}"
    assert ours["model"]["vocab"] == theirs["model"]["vocab"]
    # Decoders have no use for it, and Python cannot set it.
    assert theirs["decoder"].pop("add_prefix_space") is not None
    assert ours["decoder"].pop("add_prefix_space") is False
    assert ours == theirs


@pytest.mark.parametrize("size", [1000, 8000, pytest.param(32000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("normalizer", ["nfc", "none"])
def test_the_sample_gives_the_tokenizer_json_of_hugging_face(
        trained, sample_documents, size, normalizer):
    options = ("--special-token", EOD)
    if normalizer == "none":
        options += ("--normalizer", "none")
        lines = malmoi("cat", SAMPLE, "--json", "--normalizer", "none").stdout.decode().split("\n")
        documents = [json.loads(line)["text"] for line in lines[:-1]]
        reference = peers.train(documents, size, [EOD])
    else:
        # The documents are normalised already; Hugging Face's own NFC must change nothing.
        reference = peers.train(sample_documents, size, [EOD], normalizer=peers.nfc())
    assert_same_model(trained(size, *options), reference)


def synthetic(kind, seed):
    source = random.Random(seed)
    alphabets = {
        "two letters": "ab", "digits": "0123456789", "laughter": "ㅋㅎㅠ", "spaces": "a \n",
        "syllables": "가각간갇갈", "mixed": "aB3 가ㅋ.'s\t한", "one letter": "x",
    }
    letters = alphabets[kind]
    return [
        "".join(source.choice(letters) for _ in range(source.randrange(30)))
        if source.random() < 0.8 else source.choice(letters) * source.randrange(1, 50)
        for _ in range(source.choice([3, 40, 200]))
    ]


@pytest.mark.parametrize("seed", [*range(3), *(
    pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 40))])
@pytest.mark.parametrize(
    "kind",
    ["two letters", "digits", "laughter", "spaces", "syllables", "mixed", "one letter"])
def test_ties_are_broken_like_hugging_face(tmp_path, kind, seed):
    documents = synthetic(kind, seed)
    source = write_jsonl(tmp_path / "corpus.jsonl", documents)
    source_of_options = random.Random(f"{kind} {seed}")
    size = source_of_options.choice([258, 270, 300, 500, 1000])
    minimum = source_of_options.choice([1, 1, 2, 3, 10])
    special = source_of_options.choice([[], [EOD], ["<s>", "</s>"], ["<unk>", "<pad>"]])
    options = [part for token in special for part in ("--special-token", token)]
    malmoi(
        "train", source, "--vocab-size", size + len(special), "--min-frequency", minimum,
        "--normalizer", "none", "--output", tmp_path / "out", *options)
    reference = peers.train(documents, size + len(special), special, minimum)
    assert_same_model(tmp_path / "out", reference)


@pytest.mark.parametrize("special", [["가"], ["b c"], ["<a>", "<ab>", "ㅋㅋ"]])
def test_special_tokens_that_occur_in_the_text_agree(tmp_path, special):
    documents = ["ab ab abc", "가가 나가", "b c b c", "ㅋㅋㅋㅋ ㅋㅋ <a> <ab>"] * 5
    source = write_jsonl(tmp_path / "corpus.jsonl", documents)
    options = [part for token in special for part in ("--special-token", token)]
    malmoi("train", source, "--vocab-size", 280, "--output", tmp_path / "out", *options)
    assert_same_model(
        tmp_path / "out", peers.train(documents, 280, special, normalizer=peers.nfc()))


def test_no_merge_spells_a_special_token(tmp_path):
    # Hugging Face makes that merge, and plain text then gets the id of the special token.
    source = write_jsonl(tmp_path / "corpus.jsonl", ["ab abc abd"] * 5)
    malmoi(
        "train", source, "--vocab-size", 300, "--special-token", "ab",
        "--output", tmp_path / "out")
    model = peers.definition(tmp_path / "out")["model"]
    assert ["a", "b"] not in model["merges"]
    assert 0 not in encode(["ab", "abab"], tmp_path / "out", tmp_path / "ids")[0]


@pytest.mark.parametrize("threads", [2, 7])
@pytest.mark.parametrize("size", [8000])
def test_the_directory_is_the_same_for_any_number_of_threads(tmp_path, size, threads):
    for count, name in ((1, "one"), (threads, "many")):
        malmoi(
            "train", SAMPLE, "--vocab-size", size, "--special-token", EOD, "--threads", count,
            "--output", tmp_path / name)
    assert tree(tmp_path / "one") == tree(tmp_path / "many")


def test_the_order_of_inputs_does_not_change_the_tokenizer(tmp_path):
    files = sorted(path for path in SAMPLE.iterdir() if path.suffix in (".txt", ".jsonl", ".zst"))
    malmoi("train", *files, "--vocab-size", 1000, "--output", tmp_path / "one")
    malmoi("train", *files[::-1], "--vocab-size", 1000, "--output", tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_no_token_is_longer_than_asked(trained):
    vocabulary = peers.definition(trained(3000, "--max-token-bytes", 6))["model"]["vocab"]
    assert len(vocabulary) == 3000
    assert max(len(peers.spelled(token)) for token in vocabulary) == 6


def test_a_small_corpus_gives_fewer_types_and_says_so(tmp_path, corpus):
    done = malmoi("train", corpus, "--vocab-size", 5000, "--output", tmp_path / "out")
    size = len(peers.definition(tmp_path / "out")["model"]["vocab"])
    assert size < 5000
    assert done.stderr.decode() == (
        f"malmoi: the vocabulary has {size} ids, not 5000: no pair was left to merge\n")


# ---- --syllable-safe ----


def is_safe(token):
    """Whether bytes are whole characters or stand inside one."""
    try:
        token.decode()
        return True
    except UnicodeDecodeError:
        pass
    head, body = token[0], token
    if 0x80 <= head < 0xC0:
        return len(body) <= 3 and all(0x80 <= byte < 0xC0 for byte in body)
    length = 2 if head < 0xE0 else 3 if head < 0xF0 else 4
    if head in (0xC0, 0xC1) or head > 0xF4:
        return len(body) == 1
    return len(body) < length and all(0x80 <= byte < 0xC0 for byte in body[1:])


@pytest.mark.parametrize("size", [1000, 8000])
def test_syllable_safe_tokens_are_whole_characters_or_bytes_inside_one(trained, size):
    vocabulary = peers.definition(trained(size, "--syllable-safe"))["model"]["vocab"]
    assert len(vocabulary) == size
    assert [token for token in vocabulary if not is_safe(peers.spelled(token))] == []


def test_without_syllable_safe_some_tokens_are_not_whole(trained):
    vocabulary = peers.definition(trained(8000, "--special-token", EOD))["model"]["vocab"]
    unsafe = [t for t in vocabulary if t != EOD and not is_safe(peers.spelled(t))]
    assert unsafe, "the property would not be tested if ordinary training had it"


@pytest.mark.parametrize("seed", range(4))
def test_syllable_safe_holds_on_random_text(tmp_path, seed):
    source = write_jsonl(
        tmp_path / "corpus.jsonl", hostile.random_unicode(seed) + hostile.random_mixtures(seed) * 3)
    malmoi(
        "train", source, "--vocab-size", 2000, "--syllable-safe", "--output", tmp_path / "out",
        "--normalizer", "none")
    vocabulary = peers.definition(tmp_path / "out")["model"]["vocab"]
    assert [token for token in vocabulary if not is_safe(peers.spelled(token))] == []


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_development_corpus_gives_the_merges_of_hugging_face(
        tmp_path, shared_file, development_reference, threads):
    corpus = shared_file("corpora/dev-mix.jsonl.zst")
    malmoi(
        "train", corpus, "--vocab-size", 32000, "--special-token", EOD, "--threads", threads,
        "--output", tmp_path / "out")
    assert_same_model(tmp_path / "out", development_reference)


@pytest.fixture(scope="module")
def development_reference(shared_file):
    corpus = shared_file("corpora/dev-mix.jsonl.zst")
    return peers.train(documents_of(corpus), 32000, [EOD], normalizer=peers.nfc())

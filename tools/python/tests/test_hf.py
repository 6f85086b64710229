# SPDX-License-Identifier: Apache-2.0
"""The tokenizer with transformers' face gives what transformers gives."""
import copy
import functools
import json
import os
import pickle
import random
import subprocess
import sys
import unicodedata

import hostile
import pytest
from conftest import VOCABULARY

import malmoi
import malmoi.hf

transformers = pytest.importorskip("transformers", reason="transformers is not installed")
tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")

pytestmark = pytest.mark.filterwarnings(
    "ignore:a text has .* ids, more than", "ignore:.max_length. is ignored", "ignore:max_length is not used")

TEMPLATE = tokenizers.processors.TemplateProcessing(
    single="[BOS]:1 $A [EOS]", pair="[BOS] $A [EOS] $B:1 [EOS]:1", special_tokens=[("[BOS]", 0), ("[EOS]", 1)])
BYTES = tokenizers.processors.ByteLevel
ADDED = [
    tokenizers.AddedToken("<left>", lstrip=True), tokenizers.AddedToken("<right>", rstrip=True, special=True),
    tokenizers.AddedToken("낱말", single_word=True), tokenizers.AddedToken("새말"), "두 말",
]

#: What differs from the vocabulary as it is shipped.
KINDS = {
    "plain": {},
    "template": {"post_processor": TEMPLATE},
    "trimmed": {"post_processor": BYTES(trim_offsets=True, add_prefix_space=False)},
    "trimmed but the first": {"post_processor": BYTES(trim_offsets=True)},
    "trimmed template": {"post_processor": tokenizers.processors.Sequence([
        BYTES(trim_offsets=True, add_prefix_space=False), TEMPLATE])},
    "nfc": {"normalizer": tokenizers.normalizers.NFC()},
    "added": {"added": ADDED},
    "added and trimmed": {"added": ADDED, "post_processor": BYTES(trim_offsets=True)},
    "from the left": {"config": {"truncation_side": "left", "padding_side": "left"}, "post_processor": TEMPLATE},
    "short": {"config": {"model_max_length": 12, "model_input_names": [
        "input_ids", "token_type_ids", "attention_mask"]}},
    "set": {"saved": True},
    "without tokens": {"config": {"pad_token": "<new pad>", "extra_special_tokens": ["<extra>"]}},
}

CALLS = {
    "lists": {},
    "no specials": {"add_special_tokens": False},
    "everything": {"return_offsets_mapping": True, "return_special_tokens_mask": True, "return_length": True,
                   "return_token_type_ids": True},
    "no mask": {"return_attention_mask": False},
    "padded": {"padding": True, "return_offsets_mapping": True, "return_special_tokens_mask": True},
    "padded to 40": {"padding": "max_length", "max_length": 40, "return_special_tokens_mask": True},
    "padded left to a multiple": {"padding": "longest", "pad_to_multiple_of": 8, "padding_side": "left"},
    "cut": {"truncation": True, "max_length": 9, "return_offsets_mapping": True},
    "cut only first": {"truncation": "only_first", "max_length": 9},
    "cut by length alone": {"max_length": 5},
    "cut and padded": {"truncation": True, "max_length": 16, "padding": "max_length", "pad_to_multiple_of": 8},
    "overflow": {"truncation": True, "max_length": 9, "stride": 2, "return_overflowing_tokens": True,
                 "return_offsets_mapping": True, "return_length": True},
    "overflow padded": {"truncation": True, "max_length": 8, "return_overflowing_tokens": True, "padding": True},
    "split": {"split_special_tokens": True},
    "model's length": {"truncation": True, "padding": "max_length"},
}

TEXTS = [
    "값이 싸다", "", " ", "[BOS]값이 [PAD] 싸다[EOS]", "저녁에는 된장찌개를 끓여 먹었습니다.  \n 그리고", "낱말 낱말들 새말이다 <left>  <right>  é 두 말",
    "\u1100\u1161\u11a8 가\u11a8 e\u0301", "👨‍👩‍👧‍👦 ㅋㅋ", "   앞에  빈칸   ", "<new pad><extra>",
]


@functools.cache
def small():
    """The first tokens of the shipped vocabulary, which load faster."""
    content = json.loads((VOCABULARY / "tokenizer.json").read_text())
    model = content["model"]
    count = 8000
    model["merges"] = model["merges"][:count + len(model["merges"]) - len(model["vocab"])]
    model["vocab"] = {token: number for token, number in model["vocab"].items() if number < count}
    return json.dumps(content)


def made(kind, folder):
    """A folder with the vocabulary, changed."""
    changes = KINDS[kind]
    peer = tokenizers.Tokenizer.from_str(small())
    if "post_processor" in changes:
        peer.post_processor = changes["post_processor"]
    if "normalizer" in changes:
        peer.normalizer = changes["normalizer"]
    peer.add_tokens(changes.get("added", []))
    if changes.get("saved"):
        peer.enable_truncation(7)
        peer.enable_padding(pad_id=3, pad_token="[PAD]", direction="left")
    peer.save(str(folder / "tokenizer.json"))
    config = json.loads((VOCABULARY / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, **changes.get("config", {})}))
    return folder


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def folder(kind, tmp_path_factory):
    return made(kind, tmp_path_factory.mktemp("hf"))


@pytest.fixture(scope="module")
def expected(folder):
    return transformers.PreTrainedTokenizerFast.from_pretrained(folder)


@pytest.fixture(scope="module", params=["alone", "registered"])
def found(request, folder):
    return (malmoi.hf.MalmoiTokenizerFast if request.param == "alone" else malmoi.hf.register()).from_pretrained(folder)


def same(found, expected):
    assert dict(found) == dict(expected)
    assert list(found) == list(expected)


def places(kind, texts):
    """The texts whose places are compared: of composed characters Hugging Face tells only the first part's."""
    return [text for text in texts if kind != "nfc" or unicodedata.is_normalized("NFC", text)]


@pytest.mark.parametrize("call", CALLS)
def test_calls(call, kind, found, expected):
    options = CALLS[call]
    texts = places(kind, TEXTS)
    same(found(texts, **options), expected(texts, **options))
    for text in texts:
        same(found(text, **options), expected(text, **options))
        assert found.encode(text, **{
            name: value for name, value in options.items() if not name.startswith("return_")
        }) == expected.encode(text, **{
            name: value for name, value in options.items() if not name.startswith("return_")})


def test_hostile_strings(kind, found, expected):
    texts = list(hostile.all_strings())
    options = {"return_offsets_mapping": True, "truncation": True, "max_length": 24, "stride": 3,
               "return_overflowing_tokens": True}
    same(found(texts), expected(texts))
    some = places(kind, texts)
    assert len(some) > 500
    same(found(some, **options), expected(some, **options))
    ids = expected(texts)["input_ids"]
    for skips in (False, True):
        assert found.batch_decode(ids, skips) == expected.batch_decode(ids, skips)


@pytest.mark.parametrize("seed", range(4))
def test_random_calls(seed, kind, found, expected):
    source = random.Random(f"{kind} {seed}")
    pieces = [*hostile.PLAIN, *hostile.SPACES, "[BOS]", "[PAD]", "[MASK", "<left>", "<right>", "새말", "<extra>"]
    for _ in range(40):
        made = ["".join(source.choices(pieces, k=source.randint(0, 6))) for _ in range(source.randint(1, 5))]
        texts = places(kind, made)
        special = expected.num_special_tokens_to_add()
        length = special + source.randint(1, 12)
        options = {
            "max_length": length, "truncation": source.choice([True, "only_first"]),
            "stride": source.randrange(0, length - special), "return_overflowing_tokens": source.random() < 0.5,
            "padding": source.choice([False, True, "max_length"]),
            "padding_side": source.choice([None, "left", "right"]),
            "add_special_tokens": source.random() < 0.7, "return_offsets_mapping": source.random() < 0.5,
            "return_special_tokens_mask": True, "return_token_type_ids": True,
            "split_special_tokens": source.random() < 0.3}
        if texts:
            same(found(texts, **options), expected(texts, **options))


def test_rows(kind, found, expected):
    texts = places(kind, TEXTS)
    options = {"padding": True, "truncation": True, "max_length": 12}
    one, other = found(texts, **options), expected(texts, **options)
    for place, text in enumerate(texts):
        assert one.tokens(place) == other.tokens(place)
        assert one.sequence_ids(place) == other.sequence_ids(place)
        assert one.word_ids(place) == other.word_ids(place)
        for character in range(len(text)):
            assert one.char_to_token(place, character) == other.char_to_token(place, character)
        for token in range(len(one["input_ids"][place])):
            span = other.token_to_chars(place, token)
            assert one.token_to_chars(place, token) == (span and tuple(span))


@pytest.mark.parametrize("tensors", ["np", "pt"])
def test_tensors(tensors, found, expected):
    module = pytest.importorskip({"np": "numpy", "pt": "torch"}[tensors])
    for text in (TEXTS[0], TEXTS):
        one, other = (made(text, padding=True, return_tensors=tensors) for made in (found, expected))
        for name in other:
            assert one[name].dtype == other[name].dtype and one[name].shape == other[name].shape
            assert bool(module.all(one[name] == other[name]))
    if isinstance(found, malmoi.hf.MalmoiTokenizerFast):
        # transformers makes an array of lists of it.
        with pytest.raises(ValueError, match="padding=True"):
            found(TEXTS, return_tensors=tensors)


def test_vocabulary(found, expected):
    assert found.get_vocab() == expected.get_vocab() and found.vocab_size == expected.vocab_size
    assert len(found) == len(expected) and found.get_added_vocab() == expected.get_added_vocab()
    assert found.special_tokens_map == expected.special_tokens_map
    assert found.all_special_tokens == expected.all_special_tokens
    assert found.all_special_ids == expected.all_special_ids
    assert found.num_special_tokens_to_add() == expected.num_special_tokens_to_add()
    for name in ("bos", "eos", "unk", "pad", "sep", "cls", "mask"):
        assert getattr(found, name + "_token") == getattr(expected, name + "_token")
        assert getattr(found, name + "_token_id") == getattr(expected, name + "_token_id")
    for name in ("model_max_length", "padding_side", "truncation_side", "model_input_names", "is_fast"):
        assert getattr(found, name) == getattr(expected, name), name
    ids = [0, 5, 300, 7999, 8001, 10**6]
    for skips in (False, True):
        assert found.convert_ids_to_tokens(ids, skips) == expected.convert_ids_to_tokens(ids, skips)
    tokens = ["Ġ값", "[BOS]", "없는 말", "é", "<new pad>"]
    assert found.convert_tokens_to_ids(tokens) == expected.convert_tokens_to_ids(tokens)
    assert found.convert_ids_to_tokens(300) == expected.convert_ids_to_tokens(300)
    for text in TEXTS:
        assert found.tokenize(text) == expected.tokenize(text)
        assert found.convert_tokens_to_string(found.tokenize(text)) == expected.convert_tokens_to_string(
            expected.tokenize(text))


def test_decoding(found, expected):
    count = len(expected)
    every = list(range(0, count, 7)) + list(range(count - 10, count + 5))
    for skips in (False, True):
        assert found.decode(every, skip_special_tokens=skips) == expected.decode(every, skip_special_tokens=skips)
        for one in every[-200:]:
            assert found.decode(one, skips) == expected.decode(one, skips)
    assert found.decode([[5, 300], [301]]) == expected.decode([[5, 300], [301]])
    numpy = pytest.importorskip("numpy")
    assert found.decode(numpy.array([300, 301])) == expected.decode([300, 301])


def test_adding_tokens(found, expected):
    found, expected = copy.deepcopy(found), copy.deepcopy(expected)
    counts = []
    for tokenizer in (found, expected):
        tokenizer.pad_token = tokenizer.eos_token
        counts.append([tokenizer.add_special_tokens({"pad_token": "[new]", "cls_token": "[CLS]"}),
                       tokenizer.add_tokens(["더함", "[new]", "값", "hello"])])
    assert counts[0] == counts[1] and counts[0][0] == 1
    texts = [*TEXTS, "더함[new]더함"]
    same(found(texts, padding=True), expected(texts, padding=True))
    assert (found.pad_token, found.pad_token_id) == (expected.pad_token, expected.pad_token_id)
    assert found.get_vocab() == expected.get_vocab()


@pytest.mark.parametrize("padding", [True, "max_length", False])
def test_padding_of_lists(padding, found, expected):
    rows = [{"input_ids": ids, "special_tokens_mask": [0] * len(ids)} for ids in found(TEXTS)["input_ids"]]
    options = {"padding": padding, "max_length": 60, "pad_to_multiple_of": 16 if padding else None}
    same(found.pad(copy.deepcopy(rows), **options), expected.pad(copy.deepcopy(rows), **options))
    same(found.pad(copy.deepcopy(rows[0]), **options), expected.pad(copy.deepcopy(rows[0]), **options))
    if padding:
        arrays = found.pad(copy.deepcopy(rows), return_tensors="np", **options)
        assert arrays["input_ids"].tolist() == expected.pad(copy.deepcopy(rows), **options)["input_ids"]


def test_saving_and_pickling(found, expected, tmp_path):
    found.save_pretrained(tmp_path / "saved")
    loaded = type(found).from_pretrained(tmp_path / "saved")
    peer = transformers.PreTrainedTokenizerFast.from_pretrained(tmp_path / "saved")
    restored = pickle.loads(pickle.dumps(found))
    offsets = found(TEXTS, return_offsets_mapping=True)
    same(restored(TEXTS, return_offsets_mapping=True), offsets)
    for other in (loaded, peer, restored, copy.deepcopy(found)):
        same(other(TEXTS, padding=True), expected(TEXTS, padding=True))
        assert other.special_tokens_map == expected.special_tokens_map
        assert other.model_max_length == expected.model_max_length and other.padding_side == expected.padding_side
    assert pickle.loads(pickle.dumps(found(TEXTS[:2]))) == found(TEXTS[:2])


def test_registered_class(folder, expected, tmp_path):
    registered = malmoi.hf.register()
    tokenizer = registered.from_pretrained(folder)
    assert isinstance(tokenizer, transformers.PreTrainedTokenizerBase)
    assert isinstance(tokenizer, transformers.PreTrainedTokenizerFast)
    tokenizer.save_pretrained(tmp_path)
    automatic = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert type(automatic) is registered
    same(automatic(TEXTS), expected(TEXTS))
    code = ("import sys, transformers\nt = transformers.AutoTokenizer.from_pretrained(sys.argv[1])\n"
            "assert 'malmoi' not in sys.modules\nprint(t(sys.argv[2])['input_ids'])\n")
    # Without Malmoi, transformers takes a class of its own.
    printed = subprocess.run(
        [sys.executable, "-c", code, tmp_path, TEXTS[0]], capture_output=True, text=True, check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"}).stdout
    assert printed == f"{expected(TEXTS[0])['input_ids']}\n"
    # What Malmoi does not do is done by the class that it comes from.
    pairs = list(zip(TEXTS, reversed(TEXTS)))
    same(tokenizer(*map(list, zip(*pairs)), truncation="longest_first", max_length=20),
         expected(*map(list, zip(*pairs)), truncation="longest_first", max_length=20))
    same(tokenizer(pairs[0][0], pairs[0][1]), expected(pairs[0][0], pairs[0][1]))


@pytest.mark.parametrize("model", ["GPT2Config", "LlamaConfig", "GPTNeoXConfig", "BertConfig"])
def test_folder_of_a_model(model, tmp_path, tmp_path_factory):
    """AutoTokenizer finds the class in folders of models that have tokenizers of their own."""
    registered = malmoi.hf.register()
    tokenizer = registered.from_pretrained(made("plain", tmp_path_factory.mktemp("plain")))
    tokenizer.save_pretrained(tmp_path)
    getattr(transformers, model)().save_pretrained(tmp_path)
    automatic = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert type(automatic) is registered
    assert automatic(TEXTS)["input_ids"] == tokenizer(TEXTS)["input_ids"]


def test_bos_and_eos_by_option(tmp_path):
    folder = made("plain", tmp_path)
    options = {"add_bos_token": True, "add_eos_token": True}
    tokenizer = malmoi.hf.register().from_pretrained(folder, **options)
    peer = transformers.PreTrainedTokenizerFast.from_pretrained(folder, **options)
    same(tokenizer(TEXTS), peer(TEXTS))
    assert tokenizer("값")["input_ids"][0] == tokenizer.bos_token_id
    with pytest.raises(ValueError, match="add_bos_token"):
        malmoi.hf.MalmoiTokenizerFast.from_pretrained(folder, **options)


def test_collators_and_chats(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    folder = made("template", tmp_path)
    found = malmoi.hf.register().from_pretrained(folder)
    expected = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
    batches = []
    for tokenizer in (found, expected):
        torch.manual_seed(1)
        rows = [tokenizer(text, return_special_tokens_mask=True) for text in TEXTS]
        batches.append(transformers.DataCollatorForLanguageModeling(tokenizer)(rows))
        batches.append(transformers.DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8)([
            tokenizer(text) for text in TEXTS]))
    for one, other in zip(batches[:2], batches[2:]):
        assert all(torch.equal(one[name], other[name]) for name in other)
    chat = [{"role": "user", "content": "값이 싸다"}, {"role": "assistant", "content": "그래요"}]
    template = "{% for m in messages %}[BOS]{{ m['role'] }}: {{ m['content'] }}[EOS]{% endfor %}"
    assert found.apply_chat_template(chat, chat_template=template, return_dict=False) == expected.apply_chat_template(
        chat, chat_template=template, return_dict=False)


def test_sample(documents):
    plain = malmoi.hf.MalmoiTokenizerFast.from_pretrained(VOCABULARY)
    peer = tokenizers.Tokenizer.from_file(str(VOCABULARY / "tokenizer.json"))
    some = documents[::5]
    made = plain(some, return_offsets_mapping=True)
    for ids, offsets, other in zip(made["input_ids"], made["offset_mapping"], peer.encode_batch(some)):
        assert ids == other.ids and offsets == other.offsets

# SPDX-License-Identifier: Apache-2.0
"""The tokenizer with the face of tokenizers' Tokenizer gives what that one gives."""
import copy
import functools
import inspect
import json
import pickle
import subprocess
import sys

import hostile
import pytest
from conftest import REPOSITORY, VOCABULARY

import malmoi
from malmoi.tokenizers import Encoding, Tokenizer

peers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")

TEMPLATE = peers.processors.TemplateProcessing(
    single="[BOS]:1 $A [EOS]", pair="[BOS] $A [EOS] $B:1 [EOS]:1", special_tokens=[("[BOS]", 0), ("[EOS]", 1)])
ADDED = [
    peers.AddedToken("<left>", lstrip=True), peers.AddedToken("<right>", rstrip=True, special=True),
    peers.AddedToken("낱말", single_word=True), "두 말", "a", "",
]
TEXTS = [
    "값이 싸다", "", " ", "[BOS]값이 [PAD] 싸다[EOS]", "저녁에는 된장찌개를 끓여 먹었습니다.  \n 그리고", "낱말 낱말들 두 말 <left>  <right>  é",
    "👨‍👩‍👧‍👦 ㅋㅋ", "   앞에  빈칸   ", "뷁똠방각하",
]
#: What is done to both.
KINDS = {
    "plain": lambda one: None,
    "added": lambda one: (one.add_tokens(ADDED), one.add_special_tokens(["<new>", peers.AddedToken("<|x|>")])),
    "cut": lambda one: one.enable_truncation(4),
    "cut with a stride": lambda one: one.enable_truncation(5, stride=2, direction="left", strategy="only_first"),
    "padded": lambda one: one.enable_padding(),
    "padded to a multiple": lambda one: one.enable_padding(pad_id=3, pad_to_multiple_of=8, direction="left"),
    "padded to a length": lambda one: one.enable_padding(length=7, pad_type_id=2, pad_token="<pad>"),
    "cut and padded": lambda one: (one.enable_truncation(6, stride=1), one.enable_padding(length=8, pad_id=3)),
    "undone": lambda one: (one.enable_truncation(4), one.enable_padding(), one.no_truncation(), one.no_padding()),
    "special tokens are text": lambda one: setattr(one, "encode_special_tokens", True),
}
FIELDS = ("ids", "tokens", "offsets", "type_ids", "attention_mask", "special_tokens_mask", "sequence_ids", "word_ids",
          "n_sequences")


@functools.cache
def small():
    """The first tokens of the shipped vocabulary, which load faster."""
    content = json.loads((VOCABULARY / "tokenizer.json").read_text())
    model = content["model"]
    model["merges"] = model["merges"][:8000 + len(model["merges"]) - len(model["vocab"])]
    model["vocab"] = {token: number for token, number in model["vocab"].items() if number < 8000}
    return json.dumps(content)


@pytest.fixture(scope="module", params=["as shipped", "with a template and offsets trimmed"])
def content(request):
    made = peers.Tokenizer.from_str(small())
    if request.param != "as shipped":
        trims = peers.processors.ByteLevel(trim_offsets=True, add_prefix_space=False)
        made.post_processor = peers.processors.Sequence([trims, TEMPLATE])
    return made.to_str()


@pytest.fixture(params=KINDS)
def pair(request, content):
    found, expected = Tokenizer.from_str(content), peers.Tokenizer.from_str(content)
    assert KINDS[request.param](found) == KINDS[request.param](expected)
    return found, expected


def check(found, expected):
    for name in FIELDS:
        assert getattr(found, name) == getattr(expected, name), name
    assert isinstance(found, Encoding) and len(found) == len(expected)
    for place in (*range(len(expected)), 10**4):
        for name in ("token_to_chars", "token_to_sequence", "token_to_word", "char_to_token", "char_to_word",
                     "word_to_tokens", "word_to_chars"):
            assert getattr(found, name)(place) == getattr(expected, name)(place), name
    assert len(found.overflowing) == len(expected.overflowing)
    for one, other in zip(found.overflowing, expected.overflowing):
        check(one, other)


@pytest.mark.parametrize("special", [True, False])
def test_encoding(special, pair):
    found, expected = pair
    for text in TEXTS:
        check(found.encode(text, add_special_tokens=special), expected.encode(text, add_special_tokens=special))
    batch = found.encode_batch(TEXTS, add_special_tokens=special)
    for one, other in zip(batch, expected.encode_batch(TEXTS, add_special_tokens=special), strict=True):
        check(one, other)
    fast = found.encode_batch_fast(tuple(TEXTS), add_special_tokens=special)
    assert [one.ids for one in fast] == [
        one.ids for one in expected.encode_batch_fast(TEXTS, add_special_tokens=special)]
    assert found.encode_batch([]) == []


def test_decoding(pair):
    found, expected = pair
    rows = [one.ids for one in expected.encode_batch([*TEXTS, *list(hostile.all_strings())[::40]])]
    rows += [[10**8, 1680], [], [3], [271]]
    for skips in (True, False):
        assert found.decode_batch(rows, skips) == expected.decode_batch(rows, skips)
        assert [found.decode(row, skips) for row in rows] == [expected.decode(row, skips) for row in rows]
    assert found.decode(rows[3]) == expected.decode(rows[3])


def test_vocabulary(pair):
    found, expected = pair
    for added in (True, False):
        assert found.get_vocab(added) == expected.get_vocab(added)
        assert found.get_vocab_size(added) == expected.get_vocab_size(added)
    for number in (*range(0, 70), 1680, *range(7990, 8020), 10**8):
        token = expected.id_to_token(number)
        assert found.id_to_token(number) == token
        if token is not None:
            assert found.token_to_id(token) == expected.token_to_id(token)
    assert found.token_to_id("없는 낱말") is None
    for is_pair in (True, False):
        assert found.num_special_tokens_to_add(is_pair) == expected.num_special_tokens_to_add(is_pair)


def test_settings_and_files(pair, tmp_path):
    found, expected = pair
    assert found.truncation == expected.truncation and found.padding == expected.padding
    for settings, enable in ((found.truncation, found.enable_truncation), (found.padding, found.enable_padding)):
        if settings is not None:
            enable(**settings)
    for pretty in (True, False):
        assert json.loads(found.to_str(pretty)) == json.loads(expected.to_str(pretty))
        assert ("\n" in found.to_str(pretty)) == pretty
    found.save(tmp_path / "tokenizer.json")
    assert "\n" in (tmp_path / "tokenizer.json").read_text()
    others = [
        Tokenizer.from_file(tmp_path / "tokenizer.json"), Tokenizer.from_pretrained(tmp_path),
        Tokenizer.from_buffer(expected.to_str().encode()), pickle.loads(pickle.dumps(found)), copy.deepcopy(found),
    ]
    back = peers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for other in others:
        other.encode_special_tokens = back.encode_special_tokens = found.encode_special_tokens
        for text in TEXTS[:6]:
            assert other.encode(text).ids == found.encode(text).ids == back.encode(text).ids
        assert (other.truncation, other.padding) == (found.truncation, found.padding)


def test_texts(content):
    found, expected = Tokenizer.from_str(content), peers.Tokenizer.from_str(content)
    texts = list(hostile.all_strings())
    for one, other in zip(found.encode_batch(texts), expected.encode_batch(texts), strict=True):
        assert (one.ids, one.tokens, one.offsets) == (other.ids, other.tokens, other.offsets)


def test_arguments():
    """They have the names, the order and the defaults of tokenizers'."""
    for name in ("encode", "encode_batch", "encode_batch_fast", "decode", "decode_batch", "get_vocab",
                 "get_vocab_size", "to_str", "save", "id_to_token", "token_to_id", "num_special_tokens_to_add"):
        own, other = (inspect.signature(getattr(kind, name)).parameters for kind in (Tokenizer, peers.Tokenizer))
        assert [(one.name, one.default) for one in own.values()] == [
            (one.name, one.default) for one in other.values()], name


def test_morphemes(tmp_path):
    folder = REPOSITORY / "vocab" / "hyperclova-style-32k"
    found, core = Tokenizer.from_pretrained(folder), malmoi.Tokenizer.from_file(folder)
    text = "저녁에는 된장찌개를 끓여 먹었습니다."
    assert found.encode(text).ids == core.encode(text)
    found.save(tmp_path / "other.json")
    assert Tokenizer.from_file(tmp_path / "other.json").encode(text).ids == core.encode(text)
    with pytest.raises(ValueError, match="load it with from_file"):
        Tokenizer.from_str(found.to_str())


def test_refusals(tmp_path):
    found = Tokenizer.from_file(VOCABULARY / "tokenizer.json")
    for call, kind, message in (
            (lambda: found.encode("값", "값"), NotImplementedError, "pairs"),
            (lambda: found.encode(["값"], is_pretokenized=True), NotImplementedError, "words"),
            (lambda: found.encode_batch([["값"]], True), NotImplementedError, "words"),
            (lambda: found.encode(7), TypeError, "must be a str"),
            (lambda: found.encode_batch(["값", ("값", "값")]), TypeError, "text 1"),
            (lambda: found.encode_batch("값"), TypeError, "list of texts"),
            (lambda: found.encode("\ud800"), ValueError, "surrogate"),
            (lambda: found.enable_truncation(3, stride=4), ValueError, "stride"),
            (lambda: found.enable_truncation(-1), ValueError, "0 or more"),
            (lambda: found.enable_truncation(3, strategy="only_second"), ValueError, "strategy"),
            (lambda: found.enable_truncation(3, direction="up"), ValueError, "direction"),
            (lambda: found.enable_padding(direction="up"), ValueError, "direction"),
            (lambda: Tokenizer.from_file(tmp_path / "none"), FileNotFoundError, "nothing is downloaded"),
            (lambda: Tokenizer.from_pretrained("gpt2"), FileNotFoundError, "nothing is downloaded"),
            (lambda: Tokenizer.from_str("{"), ValueError, "not a tokenizer.json"),
            (lambda: Tokenizer.from_str(peers.Tokenizer(peers.models.BPE()).to_str()), ValueError, "not supported"),
    ):
        with pytest.raises(kind, match=message) as error:
            call()
        assert "\n" not in str(error.value)
    assert found.truncation is None and found.padding is None


def test_nothing_is_imported():
    code = ("import sys, malmoi.tokenizers\n"
            f"print(malmoi.tokenizers.Tokenizer.from_file({str(VOCABULARY / 'tokenizer.json')!r}).encode('값이').ids)\n"
            "print([name for name in ('tokenizers', 'transformers') if name in sys.modules])\n")
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[16806]\n[]\n"

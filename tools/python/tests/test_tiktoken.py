# SPDX-License-Identifier: Apache-2.0
"""The encoding with tiktoken's face gives what tiktoken gives, of the shipped rank file."""
import base64
import copy
import pickle
import random
import subprocess
import sys

import hostile
import pytest
from conftest import REPOSITORY, VOCABULARY

import malmoi
from malmoi import tiktoken

peers = pytest.importorskip("tiktoken", reason="tiktoken is not installed")

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
#: One begins as another does, one is in two words, one lies inside another.
SPECIAL = {"<|endoftext|>": 64512, "[PAD]": 3, "<|a|><|b|>": 64600, "<|b|>": 64601, "특수 토큰": 70000}
TEXTS = [
    "값이 싸다", "", " ", "<|endoftext|>", "값 <|endoftext|>[PAD]끝", "특수 토큰특수 토큰", "<|a|><|b|><|b|>", "<|a|>",
    "저녁에는 된장찌개를\n\n 끓여 먹었습니다.", "hello <|endoftext", "\ud83d\udc4d", "가\ud800나", "\udc4d\ud83d",
]


@pytest.fixture(scope="module")
def ranks():
    lines = (VOCABULARY / "tokenizer.tiktoken").read_bytes().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}


@pytest.fixture(scope="module")
def expected(ranks):
    return peers.Encoding("kogpt", pat_str=GPT2, mergeable_ranks=ranks, special_tokens=SPECIAL)


@pytest.fixture(scope="module", params=["file", "ranks"])
def found(request, ranks):
    if request.param == "ranks":
        return tiktoken.Encoding("kogpt", pat_str=GPT2, mergeable_ranks=ranks, special_tokens=SPECIAL)
    return tiktoken.Encoding.from_file(
        VOCABULARY / "tokenizer.tiktoken", pre_tokenizer="gpt2", special_tokens=SPECIAL, name="kogpt")


ARGUMENTS = [
    {}, {"allowed_special": "all"}, {"disallowed_special": ()}, {"allowed_special": {"[PAD]"}},
    {"allowed_special": {"<|b|>"}, "disallowed_special": ()}, {"allowed_special": {"<|a|><|b|>", "<|b|>"}},
    {"allowed_special": {"<|endoftext|>"}, "disallowed_special": {"[PAD]"}},
    {"allowed_special": set(), "disallowed_special": ["특수 토큰"]}, {"allowed_special": {"<|no|>"}},
    {"allowed_special": "all", "disallowed_special": "all"},
    {"allowed_special": "all", "disallowed_special": {"[PAD]"}},
]


def outcome(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        kinds = [kind for kind in type(error).__mro__ if kind in (ValueError, KeyError, TypeError)]
        return kinds[0], str(error) if isinstance(error, ValueError) and "special" in str(error) else None


@pytest.mark.parametrize("options", ARGUMENTS)
def test_special_tokens(options, found, expected):
    for text in TEXTS:
        result = outcome(expected.encode, text, **options)
        assert outcome(found.encode, text, **options) == result
        if isinstance(result, list):
            assert found.encode_to_numpy(text, **options).tolist() == result
            assert found.encode_to_numpy(text, **options).dtype == "uint32"
    assert outcome(found.encode_batch, TEXTS, **options) == outcome(expected.encode_batch, TEXTS, **options)
    safe = [text for text in TEXTS if isinstance(outcome(expected.encode, text, **options), list)]
    assert found.encode_batch(safe, **options) == expected.encode_batch(safe, **options)


def test_texts(found, expected, documents):
    texts = [*hostile.all_strings(), *documents[::40]]
    assert found.encode_ordinary_batch(texts) == expected.encode_ordinary_batch(texts)
    assert found.encode_ordinary_batch(TEXTS, num_threads=2) == expected.encode_ordinary_batch(TEXTS)
    for text in [*TEXTS, *texts[::10]]:
        ids = expected.encode_ordinary(text)
        assert found.encode_ordinary(text) == ids
        assert found.decode(ids) == expected.decode(ids)
        assert found.decode_with_offsets(ids) == expected.decode_with_offsets(ids)
    lists = expected.encode_batch(texts, allowed_special="all")
    assert found.encode_batch(texts, allowed_special="all") == lists
    assert found.decode_batch(lists) == expected.decode_batch(lists)
    assert found.decode_bytes_batch(lists) == expected.decode_bytes_batch(lists)


def test_parts_of_characters(found, expected):
    ids = found.encode_ordinary("뷁똠방각하👍")
    for end in range(len(ids)):
        for start in range(end):
            part = ids[start:end]
            assert found.decode_bytes(part) == expected.decode_bytes(part)
            assert found.decode(part) == expected.decode(part)
            assert found.decode_tokens_bytes(part) == expected.decode_tokens_bytes(part)
            for errors in ("strict", "ignore"):
                assert outcome(found.decode, part, errors) == outcome(expected.decode, part, errors)
            assert outcome(found.decode_with_offsets, part) == outcome(expected.decode_with_offsets, part)


def test_vocabulary(found, expected):
    for number in [*range(0, 64520), 64600, 64601, 69999, 70000, 70001, 10**6]:
        token = outcome(expected.decode_single_token_bytes, number)
        assert outcome(found.decode_single_token_bytes, number) == token
        if isinstance(token, bytes):
            assert found.encode_single_token(token) == expected.encode_single_token(token)
        assert found.is_special_token(number) == expected.is_special_token(number)
    for token in ("없는 낱말", b"\xff\xff\xff", "[PAD]", "특수 토큰", ""):
        assert outcome(found.encode_single_token, token) == outcome(expected.encode_single_token, token)
    assert found.token_byte_values() == expected.token_byte_values()
    for name in ("name", "n_vocab", "max_token_value", "eot_token", "special_tokens_set", "_pat_str",
                 "_mergeable_ranks", "_special_tokens"):
        assert getattr(found, name) == getattr(expected, name)
    assert repr(found) == repr(expected)


def test_what_is_no_text(found, expected):
    for text in (None, 7, b"a", ["a"]):
        for name in ("encode", "encode_ordinary"):
            assert outcome(getattr(found, name), text)[0] is outcome(getattr(expected, name), text)[0] is TypeError
    for ids in ([-1], [10**7], [64599], ["a"]):
        with pytest.raises((KeyError, TypeError)):
            found.decode(ids)


def test_pickling(found, expected):
    for other in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert other.encode(TEXTS[4], allowed_special="all") == expected.encode(TEXTS[4], allowed_special="all")
        assert (other.name, other.n_vocab) == (found.name, found.n_vocab)


def test_tokenizer_json():
    found = tiktoken.Encoding.from_file(VOCABULARY)
    core = malmoi.Tokenizer.from_file(VOCABULARY)
    assert found.name == VOCABULARY.name and found.special_tokens_set == set(core.special_tokens)
    text = "[BOS]값이 싸다[EOS]"
    assert found.encode(text, allowed_special="all") == core.encode(text, parse_special_tokens=True)
    assert found.encode(text, disallowed_special=()) == core.encode(text)
    assert found.decode(found.encode(text, allowed_special="all")) == text
    with pytest.raises(KeyError):
        found.eot_token
    with pytest.raises(ValueError, match="BOS"):
        found.encode(text)


def test_other_rules():
    path = REPOSITORY / "vocab" / "bilingual-100k" / "tokenizer.tiktoken"
    pattern = (
        r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"""
        r"""|\s+(?!\S)|\s""")
    found = tiktoken.Encoding.from_file(path, pre_tokenizer="cl100k", special_tokens={})
    expected = peers.Encoding("other", pat_str=pattern, mergeable_ranks=found._mergeable_ranks, special_tokens={})
    texts = list(hostile.all_strings())
    assert found.encode_batch(texts) == expected.encode_batch(texts)
    assert found._pat_str == pattern


#: What ends in the middle of words, characters, white space, contractions and numbers.
UNSTABLE = [
    "값이", " 싸다", "뷁", " ", "  ", "\n", "\t", "\r\n", "a", "hello", " fanta", "'s", "I'", "123", "ſ", "\x85", "\u3000",
    "\u200b", "\x1c", "\0", "<|endoftext|>", "[PAD]", "<|a|>", "<|b|>", "!", " !", "é", "가\u0301", "👍", "ㅋㅋㅋㅋ",
]


def unstable_texts(count):
    generator = random.Random(7)
    texts = ["".join(generator.choices(UNSTABLE, k=generator.randrange(1, 7))) for _ in range(count)]
    return ["", "hello fanta", "가나 " + "값이" * 30, "a" * 90, "b" + " " * 90, *texts]


@pytest.fixture(scope="module", params=["gpt2", "cl100k"])
def pair(request, expected):
    if request.param == "gpt2":
        return tiktoken.Encoding.from_file(
            VOCABULARY / "tokenizer.tiktoken", pre_tokenizer="gpt2", special_tokens=SPECIAL), expected
    other = tiktoken.Encoding.from_file(
        REPOSITORY / "vocab" / "bilingual-100k" / "tokenizer.tiktoken", pre_tokenizer="cl100k",
        special_tokens={"<|endoftext|>": 200000})
    return other, peers.Encoding(
        "other", pat_str=other._pat_str, mergeable_ranks=other._mergeable_ranks, special_tokens=other._special_tokens)


def test_unstable(pair):
    found, expected = pair
    places = 0
    for number, text in enumerate([*unstable_texts(100), *(text[:99] for text in list(hostile.all_strings())[::12])]):
        options = {"allowed_special": "all"} if number % 2 else {"disallowed_special": ()}
        stable, completions = expected.encode_with_unstable(text, **options)
        assert found.encode_with_unstable(text, **options) == (stable, sorted(completions)), text
        places += len(completions) > 1
    assert places > 50
    with pytest.raises(ValueError, match="disallowed special"):
        found.encode_with_unstable("<|endoftext|>")
    assert found.encode_with_unstable("값\ud800") == found.encode_with_unstable("값\ufffd")


def test_what_is_not_cut(pair):
    found, expected = pair
    generator = random.Random(7)
    parts = [*map(str.encode, UNSTABLE), b"\x80", b"\xec\x8b", b"\xff", b"\xed\xa0\x80"]
    for _ in range(300):
        data = b"".join(generator.choices(parts, k=generator.randrange(1, 9)))
        assert found._encode_bytes(data) == expected._encode_bytes(data)
        assert found._encode_single_piece(data) == expected._encode_single_piece(data)
    assert found._encode_bytes(b"") == found._encode_single_piece(b"") == []
    for text in unstable_texts(50):
        assert found._encode_only_native_bpe(text) == expected._encode_only_native_bpe(text)
        if text:
            assert found._encode_single_piece(text) == expected._encode_single_piece(text)


def test_what_needs_ranks(tmp_path):
    found = tiktoken.Encoding.from_file(VOCABULARY)
    for call in (found.encode_with_unstable, found._encode_single_piece):
        with pytest.raises(NotImplementedError, match="tokenizer.json"):
            call("값")
    assert found.decode_bytes(found._encode_bytes("값 ".encode() + b"\xec")) == "값 ".encode() + b"\xec"
    # The file may be gone by then.
    path = tmp_path / "ranks.tiktoken"
    path.write_bytes((VOCABULARY / "tokenizer.tiktoken").read_bytes())
    found = tiktoken.Encoding.from_file(path, pre_tokenizer="gpt2")
    other = pickle.loads(pickle.dumps(found))
    path.unlink()
    assert found.encode_with_unstable("값이 싸") == other.encode_with_unstable("값이 싸")


def test_models(tmp_path, monkeypatch):
    from malmoi.tiktoken import _models

    assert _models.MODEL_TO_ENCODING == peers.model.MODEL_TO_ENCODING
    assert list(_models.MODEL_PREFIX_TO_ENCODING.items()) == list(peers.model.MODEL_PREFIX_TO_ENCODING.items())
    names = [*peers.model.MODEL_TO_ENCODING, *(start + "x" for start in peers.model.MODEL_PREFIX_TO_ENCODING)]
    for name in names:
        assert tiktoken.encoding_name_for_model(name) == peers.encoding_name_for_model(name)
    with pytest.raises(KeyError, match="unknown model 'other'") as failure:
        tiktoken.encoding_name_for_model("other")
    assert isinstance(failure.value, malmoi.MalmoiError)
    with pytest.raises(FileNotFoundError, match="p50k_base.tiktoken.*put the published rank file there"):
        tiktoken.encoding_for_model("text-davinci-003", tmp_path)
    monkeypatch.setenv("MALMOI_ENCODINGS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="cl100k_base.tiktoken"):
        tiktoken.encoding_for_model("gpt-4")


def test_nothing_is_missing(found, expected):
    """What tiktoken's module and encodings have for users, the face has, too."""
    public = {name for name, value in vars(peers).items() if callable(value) and not name.startswith("_")}
    assert len(public) >= 5 and public <= set(tiktoken.__all__)
    methods = {name for name in dir(expected) if not name.startswith("_")}
    assert len(methods) >= 20 and methods <= set(dir(found))


def test_named_encodings(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        tiktoken.get_encoding("cl100k_base", tmp_path)
    (tmp_path / "cl100k_base.tiktoken").write_bytes((VOCABULARY / "tokenizer.tiktoken").read_bytes())
    assert tiktoken.list_encoding_names(tmp_path) == ["cl100k_base"]
    with pytest.raises(ValueError, match="not the published cl100k_base"):
        tiktoken.get_encoding("cl100k_base", tmp_path)
    with pytest.raises(ValueError, match="unknown encoding 'other'"):
        tiktoken.get_encoding("other", tmp_path)
    with pytest.raises(ValueError):
        tiktoken.get_encoding(7, tmp_path)
    monkeypatch.delenv("MALMOI_ENCODINGS", raising=False)
    with pytest.raises(ValueError, match="MALMOI_ENCODINGS"):
        tiktoken.get_encoding("cl100k_base")
    monkeypatch.setenv("MALMOI_ENCODINGS", str(tmp_path))
    assert tiktoken.list_encoding_names() == ["cl100k_base"]


def test_special_tokens_of_named_encodings():
    """They are those of tiktoken itself, which has them in code."""
    from malmoi.tiktoken import _known
    import tiktoken_ext.openai_public as public

    assert set(_known._KNOWN) == set(public.ENCODING_CONSTRUCTORS)
    with pytest.MonkeyPatch.context() as patch:
        hashes = {}

        def load(path, expected_hash=None):
            hashes[path.rsplit("/", 1)[1]] = expected_hash
            return {b"a": 0}

        patch.setattr(public, "load_tiktoken_bpe", load)
        patch.setattr(public, "data_gym_to_mergeable_bpe_ranks", lambda **_: {})
        for name, make in public.ENCODING_CONSTRUCTORS.items():
            made, known = make(), _known._KNOWN[name]
            assert made["special_tokens"] == known.special_tokens
            assert made["pat_str"] == tiktoken._encoding.PATTERNS[known.pre_tokenizer][0]
    assert hashes == {known.file + ".tiktoken": known.sha256 for known in _known._KNOWN.values()}


def test_refusals(ranks, found):
    for arguments, message in (
            ({"pat_str": r"\w+"}, "pat_str"), ({"explicit_n_vocab": 5}, "explicit_n_vocab"),
            ({"special_tokens": {"<x>": 300}}, "id 300"), ({"special_tokens": {"": 70000}}, "empty"),
    ):
        with pytest.raises(ValueError, match=message):
            tiktoken.Encoding("x", **{
                "pat_str": GPT2, "mergeable_ranks": ranks, "special_tokens": SPECIAL, **arguments})
    with pytest.raises(ValueError):
        tiktoken.Encoding.from_file(VOCABULARY / "tokenizer.tiktoken", pre_tokenizer="other")


def test_nothing_is_imported():
    code = ("import sys, malmoi.tiktoken\n"
            "print([name for name in ('numpy', 'tiktoken', 'malmoi._library', 'malmoi.tiktoken._encoding') "
            "if name in sys.modules])\n")
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"

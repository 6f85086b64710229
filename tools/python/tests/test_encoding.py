# SPDX-License-Identifier: Apache-2.0
"""Ids are those of Hugging Face tokenizers, for every kind of input."""
import hostile
import numpy as np
import pyarrow as pa
import pytest

import malmoi

KINDS = {
    "list": list,
    "tuple": tuple,
    "generator": lambda texts: (text for text in texts),
    "bytes": lambda texts: [text.encode() for text in texts],
    "bytearrays and views": lambda texts: [
        (bytearray if place % 2 else memoryview)(text.encode()) for place, text in enumerate(texts)],
    "str and bytes": lambda texts: [text if place % 2 else text.encode() for place, text in enumerate(texts)],
    "objects": lambda texts: np.array([*texts, None], object)[:-1],
    "string": lambda texts: pa.array(texts, pa.string()),
    "large_string": lambda texts: pa.array(texts, pa.large_string()),
    "binary": lambda texts: pa.array([text.encode() for text in texts], pa.binary()),
    "large_binary": lambda texts: pa.array([text.encode() for text in texts], pa.large_binary()),
    "dictionary": lambda texts: pa.array(texts).dictionary_encode(),
    "slice": lambda texts: pa.array(["앞", *texts, "뒤"]).slice(1, len(texts)),
    "chunks": lambda texts: pa.chunked_array([texts[:3], [], texts[3:]], pa.string()),
}
# What pyarrow has from version 16 on.
HAS_VIEWS = hasattr(pa, "string_view")
if HAS_VIEWS:
    KINDS["string_view"] = lambda texts: pa.array(texts, pa.string_view())
    KINDS["binary_view"] = lambda texts: pa.array([text.encode() for text in texts], pa.binary_view())


@pytest.fixture(scope="module")
def hostile_ids(peer):
    texts = [*hostile.all_strings(), *hostile.LONG.values()]
    return texts, [one.ids for one in peer.encode_batch(texts, add_special_tokens=False)]


@pytest.mark.parametrize("kind", KINDS)
def test_sample(kind, tokenizer, documents, expected):
    batch = tokenizer.encode_batch(KINDS[kind](documents))
    assert batch.to_list() == expected
    assert batch.ids.dtype == np.uint16 and batch.offsets.dtype == np.int64


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_strings(kind, tokenizer, hostile_ids):
    texts, expected = hostile_ids
    assert tokenizer.encode_batch(KINDS[kind](texts)).to_list() == expected
    assert tokenizer.count_tokens(KINDS[kind](texts)).tolist() == list(map(len, expected))


def test_arrays_of_fixed_width(tokenizer):
    # NumPy itself drops NULs at the end of such strings.
    texts = ["값이 싸다", "", "a"]
    expected = [tokenizer.encode(text) for text in texts]
    assert tokenizer.encode_batch(np.array(texts)).to_list() == expected
    assert tokenizer.encode_batch(np.array([text.encode() for text in texts])).to_list() == expected
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        assert tokenizer.encode_batch(np.array(texts, np.dtypes.StringDType())).to_list() == expected
    assert tokenizer.encode_batch(pa.array([b"ab", b"cd"], pa.binary(2))).to_list() == [
        tokenizer.encode("ab"), tokenizer.encode("cd")]


def test_single_texts(tokenizer, documents, expected):
    for text, ids in zip(documents[::7], expected[::7]):
        assert tokenizer.encode(text) == ids == tokenizer.encode(text.encode())
    for text in hostile.random_bytes(3):
        assert tokenizer.encode(text) == tokenizer.encode_batch([text])[0].tolist()
        assert tokenizer.decode_bytes(tokenizer.encode(text)) == text


@pytest.mark.parametrize("seed", range(8))
def test_any_chunking_and_threads(seed, tokenizer, documents, expected, monkeypatch):
    source = np.random.default_rng(seed)
    start = int(source.integers(0, len(documents) - 4000))
    some, ids = documents[start:start + 4000], expected[start:start + 4000]
    cuts = [0, *sorted(source.integers(0, 4001, 9).tolist()), 4000]
    chunks = pa.chunked_array([pa.array(some[a:b], pa.string()) for a, b in zip(cuts, cuts[1:])])
    monkeypatch.setattr("malmoi._texts.SLICE_CHARACTERS", int(source.integers(1, 100_000)))
    monkeypatch.setattr("malmoi._overlap.LEAST_BYTES", int(source.integers(1, 200_000)))
    threads = int(source.integers(1, 9))
    assert tokenizer.encode_batch(chunks, threads=threads).to_list() == ids
    assert tokenizer.encode_batch(iter(some), threads=threads).to_list() == ids
    assert sum((batch.to_list() for batch in tokenizer.encode_iter(some, threads=threads)), []) == ids
    assert tokenizer.count_tokens(some, threads=threads).tolist() == list(map(len, ids))
    lists = tokenizer.encode_batch(chunks, return_type="arrow", threads=threads)
    assert lists.num_chunks == chunks.num_chunks and lists.to_pylist() == ids
    assert [len(chunk) for chunk in lists.chunks] == [len(chunk) for chunk in chunks.chunks]


def test_special_tokens(tokenizer, peer):
    texts = ["[BOS]값[EOS]", "x[MASK] y", ""]
    parsed = [one.ids for one in peer.encode_batch(texts, add_special_tokens=False)]
    assert tokenizer.encode_batch(texts, parse_special_tokens=True).to_list() == parsed
    assert [tokenizer.encode(text, parse_special_tokens=True) for text in texts] == parsed
    plain = tokenizer.encode(texts[0])
    assert 0 not in plain and tokenizer.decode(plain) == texts[0]


def test_template(tmp_path, tokenizer):
    tokenizers = pytest.importorskip("tokenizers")
    from conftest import VOCABULARY

    changed = tokenizers.Tokenizer.from_file(str(VOCABULARY / "tokenizer.json"))
    changed.post_processor = tokenizers.processors.TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 0), ("[EOS]", 1)])
    changed.save(str(tmp_path / "tokenizer.json"))
    framed = malmoi.Tokenizer.from_pretrained(tmp_path)
    assert framed.encode("값") == tokenizer.encode("값")
    assert framed.encode("값", add_special_tokens=True) == changed.encode("값").ids == [0, *tokenizer.encode("값"), 1]
    assert framed.encode_batch(["값", ""], add_special_tokens=True).to_list() == [changed.encode("값").ids, [0, 1]]


def test_normalizer(tokenizer):
    text = "\u1112\u1161\u11ab"
    assert tokenizer.encode(text, normalizer="nfc") == tokenizer.encode("한") != tokenizer.encode(text)
    assert tokenizer.encode_batch([text], normalizer="nfc").to_list() == [tokenizer.encode("한")]
    with pytest.raises(malmoi.InvalidArgumentError, match="nfx"):
        tokenizer.encode(text, normalizer="nfx")


def test_types_of_ids(tokenizer, wide_path):
    wide = malmoi.Tokenizer.from_file(wide_path)
    assert wide.encode_batch(["값[FAR]"], parse_special_tokens=True).ids.dtype == np.uint32
    assert wide.encode("값[FAR]", parse_special_tokens=True) == [*tokenizer.encode("값"), 70_000]
    assert tokenizer.encode_batch(["값"], id_bits=32).ids.dtype == np.uint32
    assert tokenizer.encode_batch(["값"], id_bits=32).to_list() == tokenizer.encode_batch(["값"]).to_list()
    # Nothing has the same type as something.
    for made, kind in ((tokenizer, np.uint16), (wide, np.uint32)):
        assert made.encode_batch([]).ids.dtype == made.encode_batch([""]).ids.dtype == kind
        assert made.encode_batch(pa.array([], pa.string())).to_list() == []
        assert made.encode_batch(pa.chunked_array([], pa.string()), return_type="arrow").to_pylist() == []
    with pytest.raises(malmoi.InvalidArgumentError):
        tokenizer.encode_batch(["값"], id_bits=7)


@pytest.mark.skipif(not HAS_VIEWS, reason="pyarrow is older than 16")
def test_arrow_interface_of_others(tokenizer):
    class Series:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.chunked_array([["값"], ["싸다"]]).__arrow_c_stream__(requested_schema)

    class Values:
        def __arrow_c_array__(self, requested_schema=None):
            return pa.array(["값", "싸다"]).__arrow_c_array__(requested_schema)

    expected = [tokenizer.encode("값"), tokenizer.encode("싸다")]
    assert tokenizer.encode_batch(Series()).to_list() == expected
    assert tokenizer.encode_batch(Values()).to_list() == expected


def test_offsets(tokenizer, peer, documents):
    for text in [*hostile.PLAIN, *documents[::2000], "값 abc 😀한"]:
        ids, places = tokenizer.encode_with_offsets(text)
        assert ids == tokenizer.encode(text)
        data = text.encode()
        byte_ids, byte_places = tokenizer.encode_with_offsets(data)
        assert byte_ids == ids
        for number, (start, end), (first, last) in zip(ids, places, byte_places):
            assert data[first:last] == tokenizer.id_to_token(number)
            # The fewest characters that have these bytes.
            assert len(text[:start].encode()) <= first <= last <= len(text[:end].encode())
            assert end - start <= 1 or len(text[:start + 1].encode()) > first
            assert end - start <= 1 or len(text[:end - 1].encode()) < last


def test_offsets_are_those_of_the_text_as_given(tmp_path):
    made = malmoi.train(["한글 " * 40], tmp_path / "out", 300)
    text = "\u1112\u1161\u11ab\u1100\u1173\u11af x"
    ids, places = made.encode_with_offsets(text)
    assert ids == made.encode(text) == made.encode("한글 x") and places[0][0] == 0 and places[-1] == (7, 8)

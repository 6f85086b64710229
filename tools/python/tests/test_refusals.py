# SPDX-License-Identifier: Apache-2.0
"""What is refused, by which exception, and that its text helps."""
import pickle

import numpy as np
import pyarrow as pa
import pytest

import malmoi


def test_kinds():
    assert issubclass(malmoi.NotFoundError, FileNotFoundError) and issubclass(malmoi.InputOutputError, OSError)
    assert issubclass(malmoi.InvalidArgumentError, ValueError) and issubclass(malmoi.UnknownTokenError, KeyError)
    assert issubclass(malmoi.OutputExistsError, FileExistsError) and issubclass(malmoi.BadDataError, ValueError)
    error = pickle.loads(pickle.dumps(malmoi.UnknownTokenError("id 7 is none", 32)))
    assert (str(error), error.status, type(error)) == ("id 7 is none", 32, malmoi.UnknownTokenError)


def test_missing_file():
    with pytest.raises(FileNotFoundError, match="nowhere") as found:
        malmoi.Tokenizer.from_file("nowhere")
    assert found.value.status == 1 and isinstance(found.value, malmoi.MalmoiError)


def test_names_of_a_hub_are_not_looked_up():
    with pytest.raises(malmoi.NotFoundError, match="openai-community/gpt2: no such folder; names of a hub"):
        malmoi.Tokenizer.from_pretrained("openai-community/gpt2")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"{\"model\": {\"type\": \"Unigram\"}}", b"x" * 1000])
def test_what_is_no_tokenizer(content):
    with pytest.raises(malmoi.BadDataError):
        malmoi.Tokenizer.from_bytes(content, "gpt2")


@pytest.mark.parametrize("path", ["a\0b", b"a\0b"])
def test_nul_in_a_path(path):
    with pytest.raises(ValueError, match="NUL"):
        malmoi.Tokenizer.from_file(path)


@pytest.mark.parametrize("text", [None, 7, 1.5, ["a"], object()])
def test_what_is_no_text(text, tokenizer):
    with pytest.raises(TypeError, match="must be str or bytes, not"):
        tokenizer.encode(text)
    with pytest.raises(TypeError, match="text 70 must be str or bytes, not"):
        tokenizer.encode_batch(["a"] * 70 + [text])
    with pytest.raises(TypeError, match="text 70 must be str or bytes, not"):
        tokenizer.encode_batch(iter(["a"] * 70 + [text]))


def test_place_over_slices(tokenizer, monkeypatch):
    monkeypatch.setattr("malmoi._texts.SLICE_CHARACTERS", 10)
    with pytest.raises(TypeError, match="text 1000 must be"):
        tokenizer.encode_batch(["a"] * 1000 + [None])


@pytest.mark.parametrize("texts", ["a text", b"a text"])
def test_one_text_is_no_list(texts, tokenizer):
    for call in (tokenizer.encode_batch, tokenizer.count_tokens, lambda one: list(tokenizer.encode_iter(one))):
        with pytest.raises(TypeError, match="give a list of texts"):
            call(texts)


@pytest.mark.parametrize("texts", [7, np.array([1, 2]), np.array([["a"]]), pa.array([1]), pa.table({"text": ["a"]})])
def test_what_is_no_list_of_texts(texts, tokenizer):
    with pytest.raises(TypeError):
        tokenizer.encode_batch(texts)


def test_lone_surrogates(tokenizer):
    with pytest.raises(malmoi.BadDataError, match=r"the text has a lone surrogate U\+D83D at character 1"):
        tokenizer.encode("a\ud83d")
    with pytest.raises(ValueError, match=r"text 2 has a lone surrogate U\+DC00 at character 0") as found:
        tokenizer.encode_batch(["a", b"b", "\udc00"])
    assert found.value.status == 23
    with pytest.raises(malmoi.BadDataError, match="surrogate"):
        malmoi.Normalizer("nfc").normalize("\udc00")
    data = "\ud83d".encode("utf-8", "surrogatepass")
    assert tokenizer.decode_bytes(tokenizer.encode(data)) == data


def test_nulls(tokenizer):
    with pytest.raises(malmoi.InvalidArgumentError, match="text 2 is null"):
        tokenizer.encode_batch(pa.array(["a", "b", None]))
    with pytest.raises(malmoi.InvalidArgumentError, match="text 1 is null"):
        tokenizer.encode_batch(pa.array(["a", "b", None]).slice(1))
    with pytest.raises(malmoi.InvalidArgumentError, match="text 3 is null"):
        tokenizer.encode_batch(pa.chunked_array([["a", "b"], ["c", None]]))
    with pytest.raises(malmoi.InvalidArgumentError, match="text 0 is null"):
        tokenizer.encode_batch(pa.nulls(2))
    with pytest.raises(malmoi.InvalidArgumentError, match="text 1 is null"):
        tokenizer.encode_batch(pa.array(["a", None]).dictionary_encode())
    # A null outside the slice is none.
    assert len(tokenizer.encode_batch(pa.array(["a", None]).slice(0, 1))) == 1


@pytest.mark.parametrize("ids", [[-1], [2**32], [2**70], [64_512], np.array([-1]), np.array([64_512]),
                                 np.array([2**40]), pa.array([64_512])])
def test_unknown_ids(ids, tokenizer):
    with pytest.raises((malmoi.UnknownTokenError, malmoi.InvalidArgumentError)):
        tokenizer.decode(ids)
    with pytest.raises((malmoi.UnknownTokenError, malmoi.InvalidArgumentError)):
        tokenizer.decode_batch([ids])


@pytest.mark.parametrize("ids", [["a"], [1.5], np.array([1.5]), 7, np.array([[1]]), None])
def test_what_are_no_ids(ids, tokenizer):
    with pytest.raises(TypeError):
        tokenizer.decode(ids)


def test_options(tokenizer):
    with pytest.raises(malmoi.InvalidArgumentError, match="threads"):
        tokenizer.encode_batch(["a"], threads=0)
    with pytest.raises(malmoi.InvalidArgumentError, match="return_type"):
        tokenizer.encode_batch(["a"], return_type="torch")
    with pytest.raises(malmoi.InvalidArgumentError):
        malmoi.Normalizer("none such")
    # A call that failed leaves nothing behind.
    assert tokenizer.encode("값이 싸다") == tokenizer.encode_batch(["값이 싸다"])[0].tolist()

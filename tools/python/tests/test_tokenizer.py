# SPDX-License-Identifier: Apache-2.0
"""What a tokenizer tells of itself, and that it can be sent elsewhere."""
import copy
import hashlib
import pickle
import shutil

import pytest
from conftest import VOCABULARY

import malmoi


def test_vocabulary(tokenizer, peer):
    assert tokenizer.vocab_size == len(tokenizer) == peer.get_vocab_size()
    assert tokenizer
    vocabulary = tokenizer.get_vocab()
    assert len(vocabulary) == len(tokenizer)
    for number in range(0, len(tokenizer), 97):
        token = tokenizer.id_to_token(number)
        assert vocabulary[token] == number == tokenizer.token_to_id(token)
        assert tokenizer.decode_bytes([number]) == token
    assert tokenizer.token_to_id("[BOS]") == 0 and tokenizer.token_to_id("no such token at all") is None
    assert tokenizer.id_to_token(len(tokenizer)) is None and tokenizer.id_to_token(-1) is None


def test_unused_ids(wide_path):
    wide = malmoi.Tokenizer.from_file(wide_path)
    assert len(wide) == 70_001
    assert wide.id_to_token(69_999) is None and wide.id_to_token(70_000) == b"[FAR]"
    assert b"" not in wide.get_vocab()


def test_added_tokens(tokenizer):
    assert tokenizer.added_tokens[0] == (0, "[BOS]", True)
    assert tokenizer.special_tokens == {
        "[BOS]": 0, "[EOS]": 1, "[UNK]": 2, "[PAD]": 3, "[MASK]": 4, "[CLS]": 5, "[SEP]": 6}


def test_identity(tokenizer, wide_path):
    content = (VOCABULARY / "tokenizer.json").read_bytes()
    same = malmoi.Tokenizer.from_bytes(content)
    assert tokenizer.sha256 == hashlib.sha256(content).hexdigest()
    assert tokenizer == same and hash(tokenizer) == hash(same) and tokenizer is not same
    assert tokenizer != malmoi.Tokenizer.from_file(wide_path) and tokenizer != 7
    assert tokenizer.sha256[:12] in repr(tokenizer) and "64512" in repr(tokenizer)
    assert tokenizer.normalizer == "none" and tokenizer.pre_tokenizer == "gpt2"
    assert tokenizer.path == str(VOCABULARY / "tokenizer.json") and same.path is None
    assert copy.copy(tokenizer) is tokenizer and copy.deepcopy({"a": tokenizer})["a"] is tokenizer


def test_files_of_ranks(tmp_path, tokenizer):
    shutil.copy(VOCABULARY / "tokenizer.tiktoken", tmp_path / "own.tiktoken")
    with pytest.raises(malmoi.InvalidArgumentError, match="how text is cut"):
        malmoi.Tokenizer.from_file(tmp_path / "own.tiktoken")
    ranks = malmoi.Tokenizer.from_file(tmp_path / "own.tiktoken", "gpt2")
    other = malmoi.Tokenizer.from_file(tmp_path / "own.tiktoken", pre_tokenizer="cl100k")
    assert ranks != other and pickle.loads(pickle.dumps(other)) == other
    assert pickle.loads(pickle.dumps(ranks)).encode("값이 싸다") == ranks.encode("값이 싸다")
    assert ranks.decode(ranks.encode("값이 싸다")) == "값이 싸다"


def test_pickle(tmp_path, tokenizer):
    shutil.copytree(VOCABULARY, tmp_path / "folder")
    made = malmoi.Tokenizer.from_pretrained(tmp_path / "folder")
    sent = pickle.dumps(made)
    kept = malmoi.Tokenizer.from_bytes((tmp_path / "folder" / "tokenizer.json").read_bytes())
    (tmp_path / "folder" / "tokenizer.json").write_bytes(b"{}")
    with pytest.raises(malmoi.BadDataError, match="has changed"):
        pickle.dumps(made)
    shutil.rmtree(tmp_path / "folder")
    with pytest.raises(malmoi.NotFoundError, match="is gone"):
        pickle.dumps(made)
    for content in (sent, pickle.dumps(kept)):
        again = pickle.loads(content)
        assert again == tokenizer and again.encode("값이 싸다") == tokenizer.encode("값이 싸다")
        # The same one is not loaded twice.
        assert pickle.loads(content)._loaded is again._loaded


def test_names():
    assert all(getattr(malmoi, name) is not None for name in malmoi.__all__)
    assert sorted(malmoi.__all__) == dir(malmoi)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        malmoi.nothing


def test_version():
    from malmoi._library import library

    numbers = [int(part) for part in malmoi.__version__.split(".")]
    assert library().version_number() == numbers[0] * 10**6 + numbers[1] * 10**3 + numbers[2]


def test_a_tokenizer_with_morphemes_is_pickled_with_them(documents, tmp_path):
    """Its two files may be gone when the pickle is read."""
    for name in ("tokenizer.json", "morphemes.eojeols"):
        shutil.copy(VOCABULARY.parent / "hyperclova-style-32k" / name, tmp_path / name)
    tokenizer = malmoi.Tokenizer.from_file(tmp_path)
    expected = tokenizer.encode_batch(documents[:500])
    pickled = pickle.dumps(tokenizer)
    shutil.rmtree(tmp_path)
    del tokenizer
    restored = pickle.loads(pickled)
    assert restored.encode_batch(documents[:500]) == expected
    assert pickle.loads(pickle.dumps(pickle.loads(pickled))).sha256 == restored.sha256

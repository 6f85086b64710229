# SPDX-License-Identifier: Apache-2.0
"""The tokenizer with transformers' face where transformers is not looked at."""
import copy
import importlib.util
import json
import pickle
import shutil
import subprocess
import sys
import warnings

import pytest
from conftest import REPOSITORY, VOCABULARY

import malmoi
import malmoi.hf

TEXTS = ["값이 싸다", "", "[BOS]값이 [PAD] 싸다[EOS]", "저녁에는 된장찌개를 끓여 먹었습니다."]


@pytest.fixture(scope="module")
def plain():
    return malmoi.hf.MalmoiTokenizerFast.from_pretrained(VOCABULARY)


def test_ids(plain, tokenizer, documents):
    made = plain(documents[:2000], padding=True, truncation=True, max_length=16)
    for ids, mask, text in zip(made["input_ids"], made["attention_mask"], documents):
        expected = tokenizer.encode(text, parse_special_tokens=True)[:16]
        assert ids == expected + [3] * (16 - len(expected))
        assert mask == [1] * len(expected) + [0] * (16 - len(expected))


def test_shipped_vocabulary_with_morphemes(tmp_path):
    """Hugging Face's tokenizers cut otherwise, so nothing must go to them."""
    folder = REPOSITORY / "vocab" / "hyperclova-style-32k"
    core = malmoi.Tokenizer.from_file(folder)
    text = "저녁에는 된장찌개를 끓여 먹었습니다."
    kinds = [malmoi.hf.MalmoiTokenizerFast]
    if importlib.util.find_spec("transformers"):
        kinds.append(malmoi.hf.register())
    for kind in kinds:
        tokenizer = kind.from_pretrained(folder)
        assert tokenizer(text)["input_ids"] == core.encode(text)
        assert pickle.loads(pickle.dumps(tokenizer))(text)["input_ids"] == core.encode(text)
        tokenizer.add_special_tokens({"pad_token": "<pad>"})
        assert tokenizer([text, ""], padding=True)["input_ids"][1] == [32000] * len(core.encode(text))
        tokenizer.save_pretrained(tmp_path / kind.__module__)
        assert kind.from_pretrained(tmp_path / kind.__module__)(text)["input_ids"] == core.encode(text)
        with pytest.raises(NotImplementedError):
            tokenizer(text, text)


def test_datasets(plain):
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    data = datasets.Dataset.from_dict({"text": TEXTS})
    for processes in (None, 2):
        mapped = data.map(lambda batch: plain(batch["text"]), batched=True, num_proc=processes)
        assert mapped["input_ids"][:] == plain(TEXTS)["input_ids"]
    assert plain(data["text"])["input_ids"] == plain(TEXTS)["input_ids"]


def test_refusals(plain, tmp_path):
    for arguments, options, kind, message in (
            (("값", "값"), {}, NotImplementedError, "pairs"),
            ((["값"],), {"is_split_into_words": True}, NotImplementedError, "words"),
            (([("값", "값")],), {}, TypeError, "text 0"),
            ((7,), {}, TypeError, "must be a str"),
            ((None,), {}, TypeError, "must be a str"),
            ((b"a",), {}, TypeError, "must be a str"),
            (("값",), {"padding": "some"}, ValueError, "padding"),
            (("값",), {"truncation": "only_second"}, ValueError, "truncation"),
            (("값",), {"return_tensors": "tf"}, ValueError, "return_tensors"),
            (("값",), {"padding": True, "padding_side": "up"}, ValueError, "padding_side"),
            (("값 " * 9,), {"truncation": True, "max_length": 3, "stride": 3}, ValueError, "stride"),
            (("값",), {"truncation": True, "padding": True, "max_length": 9, "pad_to_multiple_of": 8}, ValueError,
             "multiple"),
            (("값",), {"truncation": True, "max_length": 0, "stride": 1}, ValueError, "stride"),
            (("\ud800",), {}, ValueError, "surrogate"),
    ):
        with pytest.raises(kind, match=message) as error:
            plain(*arguments, **options)
        assert "\n" not in str(error.value)
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        malmoi.hf.MalmoiTokenizerFast.from_pretrained(tmp_path / "none")
    with pytest.raises(ValueError, match="no special token's name"):
        plain.add_special_tokens({"some_token": "a"})
    with pytest.raises(ValueError, match="add it first"):
        plain.pad_token = "<not there>"
    with pytest.raises(AttributeError):
        plain.no_such
    for content, message in (("{", "not a tokenizer.json"), ("[]", "not a tokenizer.json"),
                             ('{"model": {"type": "WordPiece", "vocab": {}}}', "not supported")):
        (tmp_path / "tokenizer.json").write_text(content)
        with pytest.raises(ValueError, match=message):
            malmoi.hf.MalmoiTokenizerFast.from_pretrained(tmp_path)
    shutil.copy(VOCABULARY / "tokenizer.json", tmp_path)
    (tmp_path / "tokenizer_config.json").write_text("[1]")
    with pytest.raises(ValueError, match="tokenizer_config.json: not a JSON object"):
        malmoi.hf.MalmoiTokenizerFast.from_pretrained(tmp_path)


def test_warnings(plain):
    tokenizer = copy.copy(plain)
    tokenizer.model_max_length = 2
    with pytest.warns(UserWarning, match="3 ids, more than model_max_length=2"):
        tokenizer("값이 싸다")
    with pytest.warns(UserWarning, match="max_length is not used"):
        plain("값이 싸다", padding=True, max_length=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokenizer("값이 싸다", truncation=True)
        tokenizer("값이 싸다", verbose=False)


def test_special_tokens_map(tmp_path):
    shutil.copy(VOCABULARY / "tokenizer.json", tmp_path)
    (tmp_path / "special_tokens_map.json").write_text(json.dumps(
        {"pad_token": {"content": "[PAD]", "lstrip": False, "rstrip": False, "normalized": False, "single_word": False},
         "eos_token": "[EOS]", "additional_special_tokens": ["[MASK]"]}))
    tokenizer = malmoi.hf.MalmoiTokenizerFast.from_pretrained(tmp_path)
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token) == (3, 1, None)
    assert tokenizer.all_special_tokens == ["[EOS]", "[PAD]", "[MASK]"]


def test_nothing_else_is_imported(tmp_path):
    """Neither transformers nor tokenizers is needed, nor imported."""
    code = (
        "import sys, malmoi.hf\n"
        "assert not {'numpy', 'malmoi.hf._tokenizer', 'malmoi._library'} & set(sys.modules)\n"
        "t = malmoi.hf.MalmoiTokenizerFast.from_pretrained(sys.argv[1])\n"
        "t(['값', 'a'], padding=True, return_offsets_mapping=True, return_tensors='np')\n"
        "print([name for name in ('transformers', 'tokenizers', 'torch', 'pyarrow') if name in sys.modules])\n")
    printed = subprocess.run([sys.executable, "-c", code, VOCABULARY], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"

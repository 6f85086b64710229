# SPDX-License-Identifier: Apache-2.0
"""Corpus files as the command reads them; normalising; statistics."""
import gc
import json
import os
import subprocess

import hostile
import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE, VOCABULARY

import malmoi


def command(*arguments):
    done = subprocess.run([os.environ["MALMOI_COMMAND"], *map(str, arguments)], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


# ---- Reading


def test_documents_are_those_of_the_command(documents):
    lines = command("cat", SAMPLE, "--json", "--normalizer", "none").split("\n")[:-1]
    assert documents == [json.loads(line)["text"] for line in lines]


def test_places_and_ids(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "하나", "id": "x1"}\n\n{"text": "", "id": 7}\n{"text": "셋"}\n')
    reader = malmoi.read(tmp_path / "a.jsonl")
    path = str(tmp_path / "a.jsonl")
    assert list(reader) == [("하나", path, 1, "x1"), ("", path, 3, "7"), ("셋", path, 4, None)]
    assert (reader.rejected, reader.replaced, reader.rejects) == (0, 0, [])


def test_batches_hold_the_same(documents):
    plain = list(malmoi.read([SAMPLE / "news.jsonl.zst", str(SAMPLE / "stories.txt")]))
    batches = list(malmoi.read([SAMPLE / "news.jsonl.zst", str(SAMPLE / "stories.txt")], as_batches=True))
    gc.collect()
    table = pa.Table.from_batches(batches)
    table.validate(full=True)
    assert table.schema.names == ["text", "path", "line", "id"]
    assert [tuple(row.values()) for row in table.to_pylist()] == plain
    assert len(batches) > 1


def test_options_of_reading(tmp_path):
    (tmp_path / "a.txt").write_text("하나\n둘\n\n셋\n")
    assert [one.text for one in malmoi.read(tmp_path / "a.txt", documents="paragraph")] == ["하나\n둘", "셋"]
    (tmp_path / "b.jsonl").write_text('{"body": "글"}\n')
    assert [one.text for one in malmoi.read(tmp_path / "b.jsonl", field="body")] == ["글"]
    (tmp_path / "c.dat").write_bytes("한글".encode("cp949"))
    assert [one.text for one in malmoi.read(tmp_path / "c.dat", format="text", charset="cp949")] == ["한글"]
    (tmp_path / "d.txt").write_bytes(b"a\xffb\n")
    reader = malmoi.read(tmp_path / "d.txt", charset="utf-8")
    assert [one.text for one in reader] == ["a\ufffdb"] and reader.replaced == 1


def test_rejects(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "하나"}\n{broken\n{"text": "셋"}\n')
    reader = malmoi.read(path)
    assert [one.text for one in reader] == ["하나", "셋"]
    assert reader.rejected == 1 and len(reader.rejects) == 1 and "2" in reader.rejects[0]
    with pytest.raises(malmoi.BadDataError):
        list(malmoi.read(path, strict=True))


def test_refusals(tmp_path):
    with pytest.raises(malmoi.NotFoundError, match="nowhere"):
        malmoi.read("nowhere")
    with pytest.raises(malmoi.MalmoiError):
        malmoi.read([])
    with pytest.raises(malmoi.InvalidArgumentError):
        malmoi.read(SAMPLE, format="parchment")
    with pytest.raises(malmoi.InvalidArgumentError):
        malmoi.read(SAMPLE, documents="chapter")


def test_blocks_outlive_their_reader():
    texts = pa.chunked_array([batch.column("text") for batch in malmoi.read(SAMPLE, as_batches=True)])
    gc.collect()
    texts.validate(full=True)
    assert texts.to_pylist() == [one.text for one in malmoi.read(SAMPLE)]


# ---- Normalising


@pytest.mark.parametrize("form", ["nfc", "nfkc"])
def test_normal_forms(form):
    import unicodedata

    normalizer = malmoi.Normalizer(form)
    texts = [*hostile.PLAIN, *hostile.random_mixtures(4)]
    # Unicode's versions differ in what they assign; these strings have what is old.
    expected = [unicodedata.normalize(form.upper(), text) for text in texts]
    assert normalizer.normalize(texts) == expected
    assert [normalizer.normalize(text) for text in texts[:50]] == expected[:50]
    assert normalizer.normalize(pa.array(texts)).to_pylist() == expected
    assert normalizer.normalize(pa.chunked_array([texts[:5], texts[5:]])).to_pylist() == expected
    data = [text.encode() for text in texts]
    assert normalizer.normalize(data) == normalizer.normalize(pa.array(data)).to_pylist() == [
        text.encode() for text in expected]
    assert normalizer.normalize(np.array([*texts, None], object)[:-1]) == expected


def test_normalizers(tokenizer):
    import pickle

    korean = malmoi.Normalizer("korean +cap-repeats=3")
    assert korean.normalize("ㅋㅋㅋㅋㅋㅋ") == "ㅋㅋㅋ" and korean.normalize([]) == []
    assert pickle.loads(pickle.dumps(korean)) == korean and korean != malmoi.Normalizer("nfc")
    assert repr(korean) == "Normalizer('korean +cap-repeats=3')" and len({korean, korean}) == 1
    made = korean.normalize(pa.array(["ㅋㅋㅋㅋ"]))
    gc.collect()
    assert made.type == pa.large_string() and made.to_pylist() == ["ㅋㅋㅋ"]
    with pytest.raises(TypeError, match="text 1 must be"):
        korean.normalize(["a", 7])


# ---- Statistics


def test_statistics_are_those_of_the_command(tokenizer, documents):
    found = malmoi.statistics(tokenizer, documents)
    told = malmoi.inspect_corpus(SAMPLE, tokenizer)
    figures = told["tokenizers"][0]
    for name in ("documents", "bytes", "characters", "eojeols"):
        assert getattr(found, name) == told[name]
    for name in ("tokens", "tokens_per_eojeol", "tokens_per_character", "tokens_per_document", "bytes_per_token"):
        assert getattr(found, name) == pytest.approx(figures[name], rel=1e-12)
    assert malmoi.statistics(tokenizer, pa.chunked_array([documents[:9], documents[9:]])) == found
    assert malmoi.statistics(tokenizer, [text.encode() for text in documents]) == found
    half = len(documents) // 2
    assert malmoi.statistics(tokenizer, documents[:half]) + malmoi.statistics(tokenizer, documents[half:]) == found


def test_statistics_of_hostile_texts(tmp_path):
    texts = [text for text in [*hostile.all_strings(), *hostile.random_unicode(9)]]
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    made = malmoi.train(SAMPLE / "law.txt.zst", tmp_path / "out", 1000)
    assert made.normalizer != "none"
    found, told = malmoi.statistics(made, texts), malmoi.inspect_corpus(path, made)
    assert [found.documents, found.bytes, found.characters, found.eojeols, found.tokens] == [
        told["documents"], told["bytes"], told["characters"], told["eojeols"], told["tokenizers"][0]["tokens"]]


def test_empty_statistics(tokenizer):
    found = malmoi.statistics(tokenizer, [])
    assert found == malmoi.TextStatistics() and found.tokens_per_eojeol == found.bytes_per_token == 0
    with pytest.raises(TypeError, match="give a list"):
        malmoi.statistics(tokenizer, "a text")


def test_inspecting(tokenizer):
    kept = malmoi.Tokenizer.from_bytes((VOCABULARY / "tokenizer.json").read_bytes())
    told = malmoi.inspect_corpus([SAMPLE / "law.txt.zst", SAMPLE / "reviews.jsonl"], [kept, VOCABULARY], "--by", "file")
    assert len(told["tokenizers"]) == 2 and len(told["groups"]) == 2
    assert told["tokenizers"][0]["tokens"] == told["tokenizers"][1]["tokens"]
    with pytest.raises(malmoi.InvalidArgumentError, match="none-such"):
        malmoi.inspect_corpus(SAMPLE, tokenizer, "--none-such")
    with pytest.raises(malmoi.MalmoiError):
        malmoi.inspect_corpus("nowhere", tokenizer)

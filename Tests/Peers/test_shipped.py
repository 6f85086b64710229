# SPDX-License-Identifier: Apache-2.0
"""The vocabularies in vocab/: whole, loadable elsewhere, and without tokens across morphemes."""
import json

import pytest
import tokenizers

from command import ROOT, SAMPLE, documents_of, encode, malmoi, write_jsonl

VOCAB = ROOT / "vocab"
NAMES = sorted(path.parent.name for path in VOCAB.glob("*/tokenizer.json"))


def test_there_are_some():
    assert len(NAMES) >= 4 and all((VOCAB / name / "README.md").exists() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_sound_and_loads_in_hugging_face(name):
    malmoi("verify", VOCAB / name)
    manifest = json.loads((VOCAB / name / "manifest.json").read_text("utf-8"))
    reference = tokenizers.Tokenizer.from_file(str(VOCAB / name / "tokenizer.json"))
    assert reference.get_vocab_size() == manifest["results"]["vocabulary_size"]


@pytest.mark.parametrize("name", NAMES)
def test_text_comes_back_and_only_morphemes_change_ids(name, tmp_path):
    texts = documents_of(SAMPLE)[:2000]
    ids = encode(texts, VOCAB / name, tmp_path)
    decoded = malmoi("decode", tmp_path / "ids", "--tokenizer", VOCAB / name, "--json").stdout.decode()
    assert [json.loads(line)["text"] for line in decoded.split("\n")[:-1]] == texts
    reference = tokenizers.Tokenizer.from_file(str(VOCAB / name / "tokenizer.json"))
    theirs = [encoding.ids for encoding in reference.encode_batch(texts)]
    if boundaries_of(name) == "none":
        assert ids == theirs
    else:
        assert sum(map(len, ids)) > sum(map(len, theirs))


def boundaries_of(name):
    return json.loads((VOCAB / name / "manifest.json").read_text("utf-8"))["options"]["morphemes"]


@pytest.mark.parametrize("name", [name for name in NAMES if boundaries_of(name) != "none"])
def test_no_token_crosses_a_boundary(name, tmp_path):
    boundaries = boundaries_of(name)
    texts = [text for text in documents_of(SAMPLE) if not set(text) & set("|\\\n")][:3000]
    source = write_jsonl(tmp_path / "texts.jsonl", texts)
    lines = malmoi(
        "morphemes", source, "--mode", "eojeol", "--boundaries", boundaries).stdout.decode().split("\n")
    vocabulary = json.loads((VOCAB / name / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    lengths = {id: len(token) for token, id in vocabulary.items()}
    crossed = boundary_count = 0
    for text, line, ids in zip(texts, lines, encode(texts, VOCAB / name, tmp_path)):
        assert line.replace("|", "") == text
        edges, place = set(), 0
        for id in ids:
            place += lengths[id]
            edges.add(place)
        offset = 0
        for piece in line.split("|")[:-1]:
            offset += len(piece.encode())
            boundary_count += 1
            crossed += offset not in edges
    assert boundary_count > 10_000 and crossed == 0

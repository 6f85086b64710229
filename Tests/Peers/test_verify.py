# SPDX-License-Identifier: Apache-2.0
"""Verify finds what is not as it was made."""
import json
import random
import shutil

import pytest
import xxhash

from command import EOD, complaint, malmoi

TEXT = "나는 밥을 먹는다\n\n너는 국을 먹는다\n우리는 떡을 먹는다\n"


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory):
    """A small tokenizer and a small set of two shards."""
    directory = tmp_path_factory.mktemp("artefacts")
    (directory / "corpus.txt").write_text(TEXT)
    malmoi(
        "train", directory / "corpus.txt", "--vocab-size", 280, "--special-token", EOD,
        "--output", directory / "tokenizer")
    malmoi(
        "encode", directory / "corpus.txt", "--tokenizer", directory / "tokenizer",
        "--append-eod", "--shard-tokens", 16, "--output", directory / "files/ids")
    return directory


@pytest.fixture
def copy(artefacts, tmp_path):
    shutil.copytree(artefacts, tmp_path / "copy")
    return tmp_path / "copy"


def fault(path, code=1):
    done = malmoi("verify", path, code=code)
    told = done.stderr.decode()
    assert done.stdout == b"" and told.startswith("malmoi: ") and told.count("\n") == 1
    return told


def test_what_was_made_is_sound(artefacts):
    for path in ("tokenizer", "tokenizer/", "tokenizer/manifest.json", "files/ids",
                 "files/ids.manifest.json"):
        done = malmoi("verify", artefacts / path)
        assert b": sound: " in done.stdout and done.stderr == b""
    report = json.loads(malmoi("verify", artefacts / "files/ids", "--json").stdout)
    assert report["sound"] is True and report["documents"] == 4 and report["shards"] > 1
    report = json.loads(malmoi("verify", artefacts / "tokenizer", "--json").stdout)
    assert report["vocabulary_size"] == 280
    assert malmoi("verify", artefacts / "files/ids", "--quiet").stdout == b""


def test_a_directory_beside_a_set_of_its_name_does_not_hide_it(copy):
    (copy / "files/ids").mkdir()
    assert b": sound: " in malmoi("verify", copy / "files/ids").stdout


FILES = ["tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json", "tokenizer/tokenizer.tiktoken",
         "files/ids-00000.bin", "files/ids-00000.idx", "files/ids-00001.bin", "files/ids-00001.idx"]


def artefact_of(copy, name):
    return copy / ("tokenizer" if name.startswith("tokenizer") else "files/ids")


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_anywhere_is_found(copy, name):
    path = copy / name
    content = path.read_bytes()
    source = random.Random(name)
    places = {0, len(content) - 1, *(source.randrange(len(content)) for _ in range(12))}
    if name.endswith(".idx"):
        places |= set(range(34))
    for place in sorted(places):
        broken = bytearray(content)
        broken[place] ^= 1 << source.randrange(8)
        path.write_bytes(broken)
        assert str(path) in fault(artefact_of(copy, name)), f"byte {place}"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "shorter", "longer"])
def test_a_file_of_another_size_is_found(copy, name, damage):
    path = copy / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "shorter": content[:-2], "longer": content + b"\0\0"}[damage])
    told = fault(artefact_of(copy, name), code=74 if told_missing(name, damage) else 1)
    assert str(path) in told


def told_missing(name, damage):
    return damage == "missing" and name.startswith("tokenizer")


EDITS = {
    "documents": lambda m: m["results"].update(documents=m["results"]["documents"] + 1),
    "a checksum": lambda m: m["outputs"][0].update(checksum=m["outputs"][0]["checksum"][:-1] + "x"),
    "a size": lambda m: m["outputs"][0].update(bytes=m["outputs"][0]["bytes"] + 1),
    "a name": lambda m: m["outputs"][0].update(name="other"),
    "a name above": lambda m: m["outputs"][0].update(name="../corpus.txt"),
    "the version": lambda m: m.update(malmoi_manifest=99),
    "the kind": lambda m: m.update(kind="cake"),
    "an output without size": lambda m: m["outputs"][0].pop("bytes"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_manifest_of_token_files_is_found(copy, edit):
    path = copy / "files/ids.manifest.json"
    manifest = json.loads(path.read_text())
    EDITS[edit](manifest)
    path.write_bytes(sealed(manifest))
    fault(copy / "files/ids")


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit != "documents"])
def test_an_edited_manifest_of_a_tokenizer_is_found(copy, edit):
    path = copy / "tokenizer/manifest.json"
    manifest = json.loads(path.read_text())
    EDITS[edit](manifest)
    path.write_text(json.dumps(manifest))
    fault(copy / "tokenizer", code=74 if edit == "a name" else 1)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}"])
def test_a_manifest_that_is_none_is_refused(copy, content):
    for name in ("files/ids.manifest.json", "tokenizer/manifest.json"):
        (copy / name).write_text(content)
    fault(copy / "files/ids")
    fault(copy / "tokenizer")


def test_ids_outside_a_vocabulary_are_found(copy):
    malmoi(
        "train", copy / "corpus.txt", "--vocab-size", 256, "--output", copy / "small")
    told = complaint("verify", copy / "files/ids", "--tokenizer", copy / "small", code=1)
    assert "made by the tokenizer whose SHA-256 is" in told and told.count("\n") == 1
    (copy / "files/ids.manifest.json").unlink()
    told = complaint("verify", copy / "files/ids", "--tokenizer", copy / "small", code=1)
    assert "outside the vocabulary of 256" in told


def test_the_tokenizer_shows_how_the_files_begin(artefacts):
    arguments = ["verify", artefacts / "files/ids", "--tokenizer", artefacts / "tokenizer"]
    assert malmoi(*arguments).stdout.decode().endswith("\n  it begins: 나는 밥을 먹는다<|endoftext|>\n")
    assert json.loads(malmoi(*arguments, "--json").stdout)["sample"] == "나는 밥을 먹는다<|endoftext|>"


def sealed(manifest):
    """The bytes of a manifest with the seal that belongs to it, by the rule in docs/token-files.md."""
    manifest.pop("seal", None)
    bare = json.dumps(manifest, indent=2, ensure_ascii=False).encode()[:-2]
    return bare + b',\n  "seal": "xxh3:' + xxhash.xxh3_64_hexdigest(bare).encode() + b'"\n}'


def test_the_seal_is_the_xxh3_of_what_stands_before_it(copy):
    path = copy / "files/ids.manifest.json"
    assert sealed(json.loads(path.read_text())) == path.read_bytes()


PROMISES = {
    "end_of_document": ("ends with token id", 7),
    "beginning_of_document": ("begins with token id", 7),
    "max_document_tokens": ("tokens, where the manifest allows 2", 2),
    "tokens_before": ("begins with token id", [9, 9]),
}


@pytest.mark.parametrize("name", PROMISES)
def test_documents_that_do_not_keep_what_the_manifest_promises_are_found(copy, name):
    path = copy / "files/ids.manifest.json"
    manifest = json.loads(path.read_text())
    told, value = PROMISES[name]
    manifest["options"][name] = value
    path.write_bytes(sealed(manifest))
    found = fault(copy / "files/ids")
    assert told in found and "document 0 " in found and "ids-00000.bin: byte 0:" in found


def test_every_flipped_bit_of_a_manifest_is_found(copy):
    path = copy / "files/ids.manifest.json"
    content = path.read_bytes()
    source = random.Random(7)
    for _ in range(150):
        broken = bytearray(content)
        broken[source.randrange(len(content))] ^= 1 << source.randrange(8)
        path.write_bytes(broken)
        assert malmoi("verify", copy / "files/ids", code=None).returncode in (1, 74)


def test_without_a_manifest_the_indexes_are_still_held_against_the_tokens(copy):
    (copy / "files/ids.manifest.json").unlink()
    assert b": sound: " in malmoi("verify", copy / "files/ids").stdout
    tokens = copy / "files/ids-00000.bin"
    tokens.write_bytes(tokens.read_bytes()[:-2])
    assert tokens.name in fault(copy / "files/ids")


def test_what_is_not_there_is_said_to_be_missing(tmp_path):
    for path in ("nothing", "nothing/manifest.json", "nothing.manifest.json"):
        assert malmoi("verify", tmp_path / path, code=74).stderr.count(b"\n") == 1

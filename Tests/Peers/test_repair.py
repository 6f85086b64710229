# SPDX-License-Identifier: Apache-2.0
"""Damaged token files become readable again, with every document that is whole and nothing else."""
import json
import random
import shutil

import numpy
import pytest

import read_megatron
from command import complaint, left, malmoi, read_token_files, tree

END = 65_000


@pytest.fixture(scope="module")
def documents():
    numbers = random.Random(3)
    made = [[numbers.randrange(60_000) for _ in range(numbers.choice([0, 1, 7, 50]))] + [END] for _ in range(40)]
    return made


@pytest.fixture(scope="module")
def foreign(tmp_path_factory, documents):
    """A set without a manifest, as other tools write it: bytes of the .bin and the .idx."""
    directory = tmp_path_factory.mktemp("foreign")
    tokens = numpy.array(sum(documents, []), numpy.uint16).tobytes()
    return tokens, index_of(documents)


def index_of(documents):
    lengths = numpy.array([len(ids) for ids in documents], numpy.int32)
    starts = numpy.concatenate([[0], numpy.cumsum(2 * lengths, dtype=numpy.int64)])[: len(lengths)].astype(numpy.int64)
    count = len(documents)
    head = b"MMIDIDX\0\0" + numpy.array([1], numpy.uint64).tobytes() + b"\x08"
    head += numpy.array([count, count + 1], numpy.uint64).tobytes()
    return head + lengths.tobytes() + starts.tobytes() + numpy.arange(count + 1, dtype=numpy.int64).tobytes()


def put(directory, tokens, index):
    (directory / "ids.bin").write_bytes(tokens)
    (directory / "ids.idx").unlink(missing_ok=True)
    if index is not None:
        (directory / "ids.idx").write_bytes(index)
    return directory / "ids"


def test_a_sound_set_is_left_alone(foreign, tmp_path):
    prefix = put(tmp_path, *foreign)
    before = tree(tmp_path)
    assert malmoi("repair", prefix).stdout.decode() == f"{prefix}: sound: nothing to repair\n"
    assert tree(tmp_path) == before


@pytest.mark.parametrize("how", ["missing", "empty", "magic", "version", "cut", "counts"])
def test_an_index_that_is_of_no_use_is_made_again(foreign, documents, tmp_path, how):
    tokens, index = foreign
    damaged = {
        "missing": None, "empty": b"", "magic": b"X" + index[1:], "version": index[:9] + b"\2" + index[10:],
        "cut": index[:60], "counts": index[:18] + b"\xff" * 8 + index[26:]}[how]
    prefix = put(tmp_path, tokens, damaged)
    told = complaint("repair", prefix, code=1)
    assert told.startswith(f"malmoi: {prefix}.idx: no index tells")
    assert "no index tells where documents end" in complaint("repair", prefix, "--token-type", "uint16", code=1)
    arguments = ["repair", prefix, "--token-type", "uint16", "--end-of-document", END]
    before = tree(tmp_path)
    dry = malmoi(*arguments, "--dry-run").stdout
    assert tree(tmp_path) == before
    assert malmoi(*arguments).stdout == dry and b"gets 40 documents, found by their last id" in dry
    assert tree(tmp_path) == {"ids.bin": tokens, "ids.idx": index}
    assert list(read_megatron.documents(str(prefix))) == documents


def test_ids_that_were_cut_anywhere_keep_every_whole_document(foreign, documents, tmp_path):
    tokens, index = foreign
    ends = numpy.cumsum([2 * len(ids) for ids in documents]).tolist()
    for size in sorted({0, 1, 2, 3, len(tokens) - 1, *ends[::7], *(end + 1 for end in ends[::5])}):
        prefix = put(tmp_path, tokens[:size], index)
        whole = sum(end <= size for end in ends)
        steps = json.loads(malmoi("repair", prefix, "--json").stdout)["steps"]
        assert read_token_files(prefix) == documents[:whole]
        tail = size - ([0, *ends][whole])
        expected = [f"drops {40 - whole} documents whose ids are not there"] if whole < 40 else []
        if tail:
            expected.append(f"loses its last {tail} bytes, {tail // 2} tokens of no whole document")
        assert [step["what"] for step in steps] == expected
        assert left(tmp_path) == ["ids.bin", "ids.idx"]


def test_ids_behind_the_index_are_documents_only_if_their_end_is_known(foreign, documents, tmp_path):
    tokens, _ = foreign
    for count in (0, 1, 20, 39):
        prefix = put(tmp_path, tokens + b"\1\0\2", index_of(documents[:count]))
        dry = json.loads(malmoi("repair", prefix, "--dry-run", "--json").stdout)["steps"]
        lost = len(tokens) + 3 - 2 * sum(map(len, documents[:count]))
        assert [step["what"] for step in dry] == [
            f"loses its last {lost} bytes, {lost // 2} tokens of no whole document"]
        steps = json.loads(malmoi("repair", prefix, "--end-of-document", END, "--json").stdout)["steps"]
        assert [step["what"] for step in steps] == [
            f"gets {40 - count} documents, found by their last id",
            "loses its last 3 bytes, 1 tokens of no whole document"]
        assert read_token_files(prefix) == documents


def test_documents_of_several_sequences_keep_them(tmp_path):
    lengths = numpy.array([2, 3, 1, 4], numpy.int32)
    starts = numpy.array([0, 4, 10, 12], numpy.int64)
    ends = numpy.array([0, 2, 3, 4], numpy.int64)
    head = b"MMIDIDX\0\0" + numpy.array([1], numpy.uint64).tobytes() + b"\x08"
    index = head + numpy.array([4, 4], numpy.uint64).tobytes() + lengths.tobytes() + starts.tobytes() + ends.tobytes()
    tokens = numpy.arange(10, dtype=numpy.uint16).tobytes()
    prefix = put(tmp_path, tokens[:15], index)
    malmoi("repair", prefix)
    assert list(read_megatron.documents(str(prefix))) == [[0, 1, 2, 3, 4], [5]]
    stored = (tmp_path / "ids.idx").read_bytes()
    assert numpy.frombuffer(stored, numpy.int32, 3, 34).tolist() == [2, 3, 1]
    assert len((tmp_path / "ids.bin").read_bytes()) == 12


@pytest.mark.parametrize("damage", ["cut", "index", "flip", "manifest", "seal"])
def test_a_set_of_ours_is_sound_again_and_says_what_was_done(tmp_path, tokenizer, sample_documents, damage):
    source = tmp_path / "c.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in sample_documents[:80]))
    (tmp_path / "out").mkdir()
    prefix = tmp_path / "out/ids"
    malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--shard-tokens", 3000, "--output", prefix)
    before = tree(tmp_path / "out")
    second = tmp_path / "out/ids-00001"
    if damage == "cut":
        second.with_suffix(".bin").write_bytes(before["ids-00001.bin"][:-101])
    elif damage == "index":
        second.with_suffix(".idx").unlink()
    elif damage == "flip":
        second.with_suffix(".idx").write_bytes(before["ids-00001.idx"][:40] + b"\x7f" + before["ids-00001.idx"][41:])
    else:
        manifest = before["ids.manifest.json"]
        broken = manifest[:-30] if damage == "manifest" else manifest.replace(b'"xxh3:', b'"xxh3:0', 1)
        (tmp_path / "out/ids.manifest.json").write_bytes(broken)
    malmoi("verify", prefix, code=None if damage == "index" else 1)
    said = malmoi("repair", prefix).stdout.decode()
    if damage == "manifest":
        assert "ids.manifest.json: cannot be read, and stays as it is" in said
        return
    assert said.endswith("ids.manifest.json: states the files as they are now\n")
    assert b": sound: " in malmoi("verify", prefix, "--tokenizer", tokenizer).stdout
    manifest = json.loads((tmp_path / "out/ids.manifest.json").read_text())
    after = tree(tmp_path / "out")
    if damage == "cut":
        assert manifest["results"]["documents"] < 80
        assert len(after["ids-00001.bin"]) < len(before["ids-00001.bin"]) - 100
        assert any("loses its last" in step for step in manifest["results"]["repaired"])
    else:
        assert manifest["results"]["documents"] == 80
        del before["ids.manifest.json"], after["ids.manifest.json"]
        assert after == before
    assert malmoi("repair", prefix).stdout.decode().endswith("nothing to repair\n")


def test_what_is_not_there_is_told(tmp_path):
    assert "no token files: no .bin of this prefix" in complaint("repair", tmp_path / "none", code=74)

# SPDX-License-Identifier: Apache-2.0
"""Damaged token files of other formats than Megatron's become readable again; files of ids alone are read."""
import json
import random
import struct

import numpy
import pytest

from command import complaint, left, malmoi, tree, write_jsonl
from test_sinks_flat import LAST, READERS, stems

END = 0
FLAT = ["nanogpt", "llm.c", "npy", "datatrove"]
TEXTS = ["가", "나 다 라", "", "국을 먹는다 " * 40, "줄\n바꿈", "", "나는 밥을 먹는다. " * 60, "끝"] * 4
IDS = {"nanogpt": ".bin", "llm.c": ".bin", "npy": ".npy", "datatrove": ".ds"}


@pytest.fixture(scope="module")
def made(tmp_path_factory, tokenizer):
    """A set of ours in each format, in several shards or one: its files and the ids of each document."""
    found = {}
    source = write_jsonl(tmp_path_factory.mktemp("source") / "c.jsonl", TEXTS)
    ids = None

    def files(form, *options):
        nonlocal ids
        if (form, *options) not in found:
            directory = tmp_path_factory.mktemp("made")
            malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", *options,
                   "--sink", f"{form}:{directory}/set", "--sink", f"npy:{directory}-ids")
            ids = READERS["npy"](f"{directory}-ids") if not options else ids
            found[form, *options] = tree(directory)
        return found[form, *options]

    files("nanogpt")
    return files, ids


def put(directory, files):
    """Writes the files; gives the path of the set."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory / "set"


def steps(*arguments):
    return [step["what"] for step in json.loads(malmoi("repair", *arguments, "--json").stdout)["steps"]]


def inspected(path, *options):
    done = malmoi("inspect", "shards", path, "--head", 1000, "--json", *options)
    return [shown["ids"] for shown in json.loads(done.stdout)["first_documents"]]


@pytest.mark.parametrize("form", ["megatron", *FLAT, "tfrecord"])
def test_documents_are_not_dropped_beside_rows_of_their_origins(made, tmp_path, form):
    files, _ = made
    path = put(tmp_path, files(form, "--provenance"))
    ids = next(found for found in [path / "train.tfrecord-00000-of-00001", *path.parent.glob("set*.*")]
               if found.exists() and found.suffix in {".bin", ".npy", ".ds", ".tfrecord-00000-of-00001"}
               and not found.name.endswith(".documents.npy"))
    ids.write_bytes(ids.read_bytes()[:-7])
    before = tree(tmp_path)
    told = complaint("repair", path, code=1)
    assert "the origins of documents would not fit the repaired ids" in told and ".csv.gz" in told
    assert tree(tmp_path) == before
    next(tmp_path.rglob("*.provenance.csv.gz")).unlink()
    assert steps(path)


def test_ids_of_32_bits_are_not_taken_for_those_of_nanogpt(made, tmp_path):
    files, expected = made[0]("megatron", "--token-type", "int32"), made[1]
    path = put(tmp_path, {name: content for name, content in files.items() if name == "set.bin"})
    told = complaint("inspect", "shards", path, "--end-of-document", END, code=1)
    assert "32-bit ids, which nanoGPT files do not have" in told
    malmoi("repair", path, "--format", "megatron", "--token-type", "int32", "--end-of-document", END)
    assert inspected(path) == expected


# ---- Ids back to back ----


@pytest.mark.parametrize("form", FLAT)
@pytest.mark.parametrize("options", [(), ("--shard-tokens", 200)])
def test_ends_of_documents_are_made_again(made, tmp_path, form, options):
    files, expected = made[0](form, *options), made[1]
    lost = {name: content for name, content in files.items() if not name.endswith(LAST[form])}
    path = put(tmp_path, lost)
    dry = malmoi("repair", path, "--dry-run").stdout
    assert tree(tmp_path) == lost
    assert malmoi("repair", path).stdout == dry
    repaired = tree(tmp_path)
    manifest = json.loads(repaired.pop("set.manifest.json"))
    assert repaired == {name: content for name, content in files.items() if name != "set.manifest.json"}
    assert manifest["results"]["documents"] == len(expected) and manifest["results"]["repaired"]
    assert b": sound: " in malmoi("verify", path).stdout
    assert malmoi("repair", path).stdout.decode() == f"{path}: sound: nothing to repair\n"


@pytest.mark.parametrize("form", FLAT)
def test_ids_that_were_cut_keep_every_whole_document(made, tmp_path, form):
    files, expected = {**made[0](form)}, made[1]
    name = next(name for name in files if name.endswith(IDS[form]) and not name.endswith(LAST[form]))
    whole = files[name]
    stem = tmp_path / name[: -len(IDS[form])]
    start = {"llm.c": 1024, "npy": 128}.get(form, 0)
    numbers = random.Random(5)
    for size in [start, start + 1, len(whole) - 1, *(numbers.randrange(start, len(whole)) for _ in range(4))]:
        for manifest in (True, False):
            kept = {**files, name: whole[:size]}
            if not manifest:
                del kept["set.manifest.json"]
            path = put(tmp_path, kept)
            ends = numpy.cumsum([2 * len(ids) for ids in expected])
            count = int((ends <= size - start).sum())
            told = steps(path)
            assert f"drops {len(expected) - count} documents whose ids are not there" in told
            if count:
                assert READERS[form](stem) == expected[:count]
                assert inspected(path) == expected[:count]
            if manifest:
                malmoi("verify", path)
            assert malmoi("repair", path).stdout.endswith(b"nothing to repair\n")
            assert left(tmp_path) == sorted(kept)
            for each in tmp_path.iterdir():
                each.unlink()


@pytest.mark.parametrize("form", ["llm.c", "npy", "datatrove"])
def test_a_header_that_cannot_be_read_is_made_again(made, tmp_path, form):
    files = {**made[0](form)}
    name = next(name for name in files if name.endswith(
        ".ds.metadata" if form == "datatrove" else IDS[form]) and not name.endswith(".documents.npy"))
    broken = {**files, name: b"\0" * 20 + files[name][20:]}
    path = put(tmp_path, broken)
    malmoi("repair", path)
    after = tree(tmp_path)
    del after["set.manifest.json"], files["set.manifest.json"]
    assert after == files
    malmoi("verify", path)
    # Without a manifest nothing says how wide ids are.
    del broken["set.manifest.json"]
    (tmp_path / "set.manifest.json").unlink()
    put(tmp_path, broken)
    told = complaint("repair", path, "--format", form, code=1)
    assert "nothing tells how ids are stored" in told and "--token-type" in told
    malmoi("repair", path, "--format", form, "--token-type", "uint16")
    assert tree(tmp_path) == files


@pytest.mark.parametrize("form", FLAT)
def test_foreign_ids_get_ends_by_the_id_that_ends_documents(made, tmp_path, form):
    files, expected = made[0](form), made[1]
    ends = next(name for name in files if name.endswith(LAST[form]))
    alone = {name: content for name, content in files.items() if name not in (ends, "set.manifest.json")}
    path = put(tmp_path, alone)
    options = ["--format", form]
    assert "nothing tells where documents end" in complaint("repair", path, *options, code=1)
    assert "no document in it ends with token id 7999" in complaint(
        "repair", path, *options, "--end-of-document", 7999, code=1)
    assert tree(tmp_path) == alone
    assert f"gets {len(expected)} documents, found by their last id" in steps(
        path, *options, "--end-of-document", END)
    assert tree(tmp_path) == {**alone, ends: files[ends]}


# ---- Reading ids alone ----


@pytest.mark.parametrize("form", ["nanogpt", "llm.c", "npy"])
def test_files_of_ids_alone_are_read_by_the_id_that_ends_documents(made, tmp_path, tokenizer, form):
    files, expected = made[0](form), made[1]
    alone = {name: content for name, content in files.items()
             if not name.endswith(LAST[form]) and name != "set.manifest.json"}
    path = put(tmp_path, alone)
    for command in (["inspect", "shards", path], ["decode", path, "--tokenizer", tokenizer], ["verify", path],
                    ["convert-shards", path, "--output", tmp_path / "x"]):
        told = complaint(*command, code=74)
        assert "nothing says where its documents end" in told and "--end-of-document" in told
    option = ("--end-of-document", END)
    assert inspected(path, *option) == expected
    (name,) = alone
    assert inspected(tmp_path / name, *option) == expected
    text = malmoi("decode", path, "--tokenizer", tokenizer, *option).stdout.decode()
    assert text == "".join(text + "\n" for text in TEXTS)
    assert f"sound: {len(expected)} documents" in malmoi("verify", path, *option).stdout.decode()
    malmoi("convert-shards", path, "--sink", f"{form}:{tmp_path}/again/set", *option)
    again = tree(tmp_path / "again")
    assert {name: again[name] for name in files if name != "set.manifest.json"} == {
        name: content for name, content in files.items() if name != "set.manifest.json"}
    # What lies behind the last end is a document, not lost.
    assert inspected(path, "--end-of-document", 7999) == [sum(expected, [])]


def test_documents_longer_than_a_block_of_ids_alone_are_whole(tmp_path):
    numbers = random.Random(9)
    lengths = [1, 65_535, 1, 65_536, 65_537, 200_000, 3, 131_072]
    documents = [[numbers.randrange(1, 60_000) for _ in range(length - 1)] + [END] for length in lengths]
    documents.append([5, 6])
    numpy.array(sum(documents, []), numpy.uint16).tofile(tmp_path / "train.bin")
    malmoi("convert-shards", tmp_path / "train.bin", "--end-of-document", END,
           "--sink", f"npy:{tmp_path}/out")
    assert READERS["npy"](tmp_path / "out") == documents


# ---- MDS and litdata ----


def shard_names(files):
    return sorted(name for name in files if name.endswith((".mds", ".bin")))


@pytest.mark.parametrize("form", ["mds", "litdata"])
@pytest.mark.parametrize("how", ["missing", "empty", "cut", "other"])
@pytest.mark.parametrize("ours", [True, False])
def test_an_index_is_made_of_the_shards(made, tmp_path, form, how, ours):
    files = {**made[0](form, "--shard-tokens", 200)}
    whole = files["set/index.json"]
    if not ours:
        del files["set/manifest.json"]
    broken = {"empty": b"", "cut": whole[: len(whole) // 2], "other": b"{}"}
    damaged = {**files, **({} if how == "missing" else {"set/index.json": broken[how]})}
    if how == "missing":
        del damaged["set/index.json"]
    path = put(tmp_path, damaged)
    options = [] if ours or form == "mds" else ["--token-type", "uint16"]
    if options:
        assert "name their type with --token-type" in complaint("repair", path, code=1)
    dry = malmoi("repair", path, *options, "--dry-run").stdout
    assert tree(tmp_path) == damaged
    assert malmoi("repair", path, *options).stdout == dry
    after = tree(tmp_path)
    assert after["set/index.json"] == whole
    assert inspected(path) == made[1]
    if ours:
        malmoi("verify", path)
    assert malmoi("repair", path).stdout.endswith(b"nothing to repair\n")


@pytest.mark.parametrize("form", ["mds", "litdata"])
@pytest.mark.parametrize("index", [True, False])
def test_only_a_last_shard_that_was_cut_is_left_out(made, tmp_path, form, index):
    files = {**made[0](form, "--shard-tokens", 200)}
    names = shard_names(files)
    counts = [struct.unpack("<I", files[name][:4])[0] for name in names]
    assert len(names) > 3
    kept = dict(files)
    if not index:
        del kept["set/index.json"]
    size = len(files[names[-1]])
    for cut in (0, 3, 9, size // 2, size - 1):
        path = put(tmp_path, {**kept, names[-1]: files[names[-1]][:cut]})
        if not index:
            (path / "index.json").unlink(missing_ok=True)
        told = steps(path)
        assert any(what.startswith("is left out of the set: it ") for what in told)
        assert inspected(path) == made[1][: sum(counts[:-1])]
        malmoi("verify", path)
        assert steps(path) == []
        stored = json.loads((path / "index.json").read_text())
        original = json.loads(files["set/index.json"])
        key = "shards" if form == "mds" else "chunks"
        assert stored == {**original, key: original[key][:-1]}
    # Nor is one that is not there at all.
    put(tmp_path, kept)
    (path / names[-1].split("/")[1]).unlink()
    if not index:
        (path / "index.json").unlink()
    assert any("is missing" in what for what in steps(path))
    assert inspected(path) == made[1][: sum(counts[:-1])]
    malmoi("verify", path)
    # One in the middle is not to be had from anywhere, and nothing is changed.
    damaged = {**kept, names[1]: files[names[1]][:-1]}
    for each in path.iterdir():
        each.unlink()
    put(tmp_path, damaged)
    complaint("repair", path, code=1)
    assert tree(tmp_path) == damaged
    if not index:
        (path / names[1].split("/")[1]).unlink()
        assert "a shard before it is missing" in complaint("repair", path, code=1)


def test_a_shard_that_was_changed_is_refused(made, tmp_path):
    files = {**made[0]("mds", "--shard-tokens", 200)}
    name = shard_names(files)[-1]
    for place in (-3, 2, 7, 11):
        content = bytearray(files[name])
        content[place] ^= 0x40
        path = put(tmp_path, {**files, name: bytes(content)})
        assert "the XXH64 is" in complaint("repair", path, code=1)


# ---- TFRecord ----


def records(content):
    """The bytes of each record, with the sizes and checksums around it."""
    position = 0
    while position < len(content):
        size = 16 + struct.unpack_from("<Q", content, position)[0]
        yield content[position : position + size]
        position += size


@pytest.mark.parametrize("ours", [True, False])
def test_a_record_that_does_not_end_is_cut_off(made, tmp_path, ours):
    files = {**made[0]("tfrecord", "--shard-tokens", 200)}
    names = sorted(name for name in files if "tfrecord-" in name)
    if not ours:
        del files["set/manifest.json"]
    for number in (0, len(names) - 1):
        whole = list(records(files[names[number]]))
        for cut in (1, 4, 5, len(whole[-1]) - 12, len(whole[-1]) - 11, len(whole[-1]) - 1):
            content = files[names[number]][:-cut]
            path = put(tmp_path, {**files, names[number]: content})
            told = steps(path)
            left_over = len(whole[-1]) - cut
            assert told[0] == f"loses its last {left_over} bytes, a record that does not end in it"
            after = tree(tmp_path)
            assert after[names[number]] == b"".join(whole[:-1])
            found = inspected(path)
            assert json.loads(after["set/stats.train.json"]) == {
                "examples": len(found), "targets_tokens": sum(map(len, found)),
                "targets_max_tokens": max(map(len, found))}
            assert len(found) == len(made[1]) - 1
            if ours:
                malmoi("verify", path)
            assert steps(path) == []


@pytest.mark.parametrize("name", ["info.train.json", "stats.train.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_files_about_records_are_made_again(made, tmp_path, name, content):
    files = {**made[0]("tfrecord", "--shard-tokens", 200)}
    path = put(tmp_path, {**files, f"set/{name}": content or b""})
    if content is None:
        (path / name).unlink()
    malmoi("repair", path)
    after = tree(tmp_path)
    del after["set/manifest.json"], files["set/manifest.json"]
    if name == "info.train.json" and content == b"{}":
        files["set/info.train.json"] = after["set/info.train.json"]
        assert json.loads(after["set/info.train.json"])["num_shards"] > 1
    assert after == files
    malmoi("verify", path)


def test_records_that_are_there_and_wrong_are_refused(made, tmp_path):
    files = {**made[0]("tfrecord", "--shard-tokens", 200)}
    name = max(name for name in files if "tfrecord-" in name)
    content = files[name]
    for place in (0, 9, 13, len(content) - 1):
        damaged = {**files, name: content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]}
        path = put(tmp_path, damaged)
        assert "checksum" in complaint("repair", path, code=1)
        assert tree(tmp_path) == damaged
    path = put(tmp_path, files)
    (path / name.split("/")[1]).unlink()
    complaint("repair", path, code=74)

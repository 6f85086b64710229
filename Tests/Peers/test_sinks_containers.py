# SPDX-License-Identifier: Apache-2.0
"""Shards of MosaicML streaming, litdata and TFRecord, read by their own readers or by their layout."""
import importlib.util
import json
import struct
import sys

import pytest

from command import encode, malmoi, tree, write_jsonl

TEXTS = ["가", "나 다 라", "국을 먹는다 " * 300, "줄\n바꿈", "나는 밥을 먹는다. " * 7000, "끝"] * 3
LIMITS = [(), ("--shard-tokens", 50), ("--shard-bytes", 20_000), ("--shard-bytes", 1)]


@pytest.fixture(scope="module")
def expected(tmp_path_factory, tokenizer):
    """The ids of each document, each with the end-of-document token."""
    return encode(TEXTS, tokenizer, tmp_path_factory.mktemp("megatron"), "--append-eod")


@pytest.fixture
def written(tmp_path, tokenizer):
    """Encodes the texts into a sink of a format; gives its directory."""

    def write(kind, *options):
        source = write_jsonl(tmp_path / "texts.jsonl", TEXTS)
        directory = tmp_path / kind
        malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", *options,
               "--sink", f"{kind}:{directory}")
        return directory

    return write


def check_manifest(directory, expected):
    """The manifest lists every file with its size, and the totals."""
    manifest = json.loads((directory / "manifest.json").read_text())
    sizes = {name: len(content) for name, content in tree(directory).items()}
    del sizes["manifest.json"]
    assert {output["name"]: output["bytes"] for output in manifest["outputs"]} == sizes
    assert manifest["results"]["documents"] == len(expected)
    assert manifest["results"]["tokens"] == sum(map(len, expected))


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("kind", ["auto", "uint32", "int64"])
def test_mds_is_read_by_its_reader(written, expected, limits, kind):
    if "streaming" not in sys.modules and importlib.util.find_spec("streaming") is None:
        pytest.skip("mosaicml-streaming is not installed")
    import read_mds
    directory = written("mds", "--token-type", kind, *limits)
    assert list(read_mds.documents(directory)) == expected
    check_manifest(directory, expected)


@pytest.mark.parametrize("limits", LIMITS)
def test_tfrecord_is_read_by_its_reader(written, expected, limits):
    reader = pytest.importorskip("tfrecord.reader", reason="tfrecord is not installed")
    directory = written("tfrecord", *limits)
    paths = sorted(directory.glob("train.tfrecord-*"))
    count = len(paths)
    assert [path.name for path in paths] == [
        f"train.tfrecord-{number:05}-of-{count:05}" for number in range(count)]
    found = []
    for path in paths:
        for record in reader.tfrecord_loader(str(path), None, {"targets": "int"}):
            found.append(record["targets"].tolist())
    assert found == expected
    check_manifest(directory, expected)
    assert json.loads((directory / "info.train.json").read_text()) == {
        "features": {"targets": {"dtype": "int32", "shape": [None]}}, "num_shards": count,
        "seqio_version": "0.0.0"}
    assert json.loads((directory / "stats.train.json").read_text()) == {
        "examples": len(expected), "targets_tokens": sum(map(len, expected)),
        "targets_max_tokens": max(map(len, expected))}


def test_every_checksum_of_tfrecord_holds(written):
    crc32c = pytest.importorskip("google_crc32c", reason="google-crc32c is not installed")

    def masked(content):
        crc = crc32c.value(content)
        return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

    for path in written("tfrecord").glob("train.tfrecord-*"):
        content = path.read_bytes()
        position = 0
        while position < len(content):
            size, stated = struct.unpack_from("<QI", content, position)
            assert masked(content[position : position + 8]) == stated
            position += 12
            message = content[position : position + size]
            assert struct.unpack_from("<I", content, position + size) == (masked(message),)
            position += size + 4


@pytest.mark.parametrize("limits", LIMITS)
def test_litdata_chunks_are_what_their_layout_says(written, expected, limits):
    """Read here by the published layout; its reader, which needs torch, has test_torch_readers.py."""
    directory = written("litdata", *limits)
    index = json.loads((directory / "index.json").read_text())
    assert index["config"]["data_format"] == ["no_header_tensor:20"]
    found = []
    for number, chunk in enumerate(index["chunks"]):
        assert chunk["filename"] == f"chunk-0-{number}.bin"
        content = (directory / chunk["filename"]).read_bytes()
        (count,) = struct.unpack_from("<I", content)
        offsets = struct.unpack_from(f"<{count + 1}I", content, 4)
        assert count == chunk["chunk_size"]
        assert offsets[0] == 4 * (count + 2) and offsets[-1] == len(content)
        assert chunk["chunk_bytes"] == offsets[-1] == offsets[0] + 2 * chunk["dim"]
        for start, end in zip(offsets, offsets[1:]):
            found.append(list(struct.unpack(f"<{(end - start) // 2}H", content[start:end])))
    assert found == expected
    check_manifest(directory, expected)


def test_shards_beyond_what_offsets_reach_are_refused(tmp_path, tokenizer):
    source = write_jsonl(tmp_path / "texts.jsonl", TEXTS[:1])
    for kind in ("mds", "litdata"):
        done = malmoi(
            "encode", source, "--tokenizer", tokenizer, "--shard-bytes", 1 << 32,
            "--sink", f"{kind}:{tmp_path / kind}", code=64)
        assert done.stderr.decode() == (
            f"malmoi: shards of 4294967296 bytes, where {kind} files have at most 4294967295; "
            "choose a smaller --shard-bytes\n")
        assert not (tmp_path / kind).exists()


def test_an_empty_document_without_an_end_is_refused_by_mds(tmp_path, tokenizer):
    source = write_jsonl(tmp_path / "texts.jsonl", ["가", "", "나"])
    done = malmoi(
        "encode", source, "--tokenizer", tokenizer, "--sink", f"mds:{tmp_path / 'mds'}", code=1)
    assert "an empty document, which MDS arrays cannot hold; end documents with --append-eod" in (
        done.stderr.decode())
    malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--sink",
           f"mds:{tmp_path / 'mds'}")


@pytest.mark.parametrize("kind", ["mds", "litdata", "tfrecord"])
def test_the_bytes_are_the_same_for_any_number_of_threads(written, kind):
    made = []
    for threads in (1, 3):
        directory = written(kind, "--threads", threads, "--shard-bytes", 30_000, "--overwrite")
        made.append(tree(directory))
    assert made[0] == made[1]

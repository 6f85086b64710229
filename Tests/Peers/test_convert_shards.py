# SPDX-License-Identifier: Apache-2.0
"""Token files written again: in another format, joined, divided; every id is where it was."""
import json

import pytest

import read_megatron
from command import EOD, complaint, left, malmoi, read_token_files, tree


@pytest.fixture(scope="module")
def sets(tmp_path_factory, tokenizer, sample_documents):
    """Two sets of one tokenizer, the first in shards; empty documents at the edges of shards."""
    directory = tmp_path_factory.mktemp("sets")
    texts = ["", *sample_documents[:400], "", "", *sample_documents[400:700], ""]
    for name, part, options in [
            ("a", texts[:300], ("--shard-tokens", 5000)), ("b", texts[300:], ())]:
        source = directory / f"{name}.jsonl"
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in part))
        malmoi("encode", source, "--tokenizer", tokenizer, "--output", directory / name, *options)
    return directory


def documents(prefix):
    """The ids of each document of all shards."""
    listed = json.loads((prefix.parent / f"{prefix.name}.manifest.json").read_text())["outputs"]
    found = []
    for output in listed:
        if output["name"].endswith(".idx"):
            found += read_token_files(prefix.parent / output["name"][:-4])
    return found


def test_a_set_joined_and_divided_has_the_same_documents(sets, tmp_path):
    expected = documents(sets / "a") + documents(sets / "b")
    malmoi("merge", sets / "a", sets / "b.manifest.json", "--output", tmp_path / "all")
    assert documents(tmp_path / "all") == expected
    assert list(read_megatron.documents(str(tmp_path / "all"))) == expected
    total = sum(map(len, expected))
    longest = max(map(len, expected))
    for count in (1, 2, 3, 7, 50):
        done = malmoi("split", tmp_path / "all", "--shards", count, "--output", tmp_path / "parts",
                      "--overwrite", "--json")
        assert json.loads(done.stdout)["outputs"][0]["shards"] == count
        assert documents(tmp_path / "parts") == expected
        sizes = [sum(map(len, read_token_files(path.with_suffix("")))) for path in sorted(tmp_path.glob("parts-*.idx"))]
        assert all(abs(size - total / count) <= longest for size in sizes) and sum(sizes) == total
        assert b": sound: " in malmoi("verify", tmp_path / "parts").stdout
    malmoi("merge", *sorted(tmp_path.glob("parts-*.idx")), "--output", tmp_path / "again")
    assert (tmp_path / "again.bin").read_bytes() == (tmp_path / "all.bin").read_bytes()
    assert (tmp_path / "again.idx").read_bytes() == (tmp_path / "all.idx").read_bytes()


def test_a_conversion_is_what_encoding_writes(sets, tmp_path, tokenizer):
    for name, options in [("ids", ("--token-type", "int32")), ("small", ("--shard-tokens", 3000))]:
        malmoi("convert-shards", sets / "b", "--sink", f"megatron:{tmp_path}/to/{name}", *options)
        malmoi("encode", sets / "b.jsonl", "--tokenizer", tokenizer, "--output", tmp_path / "from" / name,
               *options)
        made, expected = tree(tmp_path / "to"), tree(tmp_path / "from")
        assert sorted(made) == sorted(expected)
        for path in made:
            assert path.endswith("manifest.json") or made[path] == expected[path]
    manifest = json.loads((tmp_path / "to/small.manifest.json").read_text())
    encoded = json.loads((tmp_path / "from/small.manifest.json").read_text())
    assert manifest["outputs"] == encoded["outputs"]
    assert manifest["options"]["tokenizer_sha256"] == encoded["options"]["tokenizer_sha256"]
    assert manifest["options"]["shard_tokens"] == 3000
    assert manifest["inputs"][0]["path"] == str(sets / "b.manifest.json")
    assert manifest["inputs"][0]["documents"] == manifest["results"]["documents"]


def test_sets_without_a_manifest_are_read_through(sets, tmp_path):
    for suffix in (".bin", ".idx"):
        (tmp_path / f"bare{suffix}").write_bytes((sets / f"b{suffix}").read_bytes())
    malmoi("merge", tmp_path / "bare", tmp_path / "bare", "--output", tmp_path / "twice")
    assert documents(tmp_path / "twice") == 2 * read_token_files(sets / "b")


def test_sets_that_do_not_belong_together_are_refused(sets, tmp_path, small_tokenizer, tokenizer):
    malmoi("encode", sets / "b.jsonl", "--tokenizer", small_tokenizer, "--output", tmp_path / "other")
    told = complaint("merge", sets / "b", tmp_path / "other", "--output", tmp_path / "all", code=64)
    assert "sets that do not belong together: tokenizer_sha256 is" in told and told.count("\n") == 1
    malmoi("encode", sets / "b.jsonl", "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "eod")
    told = complaint("merge", sets / "b", tmp_path / "eod", "--output", tmp_path / "all", code=64)
    assert "end_of_document is null in" in told
    assert not (tmp_path / "all.bin").exists()


def test_damaged_input_is_told_and_nothing_is_left(sets, tmp_path):
    for suffix in (".bin", ".idx"):
        (tmp_path / f"bare{suffix}").write_bytes((sets / f"b{suffix}").read_bytes())
    index = bytearray((tmp_path / "bare.idx").read_bytes())
    index[34 + 4 * 5] ^= 1
    (tmp_path / "bare.idx").write_bytes(index)
    (tmp_path / "out").mkdir()
    told = complaint("convert-shards", tmp_path / "bare", "--output", tmp_path / "out/ids", code=1)
    assert str(tmp_path / "bare.idx") in told and left(tmp_path / "out") == []


def test_arguments_that_make_no_sense_are_refused(sets, tmp_path):
    assert "at least two sets" in complaint("merge", sets / "a", "--output", tmp_path / "x", code=64)
    assert "either --shards or" in complaint("split", sets / "a", "--output", tmp_path / "x", code=64)
    assert "either --shards or" in complaint(
        "split", sets / "a", "--output", tmp_path / "x", "--shards", 2, "--shard-tokens", 9, code=64)
    assert "by --output or --sink" in complaint("convert-shards", sets / "a", code=64)
    assert "no token files" in complaint("convert-shards", tmp_path / "none", "--output", tmp_path / "x", code=74)

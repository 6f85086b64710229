# SPDX-License-Identifier: Apache-2.0
"""Token files, read by the frameworks' own readers with torch itself: tools/test --full installs them."""
import json
import os
import pathlib
import subprocess

import numpy
import pytest

from command import ROOT, encode, malmoi, tree, write_jsonl

pytestmark = pytest.mark.slow

PYTHON = ROOT / ".venv-torch/bin/python"
SCRIPT = pathlib.Path(__file__).with_name("torch_readers.py")
TEXTS = ["가", "나 다 라", "국을 먹는다 " * 300, "줄\n바꿈", "나는 밥을 먹는다. " * 7000, "끝"] * 3
#: With documents of no text: at both ends, and two in a row.
GAPS = ["", "가", "", "", *TEXTS, ""]
LIMITS = [(), ("--shard-tokens", 50), ("--shard-bytes", 20_000)]
END = 0


class Reader:
    """A process that reads with one library."""

    def __init__(self, library):
        self.process = subprocess.Popen(
            [PYTHON, SCRIPT, library], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.missing = self.answer()["missing"]

    def answer(self):
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1][-3000:]
        return json.loads(line)

    def __call__(self, **request):
        request = {name: str(value) if isinstance(value, pathlib.Path) else value
                   for name, value in request.items()}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return self.answer()


@pytest.fixture(scope="module")
def reader():
    """Starts the reader of a library once; the test is skipped where the library is missing."""
    if not PYTHON.exists():
        pytest.skip(".venv-torch is not here: tools/test --full makes it where there is a wheel of torch")
    readers = {}

    def start(library):
        if library not in readers:
            readers[library] = Reader(library)
        if readers[library].missing:
            pytest.skip(f"{library} cannot be imported: {readers[library].missing}")
        return readers[library]

    yield start
    for each in readers.values():
        # Some of the libraries take seconds to end by themselves.
        each.process.kill()
        each.process.communicate()


@pytest.fixture(scope="module")
def expected(tmp_path_factory, tokenizer):
    """The ids of each document of a list of texts, with or without the end-of-document token."""
    made = {}

    def documents(texts, *options):
        key = (len(texts), *options)
        if key not in made:
            made[key] = encode(texts, tokenizer, tmp_path_factory.mktemp("expected"), *options)
        return made[key]

    return documents


@pytest.fixture
def written(tmp_path, tokenizer):
    """Encodes texts into a sink of a format; gives its path, alone in a directory."""

    def write(kind, texts, *options):
        source = write_jsonl(tmp_path / "texts.jsonl", texts)
        path = tmp_path / "out" / "set"
        malmoi("encode", source, "--tokenizer", tokenizer, *options, "--sink", f"{kind}:{path}")
        return path

    return write


def prefixes(path):
    """The shards of a set of Megatron's family."""
    return sorted(found.with_suffix("") for found in path.parent.glob("*.idx"))


def windows(documents, length):
    """The ids of all documents, cut into as many whole windows as there are."""
    ids = [id for document in documents for id in document]
    return [ids[at : at + length] for at in range(0, len(ids) - length + 1, length)]


# ---- Megatron's family ----


@pytest.mark.parametrize("library, kind, types", [
    ("megatron", "megatron", ["uint16", "int32"]), ("megatron", "gpt-neox", ["uint16", "int32"]),
    ("deepspeed", "deepspeed", ["uint16", "int32", "uint32"])])
@pytest.mark.parametrize("options", [("--append-eod",), ()])
def test_indexed_data_sets_are_read_by_their_readers(reader, written, expected, library, kind, types, options):
    read = reader(library)
    for type in types:
        for limits in LIMITS:
            path = written(kind, GAPS, "--token-type", type, "--overwrite", *options, *limits)
            found = [ids for prefix in prefixes(path) for ids in read(prefix=prefix)]
            assert found == expected(GAPS, *options)


# ---- MosaicML streaming ----


@pytest.mark.parametrize("kind", ["uint16", "uint32", "int64"])
@pytest.mark.parametrize("limits", LIMITS)
def test_mds_is_read_by_streaming_dataset(reader, written, expected, kind, limits):
    path = written("mds", GAPS, "--append-eod", "--token-type", kind, *limits)
    read = reader("streaming")
    assert read(directory=path, workers=0) == expected(GAPS, "--append-eod")


# ---- litdata ----


@pytest.mark.parametrize("kind", ["uint16", "int32", "int64"])
@pytest.mark.parametrize("limits", LIMITS)
def test_litdata_is_read_by_its_reader(reader, written, expected, kind, limits):
    block = 16
    path = written("litdata", GAPS, "--append-eod", "--token-type", kind, *limits)
    blocks = []
    documents = iter(expected(GAPS, "--append-eod"))
    for chunk in json.loads((path / "index.json").read_text())["chunks"]:
        # Each chunk is cut from its start, and its rest is left out.
        blocks += windows([next(documents) for _ in range(chunk["chunk_size"])], block)
    assert reader("litdata")(directory=path, block=block) == blocks


@pytest.mark.parametrize("kind", ["uint16", "int32", "int64"])
def test_litdata_files_are_those_of_its_writer(reader, written, expected, tmp_path, kind):
    documents = expected(TEXTS, "--append-eod")
    path = written("litdata", TEXTS, "--append-eod", "--token-type", kind)
    reader("litdata")(
        directory=tmp_path / "theirs", documents=documents, kind=kind, chunk_bytes=64 << 20)
    ours, theirs = tree(path), tree(tmp_path / "theirs")
    del ours["manifest.json"]
    indexes = [json.loads(files.pop("index.json")) for files in (ours, theirs)]
    assert ours == theirs
    assert indexes[0]["chunks"] == indexes[1]["chunks"]
    # Newer versions add keys whose absence is their null, and the types, which they read where there are any.
    for name, value in indexes[1]["config"].items():
        if name in indexes[0]["config"]:
            assert indexes[0]["config"][name] == value, name
        else:
            assert name == "types" or value is None, name
    assert set(indexes[0]["config"]) <= set(indexes[1]["config"])


# ---- datatrove ----


def positions(documents, length):
    """The place of each id in its document, or in the window where the document began before it."""
    places = [place for document in documents for place in range(len(document))]
    found = []
    for at in range(0, len(places) - length + 1, length):
        window = places[at : at + length]
        # The window begins a count of its own.
        rest = next((index for index, place in enumerate(window) if place == 0), length)
        found.append([*range(rest), *window[rest:]])
    return found


@pytest.mark.parametrize("kind, width", [("uint16", 2), ("uint32", 4)])
@pytest.mark.parametrize("limits", LIMITS)
def test_datatrove_is_read_by_its_data_set(reader, written, expected, kind, width, limits):
    length = 15
    path = written("datatrove", TEXTS, "--append-eod", "--token-type", kind, *limits)
    documents = iter(expected(TEXTS, "--append-eod"))
    ids, places = [], []
    for shard in sorted(path.parent.glob("*.ds")):
        count = len(numpy.fromfile(f"{shard}.index", numpy.uint64))
        held = [next(documents) for _ in range(count)]
        ids += windows(held, length + 1)
        places += positions(held, length + 1)
    found = reader("datatrove")(directory=path.parent, width=width, length=length)
    assert [window[0] for window in found] == ids
    assert [window[1] for window in found] == places


def test_datatrove_merges_our_shards_to_our_one_shard(reader, written, tmp_path):
    path = written("datatrove", TEXTS, "--append-eod", "--shard-tokens", 50)
    for name in tree(path.parent):
        if name.endswith(".json"):
            (path.parent / name).unlink()
    reader("datatrove")(directory=path.parent, width=2, output=tmp_path / "merged")
    for shard in path.parent.glob("*"):
        shard.unlink()
    ours = tree(written("datatrove", TEXTS, "--append-eod").parent)
    theirs = tree(tmp_path / "merged")
    (ids,) = (content for name, content in theirs.items() if name.endswith(".ds"))
    (index,) = (content for name, content in theirs.items() if name.endswith(".ds.index"))
    assert (ids, index) == (ours["set.ds"], ours["set.ds.index"])


# ---- OLMo ----


@pytest.mark.parametrize("limits", LIMITS)
def test_nanogpt_files_are_the_raw_arrays_that_olmo_core_reads(reader, written, expected, tmp_path, limits):
    path = written("nanogpt", GAPS, "--append-eod", *limits)
    paths = sorted(map(str, path.parent.glob("*.bin")))
    instances, documents = reader("olmo")(
        paths=paths, kind="uint16", length=16, end=END, work=tmp_path / "work", by_metadata=False)
    assert documents == expected(GAPS, "--append-eod")
    arrays = [numpy.fromfile(shard, numpy.uint16).tolist() for shard in paths]
    assert instances == [window for array in arrays for window in windows([array], 16)]


@pytest.mark.parametrize("kind", ["uint16", "uint32"])
@pytest.mark.parametrize("limits", LIMITS)
def test_olmo_arrays_are_read_by_olmo_core(reader, written, expected, tmp_path, kind, limits):
    path = written("olmo", GAPS, "--append-eod", "--token-type", kind, *limits)
    paths = sorted(map(str, path.parent.glob("*.npy")))
    for by_metadata in (True, False):
        instances, documents = reader("olmo")(
            paths=paths, kind=kind, length=16, end=END, work=tmp_path / f"work-{by_metadata}",
            by_metadata=by_metadata)
        assert documents == expected(GAPS, "--append-eod")
    arrays = [numpy.fromfile(shard, kind).tolist() for shard in paths]
    assert instances == [window for array in arrays for window in windows([array], 16)]

# SPDX-License-Identifier: Apache-2.0
"""Token files of the flat formats, read by what they are made for or by their published layout."""
import json
import pathlib
import struct

import numpy
import pytest

from command import EOD, complaint, malmoi, read_token_files

FORMATS = ["megatron", "gpt-neox", "deepspeed", "nanogpt", "llm.c", "npy", "datatrove"]


@pytest.fixture(scope="module")
def source(tmp_path_factory, sample_documents):
    path = tmp_path_factory.mktemp("source") / "c.jsonl"
    texts = ["", *sample_documents[:200], "", "", *sample_documents[200:300], ""]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


@pytest.fixture(scope="module")
def expected(source, tokenizer, tmp_path_factory):
    """The ids of each document, as Megatron's files have them."""
    prefix = tmp_path_factory.mktemp("expected") / "ids"
    malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--output", prefix)
    return read_token_files(prefix)


def cut(tokens, ends):
    return [part.tolist() for part in numpy.split(tokens, ends)[:-1]]


def npy(stem):
    return cut(numpy.load(f"{stem}.npy"), numpy.load(f"{stem}.documents.npy"))


def nanogpt(stem):
    tokens = numpy.memmap(f"{stem}.bin", dtype=numpy.uint16, mode="r")
    return cut(tokens, numpy.load(f"{stem}.documents.npy"))


def llmc(stem):
    """By the rules of llmc/dataloader.h and of train_llama3.py."""
    data = pathlib.Path(f"{stem}.bin").read_bytes()
    header = numpy.frombuffer(data, numpy.int32, 256)
    kind = {(20240520, 1): numpy.uint16, (20240801, 7): numpy.uint32}[tuple(header[:2])]
    count = int(header[2])
    assert not header[3:].any() and len(data) == 1024 + count * numpy.dtype(kind).itemsize
    return cut(numpy.frombuffer(data, kind, count, 1024), numpy.load(f"{stem}.documents.npy"))


def datatrove(stem):
    """By the layout of datatrove/pipeline/tokens/tokenizer.py."""
    lines = pathlib.Path(f"{stem}.ds.metadata").read_text().split("\n")
    kind = {"2": numpy.uint16, "4": numpy.uint32}[lines[0].split("|")[1]]
    tokens = numpy.fromfile(f"{stem}.ds", kind)
    assert len(tokens) == int(lines[1])
    return cut(tokens, numpy.fromfile(f"{stem}.ds.index", numpy.uint64).astype(int))


def deepspeed(stem):
    """By deepspeed/runtime/data_pipeline/data_sampling/indexed_dataset.py, whose codes differ."""
    index = bytearray(pathlib.Path(f"{stem}.idx").read_bytes())
    index[17] = {6: 8, 7: 4, 4: 4}[index[17]]
    copy = pathlib.Path(f"{stem}-as-megatron.idx")
    copy.write_bytes(index)
    pathlib.Path(f"{stem}-as-megatron.bin").write_bytes(pathlib.Path(f"{stem}.bin").read_bytes())
    return read_token_files(f"{stem}-as-megatron")


READERS = {"megatron": read_token_files, "gpt-neox": read_token_files, "deepspeed": deepspeed, "npy": npy,
           "nanogpt": nanogpt, "llm.c": llmc, "datatrove": datatrove}
LAST = {"megatron": ".idx", "gpt-neox": ".idx", "deepspeed": ".idx", "npy": ".documents.npy",
        "nanogpt": ".documents.npy", "llm.c": ".documents.npy", "datatrove": ".ds.index"}


def stems(prefix, form):
    suffix = LAST[form]
    found = sorted(prefix.parent.glob(f"{prefix.name}*{suffix}"))
    return [str(path)[: -len(suffix)] for path in found]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("options", [(), ("--shard-tokens", 2000), ("--shard-bytes", 9000)])
def test_every_format_is_read_as_its_reader_does(source, expected, tokenizer, tmp_path, form, options):
    prefix = tmp_path / "ids"
    malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--sink", f"{form}:{prefix}", *options)
    shards = stems(prefix, form)
    read = [ids for stem in shards for ids in READERS[form](stem)]
    assert read == expected
    if options or form == "llm.c":
        assert all(stem.endswith(f"-{number:05}") for number, stem in enumerate(shards))
    if options:
        assert len(shards) > 3
    assert b": sound: " in malmoi("verify", prefix, "--tokenizer", tokenizer).stdout


@pytest.mark.parametrize("form, token_type", [
    (form, token_type) for form in FORMATS for token_type in ("uint16", "int32", "uint32", "int64")])
def test_every_type_of_a_format_is_written_or_refused(source, expected, tokenizer, tmp_path, form, token_type):
    types = {"megatron": {"uint16", "int32"}, "gpt-neox": {"uint16", "int32"},
             "deepspeed": {"uint16", "int32", "uint32"}, "nanogpt": {"uint16"}, "llm.c": {"uint16", "uint32"},
             "npy": {"uint16", "int32", "uint32", "int64"}, "datatrove": {"uint16", "uint32"}}
    prefix = tmp_path / "ids"
    arguments = ["encode", source, "--tokenizer", tokenizer, "--append-eod", "--output", prefix,
                 "--format", form, "--token-type", token_type]
    if token_type in types[form]:
        malmoi(*arguments)
        assert [ids for stem in stems(prefix, form) for ids in READERS[form](stem)] == expected
    else:
        told = complaint(*arguments, code=64)
        assert told.startswith(f"malmoi: {form} files have no ids of type {token_type}; choose the token type")
        assert not list(tmp_path.iterdir())


def test_every_format_is_converted_to_every_other(source, expected, tokenizer, tmp_path):
    sinks = [word for form in FORMATS for word in ("--sink", f"{form}:{tmp_path}/a/{form}")]
    malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--shard-tokens", 4000, *sinks)
    for form in FORMATS:
        to = [word for other in FORMATS for word in ("--sink", f"{other}:{tmp_path}/{form}/{other}")]
        malmoi("convert-shards", tmp_path / "a" / form, *to)
        for other in FORMATS:
            assert [ids for stem in stems(tmp_path / form / other, other) for ids in READERS[other](stem)] == expected
            assert b": sound: " in malmoi("verify", tmp_path / form / other).stdout


def test_headers_are_byte_for_byte_those_of_numpy(source, expected, tokenizer, tmp_path):
    prefix = tmp_path / "ids"
    malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--sink", f"npy:{prefix}")
    numpy.save(tmp_path / "ours.npy", numpy.array(sum(expected, []), numpy.uint16))
    assert (tmp_path / "ids.npy").read_bytes() == (tmp_path / "ours.npy").read_bytes()
    ends = numpy.cumsum([len(ids) for ids in expected]).astype(numpy.uint64)
    numpy.save(tmp_path / "ends.npy", ends)
    assert (tmp_path / "ids.documents.npy").read_bytes() == (tmp_path / "ends.npy").read_bytes()


def test_llmc_has_shards_of_a_hundred_million_tokens_by_default(source, tokenizer, tmp_path):
    malmoi("encode", source, "--tokenizer", tokenizer, "--sink", f"llm.c:{tmp_path}/ids")
    header = struct.unpack("<3i", (tmp_path / "ids-00000.bin").read_bytes()[:12])
    assert header[:2] == (20240520, 1)
    told = complaint("encode", source, "--tokenizer", tokenizer, "--sink", f"llm.c:{tmp_path}/more",
                     "--shard-tokens", 1 << 31, code=64)
    assert told.startswith("malmoi: shards of 2147483648 tokens, where llm.c files have at most 2147483647")

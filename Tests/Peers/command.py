# SPDX-License-Identifier: Apache-2.0
"""Runs malmoi, and reads and writes the files around it."""
import json
import os
import pathlib
import struct
import subprocess

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("MALMOI", ROOT / ".build/release/malmoi")).absolute()
SHARED = ROOT.parent / "shared"
SAMPLE = ROOT / "corpora" / "sample"
EOD = "<|endoftext|>"


def malmoi(*arguments, code=0, stdin=b"", cwd=None):
    """Runs malmoi, asserts its exit code, unless that is None, and returns what it printed, as bytes."""
    done = subprocess.run(
        [str(BINARY), *map(str, arguments)], input=stdin, cwd=cwd, timeout=600,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    told = done.stderr.decode(errors="replace")
    assert code in (None, done.returncode), f"exit code {done.returncode}, expected {code}: {told[-2000:]}"
    return done


def complaint(*arguments, code, stdin=b"", cwd=None):
    """What malmoi says on standard error when it fails with `code`."""
    done = malmoi(*arguments, code=code, stdin=stdin, cwd=cwd)
    return done.stderr.decode()


def jsonl(texts, field="text"):
    """JSON lines with a record for each text."""
    return "".join(json.dumps({field: text}) + "\n" for text in texts).encode()


def write_jsonl(path, texts):
    path.write_bytes(jsonl(texts))
    return path


def documents_of(*inputs):
    """The documents of a corpus as `malmoi cat --json` prints them."""
    lines = malmoi("cat", *inputs, "--json").stdout.decode().split("\n")
    return [json.loads(line)["text"] for line in lines[:-1]]


def read_token_files(prefix):
    """The ids of each document, read here by the published layout of Megatron's files."""
    index = pathlib.Path(f"{prefix}.idx").read_bytes()
    assert index[:9] == b"MMIDIDX\x00\x00"
    version, code, sequences, ends = struct.unpack_from("<QBQQ", index, 9)
    assert version == 1 and ends == sequences + 1
    kind = {4: numpy.int32, 8: numpy.uint16}[code]
    offset = 34
    lengths = numpy.frombuffer(index, numpy.int32, sequences, offset)
    offset += 4 * sequences
    pointers = numpy.frombuffer(index, numpy.int64, sequences, offset)
    offset += 8 * sequences
    documents = numpy.frombuffer(index, numpy.int64, ends, offset)
    assert offset + 8 * ends == len(index)
    assert (documents == numpy.arange(ends)).all()
    tokens = numpy.fromfile(f"{prefix}.bin", kind)
    width = numpy.dtype(kind).itemsize
    assert int(lengths.sum(dtype=numpy.int64)) == len(tokens)
    return [
        tokens[start // width : start // width + length].tolist()
        for start, length in zip(pointers.tolist(), lengths.tolist())
    ]


def encode(texts, tokenizer, directory, *options):
    """The ids that malmoi gives each text."""
    directory.mkdir(parents=True, exist_ok=True)
    source = write_jsonl(directory / "texts.jsonl", texts)
    prefix = directory / "ids"
    malmoi("encode", source, "--tokenizer", tokenizer, "--output", prefix, "--overwrite", *options)
    return read_token_files(prefix)


def encode_bytes(contents, tokenizer, directory, *options):
    """The ids that malmoi gives each file of `contents`, byte for byte."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(contents):
        (directory / f"{number:05}.txt").write_bytes(content)
    prefix = directory.parent / (directory.name + "-ids")
    malmoi(
        "encode", directory, "--documents", "file", "--normalizer", "none", "--charset", "utf-8", "--tokenizer",
        tokenizer, "--output", prefix, "--overwrite", *options)
    return read_token_files(prefix)


def tree(directory):
    """Names and contents of all files below a directory."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*")) if path.is_file()
    }


def left(directory, *kept):
    """What lies in a directory besides what was put there."""
    return sorted(set(path.name for path in directory.iterdir()) - set(kept))


def assert_same_ids(texts, ours, theirs, peer):
    """Fails with the first text whose ids differ."""
    assert len(ours) == len(texts)
    for text, own, other in zip(texts, ours, theirs):
        if own != other:
            place = next((i for i, pair in enumerate(zip(own, other)) if pair[0] != pair[1]), "end")
            shown = text[:200] if len(text) > 200 else text
            assert False, (
                f"{shown!r}: at token {place} malmoi has {own[:20]} ({len(own)}), "
                f"{peer} {other[:20]} ({len(other)})")

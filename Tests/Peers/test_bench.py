# SPDX-License-Identifier: Apache-2.0
"""What tools/bench stands on: the ids that it times, how it compares them, how it converts ranks."""
import json
import shutil
import subprocess
import sys

import numpy
import pytest
import tiktoken
from tokenizers import Tokenizer

from command import BINARY, ROOT

sys.path.append(str(ROOT / "tools" / "benchmarks"))
import encode_rows  # noqa: E402
import tokenizer_json  # noqa: E402

TIMER = BINARY.with_name("malmoi-encode-benchmark")


@pytest.fixture(scope="module")
def documents(sample_documents):
    """A part of the sample, an empty document among it."""
    return ["", *sample_documents[:3000], ""]


@pytest.fixture(scope="module")
def text(documents, tmp_path_factory):
    """The documents as the bench hands them to malmoi."""
    folder = tmp_path_factory.mktemp("text")
    encoded = [document.encode() for document in documents]
    (folder / "text").write_bytes(b"".join(encoded))
    numpy.cumsum([len(one) for one in encoded], dtype="<u8").tofile(folder / "ends")
    return folder


def timed(tokenizer, text, *options):
    """The passes that malmoi-encode-benchmark tells of."""
    if not TIMER.exists():
        pytest.fail(f"{TIMER.name} is missing: swift build -c release --product {TIMER.name}")
    done = subprocess.run(
        [TIMER, "--tokenizer", tokenizer, "--text", text / "text", "--document-ends",
         text / "ends", *map(str, options)], check=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_timed_ids_are_the_reference(threads, plain_tokenizer, documents, text, tmp_path):
    passes = timed(plain_tokenizer, text, "--threads", threads, "--passes", 3, "--write",
                   tmp_path / "out")
    reference = Tokenizer.from_file(str(plain_tokenizer / "tokenizer.json"))
    encoded = [one.ids for one in reference.encode_batch(documents, add_special_tokens=False)]
    assert numpy.fromfile(tmp_path / "out.ends", "<u8").tolist() == numpy.cumsum(
        [len(ids) for ids in encoded]).tolist()
    assert numpy.fromfile(tmp_path / "out.ids", "<u4").tolist() == sum(encoded, [])
    assert len(passes) == 3 and len({encode_rows.fingerprint(one) for one in passes}) == 1
    assert all(0 < one["wall_seconds"] < 100 and one["cpu_seconds"] >= 0 for one in passes)


def test_a_difference_is_found_in_its_document(plain_tokenizer, text, tmp_path):
    timed(plain_tokenizer, text, "--write", tmp_path / "ours")
    for name in ("ids", "ends"):
        shutil.copy(tmp_path / f"ours.{name}", tmp_path / f"theirs.{name}")
    compare = encode_rows.first_different_document
    assert compare(tmp_path / "ours", tmp_path / "theirs") == "yes"
    ends = numpy.fromfile(tmp_path / "ours.ends", "<u8").astype(int)
    document = next(index for index in range(700, len(ends)) if ends[index] - ends[index - 1] > 2)
    ids = numpy.fromfile(tmp_path / "ours.ids", "<u4")
    ids[ends[document - 1] + 2] ^= 1
    ids.tofile(tmp_path / "theirs.ids")
    assert compare(tmp_path / "ours", tmp_path / "theirs") == (
        f"no: 1 of {len(ends):,} documents, document {document:,} first, at its id 2")


@pytest.mark.parametrize("name", ["cl100k", "o200k"])
def test_ranks_are_converted_exactly(name, plain_tokenizer, documents, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(tokenizer_json.of_ranks(plain_tokenizer / "tokenizer.tiktoken", name))
    converted = Tokenizer.from_file(str(path))
    encoding = tiktoken.Encoding(
        name=name, pat_str=tokenizer_json.PATTERNS[name], special_tokens={},
        mergeable_ranks=tokenizer_json.ranks(path))
    assert tokenizer_json.tiktoken_pattern(path) == tokenizer_json.PATTERNS[name]
    for document in documents[:500]:
        for text in (document, document.upper() + "\r\n\n  I'LL 12345 x\u00a0"):
            ids = converted.encode(text, add_special_tokens=False).ids
            assert ids == encoding.encode_ordinary(text)


def test_a_bad_ends_file_is_told(plain_tokenizer, text, tmp_path):
    numpy.array([5, 3], "<u8").tofile(tmp_path / "ends")
    done = subprocess.run(
        [TIMER, "--tokenizer", plain_tokenizer, "--text", text / "text", "--document-ends",
         tmp_path / "ends"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"do not cover the text" in done.stderr

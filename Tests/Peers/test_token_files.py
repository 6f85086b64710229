# SPDX-License-Identifier: Apache-2.0
"""Token files: what Megatron-core reads, the same for any number of threads, and back to text."""
import hashlib
import json
import random

import numpy
import pytest

import hostile
import read_megatron
from command import (
    EOD, SAMPLE, encode, encode_bytes, malmoi, read_token_files, tree, write_jsonl)


def decoded(prefix, tokenizer):
    return malmoi("decode", prefix, "--tokenizer", tokenizer).stdout


def shards(prefix):
    return sorted(path.with_suffix("") for path in prefix.parent.glob(prefix.name + "*.idx"))


# ---- The same bytes ----


@pytest.mark.parametrize("options", [(), ("--append-eod", "--shard-tokens", 50_000)])
def test_token_files_are_the_same_for_any_number_of_threads(tmp_path, tokenizer, options):
    made = []
    for threads in (1, 2, 7):
        directory = tmp_path / str(threads)
        malmoi(
            "encode", SAMPLE, "--tokenizer", tokenizer, "--threads", threads,
            "--output", directory / "sample", *options)
        made.append(tree(directory))
    assert made[0] == made[1] == made[2]
    assert len(made[0]) == (3 if not options else 2 * len(shards(tmp_path / "1/sample")) + 1)


@pytest.mark.parametrize("mebibytes", [0, 1, 3, 100])
def test_the_size_of_the_cache_changes_nothing(tmp_path, tokenizer, mebibytes):
    for name, options in (("default", ()), ("given", ("--cache-mib", mebibytes))):
        malmoi("encode", SAMPLE, "--tokenizer", tokenizer, "--output", tmp_path / name / "ids",
               *options)
    assert tree(tmp_path / "given") == tree(tmp_path / "default")


def test_a_cache_of_impossible_size_is_refused(tmp_path, tokenizer):
    malmoi("encode", SAMPLE, "--tokenizer", tokenizer, "--output", tmp_path / "ids",
           "--cache-mib", -1, code=64)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 3, 7, 16])
def test_a_large_corpus_is_encoded_the_same_by_any_number_of_threads(
        tmp_path, tokenizer, shared_file, threads):
    corpus = shared_file("corpora/dev-mix.jsonl.zst")
    for count in (1, threads):
        malmoi(
            "encode", corpus, "--tokenizer", tokenizer, "--threads", count, "--append-eod",
            "--output", tmp_path / str(count) / "ids", "--shard-tokens", 5_000_000)
    assert tree(tmp_path / "1") == tree(tmp_path / str(threads))


# ---- Megatron ----


def test_megatron_reads_what_we_read(tmp_path, tokenizer):
    texts = hostile.all_strings()
    ours = encode(texts, tokenizer, tmp_path)
    assert list(read_megatron.documents(str(tmp_path / "ids"))) == ours


@pytest.mark.parametrize("token_type, width", [("auto", 2), ("uint16", 2), ("int32", 4)])
def test_megatron_reads_every_token_type(tmp_path, tokenizer, token_type, width):
    texts = hostile.PLAIN
    plain = encode(texts, tokenizer, tmp_path / "plain")
    ours = encode(texts, tokenizer, tmp_path / "typed", "--token-type", token_type)
    assert ours == plain == list(read_megatron.documents(str(tmp_path / "typed/ids")))
    size = (tmp_path / "typed/ids.bin").stat().st_size
    assert size == width * sum(map(len, plain))


def test_a_vocabulary_above_65536_ids_is_stored_as_int32(tmp_path):
    source = random.Random(5)
    syllables = [chr(0xAC00 + number) for number in range(11172)]
    texts = ["".join(source.choices(syllables, k=8)) for _ in range(40_000)]
    corpus = write_jsonl(tmp_path / "corpus.jsonl", texts)
    malmoi("train", corpus, "--vocab-size", 66_000, "--output", tmp_path / "tokenizer")
    ours = encode(texts, tmp_path / "tokenizer", tmp_path / "out")
    assert max(max(ids) for ids in ours if ids) > 65_535
    assert list(read_megatron.documents(str(tmp_path / "out/ids"))) == ours
    malmoi("verify", tmp_path / "out/ids")
    refused = malmoi(
        "encode", corpus, "--tokenizer", tmp_path / "tokenizer", "--token-type", "uint16",
        "--output", tmp_path / "narrow", code=1)
    assert refused.stderr.decode() == (
        "malmoi: token id 65999 does not fit in uint16, whose largest is 65535; choose the token "
        "type int32 or auto\n")
    assert list(tmp_path.glob("narrow*")) == []


def test_every_document_ends_with_the_end_of_document_token(tmp_path, tokenizer):
    texts = ["", "가", "", "나 다", f"{EOD} 라"]
    plain = encode(texts, tokenizer, tmp_path / "plain")
    ended = encode(texts, tokenizer, tmp_path / "ended", "--append-eod")
    assert ended == [ids + [0] for ids in plain]
    assert list(read_megatron.documents(str(tmp_path / "ended/ids"))) == ended
    text = "".join(text + "\n" for text in texts).encode()
    assert decoded(tmp_path / "ended/ids", tokenizer) == text


@pytest.mark.parametrize("limit", [1, 7, 100, 5000])
def test_shards_are_full_but_not_over_full(tmp_path, tokenizer, limit):
    texts = hostile.all_strings()
    whole = encode(texts, tokenizer, tmp_path / "whole", "--append-eod")
    source = tmp_path / "whole/texts.jsonl"
    prefix = tmp_path / "parts/ids"
    malmoi(
        "encode", source, "--tokenizer", tokenizer, "--append-eod", "--shard-tokens", limit,
        "--output", prefix)
    parts = [read_token_files(path) for path in shards(prefix)]
    assert [ids for part in parts for ids in part] == whole
    sizes = [sum(map(len, part)) for part in parts]
    assert all(size <= limit or len(part) == 1 for size, part in zip(sizes, parts))
    assert all(size + len(following[0]) > limit for size, following in zip(sizes, parts[1:]))
    for path, part in list(zip(shards(prefix), parts))[:5]:
        assert list(read_megatron.documents(str(path))) == part
    malmoi("verify", prefix)


def test_fewer_shards_leave_none_of_the_former_behind(tmp_path, tokenizer):
    source = write_jsonl(tmp_path / "corpus.jsonl", hostile.PLAIN)
    prefix = tmp_path / "out/ids"
    arguments = ("encode", source, "--tokenizer", tokenizer, "--output", prefix, "--overwrite")
    malmoi(*arguments, "--shard-tokens", 20)
    assert len(shards(prefix)) > 5
    malmoi(*arguments, "--shard-tokens", 2000)
    malmoi("verify", prefix)
    few = len(shards(prefix))
    malmoi(*arguments)
    names = sorted(tree(prefix.parent))
    assert few < 5 and names == ["ids.bin", "ids.idx", "ids.manifest.json"]


def test_the_manifest_states_inputs_options_and_results(tmp_path, tokenizer, corpus):
    malmoi(
        "encode", corpus, "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "ids")
    manifest = json.loads((tmp_path / "ids.manifest.json").read_text())
    content = corpus.read_bytes()
    assert manifest["inputs"] == [{
        "path": str(corpus), "bytes": len(content), "documents": 2,
        "sha256": hashlib.sha256(content).hexdigest()}]
    ranks = (tokenizer / "tokenizer.json").read_bytes()
    options = manifest["options"]
    assert options["tokenizer_sha256"] == hashlib.sha256(ranks).hexdigest()
    assert options["end_of_document"] == 0 and options["vocabulary_size"] == 8000
    results = manifest["results"]
    ids = read_token_files(tmp_path / "ids")
    assert (results["documents"], results["tokens"]) == (2, sum(map(len, ids)))
    assert results["rejected_records"] == 0


# ---- Round trips ----


@pytest.mark.parametrize("options", [
    (), ("--append-eod",), ("--shard-tokens", 100), ("--append-eod", "--shard-tokens", 100)])
@pytest.mark.parametrize("seed", range(2))
def test_any_bytes_come_back(tmp_path, plain_tokenizer, seed, options):
    contents = [
        *hostile.random_bytes(seed), b"\r\n", b"\n", b"\n\n", b"a\r\nb\r\n", b"\xff\xfe", b"\0\0",
        b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xe3\x85", b" ", EOD.encode(),
    ]
    contents = [content for content in contents if content]
    ids = encode_bytes(contents, plain_tokenizer, tmp_path / "corpus", *options[:0])
    prefix = tmp_path / "corpus-ids"
    assert decoded(prefix, plain_tokenizer) == b"".join(c + b"\n" for c in contents)
    if options:
        encode_bytes_with = (
            "encode", tmp_path / "corpus", "--documents", "file", "--normalizer", "none",
            "--charset", "utf-8", "--tokenizer", plain_tokenizer, "--output", tmp_path / "set", *options)
        malmoi(*encode_bytes_with)
        assert decoded(tmp_path / "set", plain_tokenizer) == (
            b"".join(c + b"\n" for c in contents))
    assert len(ids) == len(contents)


def test_all_byte_pairs_come_back(tmp_path, plain_tokenizer):
    content = bytes(byte for pair in range(65536) for byte in (pair >> 8, pair & 255))
    encode_bytes([content], plain_tokenizer, tmp_path / "corpus")
    assert decoded(tmp_path / "corpus-ids", plain_tokenizer) == content + b"\n"


@pytest.mark.parametrize("name", [*hostile.LONG, *hostile.LONG_SPACES])
def test_long_strings_come_back(tmp_path, plain_tokenizer, name):
    text = {**hostile.LONG, **hostile.LONG_SPACES}[name].encode()
    encode_bytes([text], plain_tokenizer, tmp_path / "corpus")
    assert decoded(tmp_path / "corpus-ids", plain_tokenizer) == text + b"\n"


def test_the_sample_comes_back_byte_for_byte(tmp_path, plain_tokenizer):
    malmoi(
        "encode", SAMPLE, "--tokenizer", plain_tokenizer, "--normalizer", "none",
        "--output", tmp_path / "sample", "--shard-tokens", 100_000, "--append-eod")
    whole = malmoi("cat", SAMPLE, "--normalizer", "none").stdout
    assert decoded(tmp_path / "sample", plain_tokenizer) == whole


def test_decode_reads_what_megatron_wrote(tmp_path, tokenizer):
    documents = encode(hostile.PLAIN, tokenizer, tmp_path / "ours")
    module = read_megatron.indexed_dataset()
    tokens = [numpy.array(ids, dtype=numpy.int32) for ids in documents]

    class Tensor:
        """As much of a tensor as the builder asks of it."""

        def __init__(self, values):
            self.values = values

        def numpy(self):
            return self.values

        def numel(self):
            return self.values.size

    module.torch.Tensor = Tensor
    builder = module.IndexedDatasetBuilder(str(tmp_path / "theirs.bin"), dtype=numpy.int32)
    for values in tokens:
        builder.add_item(Tensor(values))
        builder.end_document()
    builder.finalize(str(tmp_path / "theirs.idx"))
    assert decoded(tmp_path / "theirs", tokenizer) == decoded(tmp_path / "ours/ids", tokenizer)


def test_decode_says_when_another_tokenizer_is_named(tmp_path, tokenizer, trained, corpus):
    other = trained(1000)
    malmoi("encode", corpus, "--tokenizer", other, "--output", tmp_path / "ids")
    done = malmoi("decode", tmp_path / "ids", "--tokenizer", tokenizer)
    assert done.stderr.decode() == (
        f"malmoi: {tmp_path / 'ids'}: made with another tokenizer file than {tokenizer}, by its "
        "SHA-256\n")


def test_decode_json_has_a_line_for_each_document(tmp_path, tokenizer):
    texts = ["가", "", "줄\n바꿈", "\"따옴표\"\\"]
    encode(texts, tokenizer, tmp_path)
    lines = malmoi(
        "decode", tmp_path / "ids", "--tokenizer", tokenizer, "--json").stdout.decode()
    assert [json.loads(line) for line in lines.split("\n")[:-1]] == [
        {"document": number, "text": text} for number, text in enumerate(texts)]


def test_without_an_end_of_document_token_append_eod_says_how_to_get_one(
        tmp_path, trained, corpus):
    done = malmoi(
        "encode", corpus, "--tokenizer", trained(1000), "--output", tmp_path / "ids",
        "--append-eod", code=64)
    assert done.stderr.decode() == (
        "malmoi: the tokenizer has no end-of-document token such as <|endoftext|>; name one with "
        "--eod-token, or train with --special-token '<|endoftext|>'\n")

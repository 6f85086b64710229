# SPDX-License-Identifier: Apache-2.0
"""Bad input gets one exact line and an exit code; nothing is lost, nothing is left behind."""
import json
import os

import pytest
import zstandard

from command import EOD, complaint, documents_of, jsonl, left, malmoi

EMPTY = "no documents in 1 input files; check --input-format and --field"
NO_FILES = (
    "no file here has the name of a corpus file or of an archive; name the files themselves to read "
    "them as they are")
TORN = "copy or download the file again; what stands before is used"


def commands(tokenizer, output):
    """Each command that reads a corpus, without its inputs."""
    return {
        "train": ("train", "--vocab-size", 300, "--output", output),
        "encode": ("encode", "--tokenizer", tokenizer, "--output", output),
        "cat": ("cat",),
        "inspect corpus": ("inspect", "corpus"),
    }


READING = ["train", "encode", "cat", "inspect corpus"]


# ---- Inputs that are not there or hold nothing ----


@pytest.mark.parametrize("command", READING)
def test_a_missing_file_is_named(tmp_path, small_tokenizer, command):
    arguments = commands(small_tokenizer, tmp_path / "out")[command]
    path = tmp_path / "없는 파일.txt"
    assert complaint(*arguments, path, code=74) == (
        f"malmoi: {path}: no such file; check the path\n")
    assert left(tmp_path) == []


@pytest.mark.parametrize("command", ["train", "encode"])
def test_documents_without_any_text_are_refused(tmp_path, small_tokenizer, command):
    path = tmp_path / "blank.txt"
    path.write_bytes(b"\n\n\n")
    arguments = commands(small_tokenizer, tmp_path / "out")[command]
    assert complaint(*arguments, path, code=1) == (
        "malmoi: no text in 3 documents; check the input files\n")
    assert left(tmp_path, "blank.txt") == []


@pytest.mark.parametrize("command", READING)
def test_a_missing_file_among_others_stops_before_anything_is_read(
        tmp_path, small_tokenizer, corpus, command):
    arguments = commands(small_tokenizer, tmp_path / "out")[command]
    done = malmoi(*arguments, corpus, tmp_path / "nothing.txt", code=74)
    assert done.stdout == b"" and left(tmp_path) == ["corpus.txt"]


@pytest.mark.parametrize("command", READING)
def test_a_directory_without_readable_files_is_named(tmp_path, small_tokenizer, command):
    arguments = commands(small_tokenizer, tmp_path / "out")[command]
    directory = tmp_path / "corpus"
    directory.mkdir()
    assert complaint(*arguments, directory, code=1) == f"malmoi: {directory}: {NO_FILES}\n"
    (directory / "notes.md").write_text("기록")
    assert complaint(*arguments, directory, code=1) == f"malmoi: {directory}: {NO_FILES}\n"
    assert left(tmp_path) == ["corpus"]


def test_a_pattern_that_matches_nothing_is_named(tmp_path):
    assert complaint("cat", f"{tmp_path}/*.txt", code=74) == (
        f"malmoi: {tmp_path}/*.txt: no file matches this pattern; check the pattern\n")


@pytest.mark.parametrize("command", ["train", "encode", "inspect corpus"])
@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_corpus_is_refused(tmp_path, small_tokenizer, command, content):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(content)
    arguments = commands(small_tokenizer, tmp_path / "out")[command]
    assert complaint(*arguments, path, code=1) == f"malmoi: {EMPTY}\n"
    assert left(tmp_path) == ["corpus.jsonl"]


def test_a_corpus_of_nothing_but_rejects_says_so(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(jsonl(["가", "나"], field="body"))
    told = complaint("train", path, "--vocab-size", 300, "--output", tmp_path / "out", code=1)
    assert told.split("\n")[0] == (
        "malmoi: no documents in 1 input files, 2 records rejected; check --input-format and "
        "--field")
    assert left(tmp_path) == ["corpus.jsonl"]


def test_a_file_named_twice_is_refused(tmp_path, corpus):
    again = f"{tmp_path}/./corpus.txt"
    assert complaint("cat", corpus, again, code=64) == (
        f"malmoi: {again}: named twice, first as {corpus}; name each file once\n")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(corpus):
    corpus.chmod(0)
    assert complaint("cat", corpus, code=74) == (
        f"malmoi: {corpus}: cannot be read (Permission denied)\n")


# ---- Damaged compression ----


def frames(lines):
    content = "".join(line + "\n" for line in lines).encode()
    return zstandard.ZstdCompressor(level=1).compress(content)


LINES = [f"{number}번째 줄입니다 {number * 7919 % 10007}" for number in range(20_000)]


def test_a_truncated_zst_gives_what_stands_before_and_exit_code_1(tmp_path):
    whole = frames(LINES)
    path = tmp_path / "corpus.txt.zst"
    path.write_bytes(whole[: len(whole) // 2])
    done = malmoi("cat", path, code=1)
    printed = done.stdout.decode().split("\n")[:-1]
    assert 1000 < len(printed) < len(LINES) and printed == LINES[: len(printed)]
    assert done.stderr.decode() == (
        "malmoi: 1 records rejected:\n"
        f"  {path}: byte {len(whole) // 2}: ends inside a zstd frame; {TORN}\n"
        "malmoi: 1 input files are damaged: what follows the damage is missing\n")


@pytest.mark.parametrize("command", ["train", "encode", "inspect corpus"])
def test_a_truncated_zst_is_told_by_every_command(tmp_path, small_tokenizer, command):
    whole = frames(LINES)
    path = tmp_path / "corpus.txt.zst"
    path.write_bytes(whole[:-5])
    arguments = commands(small_tokenizer, tmp_path / "out/put")[command]
    assert complaint(*arguments, path, code=1).split("\n")[1] == (
        f"  {path}: byte {len(whole) - 5}: ends inside a zstd frame; {TORN}")


def test_after_a_damaged_file_the_others_are_read(tmp_path):
    (tmp_path / "a.txt.zst").write_bytes(frames(LINES)[:1000])
    (tmp_path / "b.txt").write_text("뒤의 줄\n")
    done = malmoi("cat", tmp_path, code=1)
    assert done.stdout.decode().endswith("\n뒤의 줄\n") or done.stdout.decode() == "뒤의 줄\n"


def test_a_flipped_byte_in_a_zst_is_told(tmp_path):
    whole = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(
        "".join(line + "\n" for line in LINES).encode()))
    whole[len(whole) // 2] ^= 0x55
    path = tmp_path / "corpus.txt.zst"
    path.write_bytes(whole)
    told = complaint("cat", path, code=1).split("\n")
    assert told[1].startswith(f"  {path}: byte ") and "damaged zstd data: " in told[1]
    assert told[2] == "malmoi: 1 input files are damaged: what follows the damage is missing"


def test_strict_stops_at_a_truncated_zst(tmp_path):
    whole = frames(LINES)
    path = tmp_path / "corpus.txt.zst"
    path.write_bytes(whole[:-5])
    assert complaint("inspect", "corpus", path, "--strict", code=1) == (
        f"malmoi: {path}: byte {len(whole) - 5}: ends inside a zstd frame; {TORN}\n")


# ---- Bad records ----

GOOD = '{"text": "좋은 줄"}'
BAD = {
    "{\"text\": \"열린": "not valid JSON: ",
    "plain text": "not valid JSON: ",
    "{\"text\": \"가\"} x": "not valid JSON: ",
    "{\"text\": \"\\x41\"}": "not valid JSON: ",
    "[1, 2]": "not a JSON object",
    "\"text\"": "not a JSON object",
    "{\"body\": \"가\"}": "no field \"text\"",
    "{}": "no field \"text\"",
    "{\"text\": null}": "field \"text\" is not a string",
    "{\"text\": 5}": "field \"text\" is not a string",
    "{\"text\": [\"가\"]}": "field \"text\" is not a string",
    "{\"text\": {\"text\": \"가\"}}": "field \"text\" is not a string",
}


@pytest.mark.parametrize("record", BAD)
def test_a_bad_record_is_listed_with_its_line_and_the_others_are_kept(tmp_path, record):
    path = tmp_path / "corpus.jsonl"
    path.write_text(f"{GOOD}\n\n{record}\n{GOOD}\n")
    done = malmoi("cat", path)
    assert done.stdout.decode() == "좋은 줄\n좋은 줄\n"
    told = done.stderr.decode().split("\n")
    assert told[0] == "malmoi: 1 records rejected:"
    assert told[1].startswith(f"  {path}:3: {BAD[record]}") and len(told) == 3
    if not BAD[record].endswith(": "):
        assert told[1] == f"  {path}:3: {BAD[record]}"


@pytest.mark.parametrize("record", BAD)
def test_strict_stops_at_the_first_bad_record(tmp_path, small_tokenizer, record):
    path = tmp_path / "corpus.jsonl"
    path.write_text(f"{GOOD}\n{record}\n{GOOD}\n{record}\n")
    for command, arguments in commands(small_tokenizer, tmp_path / "out").items():
        told = complaint(*arguments, path, "--strict", code=1)
        assert told.startswith(f"malmoi: {path}:2: {BAD[record]}") and told.count("\n") == 1
    assert left(tmp_path) == ["corpus.jsonl"]


def test_the_first_twenty_bad_records_are_listed_and_all_counted(tmp_path, small_tokenizer):
    path = tmp_path / "corpus.jsonl"
    records = [GOOD if number % 3 else "{}" for number in range(300)]
    path.write_text("".join(record + "\n" for record in records))
    expected = ["malmoi: 100 records rejected:"]
    expected += [f"  {path}:{number}: no field \"text\"" for number in range(1, 61, 3)]
    expected += ["  … and 80 more", ""]
    output = tmp_path / "out/ids"
    done = malmoi("encode", path, "--tokenizer", small_tokenizer, "--output", output)
    assert done.stderr.decode().split("\n") == expected
    manifest = json.loads((tmp_path / "out/ids.manifest.json").read_text())
    assert manifest["results"]["documents"] == 200
    assert manifest["results"]["rejected_records"] == 100
    firsts = manifest["results"]["first_rejects"]
    assert [reject["line"] for reject in firsts] == list(range(1, 61, 3))
    report = json.loads(malmoi("inspect", "corpus", path, "--json").stdout)
    assert (report["documents"], report["rejected_records"]) == (200, 100)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_bad_records_lose_no_other_in_large_files(tmp_path, threads):
    path = tmp_path / "corpus.jsonl"
    texts = [f"{number} " + "가" * (number * 7919 % 400) for number in range(10_000)]
    lines = jsonl(texts).split(b"\n")[:-1]
    for place in range(0, 10_000, 97):
        lines[place] = lines[place][:-3]
    path.write_bytes(b"\n".join(lines))
    good = [text for place, text in enumerate(texts) if place % 97]
    assert documents_of(path, "--threads", threads) == good


# ---- Options ----


@pytest.mark.parametrize("size, special, least", [(255, 0, 256), (1, 0, 256), (257, 2, 258)])
def test_a_vocabulary_below_the_alphabet_is_refused(tmp_path, corpus, size, special, least):
    options = [part for i in range(special) for part in ("--special-token", f"<{i}>")]
    told = complaint(
        "train", corpus, "--vocab-size", size, "--output", tmp_path / "out", *options, code=64)
    assert told == (
        f"malmoi: vocabulary size {size} is below the alphabet: 256 bytes and {special} special "
        f"tokens; ask for at least {least}\n")
    assert left(tmp_path) == ["corpus.txt"]


@pytest.mark.parametrize("tokens", [("<a>", "<a>"), ("",)])
def test_special_tokens_twice_or_empty_are_refused(tmp_path, corpus, tokens):
    options = [part for token in tokens for part in ("--special-token", token)]
    told = complaint(
        "train", corpus, "--vocab-size", 300, "--output", tmp_path / "out", *options, code=64)
    assert told == (
        "malmoi: a special token is empty or named twice; name each special token once\n")


@pytest.mark.parametrize("arguments, told", [
    (("train", "x"), "Missing expected argument '--output <output>'"),
    (("train", "x", "--output", "o"), "Pass one of --vocab-size and --sizes, or a --preset."),
    (("train", "x", "--vocab-size", "many", "--output", "o"),
     "The value 'many' is invalid for '--vocab-size <vocab-size>'"),
    (("train", "x", "--vocab-size", "300", "--output", "o", "--min-frequency", "0"),
     "--min-frequency must be at least 1."),
    (("train", "x", "--vocab-size", "300", "--output", "o", "--max-token-bytes", "0"),
     "--max-token-bytes must be at least 1."),
    (("cat", "x", "--threads", "0"), "--threads must be between 1 and 1024."),
    (("cat", "x", "--colour"), "Unknown option '--colour'"),
    (("encode", "x", "--output", "o"), "Missing expected argument '--tokenizer <tokenizer>'"),
    (("encode", "x", "--output", "o", "--tokenizer", "t", "--shard-tokens", "0"),
     "--shard-tokens must be at least 1."),
    (("encode", "x", "--output", "o", "--tokenizer", "t", "--eod-token", "e"),
     "--eod-token needs --append-eod."),
    (("nonsense",), "Unexpected argument 'nonsense'"),
])
def test_wrong_usage_is_told_with_exit_code_64(arguments, told):
    assert complaint(*arguments, code=64).split("\n")[0] == f"Error: {told}"


@pytest.mark.parametrize("command", [
    ("cat",), ("train", "--vocab-size", "300", "--output", "o"), ("count", "--output", "o"),
    ("inspect", "corpus"),
])
def test_no_input_is_told_with_exit_code_64(command, tmp_path):
    told = complaint(*command, code=64, cwd=tmp_path)
    assert told == (
        "malmoi: no input files; name files, directories, patterns or - for standard input\n")
    assert left(tmp_path) == []


def test_kept_bytes_cannot_be_normalised(corpus):
    assert complaint("cat", corpus, "--invalid-utf8", "keep", code=64) == (
        "malmoi: --invalid-utf8 keep leaves bytes that cannot be normalised; add --normalizer "
        "none\n")

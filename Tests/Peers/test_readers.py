# SPDX-License-Identifier: Apache-2.0
"""Every way in: the documents of `malmoi cat` are those that Python finds."""
import io
import json
import random
import re
import shutil
import subprocess
import unicodedata

import pytest
import zstandard

import hostile
from command import SAMPLE, documents_of, jsonl, malmoi

TEXTS = ["나는 밥을 먹는다", "", " 앞뒤 ", "ㅋㅋㅋ\t", "e\u0301 가\u11a8", "끝"]


# ---- A reader as plain as can be ----


def python_records(content, is_json, unit="line", field="text"):
    """The documents of a file that has no bad records."""
    if is_json:
        lines = content.split(b"\n")
        return [json.loads(line)[field] for line in lines if line.strip(b" \t\r\n")]
    if unit == "file":
        return [content.decode()] if content else []
    # Lines with whether a line feed ends them; a carriage return before it is part of the end.
    lines = [(line, True) for line in content.split(b"\n")]
    lines[-1] = (lines[-1][0], False)
    if lines[-1][0] == b"":
        lines.pop()
    contents = [line[:-1] if ended and line.endswith(b"\r") else line for line, ended in lines]
    if unit == "line":
        return [line.decode() for line in contents]
    found, open_lines = [], []
    for (line, _), text in [*zip(lines, contents), ((b"", True), b"")]:
        if line.strip(b" \t\r"):
            open_lines.append((line, text))
        elif open_lines:
            above = [line for line, _ in open_lines[:-1]]
            found.append(b"\n".join([*above, open_lines[-1][1]]).decode())
            open_lines = []
    return found


def python_documents(paths, unit="line"):
    found = []
    for path in paths:
        content = path.read_bytes()
        if path.suffix == ".zst":
            with zstandard.ZstdDecompressor().stream_reader(
                    io.BytesIO(content), read_across_frames=True) as reader:
                content = reader.read()
        is_json = ".jsonl" in path.suffixes
        found += python_records(content, is_json, unit)
    return [unicodedata.normalize("NFC", text) for text in found]


def sample_files():
    names = (p for p in SAMPLE.iterdir() if re.search(r"\.(txt|jsonl)(\.zst)?$", p.name))
    return sorted(names, key=lambda path: path.name.encode())


@pytest.mark.parametrize("unit", ["line", "paragraph", "file"])
def test_the_sample_is_read_as_python_reads_it(unit):
    expected = python_documents(sample_files(), unit)
    assert documents_of(SAMPLE, "--documents", unit) == expected
    plain = malmoi("cat", SAMPLE, "--documents", unit).stdout.decode()
    assert plain == "".join(text + "\n" for text in expected)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_cat_keeps_the_order_with_any_number_of_threads(threads):
    assert documents_of(SAMPLE, "--threads", threads) == documents_of(SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["english.txt.zst", "code.jsonl.zst"])
def test_large_files_are_read_as_python_reads_them(shared_file, name):
    path = shared_file(f"corpora/{name}")
    assert documents_of(path) == python_documents([path])


# ---- Plain text ----


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("unit", ["line", "paragraph", "file"])
def test_random_lines_are_read_as_python_reads_them(tmp_path, seed, unit):
    source = random.Random(seed)
    parts = ["가", "나다", " ", "\t", "\n", "\n", "\r\n", "\n\n", "\r", "끝."]
    content = "".join(source.choices(parts, k=source.randrange(60))).encode()
    path = tmp_path / "corpus.txt"
    path.write_bytes(content)
    assert documents_of(path, "--normalizer", "none", "--documents", unit) == (
        python_records(content, False, unit))


@pytest.mark.parametrize("content, lines", [
    ("a\nb", ["a", "b"]), ("a\nb\n", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
    ("\n\na", ["", "", "a"]), ("a\r", ["a\r"]), ("a\rb\n", ["a\rb"]), ("\n", [""]),
    ("a\u2028b\x0bc\x85d\n", ["a\u2028b\x0bc\x85d"]),
])
def test_only_line_feeds_end_lines(tmp_path, content, lines):
    path = tmp_path / "corpus.txt"
    path.write_bytes(content.encode())
    assert documents_of(path) == lines


def test_one_line_of_many_megabytes_is_one_document(tmp_path):
    path = tmp_path / "corpus.txt"
    text = "가나다라 마바사 " * 400_000
    path.write_text(f"앞\n{text}\n뒤\n")
    assert documents_of(path) == ["앞", text, "뒤"]


# ---- JSON lines ----


def test_json_escapes_and_other_fields_are_read(tmp_path):
    records = [
        {"id": 1, "text": "한글 \"인용\" \\ / \b\f\n\r\t \u0000 😀", "nested": {"text": "no"}},
        {"text": "", "list": [1, [2, {"text": 3}]]}, {"text": "\ud55c\uae00 é", "url": None},
    ]
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(
        json.dumps(record, ensure_ascii=bool(number % 2)) + "\r\n\n"
        for number, record in enumerate(records)))
    assert documents_of(path) == [record["text"] for record in records]


def test_the_field_is_chosen_by_name(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(jsonl(TEXTS, "본문"))
    expected = [unicodedata.normalize("NFC", text) for text in TEXTS]
    assert documents_of(path, "--field", "본문") == expected


@pytest.mark.parametrize("seed", range(5))
def test_random_strings_survive_json(tmp_path, seed):
    texts = hostile.random_unicode(seed) + hostile.random_mixtures(seed)
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(
        json.dumps({"text": text}, ensure_ascii=len(text) % 2 == 0) + "\n" for text in texts))
    assert documents_of(path, "--normalizer", "none") == texts


# ---- Names, patterns, directories, standard input ----


def test_the_format_is_known_by_name_and_else_by_content(tmp_path):
    (tmp_path / "a.txt").write_text('{"text": "문자"}\n')
    (tmp_path / "b.data").write_bytes(jsonl(["레코드"]))
    (tmp_path / "c.data").write_text("줄\n")
    paths = [tmp_path / name for name in ("a.txt", "b.data", "c.data")]
    assert documents_of(*paths) == ['{"text": "문자"}', "레코드", "줄"]
    assert documents_of(tmp_path / "a.txt", "--input-format", "jsonl") == ["문자"]
    assert documents_of(tmp_path / "b.data", "--input-format", "text") == ['{"text": "\\ub808\\ucf54\\ub4dc"}']


def test_a_directory_gives_its_corpus_files_in_order_of_names(tmp_path):
    for name in ["b.txt", "a/z.txt", "a/y.jsonl", "C.txt", "가.text", ".hidden.txt", "notes.md", "d.ndjson"]:
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jsonl([name]) if "json" in name else f"{name}\n".encode())
    assert documents_of(tmp_path / "corpus") == [
        "C.txt", "a/y.jsonl", "a/z.txt", "b.txt", "d.ndjson", "가.text"]
    told = malmoi("cat", tmp_path / "corpus").stderr.decode()
    assert told == f"malmoi: 1 files of other kinds not read: {tmp_path}/corpus/notes.md\n"


def test_a_pattern_gives_what_matches_in_order(tmp_path):
    for name in ("c.txt", "a.txt", "b.txt", "d.text"):
        (tmp_path / name).write_text(name + "\n")
    assert documents_of(f"{tmp_path}/*.txt") == ["a.txt", "b.txt", "c.txt"]
    assert documents_of(f"{tmp_path}/[bc].txt", tmp_path / "a.txt") == ["b.txt", "c.txt", "a.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_read(tmp_path):
    path = tmp_path / "a[1]*.txt"
    path.write_text("가\n")
    assert documents_of(path) == ["가"]


def test_standard_input_is_read_by_content(tmp_path):
    for content in ("가\n나\n".encode(), jsonl(["가", "나"]), zstandard.compress(b"\xea\xb0\x80\n\xeb\x82\x98")):
        assert malmoi("cat", "-", stdin=content).stdout.decode() == "가\n나\n"
    (tmp_path / "c.txt").write_text("다\n")
    assert malmoi("cat", "-", tmp_path / "c.txt", stdin=b"a\n").stdout.decode() == "a\n다\n"


def test_a_link_that_loops_ends(tmp_path):
    (tmp_path / "a.txt").write_text("가\n")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert documents_of(tmp_path) == ["가"]


def test_a_byte_order_mark_before_json_is_no_text(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + jsonl(["가"]))
    assert documents_of(path) == ["가"]


# ---- zstd ----


def lines_of(count, seed=1):
    source = random.Random(seed)
    return [
        "".join(chr(source.randrange(0xAC00, 0xD7A4)) for _ in range(source.randrange(200)))
        for _ in range(count)]


def test_frames_one_after_another_are_one_file(tmp_path):
    texts = lines_of(3000)
    content = "".join(text + "\n" for text in texts).encode()
    path = tmp_path / "corpus.txt.zst"
    source = random.Random(2)
    frames, start = b"", 0
    while start < len(content):
        end = start + source.choice([1, 2, 1000, 100_000])
        frames += zstandard.compress(content[start:end])
        # An empty frame and a skippable one stand between.
        frames += zstandard.compress(b"") + b"\x50\x2a\x4d\x18\x03\0\0\0abc"
        start = end
    path.write_bytes(frames)
    assert documents_of(path) == texts


def long_window_file(path, window_log, megabytes):
    """A file whose first bytes come back after more than a small window."""
    block = random.Random(3).randbytes(1 << 20).hex().encode()[: 1 << 20]
    parameters = zstandard.ZstdCompressionParameters.from_level(
        1, window_log=window_log, enable_ldm=True)
    lines = []
    with open(path, "wb") as file:
        with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(file) as writer:
            for number in range(megabytes):
                line = b"%d " % number + block
                writer.write(line + b"\n")
                lines.append(line.decode())
    return lines


@pytest.mark.parametrize("window_log, megabytes", [
    (23, 12), (27, 20),
    pytest.param(30, 300, marks=pytest.mark.slow), pytest.param(31, 600, marks=pytest.mark.slow)])
def test_long_windows_are_decompressed(tmp_path, window_log, megabytes):
    path = tmp_path / "corpus.txt.zst"
    lines = long_window_file(path, window_log, megabytes)
    header = zstandard.get_frame_parameters(path.read_bytes()[:18])
    assert header.window_size == 1 << window_log
    # What is made to come from afar repeats itself: no real text shrinks so far.
    printed = malmoi("cat", path, "--max-expansion", 0).stdout
    assert printed == "".join(line + "\n" for line in lines).encode()


@pytest.mark.skipif(shutil.which("zstd") is None, reason="the command zstd is not here")
@pytest.mark.parametrize("options", [["--long=27"], ["--ultra", "--long=31"], ["-19"], ["--check", "--rsyncable"]])
def test_what_the_command_zstd_writes_is_read(tmp_path, options):
    texts = lines_of(2000)
    path = tmp_path / "corpus.txt"
    path.write_text("".join(text + "\n" for text in texts))
    subprocess.run(["zstd", "-q", *options, str(path)], check=True)
    assert documents_of(f"{path}.zst") == texts


# ---- Bytes that are not UTF-8 ----

BROKEN = b"\xea\xb0\x80\n\xff\xfe a\nb\xed\xa0\x80c\n\xe3\x85\n\xf0\x9f\x98\xf0\x9f\x98\x80\n\xeb\x82\x98\n"


def test_invalid_utf8_is_replaced_as_python_does_and_counted(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(BROKEN)
    done = malmoi("cat", path)
    expected = BROKEN.decode(errors="replace")
    assert done.stdout.decode() == expected
    count = expected.count("\ufffd")
    assert done.stderr.decode() == (
        f"malmoi: {count} invalid UTF-8 sequences replaced by U+FFFD\n")


def test_invalid_utf8_is_skipped_and_listed_on_request(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(BROKEN)
    done = malmoi("cat", path, "--invalid-utf8", "skip")
    assert done.stdout.decode() == "가\n나\n"
    assert done.stderr.decode() == (
        "malmoi: 4 records rejected:\n"
        f"  {path}:2: invalid UTF-8 at byte 4 of the file\n"
        f"  {path}:3: invalid UTF-8 at byte 10 of the file\n"
        f"  {path}:4: invalid UTF-8 at byte 15 of the file\n"
        f"  {path}:5: invalid UTF-8 at byte 18 of the file\n")


def test_invalid_utf8_is_refused_with_its_place_on_request(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(BROKEN)
    done = malmoi("cat", path, "--invalid-utf8", "refuse", code=1)
    assert done.stderr.decode() == (
        f"malmoi: {path}:2: invalid UTF-8 at byte 4 of the file; convert the file to UTF-8, or "
        "use --invalid-utf8 replace, skip or keep\n")


def test_invalid_utf8_is_kept_without_normalisation(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(BROKEN)
    assert malmoi("cat", path, "--normalizer", "none").stdout == BROKEN


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_replaced_as_python_does(tmp_path, seed):
    content = b"".join(hostile.random_bytes(seed)).replace(b"\r", b"").replace(b"\n", b"")
    path = tmp_path / "corpus.txt"
    path.write_bytes(content)
    printed = malmoi("cat", path, "--normalizer", "none", "--invalid-utf8", "replace").stdout
    assert printed.decode() == content.decode(errors="replace") + "\n"

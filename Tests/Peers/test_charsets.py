# SPDX-License-Identifier: Apache-2.0
"""Charsets: Python's codecs write the files, and say what malmoi must read."""
import json
import random

import pytest

from command import SAMPLE, documents_of, jsonl, malmoi

SYLLABLES = [chr(point) for point in range(0xAC00, 0xD7A4)]
CHARSETS = {
    "cp949": "cp949", "johab": "johab", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "iso-2022-kr": "iso2022_kr"}
PROSE = "오늘은 날씨가 좋아서 친구와 함께 학교에 가는 길에 책을 샀다."


def read(content, tmp_path, *options, name="corpus.txt"):
    path = tmp_path / name
    path.write_bytes(content)
    return malmoi("cat", path, "--normalizer", "none", *options)


def sentences(sample_documents, codec, count=400):
    """Sentences of the sample that the codec has."""
    found = []
    for text in sample_documents:
        for line in text.split("\n"):
            if sum("가" <= character <= "힣" for character in line) < 20:
                continue
            try:
                if line.encode(codec).decode(codec) == line:
                    found.append(line)
            except UnicodeError:
                pass
    return random.Random(1).sample(found, count)


@pytest.mark.parametrize("charset", ["cp949", "johab", "utf-16le", "utf-16be"])
@pytest.mark.parametrize("given", [True, False])
def test_all_syllables_survive(tmp_path, charset, given):
    lines = [PROSE + "".join(SYLLABLES[start : start + 40]) for start in range(0, len(SYLLABLES), 40)]
    text = "\n".join(lines) + "\n"
    options = ["--charset", charset] if given else []
    done = read(text.encode(CHARSETS[charset]), tmp_path, *options)
    assert done.stdout.decode() == text
    assert done.stderr.decode() == f"malmoi: 1 files read as {charset}\n"


def decoded_pairs(charset, tmp_path):
    """What malmoi makes of each pair of bytes, on a line each, beside Python's reading."""
    codec = CHARSETS[charset]
    pairs = [
        bytes([lead, trail]) for lead in range(0x80, 0x100) for trail in range(0x20, 0x100)]
    content = b"".join(pair + b"\n" for pair in pairs)
    lines = read(content, tmp_path, "--charset", charset).stdout.decode().split("\n")[:-1]
    assert len(lines) == len(pairs)
    for pair, line in zip(pairs, lines):
        try:
            yield pair, line, pair.decode(codec)
        except UnicodeDecodeError:
            yield pair, line, None


def test_every_pair_of_cp949_is_read_as_python_reads_it(tmp_path):
    for pair, line, expected in decoded_pairs("cp949", tmp_path):
        # Windows maps the user's own rows to the private use area, Python to nothing.
        if pair[0] in (0xC9, 0xFE) and expected is None and 0xA1 <= pair[1] <= 0xFE:
            assert 0xE000 <= ord(line) <= 0xE0BB
        elif expected is None:
            assert "\ufffd" in line
        else:
            assert line == expected, pair.hex()


def test_every_pair_of_johab_is_read_as_python_reads_it(tmp_path):
    differences = {}
    for pair, line, expected in decoded_pairs("johab", tmp_path):
        if line != (expected if expected is not None else line if "\ufffd" in line else None):
            differences[pair] = (line, expected)
    # A sign of KS X 1001:2002 that Python does not have.
    assert differences == {b"\xd9\xe8": ("\u327e", None)}


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_charset_of_real_sentences_is_found(tmp_path, sample_documents, charset, count):
    codec = CHARSETS[charset]
    lines = sentences(sample_documents, codec, 400)
    groups = [lines[start : start + count] for start in range(0, len(lines), count)]
    for number, group in enumerate(groups):
        text = "".join(line + "\n" for line in group)
        (tmp_path / f"{number:04}.txt").write_bytes(text.encode(codec))
    done = malmoi("cat", tmp_path, "--normalizer", "none")
    assert done.stderr.decode() == f"malmoi: {len(groups)} files read as {charset}\n"
    assert done.stdout.decode() == "".join(line + "\n" for line in lines)


def test_real_files_in_euc_kr_are_read_as_their_twins(shared_file):
    compared = 0
    for twin in sorted(shared_file("corpora/legacy").rglob("*.utf8")):
        path = twin.with_suffix("")
        found = malmoi("cat", path, "--input-format", "text", "--normalizer", "none").stdout
        pairs = zip(found.split(b"\n"), twin.read_bytes().replace(b"\r\n", b"\n").split(b"\n"))
        for line, expected in pairs:
            # One file has a title in UTF-8, which its twin has lost.
            assert line == expected or "\ufffd" in expected.decode(), path
            compared += not line.isascii()
    assert compared > 5000


def test_json_lines_in_cp949(tmp_path):
    texts = [PROSE, "둘째 \\ \" 줄", "뷁 똠방각하"]
    content = "".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts)
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(content.encode("cp949"))
    assert documents_of(path) == texts


def test_lines_of_another_charset_are_converted_and_counted(tmp_path):
    lines = [f"{number}: {PROSE}" for number in range(100)]
    text = "".join(line + "\n" for line in lines)
    for most, few in (("utf-8", "cp949"), ("cp949", "utf-8"), ("utf-8", "johab")):
        content = b"".join(
            (line + "\n").encode(few if number % 10 == 3 else most)
            for number, line in enumerate(lines))
        done = read(content, tmp_path)
        assert done.stdout.decode() == text, (most, few)
        told = done.stderr.decode()
        assert "malmoi: 10 records in another charset than their file's converted\n" in told


def test_bytes_without_a_meaning_are_placed_to_the_byte_of_the_file(tmp_path):
    good = (PROSE + "\n").encode("cp949")
    for before in range(0, 40, 7):
        content = good * before + b"\xb0\xa1\xff ab\n" + good
        done = read(content, tmp_path, "--invalid-utf8", "skip", "--charset", "cp949")
        place = len(good) * before + 2
        assert done.stderr.decode() == (
            "malmoi: 1 files read as cp949\nmalmoi: 1 records rejected:\n"
            f"  {tmp_path}/corpus.txt:{before + 1}: invalid cp949 at byte {place} of the file\n")
    lone = (PROSE + "\n").encode("utf-16-le") * 10 + b"\x00\xd8a\x00\n\x00"
    done = read(lone * 2, tmp_path, "--invalid-utf8", "skip")
    assert f"invalid utf-16le at byte {(len(PROSE) + 1) * 20} of the file" in done.stderr.decode()


def misread(text, charset):
    """UTF-8 that was read by a wrong charset: Latin-1, or windows-1252 as browsers have it."""
    if charset == "latin-1":
        return text.encode().decode("latin-1")
    return "".join(
        bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("charset", ["latin-1", "cp1252"])
def test_double_encodings_are_undone_on_request(tmp_path, sample_documents, charset):
    texts = sentences(sample_documents, "utf-8", 100)
    broken = [misread(text, charset) for text in texts]
    whole = ["Ã© et à", "naïve café", "한글과 é", PROSE, "쨌 뷁", "“따옴표”"]
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(jsonl(broken + whole))
    assert documents_of(path, "--normalizer", "none") == broken + whole
    done = malmoi("cat", path, "--normalizer", "none", "--json", "--repair-mojibake")
    read_texts = [json.loads(line)["text"] for line in done.stdout.decode().split("\n")[:-1]]
    assert read_texts == texts + whole
    assert "100 documents' double encoding undone" in done.stderr.decode()


def test_no_text_of_the_sample_is_taken_for_a_double_encoding(tmp_path):
    done = malmoi("cat", SAMPLE, "--repair-mojibake", "--normalizer", "none")
    assert done.stdout == malmoi("cat", SAMPLE, "--normalizer", "none").stdout
    assert b"double encoding" not in done.stderr


def test_text_misread_as_cp949_is_undone_where_nothing_was_lost(tmp_path, sample_documents):
    restored = 0
    lines = []
    for text in sentences(sample_documents, "utf-8", 400):
        for word in text.split():
            try:
                lines.append((word.encode().decode("cp949"), word))
            except UnicodeDecodeError:
                pass
    lines = [(broken, word) for broken, word in lines if broken != word]
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(jsonl([broken for broken, _ in lines]))
    found = documents_of(path, "--normalizer", "none", "--repair-mojibake")
    for (broken, word), text in zip(lines, found):
        assert text in (broken, word)
        restored += text == word
    assert len(lines) < 20 or restored > len(lines) / 2


def test_an_unknown_charset_is_a_usage_error(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("가\n")
    told = malmoi("cat", path, "--charset", "ebcdic", code=64).stderr.decode()
    assert "--charset" in told

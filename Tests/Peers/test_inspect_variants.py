# SPDX-License-Identifier: Apache-2.0
"""inspect boundaries, robustness and parity beside computations in Python."""
import collections
import itertools
import json
import re
import statistics
import unicodedata

import pytest
from tokenizers import Tokenizer

import hostile
import peers
from command import encode, malmoi, write_jsonl

# A treebank of its own making, for what the shared ones do not have.
SMALL = """\
# sent_id = 1
# text = 나는 밥을 먹는다.
1\t나는\t나+는\tPRON\tnpp+jxt\t_\t3\tnsubj\t_\t_
2\t밥을\t밥+을\tNOUN\tncn+jco\t_\t3\tobj\t_\t_
3\t먹는다\t먹+는다\tVERB\tpvg+ef\t_\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\tsf\t_\t3\tpunct\t_\t_

# sent_id = 2
1-2\t학교에는\t_\t_\t_\t_\t_\t_\t_\t_
1\t학교\t학교\tNOUN\tncn\t_\t3\tobl\t_\t_
2\t에는\t에+는\tADP\tjca+jxt\t_\t1\tcase\t_\t_
3\t+\t+\tSYM\tsy\t_\t1\tdep\t_\t_
3.1\t_\t_\t_\t_\t_\t_\t_\t_\t_
4\t고운\t곱+ㄴ\tADJ\tpaa+etm\t_\t0\troot\t_\t_
"""


def report(*arguments):
    return json.loads(malmoi("inspect", *arguments, "--json").stdout)


def treebank(text):
    """Sentences of CoNLL-U: the text, and (start, end, morphemes, tags) of each word, in characters."""
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.split("\n")
        given = [line[len("# text = "):] for line in lines if line.startswith("# text = ")]
        rows, last = [], 0
        for line in lines:
            cells = line.split("\t")
            if line.startswith("#") or "." in cells[0]:
                continue
            if "-" in cells[0]:
                last = int(cells[0].split("-")[1])
                rows.append(cells)
            elif int(cells[0]) > last:
                rows.append(cells)
        text = given[0] if given else "".join(
            cells[1] + ("" if "SpaceAfter=No" in cells[9] else " ") for cells in rows).rstrip()
        place, words = 0, []
        for cells in rows:
            start = text.index(cells[1], place)
            place = start + len(cells[1])
            lemma = dict(part.split("=", 1) for part in cells[9].split("|") if "=" in part).get("OrigLemma", cells[2])
            whole = cells[1] == lemma
            morphemes = [] if lemma == "_" != cells[1] else [lemma] if whole else lemma.split("+")
            words.append((start, place, morphemes, [cells[4]] if whole else cells[4].split("+")))
        yield text, words


def boundaries_computed(sentences, tokens):
    """What inspect boundaries --json must say of tokens, lists of bytes."""
    found = collections.Counter()
    particles = collections.defaultdict(collections.Counter)
    for (text, words), parts in zip(sentences, tokens, strict=True):
        if b"".join(parts) != text.encode():
            found["unaligned_sentences"] += 1
            continue
        places = [0, *itertools.accumulate(len(c.encode()) for c in text)]
        ends = [0, *itertools.accumulate(map(len, parts))]
        edges = set(ends)
        found["tokens"] += len(parts)
        known, gold = set(), set()
        for start, end, morphemes, tags in words:
            found["morphemes"] += len(morphemes)
            if "".join(morphemes) != text[start:end]:
                continue
            known |= set(range(places[start], places[end]))
            cuts = [start, *itertools.accumulate(map(len, morphemes), initial=start)][1:]
            gold |= {places[cut] for cut in cuts[1:-1]}
            for at in range(start, end):
                hangul = "가" <= text[at] <= "힣"
                inner = [places[at] + 1, places[at] + 2] if hangul else []
                if at > start and hangul and "가" <= text[at - 1] <= "힣":
                    inner.append(places[at])
                for place in inner:
                    found["edges"] += place in edges
                    found["boundaries"] += place in gold
                    found["boundary_edges"] += place in edges and place in gold
            for index in range(1, min(len(tags), len(morphemes))):
                first, last = cuts[index], cuts[index + 1]
                if tags[index][:1] in ("j", "J") and tags[index] != "jp" and "가" <= text[first] <= "힣" and (
                        "가" <= text[first - 1] <= "힣"):
                    shape = tuple(
                        place - places[first] for place in range(places[first], places[last] + 1) if place in edges)
                    particles[morphemes[index]][shape] += 1
        for first, last in zip(ends, ends[1:]):
            characters = sum(byte & 0xC0 != 0x80 and byte != 0x20 for byte in text.encode()[first:last])
            if characters >= 2 and known & set(range(first, last)):
                found["long_tokens"] += 1
                found["crossing_tokens"] += bool(gold & set(range(first + 1, last)))
    often = {name: cuts for name, cuts in particles.items() if cuts.total() >= 20}
    figures = dict.fromkeys(["unaligned_sentences", "crossing_tokens"], 0) | dict(found)
    figures |= {
        "precision": found["boundary_edges"] / max(found["edges"], 1),
        "recall": found["boundary_edges"] / max(found["boundaries"], 1),
        "f1": 2 * found["boundary_edges"] / max(found["edges"] + found["boundaries"], 1),
        "tokens_per_morpheme": found["tokens"] / found["morphemes"],
        "crossing_rate": found["crossing_tokens"] / max(found["long_tokens"], 1),
    }
    if often:
        figures["single_token_particles"] = statistics.mean(
            cuts[(0, len(name.encode()))] / cuts.total() for name, cuts in often.items())
        figures["particle_consistency"] = statistics.mean(
            max(cuts.values()) / cuts.total() for cuts in often.values())
    return figures


def spelled_tokens(directory, texts):
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    spelled = {id: peers.spelled(token) for token, id in peers.definition(directory)["model"]["vocab"].items()}
    return [[spelled[id] for id in each.ids] for each in reference.encode_batch(texts)]


def check_boundaries(path, directories):
    sentences = list(treebank(path.read_text()))
    names = [f"--tokenizer=t{index}={directory}" for index, directory in enumerate(directories)]
    found = report("boundaries", path, *names)
    assert found["sentences"] == len(sentences)
    assert found["words"] == sum(len(words) for _, words in sentences)
    for each, directory in zip(found["tokenizers"], directories, strict=True):
        expected = boundaries_computed(sentences, spelled_tokens(directory, [text for text, _ in sentences]))
        for name, value in expected.items():
            assert each[name] == pytest.approx(value, rel=1e-12), name
    return found


@pytest.mark.parametrize("bank", ["ud-kaist/ko_kaist-ud-dev.conllu", "ud-gsd/ko_gsd-ud-dev.conllu"])
def test_boundaries_of_treebanks_are_those_that_python_finds(shared_file, trained, bank):
    found = check_boundaries(
        shared_file(f"corpora/gold/{bank}"),
        [trained(4000), trained(3000, "--pre-tokenizer", "k-exaone"), trained(500)])
    first = found["tokenizers"][0]
    assert found["sentences"] > 900 and first["boundaries"] > 5000
    assert 0.2 < first["f1"] < 1 and first["particle_consistency"] > 0.2


def test_gold_cuts_are_those_derived_elsewhere(shared_file, tokenizer):
    """The cuts of another program, made once from the same treebank."""
    rows = map(json.loads, open(shared_file("corpora/gold/ud-kaist-dev.morph.jsonl")))
    found = report(
        "boundaries", shared_file("corpora/gold/ud-kaist/ko_kaist-ud-dev.conllu"), "--tokenizer", tokenizer)
    words = [word for row in rows for word in row["tokens"]]
    assert found["words"] == len(words)
    assert found["known_words"] == sum(word["aligned"] for word in words)
    assert found["tokenizers"][0]["morphemes"] == sum(len(word["morphs"]) for word in words)


def test_ranges_empty_nodes_and_sentences_without_text(tmp_path, tokenizer):
    path = tmp_path / "small.conllu"
    path.write_text(SMALL)
    found = check_boundaries(path, [tokenizer])
    assert (found["sentences"], found["words"], found["known_words"]) == (2, 7, 5)
    assert found["tokenizers"][0]["boundaries"] == 3
    path.write_text(SMALL.replace("\n", "\r\n"))
    assert report("boundaries", path, "--tokenizer", f"t0={tokenizer}")["tokenizers"] == found["tokenizers"]


@pytest.mark.parametrize("text, message", [
    ("1\t나는\t나+는\n", "{path}:1: no word of a treebank in 3 columns"),
    (SMALL.replace("3\t먹는다", "x\t먹는다"), "{path}:5: x is no number of a word"),
    (SMALL.replace("2\t밥을", "2\t국을"), "{path}:4: 국을 does not stand in the text of its sentence"),
])
def test_broken_treebanks_are_refused(tmp_path, tokenizer, text, message):
    path = tmp_path / "broken.conllu"
    path.write_text(text)
    refused = malmoi("inspect", "boundaries", path, "--tokenizer", tokenizer, code=1)
    assert refused.stderr.decode() == (
        f"malmoi: {message.format(path=path)}; give a treebank in CoNLL-U: ten columns with tabs between them\n")
    path.write_text("# text = 없음\n\n")
    assert b"no sentences in 1 treebanks" in malmoi(
        "inspect", "boundaries", path, "--tokenizer", tokenizer, code=1).stderr
    assert b"--tokenizer" in malmoi("inspect", "boundaries", path, code=64).stderr


# ---- Robustness ----


@pytest.mark.parametrize("threads", [1, 3])
def test_robustness_is_what_encoding_each_variant_says(
        tokenizer, plain_tokenizer, sample_documents, tmp_path, threads):
    texts = sample_documents[:700] + [
        text for text in hostile.PLAIN] + [unicodedata.normalize("NFD", "첫눈이 온다"), "ᄒᆞᆫ글 ㅋㅋ", " ", ""]
    source = write_jsonl(tmp_path / "corpus.jsonl", texts)
    found = report("robustness", source, "--tokenizer", tokenizer, "--tokenizer", f"plain={plain_tokenizer}",
                   "--threads", threads)
    assert found["documents"] == len(texts)
    for each, directory, form in zip(found["tokenizers"], (tokenizer, plain_tokenizer), ("NFC", None)):
        def normal(text):
            return unicodedata.normalize(form, text) if form else text

        decomposed = [unicodedata.normalize("NFD", text) for text in texts]
        unspaced = [normal(text).replace(" ", "") for text in texts]
        counts = [
            sum(map(len, encode(variant, directory, tmp_path / f"{each['name']}-{index}")))
            for index, variant in enumerate((texts, decomposed, unspaced))]
        assert [each["tokens"], each["nfd_tokens"], each["unspaced_tokens"]] == counts
        assert each["exact_documents"] == sum(normal(text) == text for text in texts)
        assert each["exact_nfd_documents"] == sum(normal(text) == text for text in decomposed)
        shared = union = 0
        for text, first, second in zip(
                texts, spelled_tokens(directory, list(map(normal, texts))), spelled_tokens(directory, unspaced)):
            size = len(normal(text).replace(" ", "").encode())
            ends = [set(itertools.accumulate(len(part.replace(b" ", b"")) for part in parts)) - {0, size}
                    for parts in (first, second)]
            shared += len(ends[0] & ends[1])
            union += len(ends[0] | ends[1])
        assert (each["shared_edges"], each["all_edges"]) == (shared, union)
    assert found["tokenizers"][0]["nfd_ratio"] == 1 and found["tokenizers"][1]["nfd_ratio"] > 2


# ---- Parity ----


def test_parity_is_the_ratio_of_tokens(shared_file, tokenizer, small_tokenizer, tmp_path):
    korean, english = (shared_file(f"corpora/parallel/pud.{language}.txt") for language in ("ko", "en"))
    found = report("parity", korean, english, "--tokenizer", tokenizer, "--tokenizer", small_tokenizer)
    lines = [path.read_text().splitlines() for path in (korean, english)]
    assert found["documents"] == len(lines[0])
    for each, directory in zip(found["tokenizers"], (tokenizer, small_tokenizer)):
        counts = [sum(map(len, spelled_tokens(
            directory, [unicodedata.normalize("NFC", line) for line in side]))) for side in lines]
        assert each["tokens"] == counts
        assert each["parity"] == pytest.approx(counts[0] / counts[1])


def test_parity_wants_as_many_documents(tmp_path, tokenizer, corpus):
    other = tmp_path / "other.txt"
    other.write_text("one\n")
    refused = malmoi("inspect", "parity", corpus, other, "--tokenizer", tokenizer, code=64)
    assert refused.stderr.decode() == (
        "malmoi: 2 documents stand beside 1; give the same text in both languages, document by document\n")
    assert b"two inputs" in malmoi("inspect", "parity", corpus, "--tokenizer", tokenizer, code=64).stderr

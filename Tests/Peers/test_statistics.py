# SPDX-License-Identifier: Apache-2.0
"""The figures of inspect are those that Python computes."""
import collections
import itertools
import json
import re
import unicodedata

import pytest
from tokenizers import Tokenizer

import hostile
import peers
from command import EOD, SAMPLE, encode, malmoi, write_jsonl

# Unicode White_Space, which is not what str.split() takes for it (U+001C to U+001F are not).
WHITE_SPACE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | set(
    map(chr, range(0x2000, 0x200B)))


def eojeols(text):
    return "".join(" " if c in WHITE_SPACE else "x" for c in text).split()


def computed(texts, ids=None, size=0):
    """What inspect corpus --json must say of normalised documents."""
    found = {
        "documents": len(texts),
        "empty_documents": texts.count(""),
        "bytes": sum(len(text.encode()) for text in texts),
        "characters": sum(
            len(text.replace("\r\n", "\n").replace("\n", "")) for text in texts),
        "eojeols": sum(len(eojeols(text)) for text in texts),
    }
    lengths = [len(text.replace("\r\n", "\n").replace("\n", "")) for text in texts]
    if ids is not None:
        counts = collections.Counter(id for document in ids for id in document)
        tokens = sum(counts.values())
        found |= {
            "tokens": tokens,
            "tokens_per_eojeol": tokens / found["eojeols"],
            "bytes_per_token": found["bytes"] / tokens,
            "vocabulary_used": len(counts) / size,
        }
        lengths = [len(document) for document in ids]
    histogram = [0] * (1 + max(length.bit_length() for length in lengths))
    for length in lengths:
        histogram[length.bit_length()] += 1
    return found, histogram


def assert_equal_figures(report, found):
    for name, value in found.items():
        assert report[name] == pytest.approx(value, rel=1e-12), name


def inspected(*arguments):
    """The report, with the figures of its only tokenizer among those of the text."""
    report = json.loads(malmoi("inspect", "corpus", *arguments, "--json").stdout)
    if len(report["tokenizers"]) == 1:
        report |= report["tokenizers"][0]
    return report


def test_the_sample_has_the_figures_that_python_computes(tokenizer, sample_documents):
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    ids = peers.hugging_face_ids(reference, sample_documents)
    found, histogram = computed(sample_documents, ids, 8000)
    report = inspected(SAMPLE, "--tokenizer", tokenizer)
    assert_equal_figures(report, found)
    counts = [entry["documents"] for entry in report["length_histogram"]]
    assert counts == histogram
    counts = collections.Counter(id for document in ids for id in document)
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:50]
    assert [(entry["id"], entry["count"]) for entry in report["top_tokens"]] == top
    partial = 0
    for token, id in peers.definition(tokenizer)["model"]["vocab"].items():
        if token != EOD:
            try:
                peers.spelled(token).decode()
            except UnicodeDecodeError:
                partial += counts[id]
    assert report["partial_utf8_share"] == pytest.approx(partial / found["tokens"])
    assert report["unknown_share"] == 0


def script_of(character):
    """The script of a character by its names and category in the Unicode of Python."""
    name, category = unicodedata.name(character, ""), unicodedata.category(character)
    if character in WHITE_SPACE:
        return "white_space"
    if category[0] == "N" and character != "〇":
        return "digits"
    if "HANGUL" in name and category == "Lo" or "HALFWIDTH HANGUL" in name:
        return "hangul"
    if "CJK " in name and "IDEOGRAPH" in name or character in "々〇":
        return "han"
    if "KATAKANA" in name or "HIRAGANA" in name:
        return "kana"
    if category[0] == "L":
        return "latin" if "LATIN" in name or character in "ªº" else "other_letters"
    return "punctuation"


def script_of_token(token):
    try:
        scripts = {script_of(character) for character in token.decode()}
    except UnicodeDecodeError:
        return "partial_utf8"
    letters = scripts - {"white_space", "punctuation"}
    if letters:
        return letters.pop() if len(letters) == 1 else "mixed"
    return "punctuation" if "punctuation" in scripts else "white_space"


def test_tokens_by_script_are_those_that_python_tells(tmp_path, tokenizer, sample_documents):
    texts = sample_documents + ["ABC 가나 漢字 かな Ελλάδα 123 !? \n\n", f"끝{EOD}"]
    source = write_jsonl(tmp_path / "corpus.jsonl", texts)
    options = ("--tokenizer", tokenizer, "--normalizer", "none")
    spelled = {
        id: peers.spelled(token) for token, id in peers.definition(tokenizer)["model"]["vocab"].items() if token != EOD}
    counts = collections.Counter()
    for document in encode(texts, tokenizer, tmp_path / "ids", "--normalizer", "none"):
        for id in document:
            counts[script_of_token(spelled[id])] += 1
    assert len(counts) >= 8
    assert inspected(source, *options)["script_tokens"] == counts
    told = malmoi("inspect", "corpus", source, *options).stdout.decode()
    share = f"{100 * counts['hangul'] / sum(counts.values()):.2f} %"
    assert re.search(rf"\n  hangul +{share}\n", told)


def test_hostile_documents_have_the_figures_that_python_computes(tmp_path, tokenizer):
    texts = [unicodedata.normalize("NFC", text) for text in hostile.all_strings()]
    source = write_jsonl(tmp_path / "corpus.jsonl", texts)
    found, _ = computed(texts, encode(texts, tokenizer, tmp_path / "ids"), 8000)
    assert_equal_figures(inspected(source, "--tokenizer", tokenizer), found)


def test_without_a_tokenizer_lengths_are_in_characters(tmp_path, sample_documents):
    found, histogram = computed(sample_documents)
    report = inspected(SAMPLE)
    assert_equal_figures(report, found)
    assert report["tokenizers"] == []
    assert [entry["documents"] for entry in report["character_length_histogram"]] == histogram


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_figures_do_not_depend_on_the_number_of_threads(tokenizer, threads):
    assert inspected(SAMPLE, "--tokenizer", tokenizer, "--threads", threads) == (
        inspected(SAMPLE, "--tokenizer", tokenizer))


def test_the_normaliser_decides_what_is_measured(tmp_path):
    source = write_jsonl(tmp_path / "corpus.jsonl", ["\u1112\u1161\u11ab\u1100\u1173\u11af"])
    assert inspected(source)["characters"] == 2
    assert inspected(source, "--normalizer", "none")["characters"] == 6


def test_empty_documents_have_no_figures_to_divide(tmp_path, tokenizer):
    source = write_jsonl(tmp_path / "corpus.jsonl", ["", ""])
    report = inspected(source, "--tokenizer", tokenizer)
    assert (report["documents"], report["tokens"]) == (2, 0)
    assert report["tokens_per_eojeol"] == report["bytes_per_token"] == 0


# ---- What tokens do to the text ----


def edges_computed(texts, tokens):
    """What inspect corpus --json must say of the edges of `tokens`, lists of bytes, in documents."""
    found = dict.fromkeys(
        ["unaligned_documents", "syllables", "split_syllables", "eojeols", "single_token_eojeols",
         "superword_tokens"], 0)
    numbers = collections.defaultdict(collections.Counter)
    for text, parts in zip(texts, tokens):
        data = text.encode()
        assert b"".join(parts) == data
        ends = list(itertools.accumulate(map(len, parts)))
        spans = set(zip([0, *ends], ends))
        edges = {0, *ends}
        places = [0, *itertools.accumulate(len(c.encode()) for c in text)]
        for c, start in zip(text, places):
            if "가" <= c <= "힣":
                found["syllables"] += 1
                found["split_syllables"] += bool(edges & {start + 1, start + 2})
        word = "".join(" " if c in WHITE_SPACE else "x" for c in text)
        for match in re.finditer("x+", word):
            start, end = places[match.start()], places[match.end()]
            before = start - 1 if data[:start].endswith(b" ") else start
            found["eojeols"] += 1
            found["single_token_eojeols"] += bool(spans & {(start, end), (before, end)})
        for part in parts:
            shape = "".join(" " if c in WHITE_SPACE else "x" for c in part.decode(errors="replace"))
            found["superword_tokens"] += bool(re.search("x +x", shape))
        for match in re.finditer("[0-9]+", text):
            if match.end() - match.start() <= 12:
                first = places[match.start()]
                cut = tuple(first + at in edges for at in range(1, match.end() - match.start()))
                numbers[len(cut)][cut] += 1
    total = sum(counts.total() for counts in numbers.values())
    most = sum(max(counts.values()) for counts in numbers.values())
    return found | {"digit_consistency": most / total if total else 1}


@pytest.mark.parametrize("options", [(), ("--pre-tokenizer", "k-exaone"), ("--pre-tokenizer", "cl100k")], ids=str)
def test_edges_are_those_that_python_finds(trained, sample_documents, tmp_path, options):
    made = trained(3000, *options)
    texts = sample_documents[:3000] + [unicodedata.normalize("NFC", text) for text in hostile.PLAIN]
    source = write_jsonl(tmp_path / "corpus.jsonl", texts)
    spelled = {id: peers.spelled(token) for token, id in peers.definition(made)["model"]["vocab"].items()}
    tokens = [[spelled[id] for id in ids] for ids in encode(texts, made, tmp_path / "ids")]
    report = inspected(source, "--tokenizer", made)
    assert_equal_figures(report["edges"], edges_computed(texts, tokens))
    assert report["edges"]["split_syllables"] > 0 and report["edges"]["single_token_eojeols"] > 0
    if "k-exaone" in options:
        assert report["edges"]["superword_tokens"] > 0


def test_efficiencies_are_those_of_the_published_tool(tokenizer, sample_documents, tmp_path):
    scorer = pytest.importorskip("tokenization_scorer", reason="tokenization-scorer is not installed")
    for texts in (sample_documents[:2000], ["가", "가 나"], ["가"]):
        source = write_jsonl(tmp_path / "corpus.jsonl", texts)
        ids = [list(map(str, each)) for each in encode(texts, tokenizer, tmp_path / f"ids-{len(texts)}")]
        report = inspected(source, "--tokenizer", tokenizer)["distribution"]

        def score(metric, **more):
            return scorer.score(ids, metric=metric, **more)

        expected = {
            "shannon_entropy": score("shannon_entropy"), "renyi_entropy_2_5": score("renyi_entropy", power=2.5),
            "bits": -score("bits"), "percentile_frequency": score("percentile_freq")}
        if report["used_ids"] > 1:
            expected |= {
                "shannon_efficiency": score("shannon_efficiency"),
                "renyi_efficiency_2_5": score("renyi_efficiency", power=2.5),
                "renyi_efficiency_3": score("renyi_efficiency", power=3.0),
                "renyi_efficiency_2_5_of_vocabulary": score("renyi_efficiency", power=2.5, vocab=8000)}
        for name, value in expected.items():
            assert report[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_syllables_that_are_tokens_are_counted(tokenizer, sample_documents, tmp_path):
    source = write_jsonl(tmp_path / "corpus.jsonl", sample_documents[:10])
    tokens = {peers.spelled(token) for token in peers.definition(tokenizer)["model"]["vocab"]}

    def covered(syllables):
        return sum(c.encode() in tokens or b" " + c.encode() in tokens for c in syllables)

    rows = [bytes([row, cell]).decode("euc_kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)]
    assert inspected(source, "--tokenizer", tokenizer)["syllable_coverage"] == {
        "unicode": covered(map(chr, range(0xAC00, 0xD7A4))), "unicode_of": 11172,
        "ks_x_1001": covered(rows), "ks_x_1001_of": 2350}


# ---- Several tokenizers, and groups ----


def test_several_tokenizers_have_the_figures_of_each(trained, tokenizer, sample_documents, tmp_path):
    texts = sample_documents[:1500] + [unicodedata.normalize("NFD", text) for text in sample_documents[:20]]
    source = write_jsonl(tmp_path / "corpus.jsonl", texts)
    others = [tokenizer, trained(3000, "--normalizer", "none"), trained(2000, "--pre-tokenizer", "k-exaone")]
    named = [part for name, path in zip("abc", others) for part in ("--tokenizer", f"{name}={path}")]
    together = inspected(source, *named)
    assert [each["name"] for each in together["tokenizers"]] == ["a", "b", "c"]
    first = inspected(source, "--tokenizer", others[0])["tokenizers"][0]
    for each, path in zip(together["tokenizers"], others):
        alone = inspected(source, "--tokenizer", path)["tokenizers"][0]
        for name in ("tokens", "edges", "distribution", "length_histogram", "top_tokens", "vocabulary_size"):
            assert each[name] == alone[name], name
        # The text is what the first of them sees.
        assert each["tokens_per_eojeol"] == pytest.approx(each["tokens"] / together["eojeols"])
        assert each["bytes_per_token"] == pytest.approx(together["bytes"] / each["tokens"])
        assert each["token_ratio"] == pytest.approx(each["tokens"] / first["tokens"])
        assert each["tokens_per_document"] == pytest.approx(each["tokens"] / len(texts))
    # A normaliser for all replaces their own.
    alike = inspected(source, *named, "--normalizer", "nfc")["tokenizers"]
    assert alike[0]["tokens"] == first["tokens"] and alike[1]["tokens"] < together["tokenizers"][1]["tokens"]


def test_names_are_what_paths_end_in(trained, tokenizer, small_tokenizer, tmp_path):
    source = write_jsonl(tmp_path / "corpus.jsonl", ["가나"])
    (tmp_path / "x").symlink_to(tokenizer)
    (tmp_path / "y").symlink_to(small_tokenizer)
    names = [each["name"] for each in inspected(
        source, "--tokenizer", tmp_path / "x", "--tokenizer", tmp_path / "y" / "tokenizer.json")["tokenizers"]]
    assert names == ["x", "y"]
    same = malmoi(
        "inspect", "corpus", source, "--tokenizer", f"a={tokenizer}", "--tokenizer", f"a={small_tokenizer}", code=64)
    assert same.stderr.decode() == (
        "malmoi: two tokenizers are called a; name them NAME=PATH, each its own\n")


@pytest.mark.parametrize("threads", [1, 3])
def test_groups_are_the_documents_of_each_value(tokenizer, small_tokenizer, sample_documents, tmp_path, threads):
    sources = ["뉴스", "소설", None, "a\u0000b"]
    rows = [
        {"text": text, "meta": {"domain": sources[index % 4]}, "kind": index % 3}
        for index, text in enumerate(sample_documents[:800])]
    for row in rows:
        if row["meta"]["domain"] is None:
            del row["meta"]
    halves = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for half, part in zip(halves, (rows[:500], rows[500:])):
        half.write_text("".join(json.dumps(row) + "\n" for row in part))
    arguments = [*halves, "--tokenizer", tokenizer, "--tokenizer", small_tokenizer, "--threads", threads]

    def expected(part):
        source = write_jsonl(tmp_path / "part.jsonl", [row["text"] for row in part])
        return inspected(source, *arguments[2:])

    def check(groups, of):
        assert [tuple(group["by"].values()) for group in groups] == sorted(
            {of(index, row) for index, row in enumerate(rows)}, key=lambda key: [v.encode() + b"\xff" for v in key])
        for group in groups:
            key = list(group["by"].values())
            report = expected([row for index, row in enumerate(rows) if list(of(index, row)) == key])
            for name in ("documents", "bytes", "characters", "eojeols", "syllables"):
                assert group[name] == report[name], name
            for each, alone in zip(group["tokenizers"], report["tokenizers"]):
                for name in each:
                    assert each[name] == alone[name], name

    def domain(row):
        return row.get("meta", {}).get("domain", "")

    report = inspected(*arguments, "--by", "meta.domain")
    assert list(report["groups"][0]["by"]) == ["meta.domain"]
    check(report["groups"], lambda index, row: (domain(row),))
    check(inspected(*arguments, "--by", "file")["groups"], lambda index, row: (str(halves[index >= 500]),))
    both = inspected(*arguments, "--by", "kind", "--by", "meta.domain")
    check(both["groups"], lambda index, row: (str(row["kind"]), domain(row)))
    assert {key: both[key] for key in both if key != "groups"} == inspected(*arguments)


def test_too_many_groups_are_refused(tokenizer, tmp_path):
    source = tmp_path / "corpus.jsonl"
    source.write_text("".join(f'{{"text":"가","id":"{index}"}}\n' for index in range(65)))
    for threads in (1, 2):
        refused = malmoi("inspect", "corpus", source, "--by", "id", "--threads", threads, code=64)
        assert refused.stderr.decode() == (
            "malmoi: documents have more than 64 values of id; group them by a field with fewer\n")
    twice = malmoi("inspect", "corpus", source, "--by", "id", "--by", "id", code=64)
    assert b"name up to 4 different ones" in twice.stderr


# ---- Tokenizers ----


def test_inspect_tokenizer_counts_what_is_in_the_file(tokenizer):
    report = json.loads(malmoi("inspect", "tokenizer", tokenizer, "--json").stdout)
    definition = peers.definition(tokenizer)
    assert report["vocabulary_size"] == 8000
    assert report["merges"] == len(definition["model"]["merges"]) == 8000 - 256 - 1
    assert report["special_tokens"] == [EOD]
    assert report["byte_tokens"] == 256 and report["unused_ids"] == 0
    assert sum(report["scripts"].values()) == 8000
    assert report["normalizer"] == "nfc" and report["pre_tokenizer"] == "gpt2"
    tokens = [peers.spelled(t) for t in definition["model"]["vocab"] if t != EOD]
    lengths = collections.Counter()
    for token in tokens:
        try:
            lengths[len(token.decode())] += 1
        except UnicodeDecodeError:
            lengths[0] += 1
    assert report["character_lengths"] == [lengths[i] for i in range(max(lengths) + 1)]


def test_inspect_tokenizer_cuts_a_text(tokenizer):
    text = "학교에서는 아이들이 뛰어놀았다."
    report = json.loads(malmoi("inspect", "tokenizer", tokenizer, "--text", text, "--json").stdout)
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    assert report["ids"] == reference.encode(text).ids
    assert len(report["tokens"]) == len(report["ids"])
    plain = malmoi("inspect", "tokenizer", tokenizer, "--text", text).stdout.decode().split("\n")
    assert plain[0] == " | ".join(report["tokens"])
    assert plain[1] == f"{len(report['ids'])} tokens: " + " ".join(map(str, report["ids"]))


# ---- Token files ----


def test_inspect_shards_counts_and_decodes(tmp_path, tokenizer):
    texts = ["가나다 라", "", "둘째 문서", "셋째"]
    ids = encode(texts, tokenizer, tmp_path, "--append-eod")
    report = json.loads(malmoi(
        "inspect", "shards", tmp_path / "ids", "--tokenizer", tokenizer, "--head", 2,
        "--json").stdout)
    assert report["documents"] == 4 and report["shards"] == 1
    assert report["tokens"] == sum(map(len, ids))
    assert report["longest_document"] == max(map(len, ids))
    assert [document["ids"] for document in report["first_documents"]] == ids[:2]
    assert report["first_documents"][0]["text"].startswith("가나다 라")
    without = json.loads(malmoi("inspect", "shards", tmp_path / "ids", "--json").stdout)
    assert [document["text"] for document in without["first_documents"]] == [None] * 3


def test_tables_line_up_though_hangul_is_wide(tokenizer):
    printed = malmoi("inspect", "corpus", SAMPLE, "--tokenizer", tokenizer).stdout.decode()
    section = printed.split("most frequent tokens\n")[1].split("\n\n")[0]

    def width(text):
        return sum(
            0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
            for c in text)

    assert len({width(line) for line in section.split("\n")}) == 1

# SPDX-License-Identifier: Apache-2.0
"""The HTML report of inspect corpus, as a file and in a browser."""
import base64
import itertools
import json
import re

import pytest

import hostile
from command import SAMPLE, complaint, malmoi, write_jsonl

# What a page must not do with text: run it, ask for it, or take it for its own words.
MARKUP = [
    "</script><script>window.hit = 1</script>", "<img src=x onerror='window.hit = 1'>",
    "\" onmouseover=\"window.hit = 1", "' autofocus onfocus='window.hit = 1", "<!-- <script>", "]]>",
    "\u202eright to left\u2066", "\"\u0301 onmouseover=\"window.hit = 1", "<\u200dimg src=x>", "{{title}}",
    "</title><base href='http://127.0.0.1/'>", "javascript:window.hit=1", "a\x00b\x1b[31m\x9b",
]


def report(directory, *arguments, code=0):
    """The path of a report, and what --json says of the same."""
    path = directory / "report.html"
    done = malmoi("inspect", "corpus", *arguments, "--html", path, "--json", code=code)
    return path, json.loads(done.stdout)


@pytest.fixture(scope="module")
def two(trained, tmp_path_factory):
    """A report that compares two tokenizers."""
    directory = tmp_path_factory.mktemp("report")
    return report(
        directory, SAMPLE, "--audit", "--by", "file", "--tokenizer", f"large={trained(3000)}", "--tokenizer",
        f"small={trained(1000, '--pre-tokenizer', 'cl100k')}")


def data_of(page, name):
    """The JSON that stands in a page's element `name`."""
    text = page.read_text()
    return json.loads(re.search(f'id="{name}">(.*?)</script>', text, re.DOTALL).group(1))


# ---- The file ----


@pytest.mark.parametrize("options", [("--threads", 1), ("--threads", 2), ("--threads", 7)], ids=str)
def test_the_page_does_not_depend_on_threads(tmp_path, small_tokenizer, options):
    pages = [
        report(tmp_path, SAMPLE, "--tokenizer", small_tokenizer, *each)[0].read_bytes()
        for each in (options, ())]
    assert pages[0] == pages[1]


def test_the_page_needs_no_other(two):
    text = two[0].read_text()
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", text)
    assert not re.search(r"\b(src|action|formaction|poster)=", text.split("<script>")[0])
    assert "default-src &#39;none&#39;" in text


def test_the_vocabulary_in_the_page_is_the_tokenizers(two, trained):
    path, told = two
    vocabulary = data_of(path, "vocabulary-0")
    figures = told["tokenizers"][0]
    assert len(vocabulary["tokens"]) == len(vocabulary["counts"]) == len(vocabulary["kinds"]) == 3000
    assert sum(vocabulary["counts"]) == figures["tokens"]
    for entry in figures["top_tokens"]:
        assert vocabulary["counts"][entry["id"]] == entry["count"]
    inspected = json.loads(malmoi("inspect", "tokenizer", trained(3000), "--json").stdout)
    kinds = [
        "hangul", "latin", "han", "kana", "other_letters", "digits", "punctuation", "white_space", "mixed",
        "partial_utf8", "special"]
    found = {name: vocabulary["kinds"].count(letter) for name, letter in zip(kinds, "abcdefghijk")}
    assert {name: count for name, count in found.items() if count} == inspected["scripts"]


def test_the_audit_in_the_page_is_that_of_inspect_audit(two, trained):
    text = two[0].read_text()
    cards = re.findall(r'<article class="audit">(.*?)</article>', text, re.DOTALL)
    tokenizers = [trained(3000), trained(1000, "--pre-tokenizer", "cl100k")]
    assert len(cards) == len(tokenizers)
    for card, tokenizer in zip(cards, tokenizers):
        told = json.loads(malmoi("inspect", "audit", tokenizer, SAMPLE, "--json").stdout)
        figures = told["figures"]
        rows = {}
        for name, row in re.findall(r"<tr([^>]*)>(.*?)</tr>", card.split("</table>")[0], re.DOTALL):
            key = re.search(r'data-audit="(\w+)" value="(\d+)"', row)
            if key:
                examples = re.findall(r'<span class="id">(\d+)</span>', row)
                rows[key[1]] = (int(key[2]), [int(id) for id in examples], "part" in name)
        lists = {
            "unreachable": sorted(
                entry["id"] for ids in told["unreachable"].values() for entry in ids),
            "unsettled": [entry["id"] for entry in told["unsettled"]],
            "unused": [entry["id"] for entry in told["unused"]],
            "partial_utf8": [entry["id"] for entry in told["partial_utf8"]],
        } | {look: [entry["id"] for entry in ids] for look, ids in told["looks"].items()}
        parts = {
            reason: [entry["id"] for entry in ids] for reason, ids in told["unreachable"].items() if ids}
        for key, ids in (lists | parts).items():
            assert rows.pop(key) == (len(ids), ids[:6], key in parts), key
        for form, groups in told["duplicates"].items():
            first = [entry["id"] for group in groups[:6] for entry in group]
            assert rows.pop(f"duplicate_{form}") == (figures[f"duplicate_{form}_tokens"], first, False)
        for key, name in [("most_characters", "characters"), ("most_bytes", "bytes")]:
            ids = [entry["id"] for entry in told[f"longest_in_{name}"]]
            assert rows.pop(key) == (figures[key], ids[:6], False)
        assert rows == {}


def test_an_audit_is_for_a_page_of_tokenizers(tmp_path, corpus, small_tokenizer):
    assert "--html" in complaint(
        "inspect", "corpus", corpus, "--audit", "--tokenizer", small_tokenizer, code=64)
    assert "--tokenizer" in complaint(
        "inspect", "corpus", corpus, "--audit", "--html", tmp_path / "page.html", code=64)
    path = report(tmp_path, corpus, "--tokenizer", small_tokenizer)[0]
    assert 'id="audit"' not in path.read_text()


def test_a_page_replaces_a_page_and_nothing_else(tmp_path, corpus):
    path, _ = report(tmp_path, corpus)
    assert report(tmp_path, corpus)[0] == path
    before = corpus.read_bytes()
    told = complaint("inspect", "corpus", corpus, "--html", corpus, code=64)
    assert "is no report" in told and corpus.read_bytes() == before
    complaint("inspect", "corpus", corpus, "--html", tmp_path / "missing" / "report.html", code=74)


def test_without_a_tokenizer_there_are_figures_of_the_text(tmp_path, corpus):
    path, told = report(tmp_path, corpus)
    text = path.read_text()
    assert f'<data data-key="bytes" value="{told["bytes"]}">' in text
    assert 'id="vocabulary"' not in text and 'id="chart-lengths"' in text


# ---- In a browser ----


def figures(browser):
    """The values of the page by key, in the order of the page."""
    pairs = browser.run(
        "return [...document.querySelectorAll('data[data-key][value]')].map(d => [d.dataset.key, d.value])")
    found = {}
    for key, value in pairs:
        found.setdefault(key, []).append(float(value) if value else None)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_is_silent(browser, two, width, language, dark):
    browser.open(two[0], width, dark=dark, language=language)
    assert browser.run("return document.documentElement.lang") == language
    browser.run("document.querySelector('#vocabulary').scrollIntoView()")
    browser.wait_until("return document.querySelectorAll('.row').length > 0")
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    assert browser.overflow() == 0
    assert browser.complaints() == []
    assert browser.requests() == [f"file://{two[0]}"]


@pytest.mark.slow
def test_the_figures_are_those_of_json(browser, two):
    browser.open(two[0])
    found, told = figures(browser), two[1]
    for key in ("documents", "empty_documents", "bytes", "characters", "eojeols"):
        assert found[key] == [told[key]]
    all_of = told["tokenizers"]
    for key in ("vocabulary_size", "tokens", "tokens_per_eojeol", "tokens_per_character", "bytes_per_token",
                "partial_utf8_share"):
        assert found[key] == pytest.approx([each[key] for each in all_of], rel=1e-12), key
    assert found["token_ratio"] == [None, pytest.approx(all_of[1]["token_ratio"])]
    for key in ("shannon_entropy", "shannon_efficiency", "renyi_efficiency_2_5", "unused_ids"):
        assert found[key] == pytest.approx([each["distribution"][key] for each in all_of]), key
    edges = [each["edges"] for each in all_of]
    assert found["digit_consistency"] == pytest.approx([each["digit_consistency"] for each in edges])
    for key, part, whole in [
            ("split_syllable_share", "split_syllables", "syllables"),
            ("single_token_eojeol_share", "single_token_eojeols", "eojeols")]:
        assert found[key] == pytest.approx([each[part] / each[whole] for each in edges]), key
    assert found["syllables"] == [each["syllable_coverage"]["unicode"] for each in all_of]
    assert found["common_syllables"] == [each["syllable_coverage"]["ks_x_1001"] for each in all_of]
    rows = browser.all("table.groups tbody tr")
    assert len(rows) == len(told["groups"])
    for row, group in zip(rows, told["groups"]):
        values = browser.run(
            "return [...arguments[0].querySelectorAll('.per-eojeol data')].map(d => Number(d.value))", row)
        assert values == pytest.approx([each["tokens_per_eojeol"] for each in group["tokenizers"]])


@pytest.mark.slow
def test_language_and_theme_are_switched(browser, two):
    browser.open(two[0], language="en")
    heading, paper = "return document.querySelector('h2').innerText", (
        "return getComputedStyle(document.body).backgroundColor")
    assert browser.run(heading) == "The corpus"
    browser.one("#language").click()
    assert browser.run(heading) == "말뭉치" and browser.run("return document.documentElement.lang") == "ko"
    browser.one("#language").click()
    assert browser.run(heading) == "The corpus"
    light = browser.run(paper)
    browser.one("#theme").click()
    dark = browser.run(paper)
    assert dark != light
    browser.open(two[0], dark=True)
    assert browser.run(paper) == dark
    browser.one("#theme").click()
    assert browser.run(paper) == light


@pytest.mark.slow
def test_a_box_tells_its_id_and_count(browser, two):
    browser.open(two[0])
    strip = browser.one(".boxes")
    counts = data_of(two[0], "vocabulary-0")["counts"]
    browser.run("arguments[0].firstChild.focus()", strip)
    first = browser.run("const b = arguments[0].firstChild; return [b.dataset.id, b.textContent]", strip)
    told = browser.one("#tip").text
    assert first[1] in told and f"id {first[0]} · count {counts[int(first[0])]:,}" in told
    browser.run("""
        arguments[0].firstChild.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))
        """, strip)
    assert browser.run("return document.activeElement === arguments[0].childNodes[1]", strip)
    # The boxes of a strip are the sentence, whoever cuts it.
    vocabularies = [data_of(two[0], f"vocabulary-{index}")["tokens"] for index in range(2)]

    def spelled(token):
        return bytes.fromhex(token[0]) if isinstance(token, list) else token.encode()

    articles = browser.run("""
        return [...document.querySelectorAll(".sentence")].map(article =>
          [...article.querySelectorAll(".boxes")].map(strip => [...strip.children].map(box => Number(box.dataset.id))))
        """)
    assert len(articles) == 12
    for strips in articles:
        texts = {
            b"".join(spelled(tokens[id]) for id in ids) for tokens, ids in zip(vocabularies, strips)}
        assert len(strips) == 2 and len(texts) == 1
        assert sum("가" <= c <= "힣" for c in texts.pop().decode()) >= 8


def search(browser, text="", kind=""):
    """How many tokens are found, and the cells of the first rows."""
    return browser.run("""
        const set = (id, value, name) => {
          const field = document.getElementById(id);
          field.value = value;
          field.dispatchEvent(new Event(name, {bubbles: true}));
        };
        set("vocabulary-search", arguments[0], "input");
        set("vocabulary-filter", arguments[1], "change");
        const rows = [...document.querySelectorAll(".row")];
        const count = document.getElementById("vocabulary-found").textContent.replace(/[^0-9]/g, "");
        return [Number(count), rows.map(row => [...row.children].map(cell => cell.textContent))];
        """, text, kind)


@pytest.mark.slow
def test_two_hundred_thousand_tokens_are_searched(browser, tmp_path, corpus):
    """Every byte, every pair of bytes, and triples: ranks in which each token is made of earlier ones."""
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [bytes(pair) for pair in itertools.product(range(256), repeat=2)]
    starts = [b"\xea\xb0", b"\xeb\x82", *(bytes([a, b]) for a, b in itertools.product(range(97, 123), repeat=2))]
    tokens += [start + bytes([byte]) for start in starts for byte in range(256)][:200_000 - len(tokens)]
    assert len(tokens) == 200_000
    vocabulary = tmp_path / "many.tiktoken"
    vocabulary.write_text("".join(
        f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(tokens)))
    path, told = report(tmp_path, corpus, "--tokenizer", vocabulary, "--pre-tokenizer", "gpt2")
    assert path.stat().st_size < 10e6
    browser.open(path)
    browser.run("document.querySelector('#vocabulary').scrollIntoView()")
    browser.wait_until("return document.querySelectorAll('.row').length > 0")

    def spelled(token):
        try:
            return token.decode()
        except UnicodeDecodeError:
            return token.hex()

    def expected(text):
        return [id for id, token in enumerate(tokens) if text in spelled(token).lower() or str(id) == text]

    for text in ("ab", "가", "나", "zz", "123", "eab0", "199999", "nowhere to be found"):
        count, rows = search(browser, text)
        wanted = expected(text)
        assert count == len(wanted), text
        assert {int(row[0]) for row in rows} <= set(wanted)
        assert len(rows) == min(count, len(rows)) and (rows or not wanted)
    assert search(browser)[0] == 200_000
    # Only what can be seen is there.
    assert len(browser.all(".row")) < 60
    used, rows = search(browser, kind="used")
    assert used == told["tokenizers"][0]["distribution"]["used_ids"]
    counts = [int(row[3].replace(",", "")) for row in rows]
    assert counts == sorted(counts, reverse=True) and counts[0] == told["tokenizers"][0]["top_tokens"][0]["count"]
    assert search(browser, kind="unused")[0] == 200_000 - used
    partial = sum(len(spelled(token)) == 2 * len(token) and spelled(token) == token.hex() for token in tokens)
    assert search(browser, kind="j")[0] == partial
    # The last row is reached by scrolling.
    search(browser)
    browser.run("document.querySelector('[data-sort=id]').click()")
    browser.run("const w = document.querySelector('.window'); w.scrollTop = w.scrollHeight")
    browser.wait_until("return [...document.querySelectorAll('.row')].some(r => r.firstChild.textContent === '199999')")
    assert browser.complaints() == []


@pytest.mark.slow
def test_hostile_text_does_nothing(browser, tmp_path):
    texts = [f"{text} 그리고 한글 문장은 계속 이어집니다." for text in MARKUP + hostile.PLAIN]
    directory = tmp_path / "in \"quotes\" & <b>"
    directory.mkdir()
    for number, name in enumerate(["<img src=x onerror=alert(1)>.jsonl", "'\" onload=\"x.jsonl", "\u202e.jsonl"]):
        records = "".join(json.dumps({"text": text, "source": text}) + "\n" for text in texts[number::3])
        (directory / name).write_text(records + "{broken <script>\n")
    write_jsonl(directory / "plain.jsonl", texts)
    tokenizer = tmp_path / "tokenizer"
    special = [f"--special-token={text}" for text in MARKUP if "\x00" not in text]
    malmoi("train", directory / "plain.jsonl", "--vocab-size", 2000, "--output", tokenizer, *special)
    path, told = report(
        tmp_path, directory, "--audit", "--by", "file", "--tokenizer", f"<script>window.hit<b>={tokenizer}", "--normalizer", "korean")
    assert told["rejected_records"] == 3
    browser.open(path)
    browser.run("document.querySelector('#vocabulary').scrollIntoView()")
    browser.wait_until("return document.querySelectorAll('.row').length > 0")
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    for text in ("<img", "script", "onmouseover"):
        assert search(browser, text)[0] > 0
    search(browser, kind="k")
    assert browser.run("""
        return document.querySelectorAll(
          "img, iframe, base, [onerror], [onmouseover], [onfocus], [autofocus], main b b, h1 b").length""") == 0
    assert browser.run("return document.scripts.length") == 2
    assert browser.run("return window.hit === undefined")
    assert browser.overflow() == 0
    assert browser.complaints() == []
    assert len(browser.requests()) == 1
    # What turns the direction of text is spelled out.
    shown = browser.run("return document.body.innerText")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert "\\u{202E}" in shown

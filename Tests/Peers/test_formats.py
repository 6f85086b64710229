# SPDX-License-Identifier: Apache-2.0
"""Every format beside a reader that nobody here wrote: csv, json, mwparserfromhell, warcio, Beautiful
Soup, srt."""
import csv
import io
import json
import random
import re
import unicodedata
from xml.sax.saxutils import escape

import bs4
import mwparserfromhell
import pytest
import srt
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from warcio.archiveiterator import ArchiveIterator

import hostile
from command import ROOT, complaint, documents_of, malmoi, tree


def records_of(*arguments):
    """What `malmoi cat --json` prints, as objects."""
    printed = malmoi("cat", *arguments, "--json", "--normalizer", "none").stdout.decode()
    return [json.loads(line) for line in printed.split("\n")[:-1]]


def texts_of(*arguments):
    return [record["text"] for record in records_of(*arguments)]


# ---- JSON ----


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_arrays_are_read_as_json_reads_them(tmp_path, seed, ascii_only, indent):
    texts = hostile.random_unicode(seed) + hostile.random_mixtures(seed)
    records = [
        {"id": number, "list": [text, {"text": "no"}], "text": text, "x": {"]": "}"}}
        for number, text in enumerate(texts)]
    path = tmp_path / "corpus.json"
    path.write_text(json.dumps(records, ensure_ascii=ascii_only, indent=indent))
    found = records_of(path)
    assert [record["text"] for record in found] == texts
    assert [record["id"] for record in found] == [str(number) for number in range(len(texts))]
    nested = {"head": {"data": [1]}, "body": {"data": records, "tail": ["]"]}, "end": 1}
    path.write_text(json.dumps(nested, ensure_ascii=ascii_only, indent=indent))
    assert texts_of(path, "--field", "body.data[].text") == texts


def test_a_large_array_on_one_line_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "corpus.json"
    text = "가나다라마바사 " * 40
    with open(path, "w") as file:
        file.write('{"meta": {}, "data": [')
        for number in range(60_000):
            file.write(f'{"," if number else ""}{{"n": {number}, "body": ["{text}", "{number}"]}}')
        file.write("]}")
    reader = (
        "import resource, subprocess, sys; "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    import subprocess
    import sys
    from command import BINARY
    printed = subprocess.run(
        [sys.executable, "-c", reader, str(BINARY), "cat", str(path), "--field", "data[].body[]"],
        check=True, stdout=subprocess.PIPE).stdout
    assert path.stat().st_size > 50_000_000
    assert int(printed) < 100 * 1024, "kibibytes of memory"
    assert malmoi("cat", path, "--field", "data[].body[]", "--head", 2).stdout.decode() == (
        f"{text}\n0\n{text}\n1\n")


# ---- Separated values ----


def csv_documents(content, dialect, column):
    rows = csv.DictReader(io.StringIO(content, newline=""), dialect=dialect)
    return [row[column] for row in rows]


@pytest.mark.parametrize("name, dialect", [("corpus.csv", "excel"), ("corpus.tsv", "excel-tab")])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_separated_values_are_read_as_csv_reads_them(tmp_path, name, dialect, quoting, end):
    source = random.Random(5)
    parts = ["가", "나다", ",", '"', '""', "\n", "\r\n", "\t", " ", "글", "'"]
    rows = [["".join(source.choices(parts, k=source.randrange(12))) for _ in range(3)] for _ in range(400)]
    output = io.StringIO(newline="")
    writer = csv.writer(output, dialect=dialect, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "text", "비고"])
    writer.writerows([str(number), *row[1:]] for number, row in enumerate(rows))
    path = tmp_path / name
    path.write_bytes(output.getvalue().encode())
    expected = csv_documents(output.getvalue(), dialect, "text")
    assert expected == [row[1] for row in rows]
    assert texts_of(path) == expected
    assert texts_of(path, "--template", "{비고}|{text}") == [f"{row[2]}|{row[1]}" for row in rows]


def test_stray_quotes_are_read_as_csv_reads_them(tmp_path):
    content = 'text,b\n가"나",x\n"다"라,x\n"마""바",x\n ""사,"x\ny"\n'
    path = tmp_path / "corpus.csv"
    path.write_text(content)
    assert texts_of(path) == csv_documents(content, "excel", "text")


# ---- MediaWiki ----

PAGES = [
    # In the manner of articles: an infobox, a lead with readings, references, lists, a table.
    """{{다른 뜻 넘어옴|서울}}
{{행정 구역 정보
| 이름 = 서울특별시
| 그림 = [[파일:Seoul.jpg|250px]]
| 면적 = 605.2<ref>{{웹 인용|제목=통계|url=http://a.kr}}</ref>
}}
'''서울특별시'''는 [[대한민국]]의 [[수도]]이자 최대 도시이다.<ref name="법">[[법률]] 제1호</ref>
[[한강]]을 끼고 있으며, 인구는 약 '''940만''' 명이다.

== 역사 ==
[[조선]]의 [[도읍|수도]]였던 ''한양''이 지금의 서울이다.<!-- 확인 필요 -->

=== 근대 ===
* [[1394년]]: 천도
* [[1949년]]: 서울특별시로 개칭
# 첫째
# 둘째

[https://www.seoul.go.kr 서울특별시청 누리집]
[[분류:대한민국의 도시]]""",
    """'''한글'''은 [[1443년]] [[세종대왕]]이 만든 [[문자]]이다.
: 들여 쓴 줄
; 낱말
: 풀이
모음은 ㅏ, ㅑ, ㅓ&nbsp;등이고, 수식은 1 &lt; 2이다. <br />다음 줄 <small>작은 글</small>
<nowiki>''그대로''</nowiki> 둔 글. It's {{틀|a={{속|b}}}} 끝.""",
    """== 보기 ==
{| class="wikitable"
! 이름 !! 값
|-
| 가 || 1
|}
표 뒤의 글.
[[파일:a.svg|섬네일|왼쪽|[[그림]]의 설명]]
그림 뒤의 글.""",
]


def dump(pages):
    text = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="ko">\n<siteinfo/>\n'
    for number, page in enumerate(pages, 1):
        text += (
            f"  <page>\n    <title>글 &amp; {number}</title>\n    <ns>0</ns>\n    <id>{number}</id>\n"
            f"    <revision>\n      <id>9{number}</id>\n      <timestamp>2024-01-0{number % 9 + 1}T00:00:00Z"
            "</timestamp>\n      <model>wikitext</model>\n      <format>text/x-wiki</format>\n"
            f'      <text bytes="1" xml:space="preserve">{escape(page)}</text>\n    </revision>\n  </page>\n')
    return text + "</mediawiki>\n"


def plain(page):
    """The text of a page by mwparserfromhell, made alike where the two differ on purpose.

    It keeps what is in references, tables, the captions of files and the names of categories, which
    Malmoi leaves out as no part of the running text, and spaces as they are in the source.
    """
    code = mwparserfromhell.parse(page)
    for tag in code.filter_tags(recursive=True):
        if str(tag.tag) in ("ref", "table"):
            try:
                code.remove(tag)
            except ValueError:
                pass  # Inside one that is gone.
    for link in code.filter_wikilinks(recursive=True):
        if re.match(r"(파일|그림|분류):", str(link.title)):
            try:
                code.remove(link)
            except ValueError:
                pass
    for tag in code.filter_tags(matches=lambda tag: str(tag.tag) == "br"):
        code.replace(tag, "\n")
    stripped = code.strip_code(normalize=True, collapse=True)
    lines = (re.sub(" +", " ", line).strip(" \t*#:;") for line in stripped.split("\n"))
    return "\n".join(line for line in lines if line)


def test_pages_are_reduced_as_mwparserfromhell_reduces_them(tmp_path):
    path = tmp_path / "dump.xml"
    path.write_text(dump(PAGES))
    found = records_of(path)
    for page, record in zip(PAGES, found, strict=True):
        assert record["text"] == plain(page)
    assert [record["title"] for record in found] == ["글 & 1", "글 & 2", "글 & 3"]
    assert [record["id"] for record in found] == ["1", "2", "3"]


@pytest.mark.parametrize("seed", range(5))
def test_random_articles_are_reduced_as_mwparserfromhell_reduces_them(tmp_path, seed):
    # Quotes stand apart: of adjoining runs MediaWiki decides by the whole line, and each parser by its own
    # rule.
    source = random.Random(seed)
    pieces = [
        "글 ", "[[링크]]", "[[a|표시]]", "{{틀|x={{y}}}}", "가'''굵게'''나", "다''기울임''라", "<ref>각주</ref>",
        "&amp;", "&#44032;", "<b>태그</b>", "<!-- 주석 -->", "[http://a.kr 이름]", "숫자 12", ". ",
        "<nowiki>[[x]]</nowiki>", "\n", "\n\n", "\n== 제목 ==\n", "\n* 항목", "{{틀}}"]
    pages = ["".join(source.choices(pieces, k=40)) for _ in range(40)]
    path = tmp_path / "dump.xml"
    path.write_text(dump(pages))
    for page, text in zip(pages, texts_of(path), strict=True):
        assert text == plain(page), page


# ---- Web archives and pages ----

HTML = """<!DOCTYPE html><html><head><title>제목 &lt;글&gt;</title><style>p {}</style>
<script>var x = "<p>";</script></head><body><nav><a href=x>메뉴</a></nav><h1>머리글</h1>
<p>첫 <b>문</b>단&nbsp;입니다. <a href="y">링크</a></p><ul><li>하나</li><li>둘 &amp; 셋</li></ul>
<table><tr><td>칸</td><td>둘째</td></tr></table><noscript>켜세요</noscript><p>끝<br>줄</p></body></html>"""


def words_of_page(html):
    soup = bs4.BeautifulSoup(html, "lxml")
    for tag in soup(["script", "style", "nav", "noscript", "head"]):
        tag.decompose()
    return soup.get_text(" ").split()


def test_pages_hold_the_words_that_beautiful_soup_finds(tmp_path):
    # Inline tags take no space, so words are compared without any.
    path = tmp_path / "page.html"
    path.write_text(HTML)
    [record] = records_of(path)
    assert "".join(record["text"].split()) == "".join(words_of_page(HTML))
    assert record["title"] == "제목 <글>"
    assert record["text"].split("\n")[:3] == ["머리글", "첫 문단\u00a0입니다. 링크", "하나"]


def test_web_archives_are_read_as_warcio_reads_them(tmp_path):
    path = tmp_path / "crawl.warc"
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=False)
        bodies = [
            ("text/html; charset=UTF-8", HTML.encode()),
            ("text/html; charset=euc-kr", HTML.encode("cp949")),
            ("text/html", HTML.replace("<head>", '<head><meta charset="ks_c_5601-1987">').encode("cp949")),
            ("image/png", b"\x89PNG"), ("text/plain", "평문\n글".encode())]
        for number, (kind, body) in enumerate(bodies):
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(
                f"http://a.kr/{number}", "response", payload=io.BytesIO(body), http_headers=headers))
        writer.write_record(writer.create_warc_record(
            "http://b.kr/", "conversion", payload=io.BytesIO("뽑은 글\n".encode()),
            warc_content_type="text/plain"))
    found = records_of(path)
    expected = []
    with open(path, "rb") as file:
        for record in ArchiveIterator(file):
            kind = record.http_headers.get_header("Content-Type") if record.http_headers else "text/plain"
            if "image" not in kind:
                expected.append((
                    record.rec_headers.get_header("WARC-Target-URI"),
                    record.rec_headers.get_header("WARC-Record-ID"),
                    record.rec_headers.get_header("WARC-Date")))
    assert [(record["source"], record["id"], record["date"]) for record in found] == expected
    assert [record["text"] for record in found][:3] == [found[0]["text"]] * 3
    assert "".join(found[0]["text"].split()) == "".join(words_of_page(HTML))
    assert [record["text"] for record in found][3:] == ["평문\n글", "뽑은 글\n"]


def test_a_header_that_the_next_one_cuts_short_costs_itself_alone(tmp_path):
    path = tmp_path / "cut.warc"
    whole = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"
    path.write_bytes(whole + b"WARC/1.0\r\nWARC-Type: conversion\r\n" + whole + b"WARC/1.0\r\n" * 200_000)
    done = malmoi("cat", path)
    assert done.stdout == b"abc\nabc\n"
    assert b"cut.warc:7: not the header of a WARC record" in done.stderr


# ---- Subtitles ----


def test_subtitles_are_read_as_srt_reads_them(tmp_path):
    captions = ["안녕하세요", "두 줄\n입니다", "3월 2일", "- 뭐?\n- 응."]
    import datetime
    second = datetime.timedelta(seconds=1)
    content = srt.compose([
        srt.Subtitle(number, number * second, (number + 1) * second, text)
        for number, text in enumerate(captions, 1)])
    path = tmp_path / "film.srt"
    path.write_text(content)
    assert texts_of(path) == ["\n".join(caption.content for caption in srt.parse(content))]


# ---- Recipes ----

RECIPES = sorted((ROOT / "corpora" / "recipes").glob("*.json"))


def test_recipes_are_listed_and_shown():
    listed = json.loads(malmoi("corpora", "--json").stdout)
    assert [recipe["name"] for recipe in listed] == sorted(path.stem for path in RECIPES)
    assert all(recipe["licence"] and recipe["location"] for recipe in listed)
    table = malmoi("corpora").stdout.decode()
    assert all(path.stem in table for path in RECIPES)
    assert "https://github.com/e9t/nsmc" in malmoi("corpora", "nsmc").stdout.decode()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_understood(tmp_path, recipe):
    (tmp_path / "a.txt").write_text("글\n")
    malmoi("cat", tmp_path / "a.txt", "--recipe", recipe.stem)
    malmoi("cat", tmp_path / "a.txt", "--recipe", recipe)


def test_recipes_read_their_layouts_and_options_come_before_them(tmp_path):
    nsmc = tmp_path / "ratings.txt"
    nsmc.write_text('id\tdocument\tlabel\n1\t"좋다\t1\n2\t나쁘다"\t0\n')
    assert texts_of(nsmc, "--recipe", "nsmc") == ['"좋다', '나쁘다"']
    assert texts_of(nsmc, "--recipe", "nsmc", "--field", "label") == ["1", "0"]
    squad = tmp_path / "KorQuAD.json"
    squad.write_text(json.dumps({"version": "1", "data": [{"title": "가", "paragraphs": [
        {"qas": [], "context": "첫 글"}, {"context": "둘째 글"}]}]}))
    assert texts_of(squad, "--recipe", "korquad") == ["첫 글", "둘째 글"]
    told = complaint("cat", nsmc, "--recipe", "없음", code=64)
    assert told == 'malmoi: no recipe is called "없음"; "malmoi corpora" lists those there are\n'


# ---- Samples ----


@pytest.fixture
def lines(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text("".join(f"{name} 문서 {n}\n" for n in range(2000)))
    return [tmp_path / "a.txt", tmp_path / "b.txt"]


def test_the_head_is_the_beginning(lines):
    everything = documents_of(*lines)
    for count in (0, 1, 7, 2001, 5000):
        assert documents_of(*lines, "--head", count, "--threads", 2) == everything[:count]


def test_a_sample_is_uniform_and_the_same_for_any_number_of_threads(lines):
    everything = documents_of(*lines)
    sample = documents_of(*lines, "--sample", 100)
    assert len(sample) == 100 and sorted(sample, key=everything.index) == sample
    assert 25 < sum(text.startswith("a") for text in sample) < 75
    for threads in (1, 2, 5):
        assert documents_of(*lines, "--sample", 100, "--threads", threads) == sample
    assert documents_of(*lines, "--sample", 100, "--seed", 1) != sample
    assert set(documents_of(*lines, "--sample", 50)) < set(sample)
    assert documents_of(*lines, "--sample", 10_000) == everything


def test_a_sample_of_bytes_is_never_larger_and_hardly_smaller(lines):
    everything = documents_of(*lines)
    longest = max(len(text.encode()) for text in everything)
    for wanted in (500, 5000, 30_000):
        sample = documents_of(*lines, "--sample-bytes", wanted)
        taken = sum(len(text.encode()) for text in sample)
        assert wanted - 2 * longest < taken <= wanted
        assert documents_of(*lines, "--sample-bytes", wanted, "--threads", 3) == sample
    assert documents_of(*lines, "--sample-bytes", "1GB") == everything


def test_training_and_encoding_take_the_same_sample(lines, tmp_path, small_tokenizer):
    sample = documents_of(*lines, "--sample-bytes", 5000)
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/s.txt").write_text("".join(text + "\n" for text in sample))
    malmoi("train", *lines, "--sample-bytes", 5000, "--vocab-size", 300, "--output", tmp_path / "one")
    malmoi("train", tmp_path / "sample", "--vocab-size", 300, "--output", tmp_path / "two")
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert one["tokenizer.json"] == two["tokenizer.json"]
    report = json.loads(malmoi(
        "encode", *lines, "--sample-bytes", 5000, "--tokenizer", small_tokenizer, "--output",
        tmp_path / "ids", "--json").stdout)
    assert report["documents"] == len(sample)
    told = complaint("cat", "-", "--sample-bytes", 10, code=64, stdin=b"a\n")
    assert "standard input" in told


def test_a_file_in_a_directory_has_a_weight_of_its_own(lines, tmp_path):
    directory = lines[0].parent
    malmoi("train", directory, "--weight", f"{lines[0]}=3", "--vocab-size", 300, "--output", tmp_path / "w/one")
    for copy in ("c", "d"):
        (tmp_path / "three").mkdir(exist_ok=True)
        (tmp_path / f"three/{copy}.txt").write_bytes(lines[0].read_bytes())
    malmoi("train", *lines, tmp_path / "three", "--vocab-size", 300, "--output", tmp_path / "w/two")
    assert tree(tmp_path / "w/one")["tokenizer.json"] == tree(tmp_path / "w/two")["tokenizer.json"]

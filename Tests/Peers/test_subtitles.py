# SPDX-License-Identifier: Apache-2.0
"""SubRip beside srt, WebVTT beside webvtt-py, SAMI beside Beautiful Soup, in every charset."""
import datetime
import html
import json
import random
import re
import unicodedata

import bs4
import pytest
import srt
import webvtt

from command import malmoi

CHARSETS = ["utf-8", "utf-8-sig", "cp949", "johab", "utf-16", "utf-16-le"]
LINES = [
    "안녕하세요.", "- 뭐라고?", "3월 2일", "100", "그래… 알았어", "- 응.", "(음악)", "♪ 노래 ♪", "야!", "a < b > c", "1 --> 2",
    "왜 --> 그래", "Q: 5:30?", "사과 & 배", "[문 닫는 소리]", "ㅋㅋㅋ", "\"인용\"", "시각 00:01:02", "{중괄호}",
]


def read(path, *options):
    printed = malmoi("cat", path, "--json", "--normalizer", "none", *options).stdout.decode()
    documents = [json.loads(line)["text"] for line in printed.split("\n")[:-1]]
    assert len(documents) == 1
    return documents[0]


def captions_of(seed, lines=LINES):
    chance = random.Random(seed)
    return [
        "\n".join(chance.choice(lines) for _ in range(chance.randint(1, 3)))
        for _ in range(chance.randint(2, 30))]


def written(text, charset):
    return text.encode(charset, "replace")


def decoded(text, charset):
    """What is left of a text that the charset cannot hold as a whole."""
    return written(text, charset).decode(charset)


def lines_of(captions):
    """As malmoi has them: no blank lines, no space around lines."""
    lines = [line.strip(" \t\r\xa0") for caption in captions for line in caption.split("\n")]
    return "\n".join(line for line in lines if line)


# ---- SubRip ----


def subrip(captions):
    second = datetime.timedelta(seconds=1)
    return srt.compose(
        [srt.Subtitle(number, number * second, (number + 1) * second, text)
         for number, text in enumerate(captions, 1)], reindex=False, strict=False)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("seed", range(4))
def test_subrip_is_read_as_srt_reads_it(tmp_path, seed, end, charset):
    content = decoded(subrip(captions_of(seed)), charset)
    path = tmp_path / "film.srt"
    path.write_bytes(written(content.replace("\n", end), charset))
    assert read(path) == lines_of(caption.content for caption in srt.parse(content))


HOSTILE_SUBRIP = {
    "an empty line in a caption": "1\n0:0:1,0 --> 0:0:2,0\n하나\n\n둘\n\n2\n0:0:3,0 --> 0:0:4,0\n셋\n",
    "no empty line between captions": "1\n0:0:1,0 --> 0:0:2,0\n하나\n2\n0:0:3,0 --> 0:0:4,0\n둘\n",
    "many empty lines": "\n\n1\n0:0:1,0 --> 0:0:2,0\n하나\n\n\n\n2\n0:0:3,0 --> 0:0:4,0\n둘\n\n\n",
    "captions without text": "1\n0:0:1,0 --> 0:0:2,0\n\n2\n0:0:3,0 --> 0:0:4,0\n둘\n\n3\n0:0:5,0 --> 0:0:6,0\n\n",
    "dots for commas, places behind the times":
        "1\n00:00:01.000 --> 00:00:02.000 X1:1 X2:2\n하나\n\n2\n00:00:03.000 --> 00:00:04.000\n둘\n",
    "a number as text": "1\n0:0:1,0 --> 0:0:2,0\n7\n\n2\n0:0:3,0 --> 0:0:4,0\n8\n9\n",
    "numbers out of order": "9\n0:0:1,0 --> 0:0:2,0\n하나\n\n3\n0:0:3,0 --> 0:0:4,0\n둘\n",
    "no last line end": "1\n0:0:1,0 --> 0:0:2,0\n하나",
}


@pytest.mark.parametrize("name", HOSTILE_SUBRIP)
def test_odd_subrip_is_read_as_srt_reads_it(tmp_path, name):
    content = HOSTILE_SUBRIP[name]
    path = tmp_path / "film.srt"
    path.write_text(content)
    assert read(path) == lines_of(caption.content for caption in srt.parse(content))


# ---- WebVTT ----

VTT_LINES = [line for line in LINES if "-->" not in line and "<" not in line and "&" not in line]
MARKED = ["<b>굵게</b>", "<v 철수>안녕</v>", "<c.노랑.a>색</c>", "<00:00:01.500>노래", "<i>기울임</i> 그리고", "<lang ko>말</lang>",
          "<ruby>漢<rt>한</rt></ruby>"]


def webvtt_file(captions, seed):
    chance = random.Random(seed)
    blocks = ["WEBVTT" + chance.choice(["", " - 제목", "\nKind: captions\nLanguage: ko"])]
    for number, caption in enumerate(captions):
        if chance.random() < 0.2:
            blocks.append(chance.choice(["NOTE 설명\n둘째 줄", "NOTE\n\nNOTE x", "STYLE\n::cue { color: red }"])
                          if number == 0 else "NOTE 사이의 말")
        times = f"00:{number:02}.000 --> 00:{number + 1:02}.000{chance.choice(['', ' line:0 align:start'])}"
        name = chance.choice(["", "이름\n", f"{number}\n"])
        blocks.append(f"{name}{times}\n{caption}")
    return "\n\n".join(blocks) + "\n"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("seed", range(4))
def test_webvtt_is_read_as_webvtt_py_reads_it(tmp_path, seed, end, charset):
    content = decoded(webvtt_file(captions_of(seed, VTT_LINES + MARKED), seed), charset)
    path = tmp_path / "film.vtt"
    path.write_bytes(written(content.replace("\n", end), charset))
    plain = content.removeprefix("\ufeff")
    assert read(path) == lines_of(caption.text for caption in webvtt.from_string(plain))


HOSTILE_WEBVTT = {
    "a line of spaces in a caption": "WEBVTT\n\n00:01.000 --> 00:02.000\n하나\n  \n둘\n\n이름\n00:03.000 --> 00:04.000\n셋\n",
    "a note that looks like text": "WEBVTT\n\nNOTE\n말\n\n00:01.000 --> 00:02.000\n하나\n\nNOTE 둘\n셋\n",
    "hours": "WEBVTT\n\n100:00:01.000 --> 100:00:02.000\n하나\n",
    "no text at all": "WEBVTT\n\nNOTE x\n",
    "times without an empty line before": "WEBVTT\n00:01.000 --> 00:02.000\n하나\n00:03.000 --> 00:04.000\n둘\n",
}


@pytest.mark.parametrize("name", HOSTILE_WEBVTT)
def test_odd_webvtt_is_read_as_webvtt_py_reads_it(tmp_path, name):
    path = tmp_path / "film.vtt"
    path.write_text(HOSTILE_WEBVTT[name])
    assert read(path) == lines_of(caption.text for caption in webvtt.from_string(HOSTILE_WEBVTT[name]))


def test_references_in_webvtt_stand_for_characters(tmp_path):
    path = tmp_path / "film.vtt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n&lt;끝&gt; &amp; &#44032;&nbsp;x\n")
    assert read(path) == "<끝> & 가\xa0x"


# ---- SAMI ----

STYLES = {
    "lang": (".HANGUL { Name: 한국어; lang: ko-KR; SAMIType: CC; } .EN { lang: en-US }", "HANGUL", "EN"),
    "spaced": (".MYCC {Name:'Korean' ; lang : KO-kr;}\n.ENCC {lang:en}", "mycc", "ENCC"),
    "usual": ("P { color: white }", "KRCC", "ENCC"),
}


def sami(captions, seed, style, closed):
    """A film in two languages; `closed` decides whether tags are closed, which no player asks for."""
    chance = random.Random(seed)
    rules, korean, english = STYLES[style]
    body = []
    for number, caption in enumerate(captions):
        quote = chance.choice(["", '"', "'"])
        inner = "<br>".join(
            chance.choice(["{}", "<font color=\"red\">{}</font>", "<i>{}</i>", " {}\n"]).format(
                html.escape(line, quote=False).replace("ㅋ", "&#12619;")) for line in caption.split("\n"))
        parts = [(korean, inner), (english, f"English {number}")]
        chance.shuffle(parts)
        end = ("</P>", "</SYNC>") if closed else ("", "")
        body.append(f"<SYNC Start={number * 1000}>" + "".join(
            f"<P Class={quote}{name}{quote}>{text}{end[0]}\n" for name, text in parts) + end[1])
        if chance.random() < 0.5:
            body.append(f"<SYNC Start={number * 1000 + 500}><P Class={korean}>&nbsp;{end[0]}{end[1]}")
        if chance.random() < 0.2:
            body.append("<!-- 주석 <P Class=KRCC>없음 -->")
    return (
        f'<SAMI>\n<HEAD>\n<TITLE>영화 제목</TITLE>\n<STYLE TYPE="text/css">\n<!--\n{rules}\n-->\n</STYLE>\n</HEAD>\n'
        f"<BODY>\n" + "\n".join(body) + "\n</BODY>\n</SAMI>\n")


def korean_text(content, style):
    """The text of paragraphs of the Korean class, by Beautiful Soup."""
    soup = bs4.BeautifulSoup(content, "html.parser")
    captions = []
    for paragraph in soup.find_all("p"):
        if paragraph["class"][0].lower() != STYLES[style][1].lower():
            continue
        for comment in paragraph.find_all(string=lambda text: isinstance(text, bs4.Comment)):
            comment.extract()
        for line_break in paragraph.find_all("br"):
            line_break.replace_with("\0")
        text = re.sub(r"[\r\n]", " ", paragraph.get_text())
        captions.append(text.replace("\0", "\n"))
    return lines_of(captions)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(4))
def test_sami_is_read_as_beautiful_soup_reads_it(tmp_path, seed, style, charset):
    captions = captions_of(seed)
    content = decoded(sami(captions, seed, style, closed=True), charset)
    path = tmp_path / "film.smi"
    path.write_bytes(written(content.replace("\n", "\r\n") if seed % 2 else content, charset))
    expected = korean_text(content.removeprefix("\ufeff"), style)
    assert expected.count("\n") + 1 >= len(captions)
    assert read(path) == expected
    open_tags = decoded(sami(captions, seed, style, closed=False), charset)
    path.write_bytes(written(open_tags, charset))
    assert read(path) == expected


def test_references_in_sami_need_no_semicolon(tmp_path):
    path = tmp_path / "film.smi"
    path.write_text("<SAMI><BODY><SYNC Start=1><P Class=KRCC>&nbsp<SYNC Start=2><P Class=KRCC>가 &lt나&gt &amp 다\n")
    soup = bs4.BeautifulSoup(path.read_text(), "html.parser")
    assert read(path) == lines_of([soup.find_all("p")[-1].get_text()]) == "가 <나> & 다"


def test_sami_of_one_language_without_a_class_is_read(tmp_path):
    path = tmp_path / "film.smi"
    path.write_bytes("<SAMI><BODY><SYNC Start=1><P>안녕<br>하세요<SYNC Start=2><P>그래</BODY></SAMI>".encode("cp949"))
    assert read(path) == "안녕\n하세요\n그래"


@pytest.mark.parametrize("seed", range(60))
def test_damaged_films_lose_no_program(tmp_path, seed):
    """Whatever bytes a film is made of, it is one document or a named reject."""
    chance = random.Random(seed)
    maker, name = chance.choice([
        (lambda: subrip(captions_of(seed)), "film.srt"), (lambda: webvtt_file(captions_of(seed), seed), "film.vtt"),
        (lambda: sami(captions_of(seed), seed, "lang", False), "film.smi")])
    content = bytearray(written(maker(), chance.choice(CHARSETS)))
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(content))
        if chance.random() < 0.5:
            content[place] = chance.randrange(256)
        else:
            del content[place:place + chance.randint(1, 30)]
    path = tmp_path / name
    path.write_bytes(content)
    printed = malmoi("cat", path, "--json").stdout
    assert printed.count(b"\n") == 1 and unicodedata.is_normalized("NFC", json.loads(printed)["text"])

# SPDX-License-Identifier: Apache-2.0
"""Small files to begin fuzzing with, and the words that formats are made of."""
import base64
import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
import zipfile

TEXT = "첫 줄, 가나다\n둘째 줄 ㅋㅋㅋ 한국어의 글은 이것이 있다\r\n\n  셋째 a&b <i>글</i>\n".encode()

# Made by python-lz4 and py7zr.
LZ4 = base64.b64decode(
    "BCJNGGxAOAAAAAAAAABYKAAAAODssqsg7KSECuuRmOynuAsA3yDqsIDrgpjri6TrnbwMAAFQpOudvAoAAAAA1AMNFQ==")
SEVEN_ZIPS = [base64.b64decode(text) for text in (
    "N3q8ryccAAQLPGBApAAAAAAAAAAUAAAAAAAAAAud6jzgAEQANF0AdiyRYfdgwYQ7p/gfRHeNsh1vl7EZHlPfEKp5CrotfCOv"
    "00vBziCxOiQit05iyVanud0nAADgAGwAYF0AAIEzB64P0bZyEKCQoHdeulg+EXUf0PqsNkKsjEGM5Ofw85sEXjxMO4RYqFtt"
    "si2zG34i+3cYiqSQ9U88DLlqtAg0g4lCGxoHr14uS4WMrzUZOFrh1+j1WFQIKVaNGeIAABcGPAEJaAAHCwEAASEhARgMbQAA",
    "N3q8ryccAARXt/qnqQAAAAAAAAAUAAAAAAAAAHYQfU/ssqsg7KSECuuRmOynuCDspIQg6rCA64KY64uk65286rCA64KY64uk"
    "65286rCA64KY64uk6528CnsidGV4dCI6IngifQrgAGgAXF0AAIEzB64P0jOAPUDAkPGtwTNFLR6pft1GUErwfMtS/BlRE9kH"
    "5psIPnQoRx+prIQYG6OFAZUT8ZDIQZkh38qkmUIbo2n4MuOaIOb/nQbRUiA5QX/OG1iEMD1jBGAAFwZFAQlkAAcLAQABISEB"
    "GAxpAAA=")]


def zstd(text, *options):
    return subprocess.run(
        ["zstd", "-q", "-c", *options], input=text, stdout=subprocess.PIPE, check=True).stdout


def zip_of(*members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def tar_of(*members, kind=tarfile.PAX_FORMAT):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=kind) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    # One block of zeros is the least that ends an archive; tarfile pads to twenty.
    return file.getvalue().rstrip(b"\0") + bytes(1024 + -len(file.getvalue().rstrip(b"\0")) % 512)


def warc(kind, fields, content):
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\n{fields}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content + b"\r\n\r\n"


PAGE = (
    '<html lang="ko"><head><meta charset="utf-8"><title>제목 &lt;1&gt;</title><style>x</style></head><body>'
    '<nav>메뉴</nav><p hidden>x</p><pre>a  b</pre><p style="display: none">y</p><ul><li>글<br>둘</ul>'
    "<table><tr><td>1<td>2</table><script>z</script></body></html>").encode()
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=euc-kr\r\n"
WARCS = [
    warc("response", "WARC-Target-URI: <http://a.kr/>\r\nWARC-Date: 2020\r\n", HTTP + b"\r\n" + PAGE)
    + warc("conversion", "WARC-Record-ID: <urn:1>\r\n", TEXT),
    warc("response", "", HTTP + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n2;x\r\nab\r\n0\r\n\r\n")
    + warc("response", "", HTTP + b"\r\n" + "<p>한글".encode("cp949")) + b"junk\r\n"
    + warc("resource", "Content-Type: text/plain\r\n", TEXT) + warc("request", "", b"GET / HTTP/1.1"),
]
WIKITEXT = (
    "'''굵은''' [[글|말]] [[분류:가]] {{틀|a={{b}}|c}} <ref name=x>주</ref> {| class=x\n|-\n| 표\n|}\n== 제목 ==\n"
    "* 항목 [http://a.kr b] {{lang|en|x}} {{llang|ko|가}} &lt;nowiki&gt;[[a]]&lt;/nowiki&gt; &lt;br/&gt;\n"
    "&lt;ref&gt;a&lt;/ref&gt; __목차__ {{ruby|漢|한}} ({{작게|}}) &amp;amp; &lt;math&gt;x&lt;/math&gt; &lt;!-- c --&gt;"
)
DUMP = (
    "<mediawiki><siteinfo/>\n<page><title>가 &amp; 나</title><ns>0</ns><id>5</id><revision><id>6</id>"
    "<timestamp>T</timestamp><model>wikitext</model><text xml:space=\"preserve\">{}</text></revision>"
    "</page><page><ns>0</ns><redirect title=\"x\"/><text/></page></mediawiki>")
SAMI = (
    '<SAMI><HEAD><STYLE TYPE="text/css"><!--\n.KRCC { Name: x; lang: ko-KR; }\n.ENCC {lang: en}\n--></STYLE></HEAD>'
    "<BODY><SYNC Start=1><P Class=KRCC>안녕<br>하세요\n<SYNC Start=2><P Class=ENCC>hi<P Class='KRCC'>&nbsp;"
    "</BODY></SAMI>")
SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>안녕</i>\r\n{\\an8}하세요\r\n\r\n2\r\n0:3 --> 0:4\r\n3월\r\n"
VTT = "WEBVTT - x\n\nNOTE 말\n둘\n\nSTYLE\n::cue {}\n\na\n00:01.000 --> 00:02.000 line:0\n<v 철수>안녕 <c.x>&lt;</c>\n"
JSON_LINES = '{"text":"하나 \\"]}\\\\","id":7}\n{"text":"\\ud83d\\ude00\\ud800","title":"제"}\r\n{"a":[{"b":"가"}]}\n'
ARRAY = (
    '[{"id":7,"text":"하나 \\"]}\\\\"},{"a":[{"b":[{"c":"x"}],"b":"y"}]},5,"넷",[{"text":"속"}],'
    '{"text":{"a":1}},{"text":"\\ud83d","x":[[{}]]}]')
PATHS = (
    '{"info":{"a":[1]},"a":[{"b":[{"c":"가"},{"c":null}]},{"b":[]}]}{"data":[{"list":[{"title":"t","body":'
    '{"text":"x"}},{"q":1}]}]}')
MODU = (
    '{"id":"N","document":[{"id":"N.1","metadata":{"title":"제목","author":"기자","date":"2018"},"paragraph":'
    '[{"form":"첫"}]},{"utterance":[{"form":"야"}]},{"sentence":[{"form":"문장"}]}]}')
AIHUB = (
    '{"SJML":{"text":[{"id":1,"title":"웹","content":"본문"}]}}{"data":[{"paragraphs":[{"context":"독해"}]},'
    '{"ko":"번역"}]}{"documents":[{"text":[[{"sentence":"하나"}]]}]}[{"data":[{"summary_entire":[{"orginal_text":'
    '"전문"}]}]}]{"passage":"책"}{"info":[{"annotations":{"lines":[{"norm_text":"말"}]}}]}')
TABLE = 'id,text,제목\r\n1,"여러\n줄 ""인용""","쉼표, 둘"\r\n\r\n2,그냥 "글",\n3\r\n"가"나,x,y,z'
NORMAL = ["가나다 ㅋㅋㅋ", "ᄒᆞᆫ글 각 á가", "ﾡﾢ Ａ１ 　㈜ ①", "ㅤ\u115f\u1160a\u200b\u200d👨‍👩‍👧 क्‍ष 樂", "ὰ\u0345\u0f73か\u3099!!!!~~~~"]
KOREAN_MAIL = b"\x1b$)C" + "한글".encode("iso2022_kr")[4:] + b"\n"

SEEDS = {
    "auto": [TEXT, ARRAY, JSON_LINES, PAGE, WARCS[0], SAMI, VTT, TEXT.decode().encode("cp949"),
             gzip.compress(ARRAY.encode(), mtime=0), TEXT.decode().encode("latin1", "replace")],
    "text-line": [TEXT, b"\xef\xbb\xbf" + TEXT, b"\xed\xa0\x80\xff" + TEXT],
    "jsonl": [JSON_LINES], "jsonl-path": [JSON_LINES, PATHS],
    "json": [ARRAY, JSON_LINES, "\ufeff" + PATHS], "json-path": [PATHS, ARRAY], "json-record": [PATHS, ARRAY],
    "csv": [TABLE], "tsv": [TABLE.replace(",", "\t")], "csv-no-header": [TABLE],
    "modu": [MODU], "aihub": [AIHUB],
    "wikipedia": [DUMP.format(WIKITEXT), DUMP.format("#넘겨주기 [[나]]").encode("utf-16")],
    "warc": WARCS,
    "html": [PAGE, "<meta charset=euc-kr><p>한글".encode("cp949"), PAGE.decode().encode("utf-16")],
    "subtitle": [SRT, VTT], "sami": [SAMI, SAMI.encode("cp949"), SAMI.encode("utf-16")],
    "zstd": [zstd(TEXT), zstd(TEXT, "--check", "--long=27") + zstd(b"x\n"), zstd(TEXT * 40),
             b"\x53\x2a\x4d\x18\x02\0\0\0ab" + zstd(TEXT)],
    "gzip": [gzip.compress(TEXT, mtime=0), gzip.compress(b"a\n", mtime=0) * 2, gzip.compress(TEXT * 40, 0, mtime=0)],
    "bzip2": [bz2.compress(TEXT), bz2.compress(b"a\n") * 2],
    "xz": [lzma.compress(TEXT), lzma.compress(b"a\n", check=lzma.CHECK_SHA256) * 2],
    "lz4": [LZ4, LZ4 * 2],
    "zip": [zip_of(("a.txt", TEXT), ("폴더/b.json", ARRAY)), zip_of(("a.txt", TEXT), method=zipfile.ZIP_STORED),
            zip_of(("a.zip", zip_of(("b.txt", TEXT)))), zip_of(("a.txt.gz", gzip.compress(TEXT, mtime=0))),
            zip_of(("a.txt", TEXT), method=zipfile.ZIP_BZIP2), zip_of(("a.txt", TEXT), method=zipfile.ZIP_LZMA)],
    "tar": [tar_of(("a.txt", TEXT), ("폴더/b.json", ARRAY.encode())), tar_of(("a" * 120 + ".txt", TEXT)),
            tar_of(("a.txt", TEXT), kind=tarfile.GNU_FORMAT), tar_of(("a.zip", zip_of(("b.txt", TEXT))))],
    "7z": SEVEN_ZIPS,
    "charset-auto": [TEXT.decode().encode(name) for name in ("utf-8", "cp949", "johab", "utf-16", "utf-16-be")]
    + [KOREAN_MAIL],
    "charset-cp949": [TEXT.decode().encode("cp949"), "똠방 뷁".encode("cp949")],
    "charset-johab": [TEXT.decode().encode("johab")], "charset-iso-2022-kr": [KOREAN_MAIL],
    "charset-utf-16le": [TEXT.decode().encode("utf-16-le"), "😀\n".encode("utf-16-le")],
    "charset-utf-16be": [TEXT.decode().encode("utf-16-be"), "😀\n".encode("utf-16-be")],
    "mojibake": [TEXT.decode("latin1"), TEXT.decode("cp949", "replace"), "한국어 글".encode().decode("cp1252", "replace")],
    "options": ["document[].paragraph[].form", "a\\.b", "{title}\\n{body.text}", "korean +cap-repeats=3 -zero-width"],
    "recipe": ['{"name":"a","title":"b","location":"c","licence":"d","access":"e","layout":"f","options":'
               '{"field":"a[].b","record":"a[]","metadata":["id=x"],"no-header":true,"charset":"cp949"}}'],
}
for name in ("nfc", "korean", "nfkc", "nmt-nfkc", "capped"):
    SEEDS[f"normalize-{name}"] = NORMAL
for name in ("text-paragraph", "text-file"):
    SEEDS[name] = SEEDS["text-line"]

JSON_WORDS = ['"text":', '"', "\\", "{", "}", "[", "]", ",", ":", "\\u", "\\ud800", "null", "1", '{"text":"a"}']
MARKUP = ["<", ">", "</", "/>", "<!--", "-->", "&", ";", "&amp;", "&#", "=", '"', "\n"]
WIKI = MARKUP + [
    "<page>", "</page>", "<text>", "</text>", "<ns>0</ns>", "<title>", "{{", "}}", "{{{", "}}}", "[[", "]]", "[", "]",
    "[http://", "|", "{|", "|}", "|-", "!", "''", "'''", "==", "\n*", "\n;", "----", "&lt;ref&gt;", "&lt;/ref&gt;", "(", ")",
    "&lt;nowiki&gt;", "&lt;pre", "&lt;br&gt;", "&lt;!--", "--&gt;", "__TOC__", "{{lang|", "{{한자|", "-{", "}-", "분류:"]
HTML = MARKUP + ["<p>", "<div>", "<nav>", "<script>", "<pre>", "<br>", "<table>", "hidden", "charset=", "<title>", "<a ", "<!"]
CAPTIONS = MARKUP + [
    "-->", "0:1 --> 0:2", "{\\", "}", "1\n", "\r\n", "WEBVTT", "NOTE", "<v ", "<c.", "<sync", "<p class=", "<br>", "<sami>", "<body>",
    ".", ".KRCC {lang:ko}", "{", "&nbsp;"]
WEB = HTML + [
    "WARC/1.0\r\n", "WARC-Type: response\r\n", "Content-Length: ", "\r\n\r\n", "HTTP/1.1 200 OK\r\n",
    "Transfer-Encoding: chunked\r\n", "Content-Type: text/html\r\n", "0\r\n", "Content-Encoding: gzip\r\n"]
TEXTS = ["\n", "\r\n", " ", "\t", "\xef", "가", "한국", "\ufeff", "ᄀ", "ᅡ", "\u0301", "\u200d", "ㅋ", "!", "\u3164", "Ａ"]
WORDS = {
    "jsonl": JSON_WORDS, "json": JSON_WORDS, "modu": JSON_WORDS + ['"document":[', '"form":"'], "recipe": JSON_WORDS,
    "aihub": JSON_WORDS + ['"data":[', '"paragraphs":[', '"context":'], "csv": ['"', '""', ",", "\r\n", "text"],
    "tsv": ['"', "\t", "\n"], "wikipedia": WIKI, "html": HTML, "warc": WEB, "subtitle": CAPTIONS,
    "sami": CAPTIONS, "options": ["[]", ".", "\\", "{", "}", "+", "-", "=", " ", "cap-repeats=", "width", "nfkc"],
}


def as_bytes(seed):
    return seed if isinstance(seed, bytes) else seed.encode()


def seeds_of(target):
    return [as_bytes(seed) for seed in SEEDS[target]]


def words_of(target):
    words = WORDS.get(target) or WORDS.get(target.split("-")[0], TEXTS)
    return [as_bytes(word) for word in words]


def long_inputs_of(target, length):
    """Each word over and over, alone and behind a seed: what takes quadratic time shows."""
    words = words_of(target)
    pairs = [first + second for first, second in zip(words, words[1:])]
    head = seeds_of(target)[0]
    # Behind the last text of the seed, which its closing marks would end.
    place = max(head.rfind(mark) for mark in (b"&lt;!-- c", b"hi<P", b"x</script>", b"\xea\xb8\x80"))
    for word in words + pairs:
        repeated = word * (length // len(word))
        yield repeated
        yield head[:max(place, 0)] + repeated

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles

/// A small file of a format, and what it holds.
struct FormatSample: Sendable, CustomStringConvertible {
  var name: String
  var text: String
  var options: CorpusOptions
  var documents: [String]
  var metadata: [[String]]
  /// Lines and reasons of rejects.
  var rejects: [(Int, String)]

  var description: String { name }

  init(
    _ name: String, _ text: String, _ options: CorpusOptions = CorpusOptions(),
    documents: [String], metadata: [[String]] = [], rejects: [(Int, String)] = []
  ) {
    self.name = name
    self.text = text
    self.options = options
    self.documents = documents
    self.metadata = metadata
    self.rejects = rejects
  }

  static func options(_ change: (inout CorpusOptions) -> Void) -> CorpusOptions {
    var options = CorpusOptions()
    change(&options)
    return options
  }

  static let all: [FormatSample] = [
    FormatSample(
      "array.json",
      #"""
      [{"id": 7, "text": "하나 \"]}\\"}, {"text":"둘\\",
        "title":"제\ubaa9"} ,
      {"txt": "셋"}, 5, "넷", [{"text":"속"}], {"text": {"a": 1}}, {"text":"\ud83d\ude00", "x":[[{}]]}]
      """#,
      documents: ["하나 \"]}\\", "둘\\", "😀"], metadata: [["7"], ["", "제목"], []],
      rejects: [
        (3, "no field \"text\""), (3, "not a JSON object"), (3, "not a JSON object"),
        (3, "not a JSON object"), (3, "field \"text\" is not a string"),
      ]),
    FormatSample(
      "object.json",
      "\u{FEFF}{\"text\": \"홀로\", \"list\": [1, {\"text\": \"x\"}]}\n{\"text\":\"또\"}3",
      documents: ["홀로", "또"], rejects: [(2, "not a JSON object")]),
    FormatSample(
      "path.json",
      #"{"info":{"document":[1,"]"]},"a":[2],"document":[{"paragraph":[{"form":"가"},{"form":"나"}]},"#
        + "\n"
        + #"{"paragraph":[]},{"paragraph":[{"form":"다"},{"no":1},{"form":null}]}],"z":{"document":[9]}}"#,
      options { $0.field = "document[].paragraph[].form" }, documents: ["가\n나", "다"],
      rejects: [(2, "no field \"document[].paragraph[].form\"")]),
    FormatSample(
      "record.json",
      #"{"version":"1","data":[{"title":"글","paragraphs":[{"context":"첫"},{"context":"둘"}]},"#
        + #"{"paragraphs":[{"context":"셋"},{"qas":[]}]},{"title":"빈"}]}"#,
      options {
        $0.field = "context"
        $0.record = try? CorpusOptions.parsed(path: "data[].paragraphs[]")
      },
      documents: ["첫", "둘", "셋"],
      rejects: [(1, "no field \"context\""), (1, "nothing at \"data[].paragraphs[]\"")]),
    FormatSample(
      "template.json", #"[{"title":"제목","body":{"text":"본문"}},{"title":"둘"},{"x":1}]"#,
      options { $0.template = Template(#"{title}\n{body.text}"#) },
      documents: ["제목\n본문", "둘\n"], metadata: [["", "제목"], ["", "둘"]],
      rejects: [(1, "no field \"title\", \"body.text\"")]),
    FormatSample(
      "strings.json", #"["하나", "두 [\"}"]"#, options { $0.field = "" }, documents: ["하나", "두 [\"}"]),
    FormatSample(
      "escaped.json", #"{"\ubcf8\ubb38":[{"text":"가"}]}"#, options { $0.field = "본문[].text" },
      documents: ["가"]),
    FormatSample(
      "table.csv",
      "id,text,제목,date\r\n1,\"여러\n줄 \"\"인용\"\"\",\"쉼표, 둘\",2024\r\n\r\n2,그냥 \"글\",,\n3\r\n4,\"가\"나,x,y,z\n5,,a,b",
      options { $0.metadataFields[.title] = "제목" },
      documents: ["여러\n줄 \"인용\"", "그냥 \"글\"", "가나", ""],
      metadata: [["1", "쉼표, 둘", "", "2024"], ["2"], ["4", "x", "", "y"], ["5", "a", "", "b"]],
      rejects: [(6, "1 columns, none of them \"text\"")]),
    FormatSample(
      "plain.tsv", "id\tdocument\n1\t\"열고\n2\t닫지\"\n",
      options {
        $0.quoting = .none
        $0.template = Template("{id}: {document}")
      },
      documents: ["1: \"열고", "2: 닫지\""], metadata: [["1"], ["2"]]),
    FormatSample(
      "bare.csv", "가,나\n다,라",
      options {
        $0.hasHeader = false
        $0.field = "2"
      }, documents: ["나", "라"]),
    FormatSample(
      "column.csv", "a,b\n1,2\n", documents: [],
      rejects: [(2, "no column \"text\"; the columns are a, b")]),
    FormatSample(
      "open.csv", "text\n가\n\"나,\n다\n", documents: ["가"],
      rejects: [(3, "a quoted field is opened, but never closed")]),
    FormatSample(
      "modu.json",
      #"{"id":"N","metadata":{"title":"말뭉치"},"document":[{"id":"N.1","metadata":{"title":"제목","#
        + #""author":"기자","publisher":"신문","date":"20180101"},"paragraph":[{"id":"N.1.1","form":"첫"},"#
        + #"{"form":"둘"}]},{"id":"N.2","metadata":{"author":"누구"},"utterance":[{"form":"야"},{"form":""}]},"#
        + #"{"id":"N.3","sentence":[{"form":"문장"}]},{"id":"N.4"}]}"#,
      options { $0.format = .modu }, documents: ["첫\n둘", "야\n", "문장"],
      metadata: [["N.1", "제목", "신문", "20180101"], ["N.2", "", "누구"], ["N.3"]],
      rejects: [(1, #"no field "paragraph[].form", "utterance[].form", "sentence[].form""#)]),
    FormatSample(
      "aihub.json",
      #"{"SJML":{"header":{"text":[]},"text":[{"id":1,"title":"웹","content":"본문","write_date":"2020"}]}}"#
        + #"{"data":[{"paragraphs":[{"context":"독해"}]},{"ko":"번역","en":"x","sn":"T1"}]}"#
        + #"{"documents":[{"id":"9","text":[[{"sentence":"하나"},{"sentence":"둘"}],[{"sentence":"셋"}]]}]}"#
        + #"[{"data":[{"title":"논문","summary_entire":[{"orginal_text":"전문"}]}]}]{"passage":"책"}"#
        + #"{"data":[{"title":"용어","rows":[{"text":"가"},{"text":"나"}]}]}{"body":[{"utterance":"야"}]}"#
        + #"{"id":"G1","utterance":[{"form":"(마)/(뭐)","standard_form":"뭐"},{"standard_form":"왜"}]}"#
        + #"{"utterance":[{"original_form":"말"}]}{"Meta(Refine)":{"passage":"글"}}"#,
      options { $0.format = .aihub },
      documents: [
        "본문", "독해", "번역", "하나\n둘\n셋", "전문", "책", "가\n나", "야", "뭐\n왜", "말", "글",
      ],
      metadata: [
        ["1", "웹", "", "2020"], [], ["T1"], ["9"], ["", "논문"], [], ["", "용어"], [], ["G1"], [], [],
      ]),
    FormatSample(
      "dump.xml",
      "<mediawiki><siteinfo><case>x</case></siteinfo>\n<page><title>가 &amp; 나</title><ns>0</ns><id>5</id>"
        + "<revision><id>6</id><timestamp>T</timestamp><text xml:space=\"preserve\">'''굵은''' [[글|말]]"
        + "</text></revision></page>\n<page><ns>0</ns><id>7</id><redirect title=\"x\"/><text>#넘겨주기</text>"
        + "</page><page><ns>1</ns><text>토론</text></page><page><ns>0</ns><id>8</id><text bytes=\"0\" /></page>"
        + "<page><title>x</title></page></mediawiki>",
      documents: ["굵은 말", ""], metadata: [["5", "가 & 나", "", "T"], ["8"]],
      rejects: [(3, "a page without <ns>")]),
    FormatSample(
      "page.html",
      "<html><head><title> 제목 &lt;1&gt; </title></head><body><nav>메뉴</nav><p>글</p></body></html>",
      documents: ["글"], metadata: [["", "제목 <1>"]]),
    FormatSample(
      "film.srt",
      "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>안녕</i>\r\n{\\an8}하세요\r\n\r\n2\r\n0:3 --> 0:4\r\n3월\r\n",
      documents: ["안녕\n하세요\n3월"]),
    warc,
  ]

  private static func record(_ type: String, _ fields: String, _ content: String) -> String {
    "WARC/1.0\r\nWARC-Type: \(type)\r\n\(fields)Content-Length: \(content.utf8.count)\r\n\r\n\(content)\r\n\r\n"
  }

  private static let warc = FormatSample(
    "web.warc",
    record("warcinfo", "", "software: x")
      + record(
        "response",
        "WARC-Target-URI: <http://가.kr/>\r\nWARC-Record-ID: <urn:1>\r\nWARC-Date: D\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "15\r\n<title>제목</title>\r\n9\r\n<p>가나\r\n0\r\n\r\n")
      + record("response", "", "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>없음")
      + record("response", "", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nPNG")
      + record("request", "", "GET / HTTP/1.1")
      + "garbage\r\nmore\r\n"
      + record("conversion", "WARC-Target-URI: http://나.kr/\r\n", "글\r\n둘\n")
      + record("resource", "Content-Type: text/plain\r\n", "평문")
      + record("response", "", "no http"),
    documents: ["가나", "글\r\n둘\n", "평문"],
    metadata: [["<urn:1>", "제목", "http://가.kr/", "D"], ["", "", "http://나.kr/"], []],
    rejects: [(50, "not the header of a WARC record"), (68, "not an HTTP response")])
}

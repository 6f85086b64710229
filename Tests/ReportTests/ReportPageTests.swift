// SPDX-License-Identifier: Apache-2.0

import Report
import Testing
import TextCore

/// What is in no text that a report may hold as markup.
private let hostile = [
  "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)",
  "' onmouseover='alert(1)", "<!--", "&lt;b&gt;", "{{title}} {{{title}}}",
  "a\u{0}b\u{1}\u{7F}\u{9B}31m",
  "\u{202E}evil\u{2066}", "\"\u{301} onmouseover=\"alert(1)", "<\u{200D}b>", "<\u{301}img>",
  "</style>", "]]>", "\u{2028}", "가나\r\n다",
]

private func corpus() -> CorpusFigures {
  var figures = CorpusFigures()
  figures.documents = 3
  figures.bytes = 1234
  figures.characters = 500
  figures.eojeols = 120
  figures.lengths = [0, 1, 2]
  return figures
}

private func tokenizer(_ name: String, _ tokens: [(String, Int)]) -> TokenizerFigures {
  var rows = VocabularyRows()
  for (text, count) in tokens { rows.add(Array(text.utf8), .hangul, count: count) }
  rows.add([0xEA, 0xB0], .partialUTF8, count: 7)
  rows.add([], .none, count: 0)
  var figures = TokenizerFigures(name: name, vocabulary: rows)
  figures.vocabularySize = rows.count
  figures.tokens = tokens.reduce(7) { $0 + $1.1 }
  figures.usedIDs = tokens.count { $0.1 > 0 } + 1
  figures.lengths = [0, 1, 0, 2]
  return figures
}

private func contents(_ names: [String]) -> ReportContents {
  var contents = ReportContents(title: names.first ?? "", corpus: corpus())
  contents.tokenizers = names.map { name in
    tokenizer(name, names.enumerated().map { ($1, 10 + $0) })
  }
  contents.groups = names.map {
    GroupFigures(name: $0, corpus: corpus(), tokens: names.indices.map { $0 + 1 })
  }
  contents.sweeps = names.map { name in
    SizeCurve(
      name: name,
      points: [
        .init(name: name, size: 1000, bytesPerToken: 2, tokensPerEojeol: 3),
        .init(name: name, size: 2000, bytesPerToken: 3, tokensPerEojeol: nil),
      ])
  }
  contents.sentences = names.map { name in
    let ids = (0..<UInt32(names.count + 1)).map { $0 }
    return Sentence(source: name, text: name, ids: names.map { _ in ids })
  }
  contents.receipts.rules = names.map {
    Receipts.Rule(
      name: $0, changes: 2,
      samples: [.init(place: $0, before: $0, source: $0, after: $0, result: $0, points: $0)])
  }
  contents.receipts.findings = names.map { ($0, 1) }
  contents.receipts.rejectedRecords = 5
  contents.receipts.firstRejects = names
  contents.receipts.ignoredFiles = names
  contents.receipts.damagedFiles = names
  contents.receipts.inputs = names.map { .init(path: $0, bytes: 1, documents: 1) }
  return contents
}

/// The tags of `html` without the values of attributes, as a parser sees them that knows quotes, and
/// that scripts and styles end at their end tags.
private func tags(_ html: String) -> [String] {
  let bytes = Array(html.utf8)
  var found: [String] = []
  var place = 0
  func skip(to end: String) {
    while place < bytes.count, !bytes[place...].starts(with: end.utf8) { place += 1 }
  }
  while true {
    skip(to: "<")
    guard place < bytes.count else { return found }
    var tag: [UInt8] = []
    while place < bytes.count, bytes[place] != UInt8(ascii: ">") {
      tag.append(bytes[place])
      if bytes[place] == UInt8(ascii: "\"") || bytes[place] == UInt8(ascii: "'") {
        let quote = String(UnicodeScalar(bytes[place]))
        place += 1
        skip(to: quote)
      }
      place += 1
    }
    found.append(String(decoding: tag, as: UTF8.self))
    for element in ["script", "style"] where tag.starts(with: "<\(element)".utf8) {
      skip(to: "</\(element)")
    }
  }
}

@Suite struct ReportPageTests {
  @Test func hostileTextLeavesTheTagsOfHarmlessText() {
    let harmless = (0..<hostile.count).map { "name\($0)" }
    let expected = tags(ReportPage(contents(harmless)).html())
    #expect(tags(ReportPage(contents(hostile)).html()) == expected)
    #expect(expected.count > 1000)
  }

  @Test(arguments: hostile)
  func dataForTheScriptHoldsNoTag(_ name: String) throws {
    let html = Array(ReportPage(contents([name, "b"])).html().utf8)
    let open = Array("id=\"vocabulary-0\">".utf8)
    let start =
      try #require(
        (0..<html.count).first { html[$0...].starts(with: open) }) + open.count
    let end = try #require((start..<html.count).first { html[$0] == UInt8(ascii: "<") })
    #expect(html[end...].starts(with: "</script>".utf8))
    // It is JSON, and the token is in it as it was.
    var json = ByteBuffer()
    json.append(copying: Array(html[start..<end]).span)
    let data = try JSONDocument(json, path: "data").root
    let tokens = try #require(data["tokens"]?.elements)
    #expect(tokens[0].string.map { Array($0.utf8) } == Array(name.utf8))
    #expect(tokens[2].elements.first?.string == "EAB0")
    #expect(tokens[3].integer == 0)
    #expect(data["counts"]?.elements.map(\.integer) == [10, 11, 7, 0])
    #expect(data["kinds"]?.string == "aajl")
  }

  @Test func noControlOrTurningCharacterReachesThePage() {
    let html = ReportPage(contents(hostile)).html()
    // Data for the script is shown by the script, which escapes as this does.
    let shown = html.unicodeScalars.split(separator: "<").filter {
      !$0.starts(with: "script type".unicodeScalars)
    }
    for scalar in shown.joined() {
      #expect(scalar.value >= 0x20 || scalar == "\n")
      #expect(!(0x7F...0x9F).contains(scalar.value))
      #expect(
        !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value))
    }
  }

  @Test func thePageAsksForNothing() {
    let html = ReportPage(contents(["a", "b"])).html()
    for word in ["http:", "https:", "src=", "url(", "@import", "<link", "<iframe"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(html.contains("default-src &#39;none&#39;"))
  }

  @Test func theSameValuesMakeTheSameBytes() {
    #expect(ReportPage(contents(hostile)).html() == ReportPage(contents(hostile)).html())
  }

  @Test func anEmptyReportHasFiniteCharts() {
    var empty = ReportContents(title: "", corpus: CorpusFigures())
    expectFinite(ReportPage(empty).html())
    empty.tokenizers = [TokenizerFigures(name: "a", vocabulary: VocabularyRows())]
    empty.sweeps = [SizeCurve(name: "a", points: [])]
    empty.groups = [GroupFigures(name: "a", corpus: CorpusFigures(), tokens: [0])]
    expectFinite(ReportPage(empty).html())
  }

  @Test(arguments: [0, 1, 2, 1_000_000_007])
  func oneValueHasFiniteCharts(_ count: Int) {
    var one = ReportContents(title: "", corpus: corpus())
    var rows = VocabularyRows()
    rows.add(Array("가".utf8), .hangul, count: count)
    one.tokenizers = [TokenizerFigures(name: "a", vocabulary: rows)]
    one.tokenizers[0].lengths = [count]
    one.sweeps = [
      SizeCurve(
        name: "a",
        points: [.init(name: "a", size: 1, bytesPerToken: Double(count), tokensPerEojeol: 0)])
    ]
    expectFinite(ReportPage(one).html())
  }

  private func expectFinite(_ html: String) {
    // Paths hold numbers and letters of commands alone.
    let allowed = Set("0123456789.- MLHVZv".unicodeScalars)
    for piece in html.split(separator: " d=\"").dropFirst() {
      let path = piece.prefix { $0 != "\"" }
      #expect(path.unicodeScalars.allSatisfy { allowed.contains($0) }, "\(path)")
    }
  }

  @Test func figuresStandInTheirCells() {
    var two = contents(["first", "second"])
    two.tokenizers[1].tokenRatio = 0.75
    let html = ReportPage(two).html()
    #expect(html.contains("<data data-key=\"documents\" value=\"3\">3</data>"))
    #expect(html.contains("<data data-key=\"bytes\" value=\"1234\">1,234</data>"))
    #expect(html.contains("<data data-key=\"token_ratio\" value=\"0.75\">0.750</data>"))
    #expect(html.contains("<bdi>second</bdi>"))
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("JSON lines")
struct JSONLinesTests {
  private static let improper =
    "The JSON document has an improper structure: missing or superfluous commas, "
    + "braces, missing keys, etc."

  /// Bad lines and why they are bad.
  static let badLines: [(line: String, reason: String)] = [
    ("[1]", "not a JSON object"),
    ("\"text\"", "not a JSON object"),
    ("{\"title\":\"x\"}", "no field \"text\""),
    ("{}", "no field \"text\""),
    ("{\"text\":null}", "field \"text\" is not a string"),
    ("{\"text\":[\"x\"]}", "field \"text\" is not a string"),
    ("{\"text\":}", "not valid JSON: \(improper)"),
    ("{\"text\":\"a\"} x", "not valid JSON: \(improper)"),
  ]

  @Test("a bad record loses no other, wherever it stands", arguments: badLines)
  func badRecord(line: String, reason: String) throws {
    let good = ["하나", "둘\n셋", "", "😀"]
    let lines = ["하나", "둘\\n셋", "", "\\ud83d\\ude00"].map { "{\"id\":1,\"text\":\"\($0)\"}" }
    for position in 0...lines.count {
      for end in ["\n", "\r\n", "\n\n \t\n"] {
        var all = lines
        all.insert(line, at: position)
        let text = all.joined(separator: end)
        let height = end.count { $0 == "\n" || $0 == "\r\n" }
        let offset = all[..<position].reduce(0) { $0 + $1.utf8.count + end.utf8.count }
        for block in [1, 10, 30, 64, 1 << 16] {
          let reading = try Reading(
            bytes: Array(text.utf8), name: "a.jsonl", CorpusOptions(blockBytes: block))
          #expect(reading.texts == good)
          #expect(
            reading.plainRejects == [Reject(1 + position * height, offset, reason)],
            "position \(position), block \(block)")
        }
      }
    }
  }

  @Test("an unclosed record says what is wrong and where")
  func unclosed() throws {
    let directory = TemporaryDirectory()
    let path = try directory.write("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\n{\"text\":\"c\"}\n")
    let reading = try Reading([path])
    #expect(reading.texts == ["a", "c"])
    #expect(
      reading.rejects.map(\.error.description) == [
        "\(path):2: not valid JSON: A string is opened, but never closed."
      ])
    #expect(reading.rejects.map(\.error.code) == [.badRecord])
  }

  @Test("a lone surrogate is a bad record")
  func loneSurrogate() throws {
    let reading = try Reading(bytes: Array(#"{"text":"\ud800"}"#.utf8), name: "a.jsonl")
    #expect(reading.documents.isEmpty)
    #expect(
      reading.rejects.map(\.reason) == [
        "not valid JSON: Problem while parsing a string"
      ])
  }

  @Test("the field can be chosen, and of two of its name the last counts")
  func field() throws {
    let text = "{\"본문\":\"앞\",\"text\":1,\"본문\":\"뒤\"}\n{\"text\":\"x\"}\n"
    let reading = try Reading(
      bytes: Array(text.utf8), name: "a.ndjson", CorpusOptions(field: "본문"))
    #expect(reading.texts == ["뒤"])
    #expect(reading.plainRejects == [Reject(2, 41, "no field \"본문\"")])
  }

  @Test("a byte order mark is dropped, and offsets still count it")
  func byteOrderMark() throws {
    let text = "\u{FEFF}{\"text\":\"a\"}\n[]\n"
    for name in ["a.jsonl", "unnamed"] {
      let reading = try Reading(bytes: Array(text.utf8), name: name)
      #expect(reading.texts == ["a"])
      #expect(reading.plainRejects == [Reject(2, 16, "not a JSON object")])
    }
  }

  @Test("the format comes from the option, then the name, then the content")
  func format() throws {
    let json = "{\"text\":\"a\"}"
    func format(
      _ name: String, _ text: String, _ format: InputFormat = .auto
    ) throws -> RecordFormat? {
      try Reading(bytes: Array(text.utf8), name: name, CorpusOptions(format: format))
        .blocks.first?.format
    }
    #expect(try format("a.jsonl", "가") == .jsonl)
    #expect(try format("a.ndjson.zst", "가") == .jsonl)
    #expect(try format("a.txt", json) == .text)
    #expect(try format("a.text.zstd", json) == .text)
    #expect(try format("a.json", " \r\n\t" + json) == .jsonl)
    #expect(try format("a", "가 {") == .text)
    #expect(try format("a", "") == .text)
    #expect(try format("a.jsonl", json, .text) == .text)
    #expect(try format("a.txt", json, .jsonl) == .jsonl)
    #expect(try format("a", String(repeating: " ", count: 1 << 16) + json) == .text)
  }

  @Test("a log counts all rejects and keeps the first")
  func rejectLog() {
    func record(_ line: Int) -> RejectedRecord {
      RejectedRecord(path: "a", line: line, byteOffset: line, reason: "bad")
    }
    var first = RejectLog()
    for line in 1...15 { first.add(record(line)) }
    var second = RejectLog()
    second.add((16...60).map(record))
    first.merge(second)
    #expect(first.count == 60)
    #expect(first.first.map(\.line) == Array(1...20))
  }
}

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

  @Test("a lone surrogate becomes U+FFFD and is counted, or is what the policy says")
  func loneSurrogate() throws {
    let text = #"{"text":"가\ud83d\ude00\ud83d\\ud800\ude00\uD800"}"# + "\n{\"text\":\"나\"}\n"
    func read(_ policy: InvalidUTF8Policy) throws -> Reading {
      try Reading(
        bytes: Array(text.utf8), name: "a.jsonl", CorpusOptions(invalidUTF8: policy))
    }
    for policy in [InvalidUTF8Policy.replace, .keep] {
      let reading = try read(policy)
      #expect(reading.texts == ["가😀\u{FFFD}\\ud800\u{FFFD}\u{FFFD}", "나"])
      #expect(reading.replacedSequences == 3)
      #expect(reading.rejects.isEmpty)
    }
    let skipped = try read(.skip)
    #expect(skipped.texts == ["나"])
    #expect(skipped.plainRejects == [Reject(1, 0, "a lone surrogate in a JSON string")])
    #expect(
      message { () throws(TextError) in _ = try self.refused(text) }?.contains("surrogate") == true)
  }

  private func refused(_ text: String) throws(TextError) -> Reading {
    try Reading(
      bytes: Array(text.utf8), name: "a.jsonl", CorpusOptions(invalidUTF8: .refuse))
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
    #expect(try format("a.data", " \r\n\t" + json) == .jsonl)
    #expect(try format("a.json", json) == .json)
    #expect(try format("a", "{\n\"text\":1}") == .json)
    #expect(try format("a", "[{\"text\":1}]") == .json)
    #expect(try format("a", "[1] 각주") == .text)
    #expect(try format("a", "[[가]]") == .text)
    #expect(try format("a", "<mediawiki xml:lang=\"ko\">") == .wikipedia)
    #expect(try format("a", "\u{FEFF}<!DOCTYPE HTML>") == .html)
    #expect(try format("a", "<SAMI>") == .subtitle)
    #expect(try format("a", "WEBVTT\n") == .subtitle)
    #expect(try format("a", "WARC/1.0\r\n") == .warc)
    #expect(try format("a", "<3 하트") == .text)
    for (name, expected) in [
      ("a.csv", RecordFormat.csv), ("a.tsv.zst", .tsv), ("a.xml", .wikipedia),
      ("a.warc.wet", .warc),
      ("a.htm", .html), ("a.srt", .subtitle), ("a.smi", .subtitle), ("a.vtt", .subtitle),
    ] {
      #expect(try format(name, "가") == expected)
    }
    #expect(try format("a.xml", "", .wet) == .warc)
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

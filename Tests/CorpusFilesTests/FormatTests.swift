// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Formats")
struct FormatTests {
  private func read(
    _ path: String, _ sample: FormatSample, block: Int, maximum: Int = 1 << 30
  ) throws -> Reading {
    var options = sample.options
    options.blockBytes = block
    options.maximumRecordBytes = maximum
    return try Reading([path], options)
  }

  @Test("documents, metadata and rejects are those of the file", arguments: FormatSample.all)
  func whole(sample: FormatSample) throws {
    let directory = TemporaryDirectory()
    let path = try directory.write(sample.name, sample.text)
    let reading = try read(path, sample, block: 1 << 20)
    #expect(reading.texts == sample.documents)
    #expect(reading.rejects.map(\.line) == sample.rejects.map(\.0))
    #expect(reading.rejects.map(\.reason) == sample.rejects.map(\.1))
    for (found, expected) in zip(reading.metadata, sample.metadata) {
      #expect(found == expected + repeatElement("", count: 4 - expected.count))
    }
    #expect(
      reading.metadataCounts
        == (0..<4).map { field in
          reading.metadata.count { !$0[field].isEmpty }
        })
  }

  @Test("nothing depends on the size of the blocks", arguments: FormatSample.all)
  func blockSizes(sample: FormatSample) throws {
    let directory = TemporaryDirectory()
    let path = try directory.write(sample.name, sample.text)
    let whole = try read(path, sample, block: 1 << 20)
    // Every size up to the longest mark, then fewer.
    let count = sample.text.utf8.count
    for block in Array(1...min(40, count + 2)) + Array(stride(from: 41, to: count + 2, by: 17)) {
      let reading = try read(path, sample, block: block)
      #expect(reading.texts == whole.texts, "block \(block)")
      #expect(reading.metadata == whole.metadata, "block \(block)")
      #expect(reading.lines == whole.lines, "block \(block)")
      #expect(reading.byteOffsets == whole.byteOffsets, "block \(block)")
      #expect(
        reading.plainRejects.sorted { $0.byteOffset < $1.byteOffset }
          == whole.plainRejects.sorted { $0.byteOffset < $1.byteOffset }, "block \(block)")
      #expect(reading.blocks.map(\.isLastOfFile).count { $0 } == 1)
    }
  }

  @Test(
    "a record over the limit is the only one lost, whatever the blocks",
    arguments: FormatSample.all.filter { !["page.html", "film.srt"].contains($0.name) })
  func longRecords(sample: FormatSample) throws {
    let directory = TemporaryDirectory()
    let path = try directory.write(sample.name, sample.text)
    let whole = try read(path, sample, block: 1 << 20)
    for maximum in [1, 5, 10, 20, 30, 50, 100, 200, 400] {
      let first = try read(path, sample, block: 1 << 20, maximum: maximum)
      let tooLong = first.rejects.filter { $0.reason == "record longer than \(maximum) bytes" }
      let lost = Set(tooLong.map(\.byteOffset))
      // Without its header a table has no documents.
      let isHeaderLost = lost.contains(0) && sample.name.hasSuffix("sv") && whole.lines.first != 1
      let kept = whole.byteOffsets.indices.filter {
        !isHeaderLost && !lost.contains(whole.byteOffsets[$0])
      }
      #expect(first.texts == kept.map { whole.texts[$0] }, "maximum \(maximum)")
      for block in [1, 3, 7, 16, 64, 300] {
        let reading = try read(path, sample, block: block, maximum: maximum)
        #expect(reading.texts == first.texts, "maximum \(maximum), block \(block)")
        #expect(reading.plainRejects == first.plainRejects, "maximum \(maximum), block \(block)")
      }
    }
  }

  @Test("a file cut at any byte gives the documents before the cut", arguments: FormatSample.all)
  func truncated(sample: FormatSample) throws {
    let directory = TemporaryDirectory()
    let bytes = Array(sample.text.utf8)
    let isWhole = ["page.html", "film.srt"].contains(sample.name)
    for cut in stride(from: 0, to: bytes.count, by: bytes.count > 300 ? 5 : 1) {
      let path = try directory.write(sample.name, Array(bytes[..<cut]))
      let reading = try read(path, sample, block: 1 + cut % 90)
      if isWhole { continue }
      // The last one may be torn where a record ends with its line or its file.
      let sound = reading.texts.dropLast()
      #expect(Array(sound) == Array(sample.documents.prefix(sound.count)), "cut \(cut)")
    }
  }

  @Test(
    "hostile JSON ends where it breaks, with its place",
    arguments: [
      (#"[{"text":"가"},]"#, "not valid JSON; what follows is not read", 16),
      (#"[{"text":"가"} {"text":"나"}]"#, "not valid JSON; what follows is not read", 16),
      (#"[{"text":"가"}"#, "not valid JSON: the file ends inside a value", 15),
      (#"[{"text":"가"},{"text":"나"#, "not valid JSON: the file ends inside a value", 16),
      (#"]"#, "not valid JSON; what follows is not read", 0),
      (#"[{"text":"가"}]]"#, "not valid JSON; what follows is not read", 16),
    ])
  func brokenJSON(text: String, reason: String, offset: Int) throws {
    for block in 1...text.utf8.count + 1 {
      let reading = try Reading(
        bytes: Array(text.utf8), name: "a.json", CorpusOptions(blockBytes: block))
      #expect(reading.texts == (text.contains("가") ? ["가"] : []), "block \(block)")
      #expect(reading.plainRejects == [Reject(1, offset, reason)], "block \(block)")
    }
  }

  @Test("a bad element of an array loses no other")
  func badElements() throws {
    let text =
      #"[{"text":"가"},{"text":(x)},{"text":"나","x":tru},nul,{"text":"다" "y":1},{"text":"라"}]"#
    let reading = try Reading(bytes: Array(text.utf8), name: "a.json")
    #expect(reading.texts == ["가", "라"])
    #expect(reading.rejects.count == 4)
    #expect(reading.rejects.allSatisfy { $0.reason.hasPrefix("not valid JSON: ") })
  }

  @Test("templates and paths that mean nothing are refused")
  func badOptions() {
    for text in ["", "글", "{", "{}", "{a", "\\x{a}", "{a}\\"] { #expect(Template(text) == nil) }
    for text in ["", "a..b", "a[", "a[0]", "a]", "a.", ".", "a[]b"] {
      #expect(JSONPath(text) == nil)
    }
    #expect(JSONPath(#"a\.b.c"#)?.steps.count == 2)
    #expect(JSONPath("[].a[][].b")?.steps.count == 5)
  }

  @Test("bytes that are not UTF-8 are replaced, skipped or refused in every format of records")
  func invalidUTF8() throws {
    let json = Array("[{\"text\":\"가".utf8) + [0xFF] + Array("\"},{\"text\":\"나\"}]".utf8)
    let csv = Array("text\n가".utf8) + [0xFF] + Array("\n나\n".utf8)
    for (name, bytes) in [("a.json", json), ("a.csv", csv)] {
      for block in [1, 4, 1 << 20] {
        let replaced = try Reading(bytes: bytes, name: name, CorpusOptions(blockBytes: block))
        #expect(replaced.texts == ["가\u{FFFD}", "나"])
        #expect(replaced.replacedSequences == 1)
        let skipped = try Reading(
          bytes: bytes, name: name, CorpusOptions(invalidUTF8: .skip, blockBytes: block))
        #expect(skipped.texts == ["나"])
        #expect(skipped.rejects.count == 1)
      }
    }
  }

  @Test("metadata are UTF-8 whatever a header holds")
  func badHeader() throws {
    let bytes =
      Array("WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <".utf8) + [0xF5]
      + Array(">\r\nWARC-Date: ".utf8) + [0xEA] + Array("\r\nContent-Length: 3\r\n\r\n글".utf8)
    let reading = try Reading(bytes: bytes, name: "a.warc")
    #expect(reading.texts == ["글"])
    #expect(reading.metadata == [["<\u{FFFD}>", "", "", "\u{FFFD}"]])
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Bytes that are not UTF-8")
struct InvalidUTF8Tests {
  // Lines: 가 | a, one stray byte, b | a torn syllable | 나
  private let text: [UInt8] =
    [0xEA, 0xB0, 0x80, 0x0A, 0x61, 0xFF, 0x62, 0x0A, 0xEA, 0xB0, 0x0A, 0xEB, 0x82, 0x98]

  @Test("replacing puts one U+FFFD for each maximal subpart and counts them")
  func replace() throws {
    for block in 1...text.count + 1 {
      let reading = try Reading(bytes: text, CorpusOptions(blockBytes: block))
      #expect(reading.texts == ["가", "a\u{FFFD}b", "\u{FFFD}", "나"])
      #expect(reading.replacedSequences == 2)
      #expect(reading.rejects.isEmpty)
    }
  }

  @Test("skipping rejects the record at the bad byte and loses no other")
  func skip() throws {
    for block in 1...text.count + 1 {
      let reading = try Reading(bytes: text, CorpusOptions(invalidUTF8: .skip, blockBytes: block))
      #expect(reading.texts == ["가", "나"])
      #expect(reading.lines == [1, 4])
      #expect(
        reading.plainRejects == [
          Reject(2, 5, "invalid UTF-8 at byte 5 of the file"),
          Reject(3, 8, "invalid UTF-8 at byte 8 of the file"),
        ])
    }
  }

  @Test("keeping leaves the bytes of plain text alone")
  func keep() throws {
    let reading = try Reading(bytes: text, CorpusOptions(invalidUTF8: .keep))
    #expect(reading.documents[1] == [0x61, 0xFF, 0x62])
    #expect(reading.replacedSequences == 0)
  }

  @Test("refusing names the place and the way out")
  func refuse() throws {
    let directory = TemporaryDirectory()
    let path = try directory.write("a.txt", text)
    for block in 1...text.count + 1 {
      let message = message { () throws(TextError) in
        _ = try Reading([path], CorpusOptions(invalidUTF8: .refuse, blockBytes: block))
      }
      #expect(
        message == "\(path):2: invalid UTF-8 at byte 5 of the file; "
          + "convert the file to UTF-8, or use --invalid-utf8 replace, skip or keep")
    }
  }

  @Test("JSON lines are repaired, skipped or refused; keeping repairs too")
  func jsonLines() throws {
    let bytes = Array("{\"text\":\"가\"}\n{\"text\":\"".utf8) + [0xEA, 0xB0] + Array("x\"}\n".utf8)
    for policy in [InvalidUTF8Policy.replace, .keep] {
      let reading = try Reading(
        bytes: bytes, name: "a.jsonl", CorpusOptions(invalidUTF8: policy))
      #expect(reading.texts == ["가", "\u{FFFD}x"])
      #expect(reading.replacedSequences == 1)
    }
    let skipped = try Reading(bytes: bytes, name: "a.jsonl", CorpusOptions(invalidUTF8: .skip))
    #expect(skipped.texts == ["가"])
    #expect(skipped.plainRejects == [Reject(2, 24, "invalid UTF-8 at byte 24 of the file")])
  }
}

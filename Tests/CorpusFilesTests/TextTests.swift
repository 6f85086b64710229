// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Plain text")
struct TextTests {
  private func options(_ unit: DocumentUnit, block: Int, maximum: Int = 1 << 30) -> CorpusOptions {
    CorpusOptions(
      documents: unit, invalidUTF8: .keep, maximumRecordBytes: maximum, blockBytes: block)
  }

  @Test(
    "documents are the reference splitter's, whatever the size of the blocks",
    arguments: hostileTexts)
  func blockSizes(text: [UInt8]) throws {
    let reference = ReferenceSplitter(text)
    let directory = TemporaryDirectory()
    let path = try directory.write("a.txt", text)
    for block in 1...text.count + 2 {
      for (unit, expected) in [
        (DocumentUnit.line, reference.lineDocuments),
        (.paragraph, reference.paragraphDocuments),
        (.file, text.isEmpty ? [] : [.init(line: 1, bytes: text)]),
      ] {
        let reading = try Reading([path], options(unit, block: block))
        #expect(reading.documents == expected.map(\.bytes), "\(unit), block \(block)")
        #expect(reading.lines == expected.map(\.line), "\(unit), block \(block)")
        #expect(reading.rejects.isEmpty)
      }
    }
  }

  @Test("blocks hold every byte once and know their places", arguments: hostileTexts)
  func blocks(text: [UInt8]) throws {
    let directory = TemporaryDirectory()
    let path = try directory.write("a.txt", text)
    for unit in DocumentUnit.allCases {
      for block in 1...text.count + 2 {
        let blocks = try Reading([path], options(unit, block: block)).blocks
        #expect(blocks.flatMap(\.bytes) == text)
        #expect(blocks.map(\.isLastOfFile) == blocks.indices.map { $0 == blocks.count - 1 })
        var offset = 0
        for block in blocks {
          #expect(block.firstByteOffset == offset)
          #expect(block.firstLine == 1 + text[..<offset].count { $0 == 0x0A })
          offset += block.bytes.count
        }
      }
    }
  }

  @Test("a record over the limit is the only one lost", arguments: hostileTexts)
  func longRecords(text: [UInt8]) throws {
    let reference = ReferenceSplitter(text)
    let directory = TemporaryDirectory()
    let path = try directory.write("a.txt", text)
    let lineRecords = reference.lines.map { [$0] }
    for (unit, records) in [
      (DocumentUnit.line, lineRecords), (.paragraph, reference.segments),
      (.file, text.isEmpty ? [] : [reference.lines]),
    ] {
      for maximum in Set([1, 2, 3, 4, 5, 7, 8, 13, 31, 64, text.count, text.count + 1]).sorted()
      where maximum > 0 {
        let long = records.filter { $0.flatMap(\.bytes).count > maximum }
        let rejects = long.map {
          Reject($0[0].number, $0[0].byteOffset, "record longer than \(maximum) bytes")
        }
        let kept = records.filter { $0.flatMap(\.bytes).count <= maximum }
        let lines = kept.compactMap { record in
          unit == .paragraph
            ? record.first { !$0.isBlank }?.number : record[0].number
        }
        for block in [1, 2, 3, 5, 16, 1 << 16] {
          let reading = try Reading([path], options(unit, block: block, maximum: maximum))
          #expect(reading.plainRejects == rejects, "\(unit), \(maximum), block \(block)")
          #expect(reading.lines == lines, "\(unit), \(maximum), block \(block)")
        }
      }
    }
  }

  @Test("a line of megabytes is one document")
  func hugeLine() throws {
    let line = [UInt8](repeating: 0x61, count: 3_000_001)
    let reading = try Reading(bytes: [0x78, 0x0A] + line + [0x0A, 0x79])
    #expect(reading.documents == [[0x78], line, [0x79]])
    #expect(reading.lines == [1, 2, 3])
  }

  @Test("a byte order mark of plain text is kept")
  func byteOrderMark() throws {
    let reading = try Reading(bytes: Array("\u{FEFF}가\n".utf8))
    #expect(reading.documents == [Array("\u{FEFF}가".utf8)])
  }
}

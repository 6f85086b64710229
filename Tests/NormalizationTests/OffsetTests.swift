// SPDX-License-Identifier: Apache-2.0

import Normalization
import TestSupport
import Testing
import TextCore

@Suite struct OffsetTests {
  @Test("every character comes from the bytes that the slow reference has")
  func characters() throws {
    for normalizer in TestTexts.normalizers {
      for seed in 0..<800 {
        let text = TestTexts.random(seed)
        let normal = try NormalizedText(text.span, by: normalizer)
        let expected = try ReferenceNormalizer.normalize(text, by: normalizer)
        var offset = 0
        for character in expected {
          let end = offset + TestTexts.text([character.point]).count
          let range = normal.sourceRange(of: offset..<end)
          #expect(range == character.source, "\(normalizer.rawValue), seed \(seed), \(offset)")
          offset = end
        }
        #expect(offset == normal.text.count)
        // ---- Pieces cover the normal text without a gap ----
        #expect(
          normal.alignment.pieces.reduce(0) {
            $1.normal.lowerBound == $0 ? $1.normal.upperBound : -1
          }
            == normal.text.count)
      }
    }
  }

  @Test("syllables spelled with conjoining jamo come from their jamo, in every unit")
  func syllables() throws {
    let source = Array("a😀\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF} 각".utf8)
    let normal = try NormalizedText(source.span, by: .nfc)
    #expect(normal.text.makeString() == "a😀한글 각")
    let ranges = [(5, 8), (8, 11), (5, 11), (11, 12), (12, 15)].map {
      normal.sourceRange(of: $0.0..<$0.1)
    }
    #expect(ranges == [5..<14, 14..<23, 5..<23, 23..<24, 24..<27])
    let points = TextPlaces(source.span, in: .codePoints)
    let utf16 = TextPlaces(source.span, in: .utf16)
    #expect(
      ranges.map { points[$0.lowerBound]..<points[$0.upperBound] } == [
        2..<5, 5..<8, 2..<8, 8..<9, 9..<10,
      ])
    #expect(
      ranges.map { utf16[$0.lowerBound]..<utf16[$0.upperBound] } == [
        3..<6, 6..<9, 3..<9, 9..<10, 10..<11,
      ])
  }

  @Test("what the range of a piece of normal text is made of normalises to that piece")
  func ranges() throws {
    for seed in 0..<200 {
      let text = TestTexts.random(seed)
      let normal = try NormalizedText(text.span, by: .nfc)
      let bytes = normal.text.makeArray()
      for start in bytes.indices where bytes[start] & 0xC0 != 0x80 {
        for end in start + 1...bytes.count where end == bytes.count || bytes[end] & 0xC0 != 0x80 {
          let range = normal.sourceRange(of: start..<end)
          let part = try TestTexts.normalized(Array(text[range]), .nfc)
          // A piece may begin or end amid what was one: then it has more.
          #expect(contains(part, Array(bytes[start..<end])), "seed \(seed), \(start)..<\(end)")
        }
      }
    }
  }

  private func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard text.count >= part.count else { return false }
    return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
  }
}

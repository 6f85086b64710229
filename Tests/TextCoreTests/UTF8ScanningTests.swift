// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore

@Suite struct UTF8ScanningTests {
  @Test("every code point decodes to itself", arguments: [0...0xD7FF, 0xE000...0x10FFFF])
  func everyCodePoint(_ range: ClosedRange<UInt32>) {
    var bytes = ByteBuffer()
    for point in range {
      bytes.removeAll()
      appendUTF8(point, to: &bytes)
      let scalar = decodeUTF8(bytes.span, at: 0)
      guard scalar.value == point, scalar.byteCount == bytes.count, scalar.isWellFormed else {
        Issue.record("U+\(String(point, radix: 16)) decodes to \(scalar)")
        return
      }
    }
  }

  @Test("ill-formed bytes are replaced as the standard library replaces them")
  func replacement() {
    for seed in 0..<3000 {
      var generator = SeededGenerator(seed: seed)
      let bytes = RandomText.illFormed(12, using: &generator)
      var output = ByteBuffer()
      let count = appendReplacingIllFormed(bytes.span, to: &output)
      let expected = String(decoding: bytes, as: UTF8.self)
      #expect(output.makeArray() == Array(expected.utf8), "seed \(seed)")
      let before = RandomReplacements.count(in: bytes)
      #expect(count == expected.unicodeScalars.count { $0 == "\u{FFFD}" } - before)
    }
  }

  @Test("all pairs and triples of bytes around the borders of UTF-8 are judged as simdjson judges")
  func borders() {
    let edges: [UInt8] = [
      0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
      0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]
    for a in edges {
      for b in edges {
        for c in edges {
          for d in edges {
            let bytes = [a, b, c, d]
            let isWellFormed = isWellFormedUTF8(bytes.span)
            #expect((firstIllFormedByte(bytes.span) == nil) == isWellFormed)
            let standard = (try? UTF8Span(validating: bytes.span)) != nil
            guard isWellFormed == standard else {
              Issue.record("\(bytes)")
              return
            }
          }
        }
      }
    }
  }

  @Test("character classes cover what the reference tokenizers have")
  func classes() {
    var counts = [CharacterClass: Int]()
    for point in UInt32(0)...0x10FFFF { counts[CharacterClasses.shared(point), default: 0] += 1 }
    // Unicode 16.0: 141,028 letters and 1,911 numbers; White_Space has 25 code points.
    #expect(counts[.letter] == 141_028)
    #expect(counts[.number] == 1_911)
    #expect(counts[.whiteSpace] == 25)
  }
}

private enum RandomReplacements {
  /// How often U+FFFD itself stands in `bytes`.
  static func count(in bytes: [UInt8]) -> Int {
    zip(bytes.indices, bytes.indices.dropFirst(2)).count {
      bytes[$0] == 0xEF && bytes[$0 + 1] == 0xBF && bytes[$1] == 0xBD
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import PreTokenization
import TestSupport
import Testing
import TextCore

/// Masks and the scalar path take turns around characters that are not for masks.
@Suite struct TurnTests {
  /// What masks of some rule stop at: white space, malformed bytes, numbers beside others, marks,
  /// format and control characters.
  private static let odd: [[UInt8]] =
    [
      "\u{A0}", "\u{3000}", "\u{2028}", "\u{85}", "1½", "½1", "①②", "𝟙", "\u{11DE0}", "\u{301}",
      "\u{200B}", "\u{7F}", "\u{3097}",
    ].map { Array($0.utf8) } + [[0x80], [0xE3, 0x80], [0xEA, 0xB0], [0xF0, 0x9F, 0x98], [0xFF]]

  /// What is around them, again and again.
  private static let around = [
    "가 나는 ", "ab C's don'T ", "1234 가12", "   ", "\n  ", " \n", "!\r\n/ .", "漢か・a", "HTTPServer가A",
    "가", "(a “b” ", "é É\t",
  ]

  private func isCut(_ documents: [[UInt8]], _ scheme: PreTokenizer) -> Bool {
    var buffer = ByteBuffer()
    var documentEnds: [Int] = []
    var expected: [Int] = []
    var expectedPretokens: [Int] = []
    for document in documents {
      expected += scheme.referenceEnds(of: document.span).map { $0 + buffer.count }
      expectedPretokens.append(expected.count)
      buffer.append(copying: document.span)
      documentEnds.append(buffer.count)
    }
    var cutter = PretokenCutter(scheme)
    var ends = PretokenEnds()
    var documentPretokens = GrowableBuffer<Int>()
    cutter.appendEnds(
      of: buffer, documentEnds: documentEnds.span, to: &ends, documentPretokens: &documentPretokens)
    return ends.makeArray().map(Int.init) == expected
      && documentPretokens.makeArray() == expectedPretokens
  }

  @Test(
    "an odd character at every place around the border of blocks", arguments: PreTokenizer.allCases)
  func everyPlace(_ scheme: PreTokenizer) {
    for unit in Self.around {
      let filling = Array(String(repeating: unit, count: 200 / unit.utf8.count + 1).utf8)
      for odd in Self.odd {
        for place in 57...66 {
          // Documents begin inside a block, and the odd characters are in and behind the second.
          let document =
            filling[..<place] + odd + filling[..<(24 + place % 64)] + odd + filling[..<80]
          guard isCut([Array(filling[..<place]), Array(document)], scheme) else {
            Issue.record("\(unit.debugDescription), \(odd), \(place)")
            return
          }
        }
      }
    }
  }

  @Test("random strings with odd characters, several documents", arguments: PreTokenizer.allCases)
  func random(_ scheme: PreTokenizer) {
    for seed in 0..<1000 {
      var generator = SeededGenerator(seed: seed)
      let kinds = (0..<1 + seed % 3).map { _ in
        let unit = Array((Self.around.randomElement(using: &generator) ?? "").unicodeScalars)
        // All of it, or one of its characters.
        let first = Int.random(in: 0..<2 * unit.count, using: &generator)
        let scalars = first < unit.count ? unit[first...first] : unit[...]
        return scalars.flatMap { Array(String($0).utf8) }
      }
      let oddKinds = (0..<1 + seed % 2).map { _ in Self.odd.randomElement(using: &generator) ?? [] }
      let documents = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        var document: [UInt8] = []
        for _ in 0..<Int.random(in: 1...9, using: &generator) {
          for _ in 0..<Int.random(in: 0...24, using: &generator) {
            document += kinds.randomElement(using: &generator) ?? []
          }
          document += oddKinds.randomElement(using: &generator) ?? []
        }
        return document
      }
      guard isCut(documents, scheme) else {
        Issue.record("seed \(seed)")
        return
      }
    }
  }

  @Test(
    "texts that stop masks in every block are cut in linear time", arguments: PreTokenizer.allCases)
  func hostile(_ scheme: PreTokenizer) {
    let spaces = String(repeating: " ", count: 60)
    let letters = String(repeating: "가", count: 50)
    for unit in [
      "a\u{A0}", "\(spaces)\u{A0}", "\n\(spaces)\u{A0}", "\(letters)\u{301}", "\(letters)\u{2028}",
      "A\(letters)½1", "12½", "\0\u{200B}", "AAAAAAAAAA\u{301}", "!\n/\u{A0}",
    ] {
      let text = Array(String(repeating: unit, count: 1_000_000 / unit.utf8.count).utf8)
      #expect(scheme.ends(of: text.span).makeArray().last.map(Int.init) == text.count)
    }
  }
}

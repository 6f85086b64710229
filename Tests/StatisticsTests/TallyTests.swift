// SPDX-License-Identifier: Apache-2.0

import CKernels
import Statistics
import TestSupport
import Testing
import TextCore
import TokenModels

@Suite struct TallyTests {
  /// What texts are made of: all white space, the borders of the syllables, digits, line ends.
  private static let pieces: [String] =
    (0...0x3001).compactMap { Unicode.Scalar(UInt32($0)) }.filter(\.properties.isWhitespace)
    .map(String.init)
    + [
      " ", " ", " ", "가", "각", "힣", "힢", "\u{ABFF}", "\u{D7A4}", "\u{D7B0}", "한국어", "\r\n", "\n",
      "\r",
    ]
    + [
      "1", "12", "345", "6789012345678", "a", "bc", "é", "\u{84}", "\u{86}", "\u{2010}", "\u{200B}",
    ]
    + ["\u{3001}", "\u{1681}", "漢", "😀", "\u{2060}", "x y", "\u{202E}"]

  private func text(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<count {
      bytes += Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)].utf8
    }
    return bytes
  }

  @Test("the kernel measures what the plain form does, at every length and place")
  func measures() {
    for seed in 0..<3000 {
      var generator = SeededGenerator(seed: seed)
      let bytes =
        seed % 3 == 0
        ? RandomText.wellFormed(seed % 90, using: &generator)
        : text(seed % 70, using: &generator)
      let expected = TextMeasure(slowly: bytes.span)
      #expect(TextMeasure(bytes.span) == expected, "seed \(seed)")
      var sums = ck_text_measure()
      unsafe bytes.withUnsafeBufferPointer { bytes in
        // Safe: the kernel reads the bytes of the array.
        if let start = bytes.baseAddress {
          unsafe ck_measure_text_portable(start, bytes.count, &sums)
        }
      }
      #expect(
        (sums.characters, sums.eojeols, sums.syllables)
          == (expected.characters, expected.eojeols, expected.syllables), "seed \(seed)")
    }
    // ---- A white space character at every place of a block ----
    for space in Self.pieces where space.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      for place in 0..<70 {
        let bytes = [UInt8](repeating: 0x78, count: place) + space.utf8 + Array("가나".utf8)
        #expect(TextMeasure(bytes.span) == TextMeasure(slowly: bytes.span))
      }
    }
  }

  @Test("text that is no UTF-8 is measured in the plain form")
  func illFormed() {
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: seed)
      let bytes = RandomText.illFormed(40, using: &generator)
      #expect(TextMeasure(bytes.span) == TextMeasure(slowly: bytes.span), "seed \(seed)")
    }
  }

  /// A vocabulary of all bytes and of random pieces of texts, some longer than a trait can tell.
  private func vocabulary(_ seed: Int, using generator: inout SeededGenerator) -> Vocabulary {
    var tokens = Set((0...255).map { [UInt8($0)] })
    let source = text(300, using: &generator)
    for _ in 0..<400 {
      let start = Int.random(in: 0..<source.count, using: &generator)
      let length = Int.random(in: 1...9, using: &generator)
      tokens.insert(Array(source[start..<min(source.count, start + length)]))
    }
    if seed % 5 == 0 { tokens.insert(Array(String(repeating: "가", count: 1500).utf8)) }
    return Vocabulary(tokens.sorted { $0.lexicographicallyPrecedes($1) })
  }

  /// `bytes` in tokens of `vocabulary`, at random places.
  private func cut(
    _ bytes: [UInt8], _ vocabulary: Vocabulary, using generator: inout SeededGenerator
  ) -> [UInt32] {
    var ids: [UInt32] = []
    var start = 0
    while start < bytes.count {
      let longest = Int.random(in: 1...9, using: &generator)
      var end = min(bytes.count, start + longest)
      if bytes.count - start >= 4500, vocabulary.count > 1000 || longest > 4 { end = start + 4500 }
      while vocabulary.id(of: bytes.span.extracting(start..<end)) == nil { end -= 1 }
      // Every byte is a token.
      ids.append(vocabulary.id(of: bytes.span.extracting(start..<end)) ?? 0)
      start = end
    }
    return ids
  }

  @Test("edges are found from what is known of tokens as from every byte")
  func edges() {
    for seed in 0..<400 {
      var generator = SeededGenerator(seed: seed)
      let vocabulary = vocabulary(seed, using: &generator)
      var marks = EdgeMarks(vocabulary)
      let mayDiffer = seed % 2 == 0
      let traits = TokenTraits(vocabulary, mayDiffer: mayDiffer)
      var tally = TokenTally(traits)
      var expected = TokenEdges()
      var counts = [Int](repeating: 0, count: vocabulary.count)
      for document in 0..<8 {
        var bytes =
          document == 7
          ? RandomText.illFormed(30, using: &generator)
          : text(Int.random(in: 0...30, using: &generator), using: &generator)
        if seed % 5 == 0, document == 3 {
          bytes += Array(String(repeating: "가", count: 1500).utf8)
        }
        var ids = cut(bytes, vocabulary, using: &generator)
        // Documents that are not their tokens: one is missing, or another one of its length.
        if document == 5, !ids.isEmpty { ids.removeLast() }
        if document == 6, mayDiffer, let last = ids.last, vocabulary.bytes(of: last).count == 1 {
          ids[ids.count - 1] = last ^ 1
        }
        for id in ids { counts[Int(id)] += 1 }
        tally.add(bytes.span, TextMeasure(bytes.span), ids: ids.span, traits)
        expected.add(slowly: bytes.span, ids: ids.span, &marks)
      }
      var found = TokenStatistics(vocabularySize: vocabulary.count)
      tally.add(to: &found)
      #expect(found.edges == expected, "seed \(seed)")
      #expect(found.tokenCounts == counts, "seed \(seed)")
    }
  }
}

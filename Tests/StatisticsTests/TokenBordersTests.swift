// SPDX-License-Identifier: Apache-2.0

import PreTokenization
import Statistics
import TestSupport
import Testing
import TextCore

@Suite struct TokenBordersTests {
  /// Characters of every class that a rule tells apart.
  private static let alphabet = [
    "a", "s", "l", "A", "S", "가", "1", ".", "'", "/", " ", "\n", "\t", "\u{301}", "一", "∰", "ǅ",
  ]

  @Test(
    "what some contexts leave whole is what any context of up to two characters does",
    arguments: PreTokenizer.allCases)
  func contexts(_ rule: PreTokenizer) {
    let contexts =
      [""] + Self.alphabet + Self.alphabet.flatMap { one in Self.alphabet.map { one + $0 } }
    var borders = TokenBorders(rule)
    for seed in 0..<60 {
      var generator = SeededGenerator(seed: seed)
      let length = Int.random(in: 1...4, using: &generator)
      let text = Array(
        (0..<length).map { _ in Self.alphabet.randomElement(using: &generator) ?? "a" }.joined()
          .utf8)
      let answer = borders.answer(text)
      var expected = TokenBorders.Answer()
      for prefix in contexts {
        for suffix in contexts where !(expected.isWithin && expected.isPretoken) {
          borders.add(Array(prefix.utf8), text, Array(suffix.utf8), to: &expected)
        }
      }
      let shown = String(decoding: text, as: UTF8.self)
      #expect(answer.isWithin == expected.isWithin, "seed \(seed): \(shown)")
      #expect(answer.isPretoken == expected.isPretoken, "seed \(seed): \(shown)")
    }
  }
}

@Suite struct VocabularyDifferenceTests {
  @Test("Kendall's τ is that of all pairs")
  func kendall() {
    for seed in 0..<200 {
      var generator = SeededGenerator(seed: seed)
      let places = Array(0..<Int.random(in: 2...40, using: &generator)).shuffled(using: &generator)
      var sum = 0
      for left in places.indices {
        for right in left + 1..<places.count { sum += places[left] < places[right] ? 1 : -1 }
      }
      let pairs = places.count * (places.count - 1) / 2
      let expected = Double(sum) / Double(pairs)
      #expect(abs((VocabularyDifference.kendall(places) ?? 2) - expected) < 1e-12, "seed \(seed)")
    }
    #expect(VocabularyDifference.kendall([0]) == nil)
  }
}

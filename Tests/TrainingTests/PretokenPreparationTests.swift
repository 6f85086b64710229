// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import Training

@Suite struct PretokenPreparationTests {
  /// The parts of `text`, by strings: cut at characters that are not in `alphabet`, then runs cut short.
  private static func reference(
    _ text: String, maximumRepeats: Int?, alphabet: Set<Unicode.Scalar>?
  ) -> [[UInt8]] {
    let parts = text.unicodeScalars.split { alphabet?.contains($0) == false }
    return parts.map { part in
      var kept: [Unicode.Scalar] = []
      for scalar in part {
        let limit = maximumRepeats ?? .max
        if kept.count >= limit, kept.suffix(limit).allSatisfy({ $0 == scalar }) { continue }
        kept.append(scalar)
      }
      return Array(String(String.UnicodeScalarView(kept)).utf8)
    }
  }

  private static func parts(
    _ bytes: [UInt8], maximumRepeats: Int?, alphabet: CharacterSet?
  ) -> [[UInt8]] {
    var preparation = PretokenPreparation(maximumRepeats: maximumRepeats, alphabet: alphabet)
    var parts: [[UInt8]] = []
    preparation.forEachPart(of: bytes.span) { parts.append($0.makeArray()) }
    return parts
  }

  @Test("every string of up to six of few characters is cut and capped as strings are")
  func likeReference() {
    let letters: [Unicode.Scalar] = ["a", "ㅋ", "👍"]
    var texts = [""]
    var longer = texts
    for _ in 0..<6 {
      longer = longer.flatMap { text in letters.map { text + String($0) } }
      texts += longer
    }
    for alphabet in [nil, Set(letters), ["a"], ["ㅋ", "👍"], []] as [Set<Unicode.Scalar>?] {
      var set = CharacterSet()
      for scalar in alphabet ?? [] { set.insert(scalar.value) }
      for repeats in [nil, 1, 2, 3, 6] {
        for text in texts where !text.isEmpty {
          let found = Self.parts(
            Array(text.utf8), maximumRepeats: repeats, alphabet: alphabet == nil ? nil : set)
          let expected = Self.reference(text, maximumRepeats: repeats, alphabet: alphabet)
          #expect(found == expected, "\(text), \(repeats ?? 0), \(alphabet ?? [])")
        }
      }
    }
  }

  @Test("bytes that are not UTF-8 are no characters: neither rare nor repeated")
  func illFormed() {
    var set = CharacterSet()
    set.insert(0x61)
    #expect(
      Self.parts([0xFF, 0xFF, 0xFF, 0x61, 0x61, 0x61], maximumRepeats: 2, alphabet: set)
        == [[0xFF, 0xFF, 0xFF, 0x61, 0x61]])
    #expect(
      Self.parts([0xEA, 0xB0, 0x62, 0xEA], maximumRepeats: nil, alphabet: set)
        == [[0xEA, 0xB0], [0xEA]])
  }

  @Test("the most frequent characters are those of sorting a dictionary", arguments: 0..<100)
  func mostFrequent(_ seed: Int) {
    var generator = SeededGenerator(seed: seed)
    var counts = CharacterCounts()
    var reference: [Unicode.Scalar: Int64] = [:]
    let letters: [Unicode.Scalar] = ["a", "b", "é", "가", "나", "👍", "ㅋ"]
    for _ in 0..<Int.random(in: 0...12, using: &generator) {
      let scalars = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        letters.randomElement(using: &generator) ?? "a"
      }
      let occurrences = Int64.random(in: 1...3, using: &generator)
      counts.add(Array(String(String.UnicodeScalarView(scalars)).utf8).span, occurrences)
      for scalar in scalars { reference[scalar, default: 0] += occurrences }
    }
    let required: [Unicode.Scalar] = Array((["힣", "a"] as [Unicode.Scalar]).prefix(seed % 3))
    for limit in 0...8 {
      let set = counts.mostFrequent(limit, and: required)
      let others = reference.filter { !required.contains($0.key) }
        .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      let expected = Set(required + others.prefix(max(limit - required.count, 0)).map(\.key))
      for letter in letters + ["힣", "z"] {
        #expect(set.contains(letter.value) == expected.contains(letter), "\(letter), \(limit)")
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels

/// Pretokens of many windows, against the definition of BPE.
@Suite struct LongPretokenTests {
  private func model(_ tokens: [String], _ rules: [MergeRule]) throws -> BPEModel {
    let bytes: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] } + tokens.map { Array($0.utf8) }
    return try BPEModel(vocabulary: Vocabulary(bytes), rules: rules, ignoresMerges: false)
  }

  /// Every token is a random string over two letters, every way to make it of two tokens is a rule,
  /// and the ranks are in any order, some of them equal.
  private func randomModel(_ generator: inout SeededGenerator) throws -> BPEModel {
    var strings: Set<String> = []
    for _ in 0..<Int.random(in: 1...25, using: &generator) {
      let length = Int.random(in: 2...7, using: &generator)
      strings.insert(
        String((0..<length).map { _ in Bool.random(using: &generator) ? "a" : "b" }))
    }
    let tokens = strings.sorted()
    var idOf: [String: TokenID] = ["a": 97, "b": 98]
    for (index, token) in tokens.enumerated() { idOf[token] = TokenID(256 + index) }
    var rules: [MergeRule] = []
    for token in tokens {
      for cut in 1..<token.count {
        guard let left = idOf[String(token.prefix(cut))],
          let right = idOf[String(token.dropFirst(cut))], let merged = idOf[token]
        else { continue }
        let rank = UInt32.random(in: 0..<30, using: &generator)
        rules.append(MergeRule(left, right, merged: merged, rank: rank))
      }
    }
    return try model(tokens, rules)
  }

  private func expectReference(_ model: BPEModel, _ text: [UInt8], _ what: String) {
    var scratch = BPEScratch()
    var ids = TokenBuffer()
    model.encode(text.span, to: &ids, scratch: &scratch)
    #expect(ids.makeArray() == ReferenceBPE(model).encode(text.span), "\(what)")
  }

  @Test("windows change nothing, under any rules")
  func randomRules() throws {
    for seed in 0..<150 {
      var generator = SeededGenerator(seed: seed)
      let model = try randomModel(&generator)
      for length in [97, 255, 256, 257, 600, 1100] {
        // From one letter alone to even odds.
        let odds = Double.random(in: 0...0.5, using: &generator)
        let text = (0..<length).map { _ in
          Double.random(in: 0..<1, using: &generator) < odds ? UInt8(98) : UInt8(97)
        }
        expectReference(model, text, "seed \(seed), length \(length)")
      }
    }
  }

  @Test("where a window never becomes certain, a larger one does", arguments: [300, 1000, 1500])
  func chain(length: Int) throws {
    // Each aa could be joined to an a behind it, all along the text.
    let chain = try model(
      ["aa", "aaa"],
      [
        MergeRule(97, 97, merged: 256, rank: 0), MergeRule(256, 97, merged: 257, rank: 1),
      ])
    expectReference(chain, [UInt8](repeating: 97, count: length), "chain")
    // What the last byte is decides about the first one.
    let domino = try model(
      ["ab", "ba"],
      [MergeRule(98, 97, merged: 257, rank: 0), MergeRule(97, 98, merged: 256, rank: 1)])
    expectReference(domino, (0..<length).map { $0 % 2 == 0 ? 97 : 98 }, "domino")
  }

  @Test("text that repeats, and stops repeating, is no exception", arguments: 0..<40)
  func repetition(seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let model = try randomModel(&generator)
    for period in [1, 2, 3, 5, 64, 100] {
      let unit = (0..<period).map { _ in UInt8.random(in: 97...98, using: &generator) }
      var text: [UInt8] = []
      // What repeats begins and ends anywhere, also one byte from the end of the pretoken.
      for _ in 0..<3 {
        let length = Int.random(in: 1...900, using: &generator)
        text += (0..<length).map { unit[$0 % period] }
        text += (0..<Int.random(in: 0...2, using: &generator)).map { _ in 98 }
      }
      expectReference(model, text, "seed \(seed), period \(period)")
    }
  }

  @Test("runs of one letter, with tokens of every length up to one", arguments: [1, 2, 3, 40, 90])
  func runs(longest: Int) throws {
    // Tokens of 2, 4, 8 … letters and of all others made of the greatest of those and the rest, as
    // trained vocabularies have of spaces.
    let tokens = (2...max(longest, 2)).map { String(repeating: "a", count: $0) }
    func id(_ count: Int) -> TokenID { count == 1 ? 97 : TokenID(256 + count - 2) }
    let rules = (2...max(longest, 2)).map { count in
      var left = 1
      while left * 2 < count { left *= 2 }
      return MergeRule(id(left), id(count - left), merged: id(count), rank: UInt32(count))
    }
    let model = try model(tokens, rules)
    for length in [97, 128, 255, 256, 257, 345, 346, 347, 512, 1000, 1777] {
      expectReference(model, [UInt8](repeating: 97, count: length), "\(longest), \(length)")
      var text = [UInt8](repeating: 97, count: length)
      text.append(98)
      expectReference(model, text + text, "\(longest), \(length), and a b")
    }
  }
}

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
}

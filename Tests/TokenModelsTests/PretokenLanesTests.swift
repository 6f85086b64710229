// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels

/// Pretokens that are merged side by side, against the definition of BPE: every word of few letters, under
/// rules that join much of them.
@Suite struct PretokenLanesTests {
  /// What rules there are.
  enum Kind: CaseIterable {
    /// Each ranks behind those that make its operands: pretokens go by lanes where the processor can.
    case ordered
    /// The same with ids of more than 16 bits.
    case orderedWide
    /// In any order, so that none may.
    case shuffled
    /// A space is joined to whole syllables only, so that it is a part of its own.
    case apart
  }

  private static let letters: [[UInt8]] = ["가", "나", "다"].map { Array($0.utf8) }

  /// A model of the letters and of `count` random joints of what there is.
  private func model(
    _ kind: Kind, count: Int, using generator: inout SeededGenerator
  ) throws -> BPEModel {
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    var rules: [MergeRule] = []
    var pairs: Set<TokenPair> = []
    var idOf: [[UInt8]: TokenID] = [:]
    for (id, token) in tokens.enumerated() { idOf[token] = TokenID(id) }
    func join(_ left: TokenID, _ right: TokenID) -> TokenID? {
      let bytes = tokens[Int(left)] + tokens[Int(right)]
      // A token that is made twice may be an operand in between: then rules are in no order.
      let isNew = idOf[bytes] == nil || kind == .shuffled
      guard bytes.count <= 25, isNew, pairs.insert(TokenPair(left, right)).inserted else {
        return nil
      }
      let merged = idOf[bytes] ?? TokenID(tokens.count)
      if merged == tokens.count { tokens.append(bytes) }
      idOf[bytes] = merged
      rules.append(MergeRule(left, right, merged: merged, rank: UInt32(rules.count)))
      return merged
    }
    if kind == .orderedWide {
      for number in 0..<70_000 { tokens.append([0xFF] + Array("\(number)".utf8)) }
    }
    // ---- The letters, then the letters behind a space, then joints ----
    var parts: [TokenID] = []
    for letter in Self.letters {
      let start = join(TokenID(letter[0]), TokenID(letter[1]))
      parts.append(try #require(start.flatMap { join($0, TokenID(letter[2])) } ?? idOf[letter]))
    }
    if kind != .apart { parts += parts.compactMap { join(0x20, $0) } }
    while rules.count < count {
      let made = join(
        try #require(parts.randomElement(using: &generator)),
        try #require(parts.randomElement(using: &generator)))
      if let made { parts.append(made) }
    }
    if kind == .shuffled {
      let ranks = rules.map(\.rank).shuffled(using: &generator)
      for (index, rank) in ranks.enumerated() { rules[index].rank = rank }
    }
    return try BPEModel(vocabulary: Vocabulary(tokens), rules: rules, ignoresMerges: false)
  }

  /// All words of up to `length` letters, with a space before them or not, some with a letter that is none
  /// of the three.
  private func words(upTo length: Int) -> [[UInt8]] {
    var all: [[UInt8]] = []
    var last: [[UInt8]] = [[]]
    for _ in 0..<length {
      last = last.flatMap { word in Self.letters.map { word + $0 } }
      all += last
    }
    let others = all.indices.filter { $0 % 11 == 0 }.map { all[$0] + Array("a뷁".utf8) }
    return all + all.map { [0x20] + $0 } + others
  }

  @Test("every word of three letters", arguments: Kind.allCases)
  func everyWord(_ kind: Kind) throws {
    var generator = SeededGenerator(seed: 7)
    let words = words(upTo: 9).shuffled(using: &generator)
    for count in [8, 40, 150] {
      let model = try model(kind, count: count, using: &generator)
      let reference = ReferenceBPE(model)
      // Small caches, so that all are merged, and again when they come again.
      for cacheBytes in [0, 1 << 16] {
        var encoder = PretokenEncoder(model, cacheBytes: cacheBytes)
        var text = ByteBuffer()
        var ends: [UInt32] = []
        for word in words {
          text.append(copying: word.span)
          ends.append(UInt32(text.count))
        }
        var ids = TokenBuffer()
        var idEnds = GrowableBuffer<Int>()
        encoder.encode(
          text, pretokenEnds: ends.span, documentEnds: [ends.count].span, to: &ids, idEnds: &idEnds)
        let expected = words.flatMap { reference.encode($0.span) }
        #expect(ids.makeArray() == expected, "\(count) rules, \(cacheBytes) bytes")
      }
    }
  }
}

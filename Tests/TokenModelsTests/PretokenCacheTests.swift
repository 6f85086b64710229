// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels

/// Pretokens by way of the cache, so small that they push each other out, against the definition of BPE.
@Suite struct PretokenCacheTests {
  /// What the tables of the cache depend on.
  enum Kind: CaseIterable {
    /// Syllables are tokens, so that short pretokens and those of six or seven characters have lines of
    /// their own kind; ids have 16 bits.
    case whole
    /// The same with ids of 20 bits.
    case wholeWide
    /// Syllables are two or three tokens, so that ids spill.
    case broken
  }

  /// A model with some merges of syllables.
  private func model(_ kind: Kind, using generator: inout SeededGenerator) throws -> BPEModel {
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    var idOf: [[UInt8]: TokenID] = [:]
    for (id, token) in tokens.enumerated() { idOf[token] = TokenID(id) }
    var rules: [MergeRule] = []
    func join(_ left: [UInt8], _ right: [UInt8]) {
      guard let first = idOf[left], let second = idOf[right], idOf[left + right] == nil else {
        return
      }
      let id = TokenID(tokens.count)
      tokens.append(left + right)
      idOf[left + right] = id
      rules.append(MergeRule(first, second, merged: id, rank: UInt32(rules.count)))
    }
    if kind == .wholeWide {
      // Tokens that no rule makes.
      for number in 0..<70_000 { tokens.append([0xFF] + Array("\(number)".utf8)) }
    }
    let syllables = (0..<2000).map { utf8(0xAC00 + UInt32($0)) }
    for syllable in syllables {
      join([syllable[0]], [syllable[1]])
      if kind != .broken { join(Array(syllable[..<2]), [syllable[2]]) }
    }
    for _ in 0..<(kind == .broken ? 0 : 400) {
      let pair = (0..<2).map { _ in letter(using: &generator) }
      join(pair[0], pair[1])
    }
    return try BPEModel(vocabulary: Vocabulary(tokens), rules: rules, ignoresMerges: false)
  }

  private func utf8(_ point: UInt32) -> [UInt8] {
    [UInt8(0xE0 | point >> 12), UInt8(0x80 | point >> 6 & 0x3F), UInt8(0x80 | point & 0x3F)]
  }

  /// One of few syllables.
  private func letter(using generator: inout SeededGenerator) -> [UInt8] {
    utf8(0xAC00 + UInt32.random(in: 0..<24, using: &generator) * 28)
  }

  /// A pretoken of 1 to 34 bytes, or of up to 150, and perhaps a space, most of them of characters of 3 bytes.
  private func pretoken(using generator: inout SeededGenerator) -> [UInt8] {
    var word: [UInt8] = []
    let most = Int.random(in: 0..<12, using: &generator) == 0 ? 50 : 11
    for _ in 0..<Int.random(in: 1...most, using: &generator) {
      switch Int.random(in: 0..<40, using: &generator) {
      case 0: word += utf8(UInt32.random(in: 0x3041...0x9FFF, using: &generator))
      case 1: word.append(UInt8.random(in: 0x61...0x7A, using: &generator))
      default: word += letter(using: &generator)
      }
    }
    return Bool.random(using: &generator) ? [0x20] + word : word
  }

  /// Pretokens, each with others that differ from it in a bit of a character, or by the space.
  private func pretokens(using generator: inout SeededGenerator) -> [[UInt8]] {
    var all: [[UInt8]] = []
    for _ in 0..<150 {
      let word = pretoken(using: &generator)
      all.append(word)
      for _ in 0..<3 {
        var other = word
        let place = Int.random(in: 0..<word.count, using: &generator)
        other[place] ^= 1 << UInt8.random(in: 0..<6, using: &generator)
        all.append(other)
      }
      if word.count > 1 { all.append(word[0] == 0x20 ? Array(word.dropFirst()) : [0x20] + word) }
    }
    return all
  }

  @Test(
    "the cache gives what the definition gives, whatever it keeps", arguments: Kind.allCases,
    [true, false])
  func likeReference(_ kind: Kind, usesVectors: Bool) throws {
    var generator = SeededGenerator(seed: 1)
    let model = try model(kind, using: &generator)
    let reference = ReferenceBPE(model)
    let known = pretokens(using: &generator)
    let expected = known.map { reference.encode($0.span) }
    for cacheBytes in [0, 1 << 13, 1 << 16, 1 << 22] {
      var encoder = PretokenEncoder(
        model, cacheBytes: cacheBytes, usesVectors: usesVectors)
      for round in 0..<40 {
        var text = ByteBuffer()
        var ends: [UInt32] = []
        var wanted: [TokenID] = []
        // Some come often and most seldom, some twice in a batch; what is common changes.
        for _ in 0..<Int.random(in: 1...600, using: &generator) {
          let share = Double.random(in: 0..<1, using: &generator)
          let number = (Int(share * share * share * Double(known.count)) + round * 7) % known.count
          let pretoken = known[number]
          text.append(copying: pretoken.span)
          ends.append(UInt32(text.count))
          wanted += expected[number]
        }
        var ids = TokenBuffer()
        var idEnds = GrowableBuffer<Int>()
        encoder.encode(
          text, pretokenEnds: ends.span, documentEnds: [ends.count].span, to: &ids, idEnds: &idEnds)
        #expect(ids.makeArray() == wanted, "\(cacheBytes) bytes, round \(round)")
      }
    }
  }
}

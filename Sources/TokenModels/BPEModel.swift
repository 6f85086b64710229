// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Byte-pair encoding: a pretoken starts as its bytes, and the adjacent pair whose rule has the
/// lowest rank, the leftmost of equals, is joined until no rule applies.
///
/// Sennrich et al. 2016 on bytes, as GPT-2 and the reference tokenizers do it.
package struct BPEModel: Sendable {
  package let vocabulary: Vocabulary
  /// The rules in the order of their ranks, which are numbered from 0 without gaps.
  package let rules: [MergeRule]
  /// Whether a pretoken that is itself a token is that token, whatever the rules say.
  package let ignoresMerges: Bool
  /// The token of each single byte.
  package let byteTokens: [TokenID]
  let pairs: PairTable
  let units: CharacterUnits
  let rulesByLeft: RulesByLeft
  /// The lengths of the tokens that the rules do not make of their own bytes: a bit each, the last one
  /// for all from 63 on.
  ///
  /// Only such tokens make a difference where merges are ignored, and most vocabularies have none.
  private var unmadeLengths: UInt64 = 0
  /// Whether short pretokens may be merged side by side: no rule ranks before one that makes its operands, as
  /// in every vocabulary that was trained.
  let mergesInLanes: Bool

  /// Up to so many bytes a linear search for the best pair beats a heap; Korean pretokens have 7
  /// bytes on average.
  static let linearSearchLimit = 96

  /// A model of `vocabulary` and `rules`.
  ///
  /// - Throws: `malformedVocabulary` if a byte has no token, a rule names ids that do not exist, or
  ///   there are more than two million ids or rules.
  package init(
    vocabulary: Vocabulary, rules: [MergeRule], ignoresMerges: Bool
  ) throws(TextError) {
    guard max(vocabulary.count, rules.count) <= PairTable.maximumCount else {
      throw TextError(
        .malformedVocabulary,
        "\(max(vocabulary.count, rules.count)) ids or merges, where \(PairTable.maximumCount) at most "
          + "are supported",
        remedy: "use a smaller vocabulary")
    }
    self.vocabulary = vocabulary
    self.rules = Self.densify(rules.sorted { $0.rank < $1.rank })
    self.ignoresMerges = ignoresMerges
    var byteTokens: [TokenID] = []
    for byte in UInt8.min...UInt8.max {
      guard let id = vocabulary.id(of: [byte].span) else {
        throw TextError(
          .malformedVocabulary, "the vocabulary has no token for byte \(byte)",
          remedy: "only byte-level vocabularies with all 256 bytes can be used")
      }
      byteTokens.append(id)
    }
    self.byteTokens = byteTokens
    for rule in self.rules
    where max(rule.pair.left, rule.pair.right, rule.merged) >= vocabulary.count {
      throw TextError(
        .malformedVocabulary, "merge \(rule.rank) names an id beyond the vocabulary",
        remedy: "check that the file is complete")
    }
    pairs = PairTable(self.rules, idCount: vocabulary.count)
    units = CharacterUnits(vocabulary, self.rules, byteTokens, pairs)
    rulesByLeft = RulesByLeft(self.rules, vocabulary)
    mergesInLanes =
      PretokenLanes.isSupported && Self.areOrdered(self.rules, idCount: vocabulary.count)
    if ignoresMerges { unmadeLengths = lengthsOfUnmadeTokens() }
  }

  /// - Complexity: that of encoding the whole vocabulary, a fraction of a microsecond a token.
  private func lengthsOfUnmadeTokens() -> UInt64 {
    var lengths: UInt64 = 0
    var ids = TokenBuffer()
    var scratch = BPEScratch()
    for id in 0..<TokenID(vocabulary.count) {
      let bytes = vocabulary.bytes(of: id)
      guard bytes.count > 1, vocabulary.id(of: bytes) == id else { continue }
      ids.removeAll()
      merge(bytes, to: &ids, scratch: &scratch)
      if ids.count != 1 || ids[0] != id { lengths |= Self.lengthBit(bytes.count) }
    }
    return lengths
  }

  /// Whether each of `rules`, in the order of their ranks, ranks behind all that make its operands.
  private static func areOrdered(_ rules: [MergeRule], idCount: Int) -> Bool {
    var madeBy = [UInt32](repeating: 0, count: idCount)
    for rule in rules { madeBy[Int(rule.merged)] = rule.rank }
    return rules.allSatisfy {
      max(madeBy[Int($0.pair.left)], madeBy[Int($0.pair.right)]) <= $0.rank
    }
  }

  private static func lengthBit(_ byteCount: Int) -> UInt64 { 1 << UInt64(min(byteCount, 63)) }

  /// `rules`, in the order of their ranks, with ranks from 0 on; equal ones stay equal.
  private static func densify(_ rules: [MergeRule]) -> [MergeRule] {
    var rank: UInt32 = 0
    return rules.indices.map { index in
      if index > 0, rules[index].rank != rules[index - 1].rank { rank += 1 }
      var rule = rules[index]
      rule.rank = rank
      return rule
    }
  }

  /// Appends the ids of one pretoken to `ids`; `scratch` is reused from call to call.
  ///
  /// Korean is merged from whole syllables where that is known to be the same.
  ///
  /// - Complexity: O(n²) up to ``linearSearchLimit`` bytes; beyond, O(n) on real text and O(n log n)
  ///   under any rules.
  package func encode(
    _ pretoken: Span<UInt8>, to ids: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    if unmadeLengths != 0, unmadeLengths & Self.lengthBit(pretoken.count) != 0,
      let id = vocabulary.id(of: pretoken)
    {
      ids.append(id)
    } else {
      merge(pretoken, to: &ids, scratch: &scratch)
    }
  }

  /// Makes `scratch.parts` the characters of the pretoken at `range` of `text`, if it is of such as can be
  /// merged whole; false otherwise, and then ``encode(_:to:scratch:)`` is to do it.
  @inline(__always)
  func takeWhole(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, scratch: inout BPEScratch
  ) -> Bool {
    range.count <= Self.linearSearchLimit && mayBeMerged(range.count)
      && scratch.parts.take(text, range, units)
  }

  /// Whether the rules make what a pretoken of `byteCount` bytes is to be.
  @inline(__always)
  func mayBeMerged(_ byteCount: Int) -> Bool { unmadeLengths & Self.lengthBit(byteCount) == 0 }

  /// Makes `scratch.parts` the ids of the pretoken at `range` of `text`, if it is of characters that can
  /// be merged whole; false otherwise, and then ``encode(_:to:scratch:)`` is to do it.
  @inline(__always)
  func mergeWhole(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, scratch: inout BPEScratch
  ) -> Bool {
    takeWhole(text, range, scratch: &scratch) && scratch.parts.merge(pairs)
  }

  /// Appends what the rules make of `pretoken`.
  private func merge(
    _ pretoken: Span<UInt8>, to ids: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    if pretoken.count <= Self.linearSearchLimit {
      if !encodeByUnitsAndBytes(pretoken, to: &ids, scratch: &scratch) {
        encodeByLinearSearch(pretoken, to: &ids, scratch: &scratch)
      }
    } else {
      encodeByWindows(pretoken, to: &ids, scratch: &scratch)
    }
  }
}

/// Working storage of ``BPEModel/encode(_:to:scratch:)``.
package struct BPEScratch: ~Copyable, Sendable {
  var parts = ShortParts()
  var pieces = GrowableBuffer<CharacterPiece>()
  var window = MergeWindow()

  package init() {}
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

extension BPEModel {
  /// The model of a tiktoken vocabulary, which has ranks but no merges: any two adjacent parts are
  /// joined whose bytes together are a token, the lowest rank (id) first, and a pretoken that is a
  /// token stays whole.
  ///
  /// What happens inside a stretch of bytes does not depend on what lies outside it until a merge
  /// crosses its border. So each token is made of the same last two parts wherever it is made: those
  /// in which encoding its bytes alone ends. That pair is its rule, and tokens that are never
  /// made this way (only a whole pretoken can be one) have none.
  ///
  /// - Throws: `malformedVocabulary` if a byte has no token.
  package init(rankedTokens vocabulary: Vocabulary) throws(TextError) {
    var rules: [MergeRule] = []
    for id in 0..<TokenID(vocabulary.count) {
      let token = vocabulary.bytes(of: id)
      guard token.count > 1, vocabulary.id(of: token) == id else { continue }
      if let (left, right) = lastTwoParts(of: token, vocabulary) {
        rules.append(MergeRule(left, right, merged: id, rank: id))
      }
    }
    try self.init(vocabulary: vocabulary, rules: rules, ignoresMerges: true)
  }
}

/// The two parts that joining by rank leaves of `token` before it is whole, or nil if it gets stuck
/// with more.
private func lastTwoParts(
  of token: Span<UInt8>, _ vocabulary: Vocabulary
) -> (TokenID, TokenID)? {
  var starts = Array(0...token.count)
  // ranks[i]: the id of parts i and i + 1 together, or nil.
  func joined(_ index: Int) -> TokenID? {
    guard index + 2 < starts.count else { return nil }
    return vocabulary.id(of: token.extracting(starts[index]..<starts[index + 2]))
  }
  var ranks = starts.indices.dropLast(2).map { joined($0) }
  while starts.count > 3 {
    var best: (index: Int, rank: TokenID)?
    for (index, rank) in ranks.enumerated() {
      if let rank, best.map({ rank < $0.rank }) ?? true { best = (index, rank) }
    }
    guard let best else { return nil }
    starts.remove(at: best.index + 1)
    ranks.remove(at: best.index)
    if best.index > 0 { ranks[best.index - 1] = joined(best.index - 1) }
    if best.index < ranks.count { ranks[best.index] = joined(best.index) }
  }
  guard let left = vocabulary.id(of: token.extracting(0..<starts[1])),
    let right = vocabulary.id(of: token.extracting(starts[1]..<token.count))
  else { return nil }
  return (left, right)
}

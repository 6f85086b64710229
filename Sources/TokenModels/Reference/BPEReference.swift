// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension BPEModel {
  /// The ids of one pretoken by the definition of BPE, word for word: the oracle of the tests.
  ///
  /// - Complexity: O(n²) dictionary look-ups.
  package func referenceEncode(_ pretoken: Span<UInt8>) -> [TokenID] {
    if ignoresMerges, let id = vocabulary.id(of: pretoken) { return [id] }
    var ruleOfPair: [TokenPair: MergeRule] = [:]
    for rule in rules where ruleOfPair[rule.pair] == nil { ruleOfPair[rule.pair] = rule }
    var parts = pretoken.indices.map { byteTokens[Int(pretoken[$0])] }
    while true {
      var best: (index: Int, rule: MergeRule)?
      for index in 0..<max(parts.count - 1, 0) {
        guard let rule = ruleOfPair[TokenPair(parts[index], parts[index + 1])] else { continue }
        if best.map({ rule.rank < $0.rule.rank }) ?? true { best = (index, rule) }
      }
      guard let best else { return parts }
      parts.replaceSubrange(best.index...best.index + 1, with: [best.rule.merged])
    }
  }
}

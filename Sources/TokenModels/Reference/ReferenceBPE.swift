// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// BPE by its definition, word for word: the oracle of the tests.
package struct ReferenceBPE {
  private let model: BPEModel
  private let ruleOfPair: [TokenPair: MergeRule]

  /// The oracle of `model`.
  package init(_ model: BPEModel) {
    self.model = model
    ruleOfPair = Dictionary(model.rules.map { ($0.pair, $0) }) { first, _ in first }
  }

  /// The ids of one pretoken.
  ///
  /// - Complexity: O(n²) dictionary look-ups.
  package func encode(_ pretoken: Span<UInt8>) -> [TokenID] {
    if model.ignoresMerges, let id = model.vocabulary.id(of: pretoken) { return [id] }
    var parts = pretoken.indices.map { model.byteTokens[Int(pretoken[$0])] }
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

// SPDX-License-Identifier: Apache-2.0

internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// What the tokens of a text are made of: how many are Hangul, Latin and so on.
package struct ScriptMix: Sendable {
  /// The scripts that occur, in the order of their cases.
  package let tokens: [(script: TokenScript, count: Int)]
  /// All tokens.
  package let total: Int

  /// The mix of a text in which ids of `tokenizer` occur `counts[id]` times.
  ///
  /// - Complexity: O(bytes of the tokens that occur).
  package init(_ tokenizer: Tokenizer, counts: [Int]) {
    let special = Set(tokenizer.definition.addedTokens.map(\.id))
    let vocabulary = tokenizer.definition.model.vocabulary
    var sums = [TokenScript: Int]()
    for (id, count) in counts.enumerated() where count > 0 {
      let id = TokenID(id)
      let script =
        special.contains(id) ? .special : TokenScript.classify(vocabulary.bytes(of: id)).0
      sums[script, default: 0] += count
    }
    tokens = TokenScript.allCases.compactMap { script in sums[script].map { (script, $0) } }
    total = sums.values.reduce(0, +)
  }
}

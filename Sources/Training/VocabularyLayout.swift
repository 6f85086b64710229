// SPDX-License-Identifier: Apache-2.0

package import TokenModels

/// Which id each token has: added tokens first, then the 256 bytes, then the merges, all of them around
/// the tokens that were given an id.
///
/// Merges keep their order, so the layout of the first merges of a training is that of a training of
/// fewer merges.
package struct VocabularyLayout: Sendable {
  /// A token that is not trained.
  package struct Added: Sendable, Equatable {
    package var content: String
    package var id: TokenID
    /// Whether text makes it only where that is asked for.
    package var isSpecial: Bool
  }

  package private(set) var vocabulary: Vocabulary
  package private(set) var rules: [MergeRule] = []
  package private(set) var added: [Added] = []
  /// The number of unused tokens that fill the vocabulary up.
  package private(set) var paddingTokens = 0
  /// The number of trained tokens of more than one word.
  package private(set) var superwordCount = 0

  /// The layout of `merges`, at most ``TrainingOptions/mergeLimit`` of them.
  package init(_ options: TrainingOptions, _ merges: TrainedMerges) {
    let merges = merges.prefix(options.mergeLimit)
    // ---- What is not trained, but for what fills gaps ----
    var contents: [TokenID: Added] = [:]
    let tokensWithIDs = options.tokensWithIDs
    for (id, content) in tokensWithIDs {
      contents[id] = Added(content: content, id: id, isSpecial: true)
    }
    var next: TokenID = 0
    func takeID() -> TokenID {
      while contents[next] != nil { next += 1 }
      next += 1
      return next - 1
    }
    let unused = (0..<options.unusedTokens).map(TrainingOptions.unusedName)
    for (content, isSpecial) in options.specialTokens.map({ ($0, true) })
      + options.userSymbols.map({ ($0, false) }) + unused.map({ ($0, true) })
    {
      let id = takeID()
      contents[id] = Added(content: content, id: id, isSpecial: isSpecial)
    }
    // ---- Bytes and merges ----
    var trained = TrainedTokens(options)
    for pair in merges.pairs { _ = trained.append(pair) }
    let ids = trained.all.indices.map { _ in takeID() }
    superwordCount = trained.all.count { wordCount(of: $0) > 1 }
    for (index, pair) in merges.pairs.enumerated() {
      rules.append(
        MergeRule(
          ids[Int(pair.left)], ids[Int(pair.right)], merged: ids[256 + index],
          rank: UInt32(index)))
    }
    // ---- Gaps below a given id, reserved ids, and what lacks to a size or a multiple ----
    let used = max(
      Int(next), Int(tokensWithIDs.keys.max().map { $0 + 1 } ?? 0),
      options.reservedLastIDs > 0 ? options.vocabularySize : 0, options.paddedSize ?? 0)
    let size = (used + options.sizeMultiple - 1) / options.sizeMultiple * options.sizeMultiple
    let taken = Set(contents.values.map(\.content))
    var number = options.unusedTokens
    while case let id = takeID(), id < size {
      while taken.contains(TrainingOptions.unusedName(number)) { number += 1 }
      let content = TrainingOptions.unusedName(number)
      number += 1
      contents[id] = Added(content: content, id: id, isSpecial: true)
      paddingTokens += 1
    }
    var tokens = [[UInt8]?](repeating: nil, count: size)
    for (index, id) in ids.enumerated() { tokens[Int(id)] = trained.all[index] }
    added = contents.values.sorted { $0.id < $1.id }
    for token in added { tokens[Int(token.id)] = Array(token.content.utf8) }
    vocabulary = Vocabulary(tokens, added: Set(added.map(\.id)))
  }
}

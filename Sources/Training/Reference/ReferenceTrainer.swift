// SPDX-License-Identifier: Apache-2.0

package import TextCore
internal import TokenModels

/// Trains by the definition, counting all pairs anew at every step: the oracle of the tests.
///
/// - Parameters:
///   - counts: The pretokens.
///   - options: What to train.
///   - prefix: Merges that are there already.
///   - isSecondStage: Whether these were trained on other pretokens.
/// - Returns: All merges, those of `prefix` too.
/// - Throws: `vocabularyTooSmall`, `invalidArgument`.
/// - Complexity: O(merges × symbols).
package func referenceTrain(
  _ counts: borrowing PretokenCounts, _ options: TrainingOptions,
  after prefix: TrainedMerges = TrainedMerges(), isSecondStage: Bool = false
) throws(TextError) -> TrainedMerges {
  try options.check()
  var tokens = TrainedTokens(options)
  var words: [(symbols: [TokenID], occurrences: Int64)] = []
  for index in 0..<counts.count {
    let symbols = counts.bytes(index).makeArray().map { tokens.byteTokens[Int($0)] }
    words.append((symbols, counts.occurrences(index)))
  }
  var merges = prefix.prefix(options.mergeLimit)
  for pair in merges.pairs {
    let merged = tokens.append(pair)
    for index in words.indices {
      words[index].symbols = joining(pair, merged, in: words[index].symbols)
    }
  }
  if isSecondStage { words = words.flatMap { parts(of: $0.symbols, $0.occurrences) } }
  var required = tokens.pairs(making: options.requiredCharacters, after: merges.pairs)
  while merges.pairs.count < options.mergeLimit {
    var pairCounts: [TokenPair: Int64] = [:]
    for (symbols, occurrences) in words {
      for (left, right) in zip(symbols, symbols.dropFirst()) {
        pairCounts[TokenPair(left, right), default: 0] += occurrences
      }
    }
    let best =
      required.isEmpty
      ? pairCounts
        .filter { $0.value >= max(options.minimumFrequency, 1) && tokens.allows($0.key) }
        .max { ($0.value, $1.key.left, $1.key.right) < ($1.value, $0.key.left, $0.key.right) }?.key
      : required.removeFirst()
    guard let best else { break }
    let merged = tokens.append(best)
    merges.pairs.append(best)
    merges.frequencies.append(pairCounts[best] ?? 0)
    for index in words.indices {
      words[index].symbols = joining(best, merged, in: words[index].symbols)
    }
  }
  return merges
}

/// A word of more symbols than a second stage takes, as several.
private func parts(
  of symbols: [TokenID], _ occurrences: Int64
) -> [(symbols: [TokenID], occurrences: Int64)] {
  let limit = BPETrainer.secondStageWordLimit
  return stride(from: 0, to: symbols.count, by: limit).map { start in
    (Array(symbols[start..<min(start + limit, symbols.count)]), occurrences)
  }
}

private func joining(_ pair: TokenPair, _ merged: TokenID, in symbols: [TokenID]) -> [TokenID] {
  var result: [TokenID] = []
  var index = 0
  while index < symbols.count {
    if index + 1 < symbols.count, symbols[index] == pair.left, symbols[index + 1] == pair.right {
      result.append(merged)
      index += 2
    } else {
      result.append(symbols[index])
      index += 1
    }
  }
  return result
}

// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How the tokens of a text are distributed over the vocabulary, and how well they use it.
///
/// With p(t) the share of the tokens that are t, in bits:
/// - Shannon entropy H = −Σ p(t) log₂ p(t);
/// - Rényi entropy H_α = log₂(Σ p(t)^α) / (1 − α), for α ≠ 1 (Rényi 1961; as a measure of tokenizers
///   Zouhar and others 2023, who take α = 2.5);
/// - an efficiency is an entropy / log₂ V, where V is the number of ids that occur, as the published tool
///   `tokenization-scorer` has it, or the size of the vocabulary;
/// - the percentile frequency is the mass of the ids between two shares of the ranks (Gowda and May 2020).
package struct TokenDistribution: Sendable {
  /// How often ids occur, the most frequent first; none that does not occur.
  package let frequencies: [Int]
  /// All tokens.
  package let tokens: Int
  /// The ids that there are.
  package let vocabularySize: Int

  /// The distribution of tokens whose id occurs `counts[id]` times.
  ///
  /// - Complexity: O(V log V).
  package init(counts: [Int]) {
    frequencies = counts.filter { $0 > 0 }.sorted(by: >)
    tokens = frequencies.reduce(0, +)
    vocabularySize = counts.count
  }

  /// The ids that occur.
  package var usedIDs: Int { frequencies.count }
  /// The ids that never occur.
  package var unusedIDs: Int { vocabularySize - usedIDs }

  /// The ids that occur, but fewer than `least` times.
  package func rareIDs(below least: Int) -> Int { frequencies.count { $0 < least } }

  private func probability(_ count: Int) -> Double { Double(count) / Double(tokens) }

  /// H, in bits a token; 0 without tokens.
  package var shannonEntropy: Double {
    -frequencies.reduce(0.0) { sum, count in
      let share = probability(count)
      return sum + share * log2(share)
    }
  }

  /// H_α, in bits a token; Shannon's for `alpha` = 1, 0 without tokens.
  package func renyiEntropy(alpha: Double) -> Double {
    if alpha == 1 { return shannonEntropy }
    if tokens == 0 { return 0 }
    let sum = frequencies.reduce(0.0) { $0 + pow(probability($1), alpha) }
    return log2(sum) / (1 - alpha)
  }

  /// H_α / log₂ V with V the ids that occur, or all ids; 0 where V is less than 2.
  package func renyiEfficiency(alpha: Double, overVocabulary: Bool = false) -> Double {
    let size = overVocabulary ? vocabularySize : usedIDs
    return size < 2 ? 0 : renyiEntropy(alpha: alpha) / log2(Double(size))
  }

  /// The share of the tokens whose ranks are between the shares `start` and `end` of the ids that occur.
  package func percentileFrequency(from start: Double = 0.03, to end: Double = 0.83) -> Double {
    let last = frequencies.count - 1
    guard last >= 0 else { return 0 }
    var first = min(Int(Double(frequencies.count) * start), last)
    var behind = min(Int(Double(frequencies.count) * end), last)
    // Of a handful of ids at least one counts, as the published tool has it.
    if first == behind { first = max(0, first - 1) }
    if first == behind { behind = min(last, behind + 1) }
    return ratio(frequencies[first..<behind].reduce(0, +), tokens)
  }

  /// The bits that the tokens take if each id takes as many: T log₂ V with V the ids that occur.
  package var bits: Double { usedIDs < 2 ? 0 : Double(tokens) * log2(Double(usedIDs)) }
}

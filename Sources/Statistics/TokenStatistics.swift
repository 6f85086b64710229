// SPDX-License-Identifier: Apache-2.0

package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// What one tokenizer makes of a corpus: sums that merge in any order.
package struct TokenStatistics: Sendable {
  /// How often each id occurs.
  package var tokenCounts: [Int]
  /// Documents by their length in tokens.
  package var lengths = LengthHistogram()
  /// What the edges of tokens do to the text.
  package var edges = TokenEdges()

  /// Empty statistics for ids below `vocabularySize`.
  package init(vocabularySize: Int) {
    tokenCounts = [Int](repeating: 0, count: vocabularySize)
  }

  package mutating func merge(_ other: TokenStatistics) {
    for (id, count) in other.tokenCounts.enumerated() { tokenCounts[id] += count }
    lengths.merge(other.lengths)
    edges.merge(other.edges)
  }
}

// MARK: - What follows from the counts

extension TokenStatistics {
  /// The number of tokens.
  package var tokens: Int { tokenCounts.reduce(0, +) }

  /// How the tokens are distributed over the vocabulary.
  package var distribution: TokenDistribution { TokenDistribution(counts: tokenCounts) }

  /// The share of the vocabulary's ids that occur.
  package var vocabularyUsed: Double {
    ratio(tokenCounts.count { $0 > 0 }, tokenCounts.count)
  }

  /// The share of tokens that have white space between other characters.
  package var superwordShare: Double { ratio(edges.superwords, tokens) }

  /// The share of tokens that are not whole characters.
  package func partialUTF8Share(_ tokenizer: Tokenizer) -> Double {
    var partial = 0
    for (id, count) in tokenCounts.enumerated() where count > 0 {
      let token = tokenizer.definition.model.vocabulary.bytes(of: TokenID(id))
      if !isWellFormedUTF8(token) { partial += count }
    }
    return ratio(partial, tokens)
  }

  /// The `count` most frequent ids, the lower id first of equals.
  package func topTokens(_ count: Int) -> [(id: UInt32, count: Int)] {
    let used = tokenCounts.indices.filter { tokenCounts[$0] > 0 }
    let sorted = used.sorted { (tokenCounts[$1], $0) < (tokenCounts[$0], $1) }
    return sorted.prefix(count).map { (UInt32($0), tokenCounts[$0]) }
  }
}

// MARK: - As bytes

extension TokenStatistics {
  package func write(to writer: inout StateWriter) {
    writer.put(counts: tokenCounts)
    lengths.write(to: &writer)
    edges.write(to: &writer)
  }

  /// What a tokenizer with `vocabularySize` ids made of `documents` documents.
  ///
  /// - Throws: `damagedArtefact`.
  package init(
    reading reader: inout StateReader, vocabularySize: Int, documents: Int
  ) throws(TextError) {
    tokenCounts = try reader.counts(vocabularySize)
    lengths = try LengthHistogram(reading: &reader, documents: documents)
    edges = try TokenEdges(reading: &reader)
  }
}

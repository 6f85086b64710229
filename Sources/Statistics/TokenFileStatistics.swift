// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a set of token files holds.
package struct TokenFileStatistics: Sendable {
  package var documents = 0
  package var tokens = 0
  package var emptyDocuments = 0
  package var longestDocument = 0
  /// Documents by their length in tokens.
  package var lengths = LengthHistogram()

  package init() {}

  /// Counts a document of `tokenCount` tokens.
  package mutating func addDocument(tokenCount: Int) {
    documents += 1
    tokens += tokenCount
    if tokenCount == 0 { emptyDocuments += 1 }
    longestDocument = max(longestDocument, tokenCount)
    lengths.add(tokenCount)
  }
}

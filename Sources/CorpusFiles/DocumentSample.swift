// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A uniform choice among the documents of a corpus, by a hash of the seed and of where each stands.
///
/// Every document has a rank: 64 bits that look random and depend on the seed, the file's path as
/// given and the byte at which the document's record begins, never on threads or blocks. Those whose
/// rank is below the limit are chosen. Ranks of two seeds have nothing to do with each other.
package struct DocumentSample: Sendable, Equatable {
  package var seed: UInt64
  /// Ranks below are chosen.
  package var limit: UInt64

  package init(seed: UInt64, limit: UInt64) {
    self.seed = seed
    self.limit = limit
  }
}

/// The ranks of one file's documents.
package struct DocumentRanks: Sendable {
  private let base: UInt64

  /// The ranks under `seed` in the file `path`.
  package init(seed: UInt64, path: String) {
    var state = finalised(seed &+ 0x9E37_79B9_7F4A_7C15)
    for byte in path.utf8 { state = finalised(state ^ UInt64(byte)) }
    base = state
  }

  /// The rank of document `number` of the record that begins at `byteOffset`.
  package func rank(byteOffset: Int, number: Int) -> UInt64 {
    finalised(finalised(base ^ UInt64(byteOffset)) &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
  }
}

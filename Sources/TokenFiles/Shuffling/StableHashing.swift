// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A permutation of all documents there can be, drawn by a seed.
///
/// Documents stand in the order of their keys. For one seed the key is a bijection of the document's
/// number, so no two documents are alike and the order is one for any number of documents.
package struct DocumentOrder: Sendable, Equatable {
  package let seed: UInt64
  private let first: UInt64
  private let second: UInt64

  package init(seed: UInt64) {
    self.seed = seed
    first = finalised(seed &+ 0x9E37_79B9_7F4A_7C15)
    second = finalised(first &+ 0x9E37_79B9_7F4A_7C15)
  }

  /// The key of document `number`, counted from 0.
  package func key(_ number: Int) -> UInt64 {
    finalised(finalised(UInt64(bitPattern: Int64(number)) ^ first) &+ second)
  }
}

extension UInt64 {
  /// The number as a fraction of 2⁶⁴: uniform in [0, 1) if the bits are.
  var fraction: Double { Double(self >> 11) * 0x1p-53 }
}

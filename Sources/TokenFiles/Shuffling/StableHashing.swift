// SPDX-License-Identifier: Apache-2.0

/// The finaliser of SplitMix64 (Steele and others 2014): a bijection under which every bit of the
/// result depends on every bit of `value`.
///
/// Orders and choices that stand in files rest on it, so it never changes.
func finalised(_ value: UInt64) -> UInt64 {
  var value = value
  value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
  value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
  return value ^ value >> 31
}

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

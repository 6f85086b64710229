// SPDX-License-Identifier: Apache-2.0

/// Two adjacent tokens that BPE joins.
package struct TokenPair: Hashable, Sendable, BitwiseCopyable {
  package var left: TokenID
  package var right: TokenID

  package init(_ left: TokenID, _ right: TokenID) {
    self.left = left
    self.right = right
  }
}

/// A rule of BPE: the pair becomes `merged`; of several that apply, the lowest rank goes first.
///
/// Rules of the same rank make the same token.
package struct MergeRule: Hashable, Sendable, BitwiseCopyable {
  package var pair: TokenPair
  package var merged: TokenID
  package var rank: UInt32

  package init(_ left: TokenID, _ right: TokenID, merged: TokenID, rank: UInt32) {
    pair = TokenPair(left, right)
    self.merged = merged
    self.rank = rank
  }
}

/// A rule found by its pair: its rank above, the token it makes below, so that the lesser of two is
/// the one to apply first.
struct RankedMerge: Comparable, BitwiseCopyable {
  var packed: UInt64

  /// No rule: greater than any.
  static let none = RankedMerge(packed: .max)

  init(packed: UInt64) { self.packed = packed }

  init(rank: UInt32, merged: TokenID) { packed = UInt64(rank) << 32 | UInt64(merged) }

  var rank: UInt32 { UInt32(truncatingIfNeeded: packed >> 32) }
  var merged: TokenID { UInt32(truncatingIfNeeded: packed) }

  @inline(__always)
  static func < (one: Self, other: Self) -> Bool { one.packed < other.packed }
}

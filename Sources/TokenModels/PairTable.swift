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

/// The rules by their pairs: open addressing with linear probing, at most half full.
///
/// Ranks are numbered anew without gaps, equal ones staying equal. With up to 65,535 of them, and
/// ids of 16 bits, a slot is one word, and the hot part of the table stays in the nearer caches;
/// larger vocabularies have slots of two.
struct PairTable: Sendable {
  /// The rank that no rule has.
  static let none = UInt32.max

  // Compact: left id, right id, rank, merged id, 16 bits each. Wide: a word of left and right id, and
  // a RankedMerge. Free: all bits set, which no rule is.
  private let slots: [UInt64]
  private let isCompact: Bool
  private let shift: UInt64
  private let slotMask: Int
  /// Most look-ups are of pairs without a rule: a bit for each hash, 8 a rule (32 KiB at 32,000
  /// rules, in the nearest caches), answers seven in eight of them.
  private let filter: [UInt64]
  private let filterShift: UInt64

  /// A table of `rules`, in the order of their ranks, over ids below `idCount`; of several with the
  /// same pair the first is kept.
  init(_ rules: [MergeRule], idCount: Int) {
    let ranked = Self.densify(rules)
    // The id and the rank 0xFFFF are those of free slots.
    let isCompact = idCount <= 0xFFFF && (ranked.last?.rank ?? 0) < 0xFFFF
    var bits: UInt64 = 6
    while 1 << bits < rules.count * 2 { bits += 1 }
    let slotMask = 1 << Int(bits) - 1
    var slots = [UInt64](repeating: .max, count: (slotMask + 1) * (isCompact ? 1 : 2))
    var filter = [UInt64](repeating: 0, count: max(1, 1 << Int(bits + 2 - 6)))
    for rule in ranked {
      let key = Self.key(rule.pair.left, rule.pair.right)
      let hash = Self.hash(key)
      var slot = Int(truncatingIfNeeded: hash >> (64 - bits))
      let word = isCompact ? Self.compact(rule) : key
      while slots[isCompact ? slot : slot * 2] != .max {
        let other = slots[isCompact ? slot : slot * 2]
        if isCompact ? other >> 32 == word >> 32 : other == word { break }
        slot = (slot + 1) & slotMask
      }
      if slots[isCompact ? slot : slot * 2] != .max { continue }
      if isCompact {
        slots[slot] = word
      } else {
        slots[slot * 2] = word
        slots[slot * 2 + 1] = RankedMerge(rank: rule.rank, merged: rule.merged).packed
      }
      let bit = hash >> (64 - bits - 2)
      filter[Int(bit >> 6)] |= 1 << (bit & 63)
    }
    self.slots = slots
    self.isCompact = isCompact
    self.slotMask = slotMask
    self.filter = filter
    shift = 64 - bits
    filterShift = 64 - bits - 2
  }

  /// `rules` with ranks from 0 on, as many as there are different ones.
  private static func densify(_ rules: [MergeRule]) -> [MergeRule] {
    var rank: UInt32 = 0
    return rules.indices.map { index in
      if index > 0, rules[index].rank != rules[index - 1].rank { rank += 1 }
      var rule = rules[index]
      rule.rank = rank
      return rule
    }
  }

  private static func compact(_ rule: MergeRule) -> UInt64 {
    UInt64(rule.pair.left) << 48 | UInt64(rule.pair.right) << 32 | UInt64(rule.rank) << 16
      | UInt64(rule.merged)
  }

  @inline(__always)
  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 { (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15 }

  /// The rule of the pair, or ``RankedMerge/none``.
  @inline(__always)
  func lookUp(_ left: TokenID, _ right: TokenID) -> RankedMerge {
    let key = Self.key(left, right)
    let hash = Self.hash(key)
    let bit = hash &>> filterShift
    if filter.span[Int(truncatingIfNeeded: bit &>> 6)] &>> (bit & 63) & 1 == 0 { return .none }
    let slot = Int(truncatingIfNeeded: hash &>> shift)
    return isCompact ? compactRule(left << 16 | right, slot) : wideRule(key, slot)
  }

  @inline(__always)
  private func compactRule(_ key: UInt32, _ first: Int) -> RankedMerge {
    let slots = slots.span
    var slot = first
    while true {
      let word = slots[slot]
      if UInt32(truncatingIfNeeded: word &>> 32) == key {
        return RankedMerge(packed: (word & 0xFFFF_0000) &<< 16 | word & 0xFFFF)
      }
      if word == .max { return .none }
      slot = (slot &+ 1) & slotMask
    }
  }

  private func wideRule(_ key: UInt64, _ first: Int) -> RankedMerge {
    let slots = slots.span
    var slot = first
    while true {
      let word = slots[slot &* 2]
      if word == key { return RankedMerge(packed: slots[slot &* 2 &+ 1]) }
      if word == .max { return .none }
      slot = (slot &+ 1) & slotMask
    }
  }
}

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

/// The rules by their pairs: open addressing with linear probing, at most half full.
struct PairTable: Sendable {
  struct Slot {
    var key: UInt64
    var rank: UInt32
    var merged: TokenID
  }

  /// The rank that no rule has.
  static let none = UInt32.max

  private let slots: [Slot]
  private let shift: UInt64
  /// Most look-ups are of pairs without a rule: a bit for each hash, 8 a rule (32 KiB at 32,000
  /// rules, in the nearest caches), answers seven in eight of them.
  private let filter: [UInt64]
  private let filterShift: UInt64

  /// A table of `rules`; of several with the same pair the lowest rank is kept.
  init(_ rules: [MergeRule]) {
    var bits: UInt64 = 6
    while 1 << bits < rules.count * 2 { bits += 1 }
    shift = 64 - bits
    // Key of no pair: a token is never joined to itself at the highest id, which files cannot hold.
    let free = Slot(key: .max, rank: Self.none, merged: 0)
    var slots = [Slot](repeating: free, count: 1 << Int(bits))
    for rule in rules {
      let key = Self.key(rule.pair.left, rule.pair.right)
      var slot = Int(truncatingIfNeeded: Self.hash(key) >> shift)
      while slots[slot].key != .max && slots[slot].key != key {
        slot = (slot + 1) & (slots.count - 1)
      }
      if rule.rank < slots[slot].rank {
        slots[slot] = Slot(key: key, rank: rule.rank, merged: rule.merged)
      }
    }
    self.slots = slots
    let filterBits = bits + 2
    filterShift = 64 - filterBits
    var filter = [UInt64](repeating: 0, count: 1 << Int(filterBits - 6))
    for rule in rules {
      let bit = Self.hash(Self.key(rule.pair.left, rule.pair.right)) >> filterShift
      filter[Int(bit >> 6)] |= 1 << (bit & 63)
    }
    self.filter = filter
  }

  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  private static func hash(_ key: UInt64) -> UInt64 { (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15 }

  /// The slot of the pair; its rank is ``none`` if there is no rule for it.
  func lookUp(_ left: TokenID, _ right: TokenID) -> Slot {
    let key = Self.key(left, right)
    let hash = Self.hash(key)
    let bit = hash >> filterShift
    if filter.span[Int(truncatingIfNeeded: bit >> 6)] >> (bit & 63) & 1 == 0 {
      return Slot(key: .max, rank: Self.none, merged: 0)
    }
    let slots = slots.span
    var index = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[index]
      if slot.key == key || slot.key == .max { return slot }
      index = (index &+ 1) & (slots.count &- 1)
    }
  }
}

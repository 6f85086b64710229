// SPDX-License-Identifier: Apache-2.0

/// The rules by their pairs: open addressing with linear probing, at most half full.
///
/// With ranks and ids of 16 bits, a slot is one word, and the hot part of the table stays in the nearer caches;
/// larger vocabularies have slots of two. Buckets without branches were measured to be slower.
@safe
struct PairTable: @unchecked Sendable {
  /// The rank that no rule has.
  static let none = UInt32.max

  /// Owner of the words of a table: slots, and behind them the filter.
  @safe
  private final class Storage: @unchecked Sendable {
    // Invariant: `words` are words owned by this object, all initialised and not written to once
    // the table is made.
    let words: UnsafeMutablePointer<UInt64>

    init(count: Int) { unsafe words = .allocate(capacity: count) }

    deinit { unsafe words.deallocate() }
  }

  // Invariant: `slots` and `filter` point into `storage`, which lives as long as this value.
  // `slots` has a word (compact) or two (wide) for every slot number up to `slotMask`, and at least
  // one slot is free; a hash shifted by `shift` is a slot number, one shifted by `filterShift` the
  // number of a bit of the filter.
  private let storage: Storage
  // Compact: left id, right id, rank, merged id, 16 bits each. Wide: a word of left and right id,
  // and a RankedMerge. Free: all bits set, which no rule is.
  private let slots: UnsafePointer<UInt64>
  /// Most look-ups are of pairs without a rule: a bit for each hash, 8 a rule (32 KiB at 32,000
  /// rules, in the nearest caches), answers seven in eight of them.
  private let filter: UnsafePointer<UInt64>
  private let isCompact: Bool
  private let shift: UInt64
  private let filterShift: UInt64
  private let slotMask: Int

  /// The id of no token, which makes nothing with any other.
  let noToken: TokenID

  /// A table of `rules`, in the order of their ranks from 0 on, over ids below `idCount`; of several with the
  /// same pair the first is kept.
  init(_ rules: [MergeRule], idCount: Int) {
    // The id and the rank 0xFFFF are those of free slots and of no token.
    let isCompact = idCount <= 0xFFFF && (rules.last?.rank ?? 0) < 0xFFFF
    var bits: UInt64 = 6
    while 1 << bits < rules.count * 2 { bits += 1 }
    let slotCount = 1 << Int(bits)
    let width = isCompact ? 1 : 2
    let filterCount = slotCount * 4 / 64
    storage = Storage(count: slotCount * width + filterCount)
    let slots = unsafe storage.words
    let filter = unsafe slots + slotCount * width
    unsafe slots.initialize(repeating: .max, count: slotCount * width)
    unsafe filter.initialize(repeating: 0, count: filterCount)
    for rule in rules {
      let hash = Self.hash(Self.key(rule.pair.left, rule.pair.right))
      // Safe: all indices are below the counts, as the shifts and the mask say.
      let bit = hash >> (64 - bits - 2)
      unsafe filter[Int(bit >> 6)] |= 1 << (bit & 63)
      let key = isCompact ? Self.compact(rule) : Self.key(rule.pair.left, rule.pair.right)
      let identity: UInt64 = isCompact ? 0xFFFF_FFFF << 32 : .max
      var slot = Int(truncatingIfNeeded: hash >> (64 - bits))
      while unsafe slots[slot * width] != .max,
        unsafe slots[slot * width] & identity != key & identity
      {
        slot = (slot + 1) & (slotCount - 1)
      }
      if unsafe slots[slot * width] != .max { continue }
      unsafe slots[slot * width] = key
      if !isCompact {
        unsafe slots[slot * 2 + 1] = RankedMerge(rank: rule.rank, merged: rule.merged).packed
      }
    }
    unsafe self.slots = UnsafePointer(slots)
    unsafe self.filter = UnsafePointer(filter)
    self.isCompact = isCompact
    noToken = isCompact ? 0xFFFF : .max
    slotMask = slotCount - 1
    shift = 64 - bits
    filterShift = 64 - bits - 2
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
    // Safe: shifted hashes are in range.
    let word = unsafe filter[Int(truncatingIfNeeded: bit &>> 6)]
    if word &>> (bit & 63) & 1 == 0 { return .none }
    let slot = Int(truncatingIfNeeded: hash &>> shift)
    return isCompact ? compactRule(UInt64(left) << 16 | UInt64(right), slot) : wideRule(key, slot)
  }

  @inline(__always)
  private func compactRule(_ key: UInt64, _ first: Int) -> RankedMerge {
    var slot = first
    while true {
      // Safe: a slot number; the loop ends at a free slot at the latest.
      let word = unsafe slots[slot]
      if word == .max { return .none }
      if word &>> 32 == key {
        return RankedMerge(packed: (word & 0xFFFF_0000) &<< 16 | word & 0xFFFF)
      }
      slot = (slot &+ 1) & slotMask
    }
  }

  @inline(__always)
  private func wideRule(_ key: UInt64, _ first: Int) -> RankedMerge {
    var slot = first
    while true {
      // Safe: as above.
      let word = unsafe slots[slot &* 2]
      if word == .max { return .none }
      if word == key { return RankedMerge(packed: unsafe slots[slot &* 2 &+ 1]) }
      slot = (slot &+ 1) & slotMask
    }
  }
}

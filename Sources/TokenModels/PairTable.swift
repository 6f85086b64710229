// SPDX-License-Identifier: Apache-2.0

internal import CKernels

/// The rules by their pairs: open addressing with linear probing.
///
/// A slot is one word, so that the hot part of the table stays in the nearer caches: what is not there
/// takes a hundred nanoseconds and more, which is most of the time of encoding English with 100,000
/// rules. With ids and ranks of 16 bits a slot holds all of a rule, and the table is at most half full;
/// with more, the merged id has a table of its own, and the slots are up to four fifths full. Probing
/// begins at a bucket of four slots, which vectors compare at once.
@safe
struct PairTable: @unchecked Sendable {
  /// The rank that no rule has.
  static let none = UInt32.max

  /// Owner of the words of a table: slots, and behind them the filter.
  @safe
  private final class Storage: @unchecked Sendable {
    // Invariant: `words` are words owned by this object, at the start of a cache line, all initialised
    // and not written to once the table is made.
    let words: UnsafeMutablePointer<UInt64>

    init(count: Int) {
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
      unsafe words = bytes.bindMemory(to: UInt64.self, capacity: count)
    }

    deinit { unsafe words.deallocate() }
  }

  // Invariant: `slots`, `filter` and `mergedIDs` point into `storage`, which lives as long as this
  // value. `slots` has a word for every slot number up to `slotMask`, and at least one is free; a
  // hash shifted by `shift` is a slot number, one shifted by `filterShift` the number of a bit of the
  // filter; `mergedIDs` has an id for every rank in a slot.
  private let storage: Storage
  // Narrow: left id, right id, rank, merged id, 16 bits each. Wide: left id, right id and rank, 21
  // bits each. Free: all bits set, which no rule is.
  private let slots: UnsafePointer<UInt64>
  /// Most look-ups are of pairs without a rule: a bit for each hash, 8 or more a rule (32 KiB at
  /// 32,000 rules, in the nearest caches), answers seven in eight of them.
  private let filter: UnsafePointer<UInt32>
  /// By rank; only of wide slots.
  private let mergedIDs: UnsafePointer<TokenID>
  private let isNarrow: Bool
  private let shift: UInt32
  private let filterShift: UInt32
  private let slotMask: Int

  /// The most ids, and ranks, that a table can hold: 2,097,151.
  static let maximumCount = 1 << fieldBits - 1
  private static let fieldBits = UInt64(CK_PAIR_FIELD_BITS)
  private static let bucketMask = ~(Int(CK_PAIR_BUCKET) - 1)
  private static let fieldMask: UInt64 = 1 << fieldBits - 1

  /// The id of no token, which makes nothing with any other.
  let noToken: TokenID

  /// A table of `rules`, in the order of their ranks from 0 on, over ids below `idCount`; of several
  /// with the same pair the first is kept.
  init(_ rules: [MergeRule], idCount: Int) {
    let rankCount = Int(rules.last?.rank ?? 0) + 1
    precondition(max(idCount, rankCount) <= Self.maximumCount, "more ids than fit in a slot")
    // The id and the rank 0xFFFF are those of free slots and of no token.
    isNarrow = max(idCount, rankCount) <= 0xFFFF
    var bits: UInt32 = 6
    while isNarrow ? 1 << bits < rules.count * 2 : 1 << bits * 4 < rules.count * 5 { bits += 1 }
    let slotCount = 1 << Int(bits)
    // 4 bits a slot of which half are used, or 8.
    let filterBits = bits + (isNarrow ? 2 : 3)
    let filterCount = 1 << Int(filterBits - 5)
    storage = Storage(count: slotCount + filterCount / 2 + (isNarrow ? 0 : rankCount / 2 + 1))
    let slots = unsafe storage.words
    let filter = unsafe UnsafeMutableRawPointer(slots + slotCount)
      .bindMemory(to: UInt32.self, capacity: filterCount)
    let mergedIDs = unsafe UnsafeMutableRawPointer(filter + filterCount)
      .bindMemory(to: TokenID.self, capacity: isNarrow ? 0 : rankCount)
    unsafe slots.initialize(repeating: .max, count: slotCount)
    unsafe filter.initialize(repeating: 0, count: filterCount)
    for rule in rules {
      let hash = Self.hash(rule.pair.left, rule.pair.right)
      // Safe: all indices are below the counts, as the shifts and the mask say.
      let bit = hash >> (32 - filterBits)
      unsafe filter[Int(bit >> 5)] |= 1 << (bit & 31)
      let word = isNarrow ? Self.narrow(rule) : Self.wide(rule)
      let identity: UInt64 = isNarrow ? 0xFFFF_FFFF << 32 : ~Self.fieldMask
      var slot = Int(hash >> (32 - bits)) & Self.bucketMask
      while unsafe slots[slot] != .max, unsafe slots[slot] & identity != word & identity {
        slot = (slot + 1) & (slotCount - 1)
      }
      if unsafe slots[slot] != .max { continue }
      unsafe slots[slot] = word
      // Rules of the same rank make the same token.
      if !isNarrow { unsafe mergedIDs[Int(rule.rank)] = rule.merged }
    }
    unsafe self.slots = UnsafePointer(slots)
    unsafe self.filter = UnsafePointer(filter)
    unsafe self.mergedIDs = UnsafePointer(mergedIDs)
    noToken = isNarrow ? 0xFFFF : TokenID(Self.maximumCount)
    slotMask = slotCount - 1
    shift = 32 - bits
    filterShift = 32 - filterBits
  }

  private static func narrow(_ rule: MergeRule) -> UInt64 {
    UInt64(rule.pair.left) << 48 | UInt64(rule.pair.right) << 32 | UInt64(rule.rank) << 16
      | UInt64(rule.merged)
  }

  private static func wide(_ rule: MergeRule) -> UInt64 {
    pairField(rule.pair.left, rule.pair.right) << fieldBits | UInt64(rule.rank)
  }

  @inline(__always)
  private static func pairField(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(left) &<< fieldBits | UInt64(right)
  }

  @inline(__always)
  private static func hash(_ left: TokenID, _ right: TokenID) -> UInt32 {
    left &* UInt32(CK_PAIR_LEFT) &+ right &* UInt32(CK_PAIR_RIGHT)
  }

  /// Asks for the slots where ``lookUp(_:_:)`` of the pair would begin: two such pairs wait once.
  @inline(__always)
  func request(_ left: TokenID, _ right: TokenID) {
    // Safe: a slot number.
    unsafe ck_prefetch(slots + (Int(Self.hash(left, right) &>> shift) & Self.bucketMask))
  }

  /// The rule of the pair, or ``RankedMerge/none``.
  @inline(__always)
  func lookUp(_ left: TokenID, _ right: TokenID) -> RankedMerge {
    let hash = Self.hash(left, right)
    let bit = hash &>> filterShift
    // Safe: shifted hashes are in range.
    let word = unsafe filter[Int(bit &>> 5)]
    if word &>> (bit & 31) & 1 == 0 { return .none }
    let slot = Int(hash &>> shift) & Self.bucketMask
    return isNarrow
      ? narrowRule(UInt64(left) << 16 | UInt64(right), slot)
      : wideRule(Self.pairField(left, right), slot)
  }

  @inline(__always)
  private func narrowRule(_ pair: UInt64, _ first: Int) -> RankedMerge {
    var slot = first
    while true {
      // Safe: a slot number; the loop ends at a free slot at the latest.
      let word = unsafe slots[slot]
      if word == .max { return .none }
      if word &>> 32 == pair {
        return RankedMerge(packed: (word & 0xFFFF_0000) &<< 16 | word & 0xFFFF)
      }
      slot = (slot &+ 1) & slotMask
    }
  }

  @inline(__always)
  private func wideRule(_ pair: UInt64, _ first: Int) -> RankedMerge {
    var slot = first
    while true {
      // Safe: as above; every rank in a slot has its id.
      let word = unsafe slots[slot]
      if word == .max { return .none }
      if word &>> Self.fieldBits == pair {
        let rank = word & Self.fieldMask
        let merged = unsafe mergedIDs[Int(truncatingIfNeeded: rank)]
        return RankedMerge(packed: rank &<< 32 | UInt64(merged))
      }
      slot = (slot &+ 1) & slotMask
    }
  }
}

// MARK: - Many at a time

extension PairTable {
  /// The table as ``ck_merge_lanes(_:_:_:_:)`` takes it, as long as this value lives.
  @unsafe
  var lanes: ck_pair_table {
    unsafe ck_pair_table(
      slots: slots, filter: filter, merged: mergedIDs, slot_mask: UInt32(slotMask),
      slot_shift: UInt8(shift), filter_shift: UInt8(filterShift), is_narrow: isNarrow,
      no_token: noToken)
  }
}

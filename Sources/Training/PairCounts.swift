// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore
internal import TokenModels

/// How often each pair of adjacent tokens occurs, in which units, and in which words as two units of
/// one token each.
struct PairCounts: ~Copyable {
  private struct Entry: BitwiseCopyable {
    /// The pair as one integer: the left id in the upper half.
    var key: UInt64
    var count: Int64
    var words: IndexLists.List
    var units: IndexLists.List
  }

  private var entries = PageBuffer<Entry>()
  /// Indices of entries plus 1 by the hash of the pair, linearly probed; 0 is free. In the bits that
  /// these numbers leave stand bits of the hash, so that few entries are looked at in vain.
  private var slots = PageBuffer<UInt32>()
  var lists = IndexLists()

  init() { slots.append(zeros: 1 << 12) }

  /// The number of distinct pairs seen so far.
  var distinctCount: Int { entries.count }

  func pair(_ index: Int) -> TokenPair {
    let key = entries[index].key
    return TokenPair(UInt32(key >> 32), UInt32(truncatingIfNeeded: key))
  }

  func count(_ index: Int) -> Int64 { entries[index].count }

  /// The index of a pair, which is entered with a count of 0 if it is new.
  mutating func index(of pair: TokenPair) -> Int {
    let key = Self.key(pair)
    let hash = Self.hash(key)
    let slot = slot(of: key, hash)
    if slots[slot] != 0 { return Int(slots[slot] & numberMask) - 1 }
    let index = entries.count
    precondition(index < Int(UInt32.max) - 1, "more than 2^32 pairs of tokens")
    entries.append(Entry(key: key, count: 0, words: .empty, units: .empty))
    slots[slot] = UInt32(index + 1) | tag(hash)
    if entries.count * 2 > slots.count { growSlots() }
    return index
  }

  /// Counts the pair `index` `occurrences` times more, or less if that is negative.
  mutating func add(_ occurrences: Int64, to index: Int) { entries[index].count += occurrences }

  /// Notes that the pair `index` stands between two units of `word`, one token each.
  mutating func addWord(_ word: UInt32, to index: Int) {
    lists.append(word, to: &entries[index].words)
  }

  /// Notes that the pair `index` stands inside the unit type `unit`.
  mutating func addUnit(_ unit: UInt32, to index: Int) {
    lists.append(unit, to: &entries[index].units)
  }

  /// Gives the pair `index`, which has none yet, a whole list of words.
  mutating func setWords(_ words: IndexLists.List, of index: Int) {
    precondition(entries[index].words.isEmpty, "two pairs of units are the same pair of tokens")
    entries[index].words = words
  }

  /// Takes the words of the pair `index` from it and appends them to `words`.
  mutating func takeWords(_ index: Int, into words: inout GrowableBuffer<UInt32>) {
    lists.take(&entries[index].words, into: &words)
  }

  /// Takes the unit types of the pair `index` from it and appends them to `units`.
  mutating func takeUnits(_ index: Int, into units: inout GrowableBuffer<UInt32>) {
    lists.take(&entries[index].units, into: &units)
  }

  private static func key(_ pair: TokenPair) -> UInt64 {
    UInt64(pair.left) << 32 | UInt64(pair.right)
  }

  private static func hash(_ key: UInt64) -> UInt64 { mixed(key, 0x9E37_79B9_7F4A_7C15) }

  /// The bits of a slot that number an entry: there are half as many entries as slots.
  private var numberMask: UInt32 { UInt32(truncatingIfNeeded: slots.count - 1) }

  private func tag(_ hash: UInt64) -> UInt32 { UInt32(hash >> 32) & ~numberMask }

  private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

  /// The slot that holds the pair `key`, or the free one where it belongs.
  private func slot(of key: UInt64, _ hash: UInt64) -> Int {
    let mask = slots.count - 1
    let tag = tag(hash)
    var slot = home(hash)
    while case let found = slots[slot], found != 0,
      found & ~numberMask != tag || entries[Int(found & numberMask) - 1].key != key
    {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func growSlots() {
    let size = slots.count * 2
    slots = PageBuffer()
    slots.append(zeros: size)
    for index in 0..<entries.count {
      let hash = Self.hash(entries[index].key)
      slots[slot(of: entries[index].key, hash)] = UInt32(index + 1) | tag(hash)
    }
  }

  // MARK: Asking for memory

  /// Asks for the slot of a pair.
  func prefetchSlot(_ pair: TokenPair) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(slots.elements + home(Self.hash(Self.key(pair))))
  }

  /// Asks for the count of a pair, whose slot should be at hand.
  func prefetchEntry(_ pair: TokenPair) {
    let number = slots[home(Self.hash(Self.key(pair)))] & numberMask
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(entries.elements + Int(number) - 1)
  }
}

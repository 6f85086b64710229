// SPDX-License-Identifier: Apache-2.0

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
  /// Indices of entries plus 1 by the hash of the pair, linearly probed; 0 is free.
  private var slots = GrowableBuffer<UInt32>()
  var lists = IndexLists()

  init() { slots.append(repeating: 0, count: 1 << 12) }

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
    let slot = slot(of: key)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    let index = entries.count
    precondition(index < Int(UInt32.max) - 1, "more than 2^32 pairs of tokens")
    entries.append(Entry(key: key, count: 0, words: .empty, units: .empty))
    slots[slot] = UInt32(index + 1)
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

  /// The slot that holds the pair `key`, or the free one where it belongs.
  private func slot(of key: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: mixed(key, 0x9E37_79B9_7F4A_7C15)) & mask
    while case let found = slots[slot], found != 0, entries[Int(found) - 1].key != key {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func growSlots() {
    let size = slots.count * 2
    slots = GrowableBuffer(capacity: size)
    slots.append(repeating: 0, count: size)
    for index in 0..<entries.count { slots[slot(of: entries[index].key)] = UInt32(index + 1) }
  }
}

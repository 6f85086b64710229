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
  private var slots = TaggedSlots()
  var lists = IndexLists()

  init() {}

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
    if let index = slots.find(Self.hash(key), { entries[$0].key == key }) { return index }
    let index = entries.count
    entries.append(Entry(key: key, count: 0, words: .empty, units: .empty))
    slots.insert(index) { Self.hash(entries[$0].key) }
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

  // MARK: Asking for memory

  /// Asks for the slot of a pair.
  func prefetchSlot(_ pair: TokenPair) { slots.prefetch(Self.hash(Self.key(pair))) }

  /// Asks for the count of a pair, whose slot should be at hand.
  func prefetchEntry(_ pair: TokenPair) {
    entries.prefetch(slots.probable(Self.hash(Self.key(pair))))
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// How often each pair of adjacent tokens occurs, and in which words.
///
/// Words are kept in blocks of one shared pool, so that millions of short lists cost no allocation;
/// the blocks of a merged pair are used again.
struct PairCounts: ~Copyable {
  private struct Entry {
    /// The pair as one integer: the left id in the upper half.
    var key: UInt64
    var count: Int64
    /// The newest block of the pair's words, ``noBlock`` if there is none.
    var block: UInt32
    /// The word added last: a word is listed once.
    var lastWord: UInt32
  }

  /// A block: the block before it, the number of words in it, then the words.
  private static let blockSize = 8
  private static let noBlock = UInt32.max

  private var entries = GrowableBuffer<Entry>()
  private var slots = GrowableBuffer<UInt32>()
  private var pool = GrowableBuffer<UInt32>()
  private var freeBlock = PairCounts.noBlock

  init() { slots.append(repeating: 0, count: 1 << 12) }

  /// The number of distinct pairs seen so far.
  var distinctCount: Int { entries.count }

  func pair(_ index: Int) -> TokenPair {
    let key = entries[index].key
    return TokenPair(UInt32(key >> 32), UInt32(truncatingIfNeeded: key))
  }

  func count(_ index: Int) -> Int64 { entries[index].count }

  /// The index of a pair that has been added.
  func index(of pair: TokenPair) -> Int {
    let slot = slots[slot(of: Self.key(pair))]
    precondition(slot != 0, "a pair that was never counted")
    return Int(slot) - 1
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

  /// Counts `pair` `occurrences` times more, in `word`.
  mutating func add(_ occurrences: Int64, to pair: TokenPair, inWord word: UInt32) {
    let key = Self.key(pair)
    let slot = slot(of: key)
    let index: Int
    if slots[slot] == 0 {
      index = entries.count
      entries.append(
        Entry(key: key, count: 0, block: Self.noBlock, lastWord: UInt32.max))
      slots[slot] = UInt32(index + 1)
      if entries.count * 2 > slots.count { growSlots() }
    } else {
      index = Int(slots[slot]) - 1
    }
    entries[index].count += occurrences
    if entries[index].lastWord != word {
      entries[index].lastWord = word
      append(word, toListOf: index)
    }
  }

  /// Counts `pair` `occurrences` times less; the pair must have been added.
  mutating func subtract(_ occurrences: Int64, from pair: TokenPair) {
    entries[index(of: pair)].count -= occurrences
  }

  private mutating func growSlots() {
    let size = slots.count * 2
    slots = GrowableBuffer(capacity: size)
    slots.append(repeating: 0, count: size)
    for index in 0..<entries.count { slots[slot(of: entries[index].key)] = UInt32(index + 1) }
  }
}

// MARK: - Words of a pair

extension PairCounts {
  private mutating func append(_ word: UInt32, toListOf index: Int) {
    var block = entries[index].block
    if block == Self.noBlock || pool[Int(block) + 1] == Self.blockSize - 2 {
      let fresh = makeBlock()
      pool[Int(fresh)] = block
      pool[Int(fresh) + 1] = 0
      entries[index].block = fresh
      block = fresh
    }
    let used = Int(pool[Int(block) + 1])
    pool[Int(block) + 2 + used] = word
    pool[Int(block) + 1] += 1
  }

  private mutating func makeBlock() -> UInt32 {
    if freeBlock != Self.noBlock {
      let block = freeBlock
      freeBlock = pool[Int(block)]
      return block
    }
    let block = UInt32(pool.count)
    pool.append(repeating: 0, count: Self.blockSize)
    return block
  }

  /// Takes the words of the pair `index` away from it, in place of what `words` held; the blocks are
  /// free for other pairs.
  mutating func takeWords(_ index: Int, into words: inout GrowableBuffer<UInt32>) {
    words.removeAll()
    var block = entries[index].block
    entries[index].block = Self.noBlock
    while block != Self.noBlock {
      let first = Int(block) + 2
      words.append(copying: pool.span.extracting(first..<first + Int(pool[Int(block) + 1])))
      let before = pool[Int(block)]
      pool[Int(block)] = freeBlock
      freeBlock = block
      block = before
    }
  }
}

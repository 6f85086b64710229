// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Millions of short lists of indices in one pool: no allocation a list, and the blocks of a list that
/// was taken are used again.
///
/// A list is a number that its owner keeps. Most lists hold one index, which is then in that number.
struct IndexLists: ~Copyable {
  /// A list; of indices below 2³¹.
  struct List: BitwiseCopyable {
    /// `empty`, an index with the upper bit set, or the newest block.
    fileprivate var word: UInt32

    static let empty = List(word: .max)

    var isEmpty: Bool { word == .max }
  }

  /// A block: the one before it, the number of indices in it, then the indices.
  private static let blockSize = 8
  private static let inlineBit: UInt32 = 1 << 31
  private static let noBlock: UInt32 = .max >> 1

  private var pool = PageBuffer<UInt32>()
  private var freeBlock = IndexLists.noBlock

  init() {}

  /// Appends `index` to `list` unless it is the last in it.
  mutating func append(_ index: UInt32, to list: inout List) {
    if list.isEmpty {
      list.word = index | Self.inlineBit
      return
    }
    if list.word & Self.inlineBit != 0 {
      let only = list.word & ~Self.inlineBit
      if only == index { return }
      let block = makeBlock(before: Self.noBlock)
      list.word = block
      push(only, block)
      push(index, block)
      return
    }
    let start = Int(list.word) * Self.blockSize
    let used = Int(pool[start + 1])
    if pool[start + 1 + used] == index { return }
    if used == Self.blockSize - 2 { list.word = makeBlock(before: list.word) }
    push(index, list.word)
  }

  private mutating func push(_ index: UInt32, _ block: UInt32) {
    let start = Int(block) * Self.blockSize
    let used = pool[start + 1]
    pool[start + 2 + Int(used)] = index
    pool[start + 1] = used + 1
  }

  private mutating func makeBlock(before: UInt32) -> UInt32 {
    let block: UInt32
    if freeBlock != Self.noBlock {
      block = freeBlock
      freeBlock = pool[Int(block) * Self.blockSize]
    } else {
      block = UInt32(pool.count / Self.blockSize)
      precondition(block < Self.noBlock, "more than 2^31 blocks of indices")
      pool.append(zeros: Self.blockSize)
    }
    pool[Int(block) * Self.blockSize] = before
    pool[Int(block) * Self.blockSize + 1] = 0
    return block
  }

  /// Empties `list` and appends what it held to `indices`, the newest block first.
  mutating func take(_ list: inout List, into indices: inout GrowableBuffer<UInt32>) {
    defer { list = .empty }
    if list.isEmpty { return }
    if list.word & Self.inlineBit != 0 {
      indices.append(list.word & ~Self.inlineBit)
      return
    }
    var block = list.word
    while block != Self.noBlock {
      let start = Int(block) * Self.blockSize
      let used = Int(pool[start + 1])
      indices.append(copying: pool.span.extracting(start + 2..<start + 2 + used))
      let before = pool[start]
      pool[start] = freeBlock
      freeBlock = block
      block = before
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The pairs of adjacent units of which one at least is of several tokens: how often, and in which
/// words.
///
/// All bigrams of one left unit form a chain, as do all of one right unit: when the last token of a
/// unit changes, the pairs of tokens at its right edges are found there.
struct UnitBigrams: ~Copyable {
  struct Bigram: BitwiseCopyable {
    let left: UInt32
    let right: UInt32
    var count: Int64
    var words: IndexLists.List
    /// The next bigram of the same left unit, and that of the same right unit.
    var nextOfLeft: UInt32
    var nextOfRight: UInt32
    /// The unit that the two have become, while they are being merged.
    var compound: UInt32
  }

  static let none = UInt32.max

  private var bigrams = PageBuffer<Bigram>()
  /// Indices of bigrams plus 1, linearly probed; 0 is free.
  private var slots = PageBuffer<UInt32>()

  init() { slots.append(zeros: 1 << 12) }

  subscript(_ index: UInt32) -> Bigram {
    get { bigrams[Int(index)] }
    set { bigrams[Int(index)] = newValue }
  }

  /// The index of the bigram, if there has been one.
  func find(_ left: UInt32, _ right: UInt32) -> UInt32? {
    let slot = slots[slot(left, right)]
    return slot == 0 ? nil : slot - 1
  }

  /// Makes a bigram, which is not there yet, at the head of the chains.
  mutating func make(
    _ left: UInt32, _ right: UInt32, nextOfLeft: UInt32, nextOfRight: UInt32
  ) -> UInt32 {
    precondition(bigrams.count < Int(UInt32.max) - 1, "more than 2^32 bigrams")
    if (bigrams.count + 1) * 2 > slots.count { growSlots() }
    let index = UInt32(bigrams.count)
    bigrams.append(
      Bigram(
        left: left, right: right, count: 0, words: .empty, nextOfLeft: nextOfLeft,
        nextOfRight: nextOfRight, compound: Self.none))
    slots[slot(left, right)] = index + 1
    return index
  }

  private func slot(_ left: UInt32, _ right: UInt32) -> Int {
    let mask = slots.count - 1
    let key = UInt64(left) << 32 | UInt64(right)
    var slot = Int(truncatingIfNeeded: mixed(key, 0x9E37_79B9_7F4A_7C15)) & mask
    while case let found = slots[slot], found != 0,
      bigrams[Int(found) - 1].left != left || bigrams[Int(found) - 1].right != right
    {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func growSlots() {
    let size = slots.count * 2
    slots = PageBuffer()
    slots.append(zeros: size)
    for index in 0..<bigrams.count {
      slots[slot(bigrams[index].left, bigrams[index].right)] = UInt32(index + 1)
    }
  }
}

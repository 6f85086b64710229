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
  private var slots = TaggedSlots()

  init() {}

  subscript(_ index: UInt32) -> Bigram {
    get { bigrams[Int(index)] }
    set { bigrams[Int(index)] = newValue }
  }

  /// The index of the bigram, if there has been one.
  func find(_ left: UInt32, _ right: UInt32) -> UInt32? {
    slots.find(Self.hash(left, right)) {
      bigrams[$0].left == left && bigrams[$0].right == right
    }.map { UInt32($0) }
  }

  /// Makes a bigram, which is not there yet, at the head of the chains.
  mutating func make(
    _ left: UInt32, _ right: UInt32, nextOfLeft: UInt32, nextOfRight: UInt32
  ) -> UInt32 {
    let index = UInt32(bigrams.count)
    bigrams.append(
      Bigram(
        left: left, right: right, count: 0, words: .empty, nextOfLeft: nextOfLeft,
        nextOfRight: nextOfRight, compound: Self.none))
    slots.insert(Int(index)) { Self.hash(bigrams[$0].left, bigrams[$0].right) }
    return index
  }

  private static func hash(_ left: UInt32, _ right: UInt32) -> UInt64 {
    mixed(UInt64(left) << 32 | UInt64(right), 0x9E37_79B9_7F4A_7C15)
  }
}

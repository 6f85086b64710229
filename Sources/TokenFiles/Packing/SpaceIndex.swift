// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Sequences by the space that is left in them: finds the least space that is enough.
///
/// A stack of sequences for each space, over a segment tree of 64 branches a node that knows which
/// stacks have something.
struct SpaceIndex: ~Copyable {
  /// The topmost sequence of each space, or -1.
  private var tops = GrowableBuffer<Int>()
  /// The sequence under each in its stack, or -1.
  private var under = GrowableBuffer<Int>()
  /// The levels of the tree, leaves first; a bit is set where there is something below it.
  private var words = GrowableBuffer<UInt64>()
  /// Where each level starts in ``words``.
  private var levels: [Int] = []

  /// An index of spaces up to `capacity`.
  init(capacity: Int) {
    tops.append(repeating: -1, count: capacity + 1)
    var width = capacity + 1
    repeat {
      width = (width + 63) / 64
      levels.append(words.count)
      words.append(repeating: 0, count: width)
    } while width > 1
  }

  /// Enters `sequence`, which has `space` left.
  ///
  /// - Complexity: O(log capacity), to the base of 64.
  mutating func insert(_ sequence: Int, space: Int) {
    while under.count <= sequence { under.append(-1) }
    under[sequence] = tops[space]
    tops[space] = sequence
    var position = space
    for level in levels {
      let word = level + position >> 6
      let wasEmpty = words[word] == 0
      words[word] |= 1 << UInt64(position & 63)
      if !wasEmpty { return }
      position >>= 6
    }
  }

  /// Takes out the sequence that was entered last among those with the least space of at least
  /// `space`; nil if none has as much.
  ///
  /// - Complexity: O(log capacity), to the base of 64.
  mutating func take(atLeast space: Int) -> (sequence: Int, space: Int)? {
    guard let found = leastSpace(atLeast: space) else { return nil }
    let sequence = tops[found]
    tops[found] = under[sequence]
    if tops[found] < 0 { clearBit(found) }
    return (sequence, found)
  }

  private mutating func clearBit(_ space: Int) {
    var position = space
    for level in levels {
      let word = level + position >> 6
      words[word] &= ~(1 << UInt64(position & 63))
      if words[word] != 0 { return }
      position >>= 6
    }
  }

  private func leastSpace(atLeast space: Int) -> Int? {
    var position = space
    for (depth, level) in levels.enumerated() {
      // Past the last word of a level there is nothing, here and above.
      let word = level + position >> 6
      guard word < (depth + 1 < levels.count ? levels[depth + 1] : words.count) else { return nil }
      let rest = words[word] >> UInt64(position & 63)
      if rest != 0 { return descend(position + rest.trailingZeroBitCount, from: depth) }
      position = position >> 6 + 1
    }
    return nil
  }

  /// The least space below the bit `position` of the level `depth`.
  private func descend(_ position: Int, from depth: Int) -> Int {
    var position = position
    for level in levels[..<depth].reversed() {
      position = position << 6 + words[level + position].trailingZeroBitCount
    }
    return position
  }
}

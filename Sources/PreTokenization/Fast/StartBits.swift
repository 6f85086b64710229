// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension GrowableBuffer where Element == UInt32 {
  /// Appends the places of the bits of `word`, lowest first, each plus `base`.
  @inline(__always)
  mutating func append(bitsOf word: UInt64, base: UInt32) {
    unsafe append(room: 64 + 3) { destination in
      let count = word.nonzeroBitCount
      var rest = word
      var index = 0
      // Four at a time: at most three are written past `count`, inside the room.
      while index < count {
        for step in 0..<4 {
          unsafe destination[index &+ step] =
            base &+ UInt32(truncatingIfNeeded: rest.trailingZeroBitCount)
          rest &= rest &- 1
        }
        index &+= 4
      }
      return count
    }
  }
}

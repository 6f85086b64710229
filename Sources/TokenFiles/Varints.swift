// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// Numbers as Protocol Buffers write them: 7 bits a byte from the lowest on, the top bit of every
// byte but the last set. Plain loops without bounds checks, as these are most of a TFRecord file.

extension Span where Element == UInt32 {
  /// Bytes of the elements as varints.
  var varintByteCount: Int {
    unsafe withUnsafeBufferPointer { values in
      var count = 0
      for index in 0..<values.count {
        // Safe: index < values.count.
        let value = unsafe values[index]
        count &+=
          1 &+ (value >= 1 << 7 ? 1 : 0) &+ (value >= 1 << 14 ? 1 : 0)
          &+ (value >= 1 << 21 ? 1 : 0) &+ (value >= 1 << 28 ? 1 : 0)
      }
      return count
    }
  }
}

/// Bytes of `value` as a varint.
func varintByteCount(of value: Int) -> Int {
  max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
}

extension GrowableBuffer where Element == UInt8 {
  /// Appends `value` as a varint.
  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// Appends every element of `values` as a varint.
  mutating func append(varints values: Span<UInt32>) {
    unsafe values.withUnsafeBufferPointer { source in
      // An element takes at most 5 bytes.
      unsafe append(room: source.count * 5) { destination in
        var next = unsafe destination
        for index in 0..<source.count {
          // Safe: index < source.count, and at most 5 bytes are written for each.
          var rest = unsafe source[index]
          while rest >= 0x80 {
            unsafe next.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            unsafe next += 1
            rest >>= 7
          }
          unsafe next.pointee = UInt8(truncatingIfNeeded: rest)
          unsafe next += 1
        }
        return unsafe next - destination
      }
    }
  }
}

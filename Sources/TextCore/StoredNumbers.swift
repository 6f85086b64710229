// SPDX-License-Identifier: Apache-2.0

// Numbers as the files of this project store them: little-endian, or as varints, which are groups of seven bits, the
// lowest first, all but the last with bit 7 set.

extension GrowableBuffer where Element == UInt8 {
  /// Appends the lowest `bytes` bytes of `value`, the lowest first.
  package mutating func append(littleEndian value: UInt64, bytes: Int) {
    for place in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> UInt64(place * 8))) }
  }

  /// Appends `value` as a varint.
  package mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// The number of `bytes` bytes at `offset`, all of which must be there.
  package func littleEndian(at offset: Int, bytes: Int) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<bytes { value |= UInt64(self[offset + place]) << UInt64(place * 8) }
    return value
  }

  /// The varint at `offset`, which moves behind it; nil if it does not end or is above 2⁶³ - 1.
  package func varint(at offset: inout Int) -> Int? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < count, shift < 63 {
      let byte = self[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        // One spelling a number: no empty group at its end.
        return byte == 0 && shift > 0 ? nil : Int(value)
      }
      shift += 7
    }
    return nil
  }
}

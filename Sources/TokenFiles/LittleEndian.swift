// SPDX-License-Identifier: Apache-2.0

package import TextCore

// The module's only unsafe code: plain loops between integers and little-endian bytes, kept free
// of bounds checks so that they vectorise.

extension GrowableBuffer where Element == UInt8 {
  /// Appends `ids` in `type.width` little-endian bytes each, of an id too large its low bytes.
  package mutating func append(ids: Span<UInt32>, as type: TokenType) {
    switch type {
    case .uint16: append(ids: ids, as: UInt16.self)
    case .int32, .uint32: append(ids: ids, as: UInt32.self)
    case .int64: append(ids: ids, as: UInt64.self)
    }
  }

  private mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
    ids: Span<UInt32>, as type: Value.Type
  ) {
    unsafe ids.withUnsafeBufferPointer { source in
      unsafe append(room: source.count * MemoryLayout<Value>.size) { destination in
        // A width captured from outside is no constant here, and keeps the loop scalar.
        let width = MemoryLayout<Value>.size
        let bytes = UnsafeMutableRawPointer(destination)
        for index in 0..<source.count {
          // Safe: index < source.count, and there is room for as many values.
          let value = Value(truncatingIfNeeded: unsafe source[index]).littleEndian
          unsafe bytes.storeBytes(of: value, toByteOffset: index &* width, as: Value.self)
        }
        return source.count * width
      }
    }
  }

  /// Appends the little-endian bytes of `value`.
  package mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
    littleEndian value: Value
  ) {
    unsafe append(room: MemoryLayout<Value>.size) { destination in
      unsafe UnsafeMutableRawPointer(destination).storeBytes(
        of: value.littleEndian, as: Value.self)
      return MemoryLayout<Value>.size
    }
  }
}

extension Span where Element == UInt8 {
  /// The little-endian value whose first byte is at `offset`.
  package func load<Value: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Value.Type
  ) -> Value {
    precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "load out of range")
    return unsafe withUnsafeBytes { bytes in
      // Safe: the value lies inside the span, by the precondition.
      Value(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
  }
}

extension GrowableBuffer where Element == UInt32 {
  /// Appends the ids stored in `bytes`, a whole number of little-endian values of `type`; returns
  /// whether every value is an id, that is, neither negative nor wider than 32 bits.
  ///
  /// A loop for every type is compiled here: one that other modules call by its type is not
  /// specialised there, and five times slower.
  package mutating func append(stored bytes: Span<UInt8>, as type: TokenType) -> Bool {
    switch type {
    case .uint16: append(stored: bytes, as: UInt16.self)
    case .int32: append(stored: bytes, as: Int32.self)
    case .uint32: append(stored: bytes, as: UInt32.self)
    case .int64: append(stored: bytes, as: Int64.self)
    }
  }

  /// Appends the ids stored in `bytes`, a whole number of little-endian values; returns whether
  /// every value is one, that is, neither negative nor wider than 32 bits.
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
    stored bytes: Span<UInt8>, as type: Value.Type
  ) -> Bool {
    let count = bytes.count / MemoryLayout<Value>.size
    var union: Value = 0
    unsafe bytes.withUnsafeBytes { source in
      unsafe append(room: count) { destination in
        // Local to the closure: a captured variable lives in memory and keeps the loop scalar.
        var seen: Value = 0
        for index in 0..<count {
          // Safe: `source` holds `count` values and `destination` has room for as many.
          let value = Value(
            littleEndian: unsafe source.loadUnaligned(
              fromByteOffset: index &* MemoryLayout<Value>.size, as: Value.self))
          seen |= value
          unsafe destination[index] = UInt32(truncatingIfNeeded: value)
        }
        union = seen
        return count
      }
    }
    return UInt32(exactly: union) != nil
  }
}

extension Span where Element == UInt32 {
  /// The largest element, nil of none.
  package var largest: UInt32? {
    if isEmpty { return nil }
    return unsafe withUnsafeBufferPointer { values in
      var largest: UInt32 = 0
      for index in 0..<values.count { largest = max(largest, unsafe values[index]) }
      return largest
    }
  }
}

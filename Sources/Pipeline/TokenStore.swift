// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import TextCore
package import TokenFiles

/// Token ids in memory, of two bytes where every id fits, else of four.
///
/// The pages of a large store come from the kernel and are touched only by what is written, so take
/// room for as many ids as there can be; a store that must grow is copied.
@safe
package struct TokenStore: ~Copyable {
  // Invariant: `start` owns `capacity` bytes, of which the first count * type.width are ids: a private
  // mapping where there are `mappedBytes` or more, else of the heap; capacity > 0.
  private var start: UnsafeMutableRawPointer
  private var capacity: Int
  package let type: TokenType
  /// The number of ids.
  package private(set) var count = 0

  /// An empty store with room for `room` ids of `type`.
  package init(type: TokenType, room: Int) {
    self.type = type
    capacity = Self.roundedUp(room * type.width)
    unsafe start = Self.allocate(capacity)
  }

  deinit { unsafe Self.free(start, capacity) }

  private static let hugePageBytes = 1 << 21
  /// Below, to make and clear pages takes longer than to encode the text.
  private static let mappedBytes = hugePageBytes / 2
  /// From here on the kernel is asked for huge pages.
  ///
  /// Many small stores that are kept would each have one
  /// that they hardly fill, and the kernel takes its time to find the next: half of the encoding's.
  private static let hugeBytes = 32 * hugePageBytes

  private static func roundedUp(_ byteCount: Int) -> Int {
    if byteCount < mappedBytes { return max(byteCount, 64) }
    // A page that is smaller than a huge one is never made one.
    let page = byteCount < hugeBytes ? 1 << 12 : hugePageBytes
    return (byteCount + page - 1) & ~(page - 1)
  }

  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount < mappedBytes {
      return UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    }
    // Most of the room is never used: not counted as memory in use until it is touched.
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      preconditionFailure("no memory for \(byteCount) bytes of token ids")
    }
    // Asked for, not required: a fault every 2 MiB instead of every 4 KiB.
    if byteCount >= hugeBytes { _ = unsafe madvise(address, byteCount, MADV_HUGEPAGE) }
    return unsafe address
  }

  private static func free(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
    if byteCount < mappedBytes {
      unsafe start.deallocate()
    } else {
      _ = unsafe munmap(start, byteCount)
    }
  }

  private mutating func reserve(_ additionalBytes: Int) {
    let needed = count * type.width + additionalBytes
    guard needed > capacity else { return }
    let grown = Self.roundedUp(max(needed, capacity * 2))
    let target = unsafe Self.allocate(grown)
    unsafe target.copyMemory(from: start, byteCount: count * type.width)
    unsafe Self.free(start, capacity)
    unsafe start = target
    capacity = grown
  }

  /// Appends `ids`, each of which fits the type.
  package mutating func append(_ ids: Span<UInt32>) {
    reserve(ids.count * type.width)
    let target = unsafe start + count * type.width
    unsafe ids.withUnsafeBufferPointer { source in
      switch type {
      case .uint16: unsafe Self.store(source, as: UInt16.self, at: target)
      case .int32, .uint32: unsafe Self.store(source, as: UInt32.self, at: target)
      case .int64: unsafe Self.store(source, as: UInt64.self, at: target)
      }
    }
    count += ids.count
  }

  /// Appends ids that are stored in this type already, little-endian as in token files.
  package mutating func append(stored bytes: Span<UInt8>) {
    precondition(bytes.count % type.width == 0, "half an id")
    reserve(bytes.count)
    unsafe bytes.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe (start + count * type.width).copyMemory(from: base, byteCount: source.count)
      }
    }
    count += bytes.count / type.width
  }

  private static func store<Value: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeBufferPointer<UInt32>, as type: Value.Type, at target: UnsafeMutableRawPointer
  ) {
    for index in 0..<source.count {
      // Safe: `target` has room for source.count values, by reserve().
      let value = Value(truncatingIfNeeded: unsafe source[index]).littleEndian
      unsafe target.storeBytes(
        of: value, toByteOffset: index &* MemoryLayout<Value>.size, as: Value.self)
    }
  }

  /// Where the ids lie; good while the store lives and is not appended to.
  package var address: UnsafeRawPointer { unsafe UnsafeRawPointer(start) }

  /// The ids as stored: `type.width` little-endian bytes each.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let first = unsafe UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
      let span = unsafe Span(_unsafeStart: first, count: count * type.width)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Appends the ids in `range` to `ids`.
  package func copy(_ range: Range<Int>, to ids: inout TokenBuffer) {
    let width = type.width
    let stored = bytes.extracting(range.lowerBound * width..<range.upperBound * width)
    let fits = ids.append(stored: stored, as: type)
    precondition(fits, "a stored value is not an id")
  }
}

// Safe: the store is the only owner of its mapping and has value semantics by being noncopyable.
extension TokenStore: @unchecked Sendable {}

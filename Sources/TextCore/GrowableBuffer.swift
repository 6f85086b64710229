// SPDX-License-Identifier: Apache-2.0

/// Owned contiguous storage that grows at its end: bytes, token ids, offsets.
///
/// It is what the stages hand to each other and reuse from block to block: no copy on write, no
/// reference counts, and at least ``tailPadding`` readable bytes behind the last element, so that
/// simdjson and wide loads may look past the end.
///
/// Public only so that the compiler specialises it in other modules: a generic type of `package`
/// access stays unspecialised there, which made training three times slower.
@safe
public struct GrowableBuffer<Element: BitwiseCopyable>: ~Copyable {
  // Invariant: `start` owns room for `capacity` elements and `tailPadding` bytes; the first
  // `storedCount` elements are initialised, 0 <= storedCount <= capacity.
  @usableFromInline internal var start: UnsafeMutableRawPointer
  @usableFromInline internal var capacity: Int
  @usableFromInline internal var storedCount = 0

  /// Bytes that may be read behind the last element; their values do not matter.
  @inlinable public static var tailPadding: Int { 64 }

  /// An empty buffer with room for `capacity` elements.
  @inlinable
  public init(capacity: Int = 0) {
    self.capacity = capacity
    unsafe start = Self.allocate(capacity)
  }

  deinit { unsafe start.deallocate() }

  /// Room for `capacity` elements and the padding behind them.
  @inlinable
  public static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    let byteCount = capacity * MemoryLayout<Element>.stride + tailPadding
    return UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
  }

  /// The number of elements.
  @inlinable public var count: Int { storedCount }
  /// The number of elements that there is room for.
  package var reservedCount: Int { capacity }
  /// Whether there is no element.
  @inlinable public var isEmpty: Bool { storedCount == 0 }

  /// The address of the first element; good while the buffer is borrowed.
  @inlinable
  public var elements: UnsafeMutablePointer<Element> {
    unsafe start.assumingMemoryBound(to: Element.self)
  }

  /// The elements, for reading.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    get {
      let span = unsafe Span(_unsafeStart: UnsafePointer(elements), count: storedCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements, for writing in place.
  @inlinable
  public var mutableSpan: MutableSpan<Element> {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableSpan(_unsafeStart: elements, count: storedCount)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// The element at `index`, which must be in range.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < storedCount, "GrowableBuffer index out of range")
      return unsafe elements[index]
    }
    set {
      precondition(index >= 0 && index < storedCount, "GrowableBuffer index out of range")
      unsafe elements[index] = newValue
    }
  }
}

// Safe: the buffer is the only owner of its storage and has value semantics by being noncopyable.
extension GrowableBuffer: @unchecked Sendable where Element: Sendable {}

// MARK: - Growing and shrinking

extension GrowableBuffer {
  /// Makes room for `additional` more elements.
  ///
  /// - Complexity: amortised O(1) an element: capacity at least doubles.
  @inlinable
  public mutating func reserve(_ additional: Int) {
    let needed = storedCount + additional
    if needed > capacity { grow(to: max(needed, capacity * 2, 64)) }
  }

  @usableFromInline
  internal mutating func grow(to newCapacity: Int) {
    let grown = unsafe Self.allocate(newCapacity)
    unsafe grown.copyMemory(from: start, byteCount: storedCount * MemoryLayout<Element>.stride)
    unsafe start.deallocate()
    unsafe start = grown
    capacity = newCapacity
  }

  /// Appends `element`.
  @inlinable
  public mutating func append(_ element: Element) {
    reserve(1)
    // Safe: reserve(1) made storedCount < capacity.
    unsafe elements[storedCount] = element
    storedCount &+= 1
  }

  /// Appends a copy of `source`.
  @inlinable
  public mutating func append(copying source: Span<Element>) {
    reserve(source.count)
    unsafe source.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe (elements + storedCount).update(from: base, count: bytes.count)
    }
    storedCount &+= source.count
  }

  /// Appends `count` times `element`.
  @inlinable
  public mutating func append(repeating element: Element, count: Int) {
    reserve(count)
    unsafe (elements + storedCount).update(repeating: element, count: count)
    storedCount &+= count
  }

  /// Lets `fill` write up to `room` elements behind the last one; it returns how many it wrote.
  @inlinable
  public mutating func append<Failure: Error>(
    room: Int, _ fill: (UnsafeMutablePointer<Element>) throws(Failure) -> Int
  ) throws(Failure) {
    reserve(room)
    let written = try unsafe fill(elements + storedCount)
    precondition(written >= 0 && written <= room, "a buffer was filled past its room")
    storedCount += written
  }

  /// Forgets all elements and keeps the storage.
  @inlinable public mutating func removeAll() { storedCount = 0 }

  /// Shortens the buffer to its first `count` elements.
  @inlinable
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= storedCount, "a buffer cannot be truncated to more")
    storedCount = count
  }

  /// Removes the first `count` elements and moves the rest to the front.
  @inlinable
  public mutating func removeFirst(_ count: Int) {
    precondition(count >= 0 && count <= storedCount, "more elements removed than there are")
    unsafe elements.update(from: elements + count, count: storedCount - count)
    storedCount -= count
  }

  /// A copy of the elements as an array.
  public func makeArray() -> [Element] {
    unsafe Array(UnsafeBufferPointer(start: elements, count: storedCount))
  }
}

/// Bytes of text, in UTF-8 unless said otherwise.
public typealias ByteBuffer = GrowableBuffer<UInt8>

/// Token ids.
public typealias TokenBuffer = GrowableBuffer<UInt32>

extension GrowableBuffer where Element == UInt8 {
  /// Appends the UTF-8 of `text`.
  package mutating func append(_ text: String) { append(copying: text.utf8.span) }

  /// The bytes as a string; ill-formed UTF-8 shows as U+FFFD.
  package func makeString() -> String { String(decodingUTF8: span) }
}

extension String {
  /// The string of UTF-8 `bytes`; ill-formed sequences become U+FFFD.
  package init(decodingUTF8 bytes: Span<UInt8>) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

extension Span where Element == UInt8 {
  /// A copy of the bytes as an array.
  package func makeArray() -> [UInt8] {
    unsafe withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// Whether the bytes equal those of `other`.
  @inlinable
  public func elementsEqual(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    // Safe: both ranges lie inside their spans of `count` bytes.
    return unsafe withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        var offset = 0
        while count &- offset >= 8 {
          let words = unsafe (
            left.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
            right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          )
          if words.0 != words.1 { return false }
          offset &+= 8
        }
        while offset < count {
          if unsafe left[offset] != right[offset] { return false }
          offset &+= 1
        }
        return true
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import Glibc

/// Owned contiguous storage of pages from the kernel: it grows without copying, and only what is
/// written takes memory.
///
/// For tables of many megabytes; ``GrowableBuffer`` is the one for everything smaller. Public only so
/// that the compiler specialises it in other modules.
@safe
public struct PageBuffer<Element: BitwiseCopyable>: ~Copyable {
  // Invariant: `start` is a private mapping of `mappedBytes` bytes with room for `capacity` elements
  // and 64 bytes; the first `storedCount` elements are initialised, those behind are zero unless
  // they were removed.
  @usableFromInline internal var start: UnsafeMutableRawPointer
  @usableFromInline internal var capacity: Int
  @usableFromInline internal var storedCount = 0
  private var mappedBytes: Int

  /// An empty buffer of one page.
  public init() {
    mappedBytes = 4096
    unsafe start = Self.map(mappedBytes)
    capacity = Self.room(mappedBytes)
  }

  deinit { _ = unsafe munmap(start, mappedBytes) }

  private static func room(_ byteCount: Int) -> Int {
    (byteCount - 64) / MemoryLayout<Element>.stride
  }

  private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let address = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    return unsafe address
  }

  /// The number of elements.
  @inlinable public var count: Int { storedCount }

  /// The address of the first element, on a page border; good while the buffer is borrowed.
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
      precondition(index >= 0 && index < storedCount, "PageBuffer index out of range")
      return unsafe elements[index]
    }
    set {
      precondition(index >= 0 && index < storedCount, "PageBuffer index out of range")
      unsafe elements[index] = newValue
    }
  }

  /// Asks for the element at `index`, which need not be there.
  @inlinable public func prefetch(_ index: Int) { unsafe TextCore.prefetch(elements + index) }

  /// Appends `element`.
  @inlinable
  public mutating func append(_ element: Element) {
    if storedCount == capacity { grow(to: storedCount + 1) }
    // Safe: storedCount < capacity.
    unsafe elements[storedCount] = element
    storedCount &+= 1
  }

  /// Appends a copy of `source`.
  @inlinable
  public mutating func append(copying source: Span<Element>) {
    if capacity - storedCount < source.count { grow(to: storedCount + source.count) }
    unsafe source.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe (elements + storedCount).update(from: base, count: bytes.count)
    }
    storedCount &+= source.count
  }

  /// Appends `count` elements of zero bytes; the buffer must not have been shortened before.
  public mutating func append(zeros count: Int) {
    if capacity - storedCount < count { grow(to: storedCount + count) }
    storedCount += count
  }

  /// Makes room for `needed` elements in all; the kernel moves pages, not bytes.
  @usableFromInline
  internal mutating func grow(to needed: Int) {
    var wanted = mappedBytes
    while Self.room(wanted) < needed { wanted *= 2 }
    guard let moved = unsafe ck_grow_mapping(start, mappedBytes, wanted) else {
      preconditionFailure("no memory for \(wanted) bytes")
    }
    // A fault every 2 MiB instead of every 4 KiB, where the system grants it.
    if wanted >= 1 << 22 { _ = unsafe madvise(moved, wanted, MADV_HUGEPAGE) }
    unsafe start = moved
    mappedBytes = wanted
    capacity = Self.room(wanted)
  }

  /// Shortens the buffer to its first `count` elements.
  @inlinable
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= storedCount, "a buffer cannot be truncated to more")
    storedCount = count
  }

  /// Forgets all elements and keeps the pages.
  @inlinable public mutating func removeAll() { storedCount = 0 }
}

// Safe: the buffer is the only owner of its mapping and has value semantics by being noncopyable.
extension PageBuffer: @unchecked Sendable where Element: Sendable {}

/// Asks for what is at `address`: a call for itself, so that other modules need no C to specialise its callers.
@unsafe
@usableFromInline
internal func prefetch(_ address: UnsafeRawPointer) {
  // Safe: a prefetch of any address is harmless.
  unsafe ck_prefetch(address)
}

// SPDX-License-Identifier: Apache-2.0

/// A fixed number of elements that may not be copied: buffers, decoders.
///
/// The language's own arrays hold only what can be copied. Public so that the compiler specialises it in
/// other modules.
@safe
public struct FixedArray<Element: ~Copyable>: ~Copyable {
  // Invariant: `start` owns `count` initialised elements.
  @usableFromInline internal let start: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int

  /// `count` elements, each made by `make`.
  @inlinable
  public init(count: Int, _ make: () -> Element) {
    self.count = count
    unsafe start = .allocate(capacity: count)
    for index in 0..<count { unsafe (start + index).initialize(to: make()) }
  }

  deinit {
    unsafe start.deinitialize(count: count)
    unsafe start.deallocate()
  }

  /// The element at `index`, which must be in range.
  @inlinable
  public subscript(index: Int) -> Element {
    _read {
      precondition(index >= 0 && index < count, "FixedArray index out of range")
      yield unsafe start[index]
    }
    _modify {
      precondition(index >= 0 && index < count, "FixedArray index out of range")
      yield unsafe &start[index]
    }
  }
}

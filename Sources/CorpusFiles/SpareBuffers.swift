// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import TextCore

/// Buffers of blocks that are done with, which the next blocks are read into.
///
/// A megabyte that the system maps afresh costs a page fault each 4 KiB: with them a sixth of the time in
/// which zstd files became documents.
final class SpareBuffers: Sendable {
  private struct Slots: ~Copyable {
    var buffers = InlineArray<8, ByteBuffer?> { _ in nil }
  }

  private let slots = Mutex(Slots())
  /// Larger buffers, which long records have left, are not kept.
  private let maximumBytes: Int

  init(blockBytes: Int) { maximumBytes = 2 * blockBytes + 64 }

  /// An empty buffer with room for `capacity` bytes.
  func take(capacity: Int) -> ByteBuffer {
    let spare: ByteBuffer? = slots.withLock { slots in
      for index in slots.buffers.indices {
        if let buffer = slots.buffers[index].take() { return buffer }
      }
      return nil
    }
    guard var spare else { return ByteBuffer(capacity: capacity) }
    spare.removeAll()
    spare.reserve(capacity)
    return spare
  }

  /// Keeps `buffer` for later, if there is room for it.
  func give(_ buffer: consuming ByteBuffer) {
    guard buffer.reservedCount > 0, buffer.reservedCount <= maximumBytes else { return }
    var buffer: ByteBuffer? = buffer
    slots.withLock { slots in
      for index in slots.buffers.indices where slots.buffers[index] == nil {
        return swap(&slots.buffers[index], &buffer)
      }
    }
  }
}

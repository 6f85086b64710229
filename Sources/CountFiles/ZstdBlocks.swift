// SPDX-License-Identifier: Apache-2.0

internal import CZstd
internal import TextCore

/// Compresses and decompresses single blocks by libzstd, each on its own.
///
/// Shared by the readers of a merge: a context is larger than the block it works on.
@safe
package final class ZstdBlocks {
  // Invariant: both contexts are owned by this object and live until its deinit.
  private let compression: OpaquePointer
  private let decompression: OpaquePointer

  /// Level 3 of libzstd: count files shrink to a third, at 200 MB/s and more.
  private static let level: Int32 = 3

  package init() {
    guard let compression = unsafe ZSTD_createCCtx(), let decompression = unsafe ZSTD_createDCtx()
    else { preconditionFailure("no memory for zstd") }
    unsafe self.compression = compression
    unsafe self.decompression = decompression
  }

  deinit {
    _ = unsafe ZSTD_freeCCtx(compression)
    _ = unsafe ZSTD_freeDCtx(decompression)
  }

  /// Appends one zstd frame that holds `block` to `output`.
  func compress(_ block: borrowing ByteBuffer, to output: inout ByteBuffer) {
    let room = ZSTD_compressBound(block.count)
    unsafe output.append(room: room) { spare in
      let size = unsafe ZSTD_compressCCtx(
        compression, spare, room, block.elements, block.count, Self.level)
      precondition(ZSTD_isError(size) == 0, "zstd cannot compress a block in memory")
      return size
    }
  }

  /// Appends the `count` bytes that the frame `payload` holds to `output`; returns what is wrong with
  /// it, if anything.
  func decompress(
    _ payload: borrowing ByteBuffer, count: Int, to output: inout ByteBuffer
  ) -> String? {
    let stated = unsafe ZSTD_getFrameContentSize(payload.elements, payload.count)
    guard stated == UInt64(count) else { return "a block states another size than its frame" }
    var failure: String?
    unsafe output.append(room: count) { spare in
      let size = unsafe ZSTD_decompressDCtx(
        decompression, spare, count, payload.elements, payload.count)
      if ZSTD_isError(size) != 0 {
        failure = "damaged zstd data: \(unsafe String(cString: ZSTD_getErrorName(size)))"
        return 0
      }
      if size != count { failure = "a block is shorter than it states" }
      return size
    }
    return failure
  }
}

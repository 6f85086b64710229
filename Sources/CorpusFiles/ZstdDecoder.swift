// SPDX-License-Identifier: Apache-2.0

internal import CZstd
internal import TextCore

/// A running decompression of zstd frames, by libzstd.
///
/// libzstd forgets what a call has put out when that call also meets damage. So each call is given
/// at most one compressed block, and never the header of the next one with it: everything before
/// the damage comes out, and the damage is placed to the block.
@safe
struct ZstdDecoder: ~Copyable, @unchecked Sendable {
  // Invariant: `context` is owned by this value alone and lives until its deinit.
  private let context: OpaquePointer
  /// What libzstd wants next: the rest of a block and the header of the next one.
  private var wanted = ZstdDecoder.firstInput
  /// Whether the last call may have left output behind for want of room.
  private var isOutputPending = false

  /// The largest window libzstd can decode: 2 GiB, as `zstd --ultra --long=31` writes.
  static let maximumWindowBytes = 1 << 31
  /// Bytes of a block's header (RFC 8878, section 3.1.1.2), which libzstd's wishes include.
  private static let blockHeaderBytes = 3
  /// Enough to begin a frame's header with.
  private static let firstInput = 5

  /// A decompression of frames with windows of up to `windowBytes`, which libzstd takes up to the next
  /// power of two, 2 GiB at most.
  init(windowBytes: Int = ZstdDecoder.maximumWindowBytes) {
    guard let context = unsafe ZSTD_createDCtx() else { preconditionFailure("no memory for zstd") }
    let windowLog =
      Int.bitWidth - (min(windowBytes, Self.maximumWindowBytes) - 1).leadingZeroBitCount
    let status = unsafe ZSTD_DCtx_setParameter(
      context, ZSTD_d_windowLogMax, Int32(max(windowLog, 10)))
    precondition(ZSTD_isError(status) == 0, "a window that libzstd does not know")
    unsafe self.context = context
  }

  deinit { _ = unsafe ZSTD_freeDCtx(context) }

  /// Whether `bytes` begin with the magic number of a zstd frame or of a skippable one.
  static func recognises(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 4 else { return false }
    let isFrame = bytes[0] == 0x28 && bytes[1] == 0xB5 && bytes[2] == 0x2F && bytes[3] == 0xFD
    let isSkippable =
      bytes[0] & 0xF0 == 0x50 && bytes[1] == 0x2A && bytes[2] == 0x4D && bytes[3] == 0x18
    return isFrame || isSkippable
  }

  /// Whether the input so far ends where a frame ends.
  private(set) var isBetweenFrames = true

  /// Decompresses a piece of `input` from `offset` on, up to `room` bytes behind `output`.
  mutating func step(
    _ input: borrowing ByteBuffer, from offset: Int, upTo room: Int,
    into output: inout ByteBuffer
  ) -> DecoderStep {
    var allowed = wanted > Self.blockHeaderBytes ? wanted - Self.blockHeaderBytes : wanted
    if isOutputPending { allowed = 0 }
    allowed = min(allowed, input.count - offset)
    var source = unsafe ZSTD_inBuffer(src: input.elements + offset, size: allowed, pos: 0)
    var status = 0
    var isFull = false
    unsafe output.append(room: room) { spare in
      var target = unsafe ZSTD_outBuffer(dst: spare, size: room, pos: 0)
      status = unsafe ZSTD_decompressStream(context, &target, &source)
      isFull = unsafe target.pos == room
      return unsafe target.pos
    }
    if ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge {
      return .windowTooLarge
    }
    if ZSTD_isError(status) != 0 {
      return .damaged(0, unsafe String(cString: ZSTD_getErrorName(status)))
    }
    isOutputPending = isFull && status != 0
    let consumed = unsafe source.pos
    if status == 0 {
      isBetweenFrames = true
      wanted = Self.firstInput
    } else {
      isBetweenFrames = isBetweenFrames && consumed == 0
      wanted = status
    }
    return .consumed(consumed)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CZstd

/// Makes zstd frames as no one writes them, to be read.
enum ZstdFrames {
  /// One frame with a checksum: each piece a block of its own; and where each block ends.
  static func frame(_ pieces: [[UInt8]], windowLog: Int32 = 0) -> (bytes: [UInt8], ends: [Int]) {
    let context = unsafe ZSTD_createCCtx()
    defer { _ = unsafe ZSTD_freeCCtx(context) }
    _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    if windowLog > 0 {
      _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
    }
    var frame: [UInt8] = []
    var ends: [Int] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    func write(_ piece: [UInt8], _ directive: ZSTD_EndDirective) {
      unsafe piece.withUnsafeBytes { source in
        var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var isDone = false
        while !isDone {
          unsafe room.withUnsafeMutableBytes { target in
            var output = unsafe ZSTD_outBuffer(
              dst: target.baseAddress, size: target.count, pos: 0)
            isDone = unsafe ZSTD_compressStream2(context, &output, &input, directive) == 0
            unsafe frame.append(contentsOf: target[..<output.pos])
          }
        }
      }
    }
    for piece in pieces {
      write(piece, ZSTD_e_flush)
      ends.append(frame.count)
    }
    write([], ZSTD_e_end)
    return (frame, ends)
  }

  /// A skippable frame of `count` bytes of content.
  static func skippable(_ count: UInt8) -> [UInt8] {
    [0x53, 0x2A, 0x4D, 0x18, count, 0, 0, 0] + [UInt8](repeating: 0xAB, count: Int(count))
  }
}

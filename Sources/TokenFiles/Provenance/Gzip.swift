// SPDX-License-Identifier: Apache-2.0

internal import CZlib
internal import TextCore

/// Gzip by zlib, which gives the same bytes on every machine.
enum Gzip {
  /// Appends `bytes` to `output` as a gzip member: members behind each other are one file.
  static func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
    var stream = unsafe z_stream()
    // 15 + 16: the largest window, in a gzip frame without name or time. The fastest level: rows differ
    // in little, and the usual level took a third of the time of encoding short documents.
    let status = unsafe deflateInit2_(
      &stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib refuses its default settings")
    let bound = Int(unsafe deflateBound(&stream, uLong(bytes.count)))
    unsafe bytes.withUnsafeBufferPointer { source in
      unsafe output.append(room: bound) { room in
        // Safe: zlib reads `avail_in` bytes of `source` and writes at most `avail_out` into `room`.
        unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        unsafe stream.avail_in = uInt(source.count)
        unsafe stream.next_out = room
        unsafe stream.avail_out = uInt(bound)
        let end = unsafe deflate(&stream, Z_FINISH)
        precondition(end == Z_STREAM_END, "the bound of zlib is too low")
        return unsafe bound - Int(stream.avail_out)
      }
    }
    _ = unsafe deflateEnd(&stream)
  }
}

/// Reads a gzip file, whose members become one text.
@safe struct GzipFile: ~Copyable {
  private static let windowByteCount = 1 << 16

  let path: String
  private let file: gzFile
  /// Bytes read and not yet forgotten by whoever takes them.
  private(set) var window = ByteBuffer(capacity: windowByteCount)

  /// Opens the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ path: String) throws(TextError) {
    // Says why, where zlib only says that.
    _ = try FileDescriptor.reading(path)
    guard let file = unsafe gzopen(path, "rbe") else {
      throw TextError(.readFailed, "cannot be read", at: .init(path: path))
    }
    self.path = path
    unsafe self.file = file
  }

  deinit { _ = unsafe gzclose(file) }

  /// Appends the bytes `range` of the window to `bytes`.
  func copy(_ range: Range<Int>, to bytes: inout ByteBuffer) {
    bytes.append(copying: window.span.extracting(range))
  }

  /// Forgets `taken` bytes of the window and reads more behind the others; tells whether there were
  /// any.
  ///
  /// - Throws: `damagedArtefact` for what is not gzip, or is cut off.
  mutating func readMore(forgetting taken: Int) throws(TextError) -> Bool {
    window.removeFirst(taken)
    var received: Int32 = 0
    unsafe window.append(room: Self.windowByteCount) { room in
      // Safe: zlib writes at most that many bytes into `room`.
      received = unsafe gzread(file, room, UInt32(Self.windowByteCount))
      return max(Int(received), 0)
    }
    var status: Int32 = 0
    _ = unsafe gzerror(file, &status)
    guard received >= 0, status == Z_OK, unsafe gzdirect(file) == 0 || window.isEmpty else {
      throw .damaged(path, byte: Int(unsafe gzoffset(file)), "is not whole gzip")
    }
    return received > 0
  }
}

// SPDX-License-Identifier: Apache-2.0

/// All bytes of the file at `path`; for files that are small beside memory (vocabularies, manifests).
///
/// - Throws: `fileNotFound`, `readFailed`.
package func readFile(_ path: String) throws(TextError) -> ByteBuffer {
  let file = try FileDescriptor.reading(path)
  let step = 1 << 18
  // The read that finds the end wants room too; without it the whole would be copied once more.
  var bytes = ByteBuffer(capacity: (file.byteCount ?? 0) + step)
  while try file.read(upTo: step, into: &bytes, path: path) > 0 {}
  return bytes
}

/// Calls `body` with all bytes of the file at `path`, a block of 256 KiB at a time.
///
/// - Throws: `fileNotFound`, `readFailed`; what `body` throws.
package func forEachBlock(
  ofFile path: String, _ body: (Span<UInt8>) throws(TextError) -> Void
) throws(TextError) {
  let file = try FileDescriptor.reading(path)
  let step = 1 << 18
  var block = ByteBuffer(capacity: step)
  while try file.read(upTo: step, into: &block, path: path) > 0 {
    try body(block.span)
    block.removeAll()
  }
}

/// A file that appears under its name whole or not at all.
///
/// Bytes go to `path.partial` beside it; ``publish()`` makes them durable and renames. A value that
/// is dropped before leaves nothing behind.
package struct AtomicFile: ~Copyable, Sendable {
  package let path: String
  private let file: FileDescriptor
  private var pending: ByteBuffer
  private var isPublished = false
  /// Bytes written so far.
  package private(set) var byteCount = 0

  /// 1 MiB: few calls for token files, small beside a worker's memory.
  private static let bufferCapacity = 1 << 20

  private var partialPath: String { path + ".partial" }

  /// Opens the partial file of `path`.
  ///
  /// - Throws: `writeFailed`.
  package init(_ path: String) throws(TextError) {
    self.path = path
    file = try FileDescriptor.writing(path + ".partial")
    pending = ByteBuffer(capacity: Self.bufferCapacity)
  }

  deinit { if !isPublished { removeFile(path + ".partial") } }

  /// Appends `bytes`.
  ///
  /// - Throws: `writeFailed`.
  package mutating func write(_ bytes: Span<UInt8>) throws(TextError) {
    byteCount += bytes.count
    if pending.count + bytes.count > Self.bufferCapacity { try flush() }
    if bytes.count > Self.bufferCapacity {
      try file.write(bytes, path: path)
    } else {
      pending.append(copying: bytes)
    }
  }

  private mutating func flush() throws(TextError) {
    try file.write(pending.span, path: path)
    pending.removeAll()
  }

  /// Writes out what is pending and makes it durable; the file keeps its partial name.
  ///
  /// - Throws: `writeFailed`.
  package mutating func finish() throws(TextError) {
    try flush()
    try file.synchronize(path: path)
  }

  /// Gives a finished file its name.
  ///
  /// - Throws: `writeFailed`.
  package mutating func publish() throws(TextError) {
    try renamePath(partialPath, to: path)
    isPublished = true
  }
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// - Throws: `writeFailed`.
package func writeFile(_ path: String, _ bytes: Span<UInt8>) throws(TextError) {
  var file = try AtomicFile(path)
  try file.write(bytes)
  try file.finish()
  try file.publish()
}

/// Writes `bytes` to `path` itself and makes them durable; whoever reads it must know when it is
/// whole.
///
/// - Throws: `writeFailed`.
package func writeDurably(_ path: String, _ bytes: Span<UInt8>) throws(TextError) {
  let file = try FileDescriptor.writing(path)
  try file.write(bytes, path: path)
  try file.synchronize(path: path)
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What an input was, byte for byte as it is stored.
package struct FileDigest: Hashable, Sendable {
  /// The path as the user gave it; "-" is standard input.
  package var path: String
  /// Bytes as stored, before decompression.
  package var byteCount: Int
  /// The SHA-256 of those bytes, as 64 hexadecimal digits.
  package var sha256: String

  package init(path: String, byteCount: Int, sha256: String) {
    self.path = path
    self.byteCount = byteCount
    self.sha256 = sha256
  }
}

/// The bytes of one corpus file or of standard input, decompressed on the way.
///
/// Compression is known by the magic number, not by the name.
package struct ByteSource: ~Copyable, Sendable {
  package let path: String
  /// The bytes of the file as stored; nil for pipes.
  package let storedByteCount: Int?
  /// Stored bytes read so far.
  package private(set) var storedBytesRead = 0
  private let file: FileDescriptor
  private var digest: SHA256
  /// Stored bytes that are read but not yet passed on, from `storedOffset` on.
  private var stored: ByteBuffer
  private var storedOffset = 0
  private var decoder: ZstdDecoder?
  private var isAtEnd = false

  /// 256 KiB: two zstd blocks; larger reads gain nothing.
  private static let chunkBytes = 1 << 18
  private static let magicBytes = 4

  /// Opens `path`, "-" for standard input, and looks at its magic number.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  package init(_ path: String) throws(TextError) {
    let file = try Self.open(path)
    var stored = ByteBuffer()
    while stored.count < Self.magicBytes,
      try file.read(upTo: Self.chunkBytes, into: &stored, path: path) > 0
    {}
    self.path = path
    storedByteCount = file.byteCount
    storedBytesRead = stored.count
    digest = SHA256()
    update(&digest, with: stored, from: 0)
    // A file that is called .zst and is not one is damaged, not text.
    let isNamedZstd = path.hasSuffix(".zst") || path.hasSuffix(".zstd")
    decoder = isNamedZstd || ZstdDecoder.recognises(stored.span) ? ZstdDecoder() : nil
    self.stored = stored
    self.file = file
  }

  private static func open(_ path: String) throws(TextError) -> FileDescriptor {
    if path == CorpusInputs.standardInput { return .standardInput }
    return try FileDescriptor.reading(path)
  }

  /// Appends up to `room` bytes to `output`; returns how many, 0 at the end.
  ///
  /// - Throws: `readFailed`; `damagedCompression` at a byte of the stored file, after everything
  ///   before the damage was given out. The source is at its end then.
  package mutating func read(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) -> Int {
    guard room > 0, !isAtEnd else { return 0 }
    let before = output.count
    if decoder != nil {
      try decompress(upTo: room, into: &output)
    } else if storedOffset < stored.count {
      let end = min(stored.count, storedOffset + room)
      output.append(copying: stored.span.extracting(storedOffset..<end))
      storedOffset = end
    } else {
      try readPlain(upTo: room, into: &output)
    }
    return output.count - before
  }

  /// Reads what is left of the file and returns its digest.
  ///
  /// - Throws: `readFailed`.
  package consuming func finish() throws(TextError) -> FileDigest {
    storedOffset = stored.count
    while try readStored() {}
    return FileDigest(path: path, byteCount: storedBytesRead, sha256: digest.finish())
  }

  private mutating func readPlain(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) {
    let before = output.count
    let received = try file.read(upTo: room, into: &output, path: path)
    update(&digest, with: output, from: before)
    storedBytesRead += received
    isAtEnd = received == 0
  }

  /// Reads the next chunk of stored bytes behind those not yet passed on; false at the end.
  private mutating func readStored() throws(TextError) -> Bool {
    if storedOffset == stored.count {
      stored.removeAll()
      storedOffset = 0
    }
    let before = stored.count
    let received = try file.read(upTo: Self.chunkBytes, into: &stored, path: path)
    update(&digest, with: stored, from: before)
    storedBytesRead += received
    return received > 0
  }

  /// Decompresses until `output` has grown, or to the end.
  private mutating func decompress(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) {
    let before = output.count
    while output.count == before, !isAtEnd {
      let step = decoder?.step(stored, from: storedOffset, upTo: room, into: &output)
      switch step {
      case .consumed(let count)?:
        storedOffset += count
        if count == 0, output.count == before, storedOffset == stored.count,
          try !readStored()
        {
          isAtEnd = true
          if decoder?.isBetweenFrames == false { throw damage("ends inside a zstd frame") }
        }
      case .damaged(let message)?:
        isAtEnd = true
        throw damage("damaged zstd data: \(message)")
      case nil: preconditionFailure("only compressed sources are decompressed")
      }
    }
  }

  private func damage(_ what: String) -> TextError {
    let unread = stored.count - storedOffset
    return TextError(
      .damagedCompression, what,
      at: .init(path: path, byteOffset: storedBytesRead - unread),
      remedy: "copy or download the file again; what stands before is used")
  }
}

private func update(_ digest: inout SHA256, with bytes: borrowing ByteBuffer, from start: Int) {
  digest.update(bytes.span.extracting(start..<bytes.count))
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

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

/// The bytes of a corpus file or of standard input as they are stored, hashed on the way.
final class StoredFile: @unchecked Sendable {
  // Invariant: used by one thread at a time, the one that claims the next block.
  let path: String
  /// The bytes of the file; nil for pipes.
  let byteCount: Int?
  /// Bytes read so far.
  private(set) var bytesRead = 0
  private let file: FileDescriptor
  private var digest: SHA256? = SHA256()

  /// 256 KiB: two zstd blocks; larger reads gain nothing.
  static let chunkBytes = 1 << 18

  /// Opens `path`, "-" for standard input.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ path: String) throws(TextError) {
    let file = try Self.open(path)
    self.path = path
    byteCount = file.byteCount
    self.file = file
  }

  private static func open(_ path: String) throws(TextError) -> FileDescriptor {
    if path == CorpusInputs.standardInput { return .standardInput }
    return try FileDescriptor.reading(path)
  }

  /// Appends up to `room` bytes to `output`; returns how many, 0 at the end.
  ///
  /// - Throws: `readFailed`.
  func read(upTo room: Int, into output: inout ByteBuffer) throws(TextError) -> Int {
    let before = output.count
    let received = try file.read(upTo: room, into: &output, path: path)
    digest?.update(output.span.extracting(before..<output.count))
    bytesRead += received
    return received
  }

  /// Reads what is left and returns the digest of the whole; to be called once.
  ///
  /// - Throws: `readFailed`.
  func finish() throws(TextError) -> FileDigest {
    var rest = ByteBuffer()
    while try read(upTo: Self.chunkBytes, into: &rest) > 0 { rest.removeAll() }
    guard let digest = digest.take() else { preconditionFailure("a file is finished once") }
    return FileDigest(path: path, byteCount: bytesRead, sha256: digest.finish())
  }
}

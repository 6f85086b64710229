// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A file of a shard, written from its start to its end under a partial name, with its checksum.
package struct ShardFile: ~Copyable, Sendable {
  static let partialSuffix = ".partial"
  /// 256 KiB: converted, hashed and written while it is in a core's second-level cache.
  package static let blockByteCount = 1 << 18

  let path: String
  private let file: FileDescriptor
  private var checksum = XXH3()
  private(set) var byteCount = 0
  /// Whether the partial file outlives this value.
  private var isKept = false

  private var partialPath: String { path + Self.partialSuffix }

  /// Creates or empties the partial file of `path`.
  ///
  /// - Throws: `writeFailed`.
  init(_ path: String) throws(TextError) {
    self.path = path
    file = try FileDescriptor.writing(path + Self.partialSuffix)
  }

  /// Opens the partial file of `path` behind its first `byteCount` bytes, which are hashed again;
  /// the others are cut off.
  ///
  /// - Throws: `readFailed`, `writeFailed`; `damagedArtefact` if it is shorter.
  init(_ path: String, keeping byteCount: Int) throws(TextError) {
    let partial = path + Self.partialSuffix
    let file = try FileDescriptor.extending(partial, keeping: byteCount)
    let checksum = try Self.checksum(ofFirst: byteCount, partial)
    self.path = path
    self.file = file
    self.checksum = checksum
    self.byteCount = byteCount
    isKept = true
  }

  private static func checksum(
    ofFirst byteCount: Int, _ path: String
  ) throws(TextError) -> XXH3 {
    var checksum = XXH3()
    var section = try FileSection(path, 0..<byteCount)
    var block = ByteBuffer(capacity: blockByteCount)
    var done = 0
    while done < byteCount {
      block.removeAll()
      try section.append(bytes: min(blockByteCount, byteCount - done), to: &block)
      checksum.update(block.span)
      done += block.count
    }
    return checksum
  }

  deinit { if !isKept { removeFile(path + Self.partialSuffix) } }

  /// Writes the bytes of `block` and empties it.
  ///
  /// - Throws: `writeFailed`.
  mutating func write(emptying block: inout ByteBuffer) throws(TextError) {
    checksum.update(block.span)
    try file.write(block.span, path: path)
    byteCount += block.count
    block.removeAll()
  }

  /// Replaces the first bytes, which were written already, by `header`, and takes the checksum anew:
  /// the file is read once more, mostly from memory.
  ///
  /// - Throws: `readFailed`, `writeFailed`.
  mutating func rewrite(header: Span<UInt8>) throws(TextError) {
    precondition(header.count <= byteCount, "a header of more bytes than were written")
    try file.overwrite(header, at: 0, path: path)
    checksum = try Self.checksum(ofFirst: byteCount, partialPath)
  }

  /// Makes the bytes durable.
  ///
  /// - Throws: `writeFailed`.
  func synchronize() throws(TextError) { try file.synchronize(path: path) }

  /// Leaves the partial file where it is when this value goes.
  mutating func keep() { isKept = true }

  /// Leaves the partial file where it is, and describes it.
  mutating func keptOutput() -> Manifest.Output {
    isKept = true
    return Manifest.Output(
      name: baseName(path), byteCount: byteCount, checksum: "xxh3:" + checksum.digest())
  }
}

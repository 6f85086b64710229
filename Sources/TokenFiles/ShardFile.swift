// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// One file of a shard, written in blocks under its partial name, with its checksum.
///
/// Unlike an `AtomicFile` it can be finished and closed long before it gets its name, since a set
/// of many shards appears at once and cannot keep a descriptor for each.
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

  /// Creates or empties the partial file of `path`.
  ///
  /// - Throws: `writeFailed`.
  init(_ path: String) throws(TextError) {
    self.path = path
    file = try FileDescriptor.writing(path + Self.partialSuffix)
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

  /// Makes the bytes durable.
  ///
  /// - Throws: `writeFailed`.
  func synchronize() throws(TextError) { try file.synchronize(path: path) }

  /// Leaves the partial file where it is, and describes it.
  mutating func keep() -> Manifest.Output {
    isKept = true
    return Manifest.Output(
      name: baseName(path), byteCount: byteCount, checksum: "xxh3:" + checksum.digest())
  }
}

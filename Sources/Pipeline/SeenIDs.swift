// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// The identities of documents seen in this run and in those before that it goes on with: a set in
/// memory, and a file of its hashes, 16 bytes each.
struct SeenIDs: ~Copyable {
  private static let blockByteCount = 1 << 18

  private let path: String
  private let file: FileDescriptor
  private var set: IDSet
  private var pending = ByteBuffer(capacity: blockByteCount)
  private var byteCount: Int
  private var keepsFile = false

  /// A set that takes at most `memoryBytes`; with `byteCount` it holds what is in so many bytes of the
  /// file.
  ///
  /// - Throws: `writeFailed`, `readFailed`, `fileNotFound`, `damagedArtefact`.
  init(_ path: String, memoryBytes: Int, continuing byteCount: Int?) throws(TextError) {
    var set = IDSet(memoryBytes: memoryBytes)
    let file: FileDescriptor
    if let byteCount {
      file = try FileDescriptor.extending(path, keeping: byteCount)
      try Self.read(path, byteCount, into: &set)
    } else {
      file = try FileDescriptor.writing(path)
    }
    self.path = path
    self.file = file
    self.set = set
    self.byteCount = byteCount ?? 0
    keepsFile = byteCount != nil
  }

  deinit { if !keepsFile { TextCore.removeFile(path) } }

  private static func read(
    _ path: String, _ byteCount: Int, into set: inout IDSet
  ) throws(TextError) {
    let file = try FileDescriptor.reading(path)
    var block = ByteBuffer(capacity: blockByteCount)
    while try file.read(upTo: blockByteCount - block.count, into: &block, path: path) > 0 {
      let whole = block.count / 16 * 16
      for offset in stride(from: 0, to: whole, by: 16) {
        let hash = XXH128(
          high: block.span.load(at: offset, as: UInt64.self),
          low: block.span.load(at: offset + 8, as: UInt64.self))
        _ = try set.insert(DocumentIdentity(hash: hash))
      }
      block.removeFirst(whole)
    }
  }

  /// Adds `identity`; returns whether it is new.
  ///
  /// - Throws: `writeFailed`; `invalidArgument` if memory does not hold it.
  mutating func insert(_ identity: DocumentIdentity) throws(TextError) -> Bool {
    guard try set.insert(identity) else { return false }
    pending.append(littleEndian: identity.hash.high)
    pending.append(littleEndian: identity.hash.low)
    if pending.count == Self.blockByteCount { try flush() }
    return true
  }

  private mutating func flush() throws(TextError) {
    try file.write(pending.span, path: path)
    byteCount += pending.count
    pending.removeAll()
  }

  /// Makes the file durable; returns how long it is.
  ///
  /// - Throws: `writeFailed`.
  mutating func checkpoint() throws(TextError) -> Int {
    try flush()
    try file.synchronize(path: path)
    keepsFile = true
    return byteCount
  }

  /// Removes the file.
  mutating func removeFile() { keepsFile = false }
}

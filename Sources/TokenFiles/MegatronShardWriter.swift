// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Writes one pair of Megatron files, `PATH.bin` and `PATH.idx`, under partial names.
///
/// Each document is one sequence, possibly of no tokens, so the document index counts 0…D. Memory
/// is one block and 4 MiB of lengths; more of these wait in `PATH.lengths.partial`. A value dropped before ``finish()`` leaves nothing behind.
package struct MegatronShardWriter: ~Copyable, Sendable {
  private let path: String
  private let type: TokenType
  private let maximumID: UInt32
  private var tokens: ShardFile
  /// Ids converted and not yet written.
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)
  private var lengths: SequenceLengths
  private var largestID: UInt32?

  /// Tokens appended so far.
  package private(set) var tokenCount = 0
  /// Documents appended so far.
  package var documentCount: Int { lengths.count }

  /// Opens the partial file of `path`.bin, for ids up to `maximumID`; the lengths of at most
  /// `heldLengths` documents stay in memory.
  ///
  /// - Throws: `writeFailed`.
  package init(
    path: String, type: TokenType, maximumID: UInt32, heldLengths: Int = 1 << 20
  ) throws(TextError) {
    precondition(maximumID <= type.maximumID, "the token type is too narrow for the maximum id")
    self.path = path
    self.type = type
    self.maximumID = maximumID
    tokens = try ShardFile(path + ".bin")
    lengths = SequenceLengths(
      spillingTo: path + ".lengths" + ShardFile.partialSuffix,
      holding: heldLengths)
  }

  /// Appends a document of `ids`, and `endOfDocument` behind them if there is one.
  ///
  /// - Throws: `writeFailed`; `badRecord` if it has 2^31 tokens or more.
  /// - Complexity: O(n), several GB of output a second.
  package mutating func append(
    _ ids: Span<UInt32>, endOfDocument: UInt32? = nil
  ) throws(TextError) {
    let length = ids.count + (endOfDocument == nil ? 0 : 1)
    try lengths.append(Self.checkedLength(length, path: tokens.path))
    var start = 0
    while start < ids.count {
      // At least one id has room, as a full block is written at once.
      let room = (ShardFile.blockByteCount - block.count) / type.width
      let end = min(ids.count, start + room)
      try convert(ids.extracting(start..<end))
      start = end
    }
    if let endOfDocument { try convert(CollectionOfOne(endOfDocument).span) }
    tokenCount += length
  }

  private mutating func convert(_ ids: Span<UInt32>) throws(TextError) {
    guard let largest = ids.largest else { return }
    precondition(largest <= maximumID, "a token id above the stated maximum")
    largestID = max(largestID ?? 0, largest)
    block.append(ids: ids, as: type)
    if block.count == ShardFile.blockByteCount { try tokens.write(emptying: &block) }
  }

  /// `length` as the index stores it.
  ///
  /// - Throws: `badRecord` from 2^31 on.
  package static func checkedLength(_ length: Int, path: String) throws(TextError) -> Int32 {
    guard let stored = Int32(exactly: length) else {
      throw TextError(
        .badRecord, "a document of \(length) tokens, where a sequence has at most \(Int32.max)",
        at: .init(path: path), remedy: "split the document")
    }
    return stored
  }
}

// MARK: - Finishing

extension MegatronShardWriter {
  /// Writes what is pending and the index, and makes both files durable under partial names.
  ///
  /// - Throws: `writeFailed`.
  package mutating func finish() throws(TextError) -> FinishedShard {
    try tokens.write(emptying: &block)
    try tokens.synchronize()
    var index = try ShardFile(path + ".idx")
    try writeIndex(to: &index)
    try index.synchronize()
    return FinishedShard(
      path: path, outputs: [tokens.keep(), index.keep()], documentCount: documentCount,
      tokenCount: tokenCount, maximumID: largestID)
  }

  private mutating func writeIndex(to index: inout ShardFile) throws(TextError) {
    let count = lengths.count
    MegatronLayout(sequenceCount: count, documentCount: count).appendHeader(type: type, to: &block)
    try lengths.forEach { (length) throws(TextError) in
      try Self.append(length, &block, to: &index)
    }
    var start: Int64 = 0
    try lengths.forEach { (length) throws(TextError) in
      try Self.append(start, &block, to: &index)
      start += Int64(length) * Int64(type.width)
    }
    for document in 0...count { try Self.append(Int64(document), &block, to: &index) }
    try index.write(emptying: &block)
  }

  private static func append<Value: FixedWidthInteger & BitwiseCopyable>(
    _ value: Value, _ block: inout ByteBuffer, to index: inout ShardFile
  ) throws(TextError) {
    block.append(littleEndian: value)
    if block.count + 8 > ShardFile.blockByteCount { try index.write(emptying: &block) }
  }
}

/// A shard whose files are complete on disk under partial names.
package struct FinishedShard: Sendable {
  /// The path without extension.
  package let path: String
  /// The `.bin` and the `.idx`.
  package let outputs: [Manifest.Output]
  package let documentCount: Int
  package let tokenCount: Int
  /// The largest id written, nil without tokens.
  package let maximumID: UInt32?

  private var paths: [String] { [path + ".bin", path + ".idx"] }

  /// Gives both files their names.
  ///
  /// - Throws: `writeFailed`.
  package func publish() throws(TextError) {
    for path in paths { try renamePath(path + ShardFile.partialSuffix, to: path) }
  }

  /// Removes both partial files, if they are there.
  package func discard() {
    for path in paths { removeFile(path + ShardFile.partialSuffix) }
  }
}

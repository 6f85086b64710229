// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Goes once through the documents of one pair of Megatron files, checking the index on the way.
///
/// The index holds if lengths are not negative, each start is the sum of the lengths before it, the
/// document index rises from 0 to the number of sequences, and the lengths fill the `.bin`.
struct MegatronShardCursor: ~Copyable {
  private let index: MegatronIndex
  private let tokenByteCount: Int
  private var lengths: FileSection
  private var starts: FileSection
  private var documentIndex: FileSection
  private var tokens: FileSection
  /// The next document and sequence of the shard.
  private var document = 0
  private var sequence = 0
  /// Where the next sequence begins in the `.bin`.
  private(set) var tokenByteOffset = 0

  /// Opens the files of `shard`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(_ shard: TokenShard, _ index: MegatronIndex) throws(TextError) {
    let layout = index.layout
    let lengths = try FileSection(index.path, layout.lengthsOffset..<layout.startsOffset)
    let starts = try FileSection(index.path, layout.startsOffset..<layout.documentIndexOffset)
    let documentIndex = try Self.openDocumentIndex(index)
    let tokens = try FileSection(shard.tokenPath, 0..<shard.tokenByteCount)
    self.index = index
    tokenByteCount = shard.tokenByteCount
    self.lengths = lengths
    self.starts = starts
    self.documentIndex = documentIndex
    self.tokens = tokens
  }

  /// The document index behind its first entry, which is 0.
  private static func openDocumentIndex(
    _ index: MegatronIndex
  ) throws(TextError) -> FileSection {
    let start = index.layout.documentIndexOffset
    var section = try FileSection(index.path, start..<index.layout.modesOffset)
    let first = try section.next(Int64.self)
    guard first == 0 else {
      throw .damaged(
        index.path, byte: start, "the document index begins with \(first), not 0")
    }
    return section
  }

  /// Replaces `ids` by those of the next document; returns false, after the last checks, if there
  /// is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    guard document < index.documentCount else {
      try checkEnd()
      return false
    }
    let byte = documentIndex.offset
    let end = try documentIndex.next(Int64.self)
    guard end >= sequence, end <= index.sequenceCount else {
      throw .damaged(
        index.path, byte: byte,
        "document \(document) ends at sequence \(end), outside \(sequence)...\(index.sequenceCount)"
      )
    }
    while sequence < end { try appendSequence(to: &ids) }
    document += 1
    return true
  }

  private mutating func appendSequence(to ids: inout TokenBuffer) throws(TextError) {
    let lengthByte = lengths.offset
    let length = Int(try lengths.next(Int32.self))
    let byteCount = length * index.type.width
    guard length >= 0, byteCount <= tokenByteCount - tokenByteOffset else {
      throw .damaged(
        index.path, byte: lengthByte,
        "sequence \(sequence) has \(length) tokens, which do not fit in \(baseName(tokens.path))")
    }
    let startByte = starts.offset
    let start = try starts.next(Int64.self)
    guard start == tokenByteOffset else {
      throw .damaged(
        index.path, byte: startByte,
        "sequence \(sequence) starts at byte \(start), where the lengths before it end at "
          + "byte \(tokenByteOffset)")
    }
    try tokens.append(length, index.type, to: &ids)
    tokenByteOffset += byteCount
    sequence += 1
  }

  private func checkEnd() throws(TextError) {
    guard sequence == index.sequenceCount else {
      throw .damaged(
        index.path, byte: documentIndex.offset - 8,
        "the document index ends at sequence \(sequence) of \(index.sequenceCount)")
    }
    guard tokenByteOffset == tokenByteCount else {
      throw .damaged(
        tokens.path, byte: tokenByteOffset,
        "\(tokenByteCount) bytes long, where the index ends at byte \(tokenByteOffset)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Streams the documents of a shard of any format in their order, and checks what it reads.
struct DocumentCursor: ~Copyable {
  // One of the three, by the format.
  private var megatron: MegatronShardCursor?
  private var flat: FlatShardCursor?
  private var container: ContainerShardCursor?
  private let width: Int

  /// Opens the files of `shard`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(_ shard: TokenShard) throws(TextError) {
    let megatron = try shard.index.map { (index) throws(TextError) in
      try MegatronShardCursor(shard, index)
    }
    let container = try shard.container.map { (entry) throws(TextError) in
      try ContainerShardCursor(entry, shard.format, shard.containerType)
    }
    let isFlat = shard.index == nil && shard.container == nil
    let flat = isFlat ? try FlatShardCursor(shard) : nil
    self.megatron = megatron
    self.container = container
    self.flat = flat
    width = shard.type.width
    tokenByteOffset = shard.tokenRange.lowerBound
  }

  /// Where the next document begins in the file of ids, if they lie back to back.
  private(set) var tokenByteOffset = 0

  /// Replaces `ids` by those of the next document; returns false, after the last checks, if there
  /// is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    var isNext = try megatron?.next(into: &ids)
    if isNext == nil { isNext = try flat?.next(into: &ids) }
    if isNext == nil { isNext = try container?.next(into: &ids) }
    tokenByteOffset += ids.count * width
    return isNext ?? false
  }
}

/// Streams the documents of a shard whose index is an array of their ends, or the rows of their origins.
private struct FlatShardCursor: ~Copyable {
  private let shard: TokenShard
  // One of the two, by the format.
  private var ends: FileSection?
  private var rows: ProvenanceCursor?
  private var tokens: FileSection
  /// The next document, and the number of tokens before it.
  private var document = 0
  private var position = 0

  init(_ shard: TokenShard) throws(TextError) {
    let hasRows = shard.format == .olmo
    let ends = hasRows ? nil : try FileSection(shard.files[1].path, shard.endsRange)
    let rows = hasRows ? try ProvenanceCursor(shard.files[1].path) : nil
    let tokens = try FileSection(shard.tokenPath, shard.tokenRange)
    self.shard = shard
    self.ends = ends
    self.rows = rows
    self.tokens = tokens
  }

  var tokenByteOffset: Int { shard.tokenRange.lowerBound + position * shard.type.width }

  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    guard document < shard.documentCount else {
      try checkEnd()
      return false
    }
    let end = try nextEnd()
    try tokens.append(Int(end) - position, shard.type, to: &ids)
    position = Int(end)
    document += 1
    return true
  }

  /// Where the next document ends, which is not before it begins nor behind the shard.
  private mutating func nextEnd() throws(TextError) -> UInt64 {
    let byte = ends?.offset
    var end = try ends?.next(UInt64.self)
    // The rows follow each other, and as many were there when the shard was opened.
    if try rows?.next() == true, let last = rows?.tokens.upperBound { end = UInt64(last) }
    guard let end, end >= UInt64(position), end <= UInt64(shard.tokenCount) else {
      throw .damaged(
        shard.files[1].path, byte: byte,
        "document \(document) ends at token \(end ?? 0), outside \(position)...\(shard.tokenCount)")
    }
    return end
  }

  private func checkEnd() throws(TextError) {
    guard position == shard.tokenCount else {
      throw .damaged(
        shard.tokenPath, byte: tokenByteOffset,
        "holds \(shard.tokenCount) tokens, where the documents end at token \(position)")
    }
  }
}

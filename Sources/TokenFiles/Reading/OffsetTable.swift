// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The table of offsets at the start of a shard: u32 n, u32[n + 1] offsets from the start of the file.
struct OffsetTable: Sendable {
  /// The number of samples.
  let count: Int
  /// Where the first sample begins.
  let first: Int

  /// The byte behind the table.
  var endOfTable: Int { 4 * (count + 2) }

  /// Reads the start of the table of the file at `path`, of `byteCount` bytes.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  init(_ path: String, _ byteCount: Int) throws(TextError) {
    guard byteCount >= 8 else { throw .damaged(path, byte: byteCount, "ends within its header") }
    var section = try FileSection(path, 0..<8)
    count = Int(try section.next(UInt32.self))
    first = Int(try section.next(UInt32.self))
    guard 4 * (count + 2) <= byteCount else {
      throw .damaged(path, byte: 0, "\(count) samples cannot be in \(byteCount) bytes")
    }
    guard first >= endOfTable, first <= byteCount else {
      throw .damaged(
        path, byte: 4, "its samples begin at byte \(first), outside \(endOfTable)...\(byteCount)")
    }
  }

  /// Bytes of sample `number`, which `samples` stands at.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` if it ends before it begins, or behind the file.
  static func nextSize(
    _ offsets: inout FileSection, _ samples: borrowing FileSection, _ number: Int
  ) throws(TextError) -> Int {
    let byte = offsets.offset
    let end = Int(try offsets.next(UInt32.self))
    guard end >= samples.offset, end <= samples.end else {
      throw .damaged(
        offsets.path, byte: byte,
        "sample \(number) ends at byte \(end), outside \(samples.offset)...\(samples.end)")
    }
    return end - samples.offset
  }
}

/// Goes once through the samples of a litdata chunk.
struct LitdataShardCursor: ~Copyable {
  private let type: TokenType
  private var offsets: FileSection
  private var samples: FileSection
  let sampleCount: Int
  private var sample = 0
  private var scratch = ByteBuffer()

  /// Opens the chunk at `path`, whose index says that ids are of `type`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(_ path: String, _ type: TokenType) throws(TextError) {
    let byteCount = try fileSize(path)
    let table = try OffsetTable(path, byteCount)
    guard table.first == table.endOfTable else {
      throw .damaged(
        path, byte: 4, "its items begin at byte \(table.first), not \(table.endOfTable)")
    }
    let offsets = try FileSection(path, 8..<table.endOfTable)
    let samples = try FileSection(path, table.first..<byteCount)
    self.type = type
    self.offsets = offsets
    self.samples = samples
    sampleCount = table.count
  }

  /// Replaces `ids` by those of the next item; returns false, after the last check, if there is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    guard sample < sampleCount else {
      try samples.checkAtEnd()
      return false
    }
    let byte = samples.offset
    let size = try OffsetTable.nextSize(&offsets, samples, sample)
    scratch.removeAll()
    try samples.append(bytes: size, to: &scratch)
    guard size % type.width == 0, ids.append(stored: scratch.span, as: type) else {
      throw .damaged(
        samples.path, byte: byte, "item \(sample) is not one of ids of type \(type.name)")
    }
    sample += 1
    return true
  }
}

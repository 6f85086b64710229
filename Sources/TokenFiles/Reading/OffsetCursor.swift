// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The start of a shard: u32 n, u32[n + 1] offsets from the start of the file.
private struct OffsetTable: Sendable {
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
}

/// Goes once through the samples behind a table of offsets.
struct OffsetCursor: ~Copyable {
  /// What stands between the table and the first sample.
  let configuration: Range<Int>
  private let sampleCount: Int
  private var offsets: FileSection
  /// The samples, which whoever asks for their sizes takes.
  var samples: FileSection
  /// The sample whose size was asked for last.
  private(set) var sample = -1

  /// Opens the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(_ path: String) throws(TextError) {
    let byteCount = try fileSize(path)
    let table = try OffsetTable(path, byteCount)
    let offsets = try FileSection(path, 8..<table.endOfTable)
    let samples = try FileSection(path, table.first..<byteCount)
    configuration = table.endOfTable..<table.first
    sampleCount = table.count
    self.offsets = offsets
    self.samples = samples
  }

  /// Bytes of the next sample, at which ``samples`` stands; nil, after the last check, if there is none.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` if it ends before it begins, or behind the file.
  mutating func nextSize() throws(TextError) -> Int? {
    sample += 1
    guard sample < sampleCount else {
      try samples.checkAtEnd()
      return nil
    }
    let byte = offsets.offset
    let end = Int(try offsets.next(UInt32.self))
    guard end >= samples.offset, end <= samples.end else {
      throw .damaged(
        offsets.path, byte: byte,
        "sample \(sample) ends at byte \(end), outside \(samples.offset)...\(samples.end)")
    }
    return end - samples.offset
  }
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What rows sum up to.
package struct CountTotals: Sendable, Equatable {
  /// Rows: distinct pretokens of all sources together.
  package var rows = 0
  /// Distinct pretokens of each source.
  package var distinct: [Int]
  /// Occurrences in each source.
  package var occurrences: [Int]

  package init(sourceCount: Int) {
    distinct = Array(repeating: 0, count: sourceCount)
    occurrences = distinct
  }

  /// Counts in a row; false if a sum exceeds 63 bits.
  mutating func add(_ columns: Span<CountColumn>) -> Bool {
    rows += 1
    for place in columns.indices {
      let source = Int(columns[place].source)
      distinct[source] += 1
      let sum = occurrences[source].addingReportingOverflow(Int(columns[place].count))
      if sum.overflow { return false }
      occurrences[source] = sum.partialValue
    }
    return true
  }
}

/// Writes rows, which come in order, as a count file.
///
/// The file appears under its name whole or not at all.
package struct CountFileWriter: ~Copyable {
  /// 64 KiB: a merge reads many files at once, and larger blocks compress little better.
  package static let defaultBlockBytes = 1 << 16

  private var file: AtomicFile
  private let blocks: ZstdBlocks
  private let blockBytes: Int
  /// The rows of the block so far, and how many.
  private var rows = ByteBuffer()
  private var rowCount = 0
  private var previous = ByteBuffer()
  private var block = ByteBuffer()
  private var payload = ByteBuffer()
  package private(set) var totals: CountTotals

  /// Starts the file `path` of `sourceCount` sources.
  ///
  /// - Throws: `writeFailed`.
  package init(
    _ path: String, sourceCount: Int, blocks: ZstdBlocks = ZstdBlocks(),
    blockBytes: Int = Self.defaultBlockBytes
  ) throws(TextError) {
    var file = try AtomicFile(path)
    var header = ByteBuffer()
    header.append(copying: CountFileLayout.magic.span)
    header.append(littleEndian: UInt64(CountFileLayout.version), bytes: 8)
    try file.write(header.span)
    self.file = file
    self.blocks = blocks
    self.blockBytes = blockBytes
    totals = CountTotals(sourceCount: sourceCount)
  }

  /// Appends a row, which comes behind the last one.
  ///
  /// - Parameters:
  ///   - pretoken: Its bytes, fewer than 2³¹.
  ///   - columns: Its counts, each above 0, by ascending source; at least one.
  /// - Throws: `writeFailed`; `badRecord` if the counts of a source exceed 63 bits together.
  package mutating func append(
    _ pretoken: Span<UInt8>, _ columns: Span<CountColumn>
  ) throws(TextError) {
    precondition(!columns.isEmpty && pretoken.count < 1 << 31, "no row of a count file")
    guard totals.add(columns) else {
      throw TextError(.badRecord, "the counts of a source exceed 2^63 - 1 together")
    }
    // ---- What the row shares with the one before it in the block ----
    var shared = 0
    if rowCount > 0 {
      let common = min(previous.count, pretoken.count)
      while shared < common, previous[shared] == pretoken[shared] { shared += 1 }
      precondition(
        shared < pretoken.count
          && (shared == previous.count || previous[shared] < pretoken[shared]),
        "rows out of order")
    }
    rows.append(varint: UInt64(shared))
    rows.append(varint: UInt64(pretoken.count - shared))
    rows.append(copying: pretoken.extracting(shared..<pretoken.count))
    previous.truncate(to: min(shared, previous.count))
    previous.append(copying: pretoken.extracting(shared..<pretoken.count))
    // ---- Its counts ----
    rows.append(varint: UInt64(columns.count))
    var next = 0
    for place in columns.indices {
      let column = columns[place]
      precondition(Int(column.source) >= next && column.count > 0, "columns out of order")
      rows.append(varint: UInt64(Int(column.source) - next))
      rows.append(varint: UInt64(column.count))
      next = Int(column.source) + 1
    }
    rowCount += 1
    if rows.count >= blockBytes { try writeBlock() }
  }

  private mutating func writeBlock() throws(TextError) {
    guard rowCount > 0 else { return }
    payload.removeAll()
    blocks.compress(rows, to: &payload)
    let isSmaller = payload.count < rows.count
    block.removeAll()
    block.append(littleEndian: UInt64(isSmaller ? payload.count : rows.count), bytes: 4)
    block.append(littleEndian: UInt64(rows.count), bytes: 4)
    block.append(littleEndian: UInt64(rowCount), bytes: 4)
    let method = isSmaller ? CountFileLayout.Method.zstd : .plain
    block.append(littleEndian: UInt64(method.rawValue), bytes: 4)
    if isSmaller {
      try writeChecked(&block, payload, to: &file)
    } else {
      try writeChecked(&block, rows, to: &file)
    }
    rows.removeAll()
    rowCount = 0
    previous.removeAll()
  }

  /// Ends the file with a manifest, which is made of the totals, and makes it durable and visible.
  ///
  /// - Returns: The size of the file in bytes.
  /// - Throws: `writeFailed`.
  @discardableResult
  package consuming func publish(
    manifest: (CountTotals) -> Manifest
  ) throws(TextError) -> Int {
    try writeBlock()
    var text = manifest(totals).json.serialized()
    block.removeAll()
    block.append(littleEndian: UInt64(file.byteCount), bytes: 8)
    block.append(littleEndian: UInt64(text.count), bytes: 8)
    var checksum = XXH3()
    checksum.update(text.span)
    checksum.update(block.span)
    block.append(littleEndian: checksum.value, bytes: 8)
    block.append(copying: CountFileLayout.endMagic.span)
    text.append(copying: block.span)
    try file.write(text.span)
    try file.finish()
    try file.publish()
    return file.byteCount
  }
}

/// Writes a header, its checksum with that of `content`, and `content`.
private func writeChecked(
  _ header: inout ByteBuffer, _ content: borrowing ByteBuffer, to file: inout AtomicFile
) throws(TextError) {
  var checksum = XXH3()
  checksum.update(header.span)
  checksum.update(content.span)
  header.append(littleEndian: checksum.value, bytes: 8)
  try file.write(header.span)
  try file.write(content.span)
}

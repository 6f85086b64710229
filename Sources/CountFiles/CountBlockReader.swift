// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The rows of all blocks of a count file, one after the other.
struct CountBlockReader: ~Copyable {
  private let file: FileDescriptor
  private let path: String
  private let blocks: ZstdBlocks
  private let sourceCount: Int
  /// Where the next block begins, and where the last one ends.
  private var offset = CountFileLayout.headerBytes
  let end: Int
  private var blockOffset = 0
  private var stored = ByteBuffer()
  private var rows = RowDecoder()
  /// What the rows so far sum up to.
  private(set) var totals: CountTotals

  /// The blocks of `file` up to `end`.
  init(
    _ file: consuming FileDescriptor, path: String, end: Int, blocks: ZstdBlocks, sourceCount: Int
  ) {
    self.file = file
    self.path = path
    self.end = end
    self.blocks = blocks
    self.sourceCount = sourceCount
    totals = CountTotals(sourceCount: sourceCount)
  }

  /// Replaces the last row by the next one; false behind the last block.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(_ row: inout CountRow) throws(TextError) -> Bool {
    if rows.count == 0 {
      if offset == end { return false }
      try readBlock()
    }
    if let fault = rows.next(sourceCount: sourceCount, &row.pretoken, &row.columns) {
      throw damaged(fault)
    }
    guard totals.add(row: row.columns) else {
      throw damaged("the counts exceed 2^63 - 1 together")
    }
    return true
  }

  private func damaged(_ what: String) -> TextError {
    .damagedCounts(path, byte: blockOffset, what)
  }

  private mutating func readBlock() throws(TextError) {
    blockOffset = offset
    let headerBytes = CountFileLayout.blockHeaderBytes
    guard end - offset >= headerBytes else { throw damaged("a block ends too early") }
    stored.removeAll()
    try file.read(offset..<offset + headerBytes, into: &stored, path: path)
    let payloadBytes = Int(stored.littleEndian(at: 0, bytes: 4))
    let rawBytes = Int(stored.littleEndian(at: 4, bytes: 4))
    let rowCount = Int(stored.littleEndian(at: 8, bytes: 4))
    let method = CountFileLayout.Method(
      rawValue: UInt32(stored.littleEndian(at: 12, bytes: 4)))
    let stated = stored.littleEndian(at: 16, bytes: 8)
    guard payloadBytes <= end - offset - headerBytes else {
      throw damaged("a block ends behind the last one")
    }
    var checksum = XXH3()
    stored.add(0..<16, to: &checksum)
    offset += headerBytes
    stored.removeAll()
    try file.read(offset..<offset + payloadBytes, into: &stored, path: path)
    offset += payloadBytes
    stored.add(0..<stored.count, to: &checksum)
    guard checksum.value == stated else {
      throw damaged("the checksum of a block does not match")
    }
    // ---- What follows is as it was written; but by whom? ----
    rows.begin(rowCount)
    switch method {
    case .plain? where payloadBytes == rawBytes: rows.bytes.assign(stored)
    case .zstd?:
      if let fault = blocks.decompress(stored, count: rawBytes, to: &rows.bytes) {
        throw damaged(fault)
      }
    default: throw damaged("a block of an unknown method or of another size than it states")
    }
    guard rowCount > 0 else { throw damaged("a block without rows") }
  }
}

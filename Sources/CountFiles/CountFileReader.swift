// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import TextCore

/// An ordered stream of rows, at one of them.
package class CountCursor {
  /// The bytes of the row.
  package final var pretoken = ByteBuffer()
  package final var columns = CountColumns()

  package init() {}

  /// Goes to the next row, at first to the first one; false behind the last.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  package func advance() throws(TextError) -> Bool { false }
}

/// Reads a count file from its first row to its last, in the memory of a block.
package final class CountFileReader: CountCursor {
  package let path: String
  package let manifest: CountManifest
  private let file: FileDescriptor
  private let blocks: ZstdBlocks
  /// Where the next block begins, and where the last one ends.
  private var offset = CountFileLayout.headerBytes
  private let end: Int
  private var stored = ByteBuffer()
  private var rows = RowDecoder()
  private var blockOffset = 0
  private var totals: CountTotals

  /// Opens the count file `path` and reads its manifest.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  package init(_ path: String, blocks: ZstdBlocks = ZstdBlocks()) throws(TextError) {
    self.path = path
    self.blocks = blocks
    let file = try FileDescriptor.reading(path)
    guard let size = file.byteCount else {
      throw .damagedCounts(path, "not a regular file")
    }
    // ---- Header ----
    var buffer = ByteBuffer()
    let smallest = CountFileLayout.headerBytes + CountFileLayout.footerBytes
    try file.read(0..<min(size, CountFileLayout.headerBytes), into: &buffer, path: path)
    let magic = CountFileLayout.magic
    guard buffer.count >= magic.count,
      buffer.span.extracting(0..<magic.count).elementsEqual(magic.span)
    else { throw .damagedCounts(path, byte: 0, "not a count file") }
    guard size >= smallest else {
      throw .damagedCounts(path, byte: size, "the file ends too early")
    }
    guard buffer.littleEndian(at: 8, bytes: 8) == UInt64(CountFileLayout.version) else {
      throw .damagedCounts(
        path, byte: 8, "not a count file of version \(CountFileLayout.version)")
    }
    // ---- Footer ----
    let footer = size - CountFileLayout.footerBytes
    buffer.removeAll()
    try file.read(footer..<size, into: &buffer, path: path)
    guard buffer.span.extracting(24..<32).elementsEqual(CountFileLayout.endMagic.span) else {
      throw .damagedCounts(path, byte: size, "the file ends too early, or more stands behind it")
    }
    let start = buffer.littleEndian(at: 0, bytes: 8)
    let length = buffer.littleEndian(at: 8, bytes: 8)
    guard start >= UInt64(CountFileLayout.headerBytes), start <= UInt64(footer),
      length == UInt64(footer) - start
    else { throw .damagedCounts(path, byte: footer, "the footer states an impossible place") }
    // ---- Manifest ----
    var text = ByteBuffer(capacity: Int(length))
    try file.read(Int(start)..<footer, into: &text, path: path)
    var checksum = XXH3()
    checksum.update(text.span)
    checksum.update(buffer.span.extracting(0..<16))
    guard checksum.value == buffer.littleEndian(at: 16, bytes: 8) else {
      throw .damagedCounts(path, byte: Int(start), "the checksum of the manifest does not match")
    }
    manifest = try CountManifest(text, path: path)
    totals = CountTotals(sourceCount: manifest.sources.count)
    end = Int(start)
    self.file = file
    super.init()
  }

  /// Whether the file at `path` begins as a count file does.
  package static func recognises(_ path: String) -> Bool {
    guard kind(ofPath: path) == .file, let file = try? FileDescriptor.reading(path) else {
      return false
    }
    var start = ByteBuffer()
    let length = CountFileLayout.magic.count
    guard (try? file.read(0..<length, into: &start, path: path)) != nil else { return false }
    return start.span.elementsEqual(CountFileLayout.magic.span)
  }

  package override func advance() throws(TextError) -> Bool {
    if rows.count == 0 {
      if offset == end {
        try checkTotals()
        return false
      }
      try readBlock()
    }
    if let fault = rows.next(sourceCount: manifest.sources.count, &pretoken, &columns) {
      throw .damagedCounts(path, byte: blockOffset, fault)
    }
    guard totals.add(row: columns) else {
      throw .damagedCounts(path, byte: blockOffset, "the counts exceed 2^63 - 1 together")
    }
    return true
  }

  private func readBlock() throws(TextError) {
    blockOffset = offset
    func damaged(_ what: String) -> TextError { .damagedCounts(path, byte: blockOffset, what) }
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

  private func checkTotals() throws(TextError) {
    guard totals == manifest.totals else {
      throw .damagedCounts(path, byte: end, "the rows do not sum up to what the manifest states")
    }
  }
}

extension FileDescriptor {
  /// Appends the bytes `range` of the file to `buffer`.
  fileprivate func read(
    _ range: Range<Int>, into buffer: inout ByteBuffer, path: String
  ) throws(TextError) {
    guard lseek(raw, range.lowerBound, SEEK_SET) >= 0 else {
      throw TextError(.readFailed, "cannot be read", at: .init(path: path), systemError: errno)
    }
    var missing = range.count
    while missing > 0 {
      let received = try read(upTo: missing, into: &buffer, path: path)
      guard received > 0 else {
        throw .damagedCounts(path, byte: range.upperBound - missing, "the file ends too early")
      }
      missing -= received
    }
  }
}

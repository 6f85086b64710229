// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import TextCore

/// Reads a count file from its first row to its last, in the memory of a block.
package final class CountFileReader: CountCursor {
  package let path: String
  package let manifest: CountManifest
  private var blocks: CountBlockReader

  /// Opens the count file `path` and reads its manifest.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  package init(_ path: String, blocks: ZstdBlocks = ZstdBlocks()) throws(TextError) {
    self.path = path
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
    self.blocks = CountBlockReader(
      file, path: path, end: Int(start), blocks: blocks, sourceCount: manifest.sources.count)
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

  package override func next(_ row: inout CountRow) throws(TextError) -> Bool {
    if try blocks.next(&row) { return true }
    guard blocks.totals == manifest.totals else {
      throw .damagedCounts(
        path, byte: blocks.end, "the rows do not sum up to what the manifest states")
    }
    return false
  }
}

extension FileDescriptor {
  /// Appends the bytes `range` of the file to `buffer`.
  func read(
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

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where records end: right behind a line end, behind a blank line, or only at the file's end.
enum RecordBoundary: Sendable {
  case line, blankLine, file

  init(_ format: RecordFormat, _ unit: DocumentUnit) {
    switch (format, unit) {
    case (.jsonl, _), (.text, .line): self = .line
    case (.text, .paragraph): self = .blankLine
    // Other formats are whole files, or have a scanner.
    default: self = .file
    }
  }

  /// The end of the last whole record of `bytes`, which begin where a record begins; 0 if none.
  ///
  /// - Complexity: O(n), from the end backwards; for lines, the length of the last line.
  func last(in bytes: Span<UInt8>) -> Int {
    switch self {
    case .file: return 0
    case .line: return endOfLastLine(bytes, before: bytes.count)
    case .blankLine:
      var end = endOfLastLine(bytes, before: bytes.count)
      while end > 0 {
        let start = endOfLastLine(bytes, before: end - 1)
        if isBlank(bytes, start..<end) { return end }
        end = start
      }
      return 0
    }
  }
}

/// The offset behind the last line feed before `end`, 0 if there is none.
private func endOfLastLine(_ bytes: Span<UInt8>, before end: Int) -> Int {
  var offset = end
  while offset > 0, bytes[offset - 1] != lineFeed { offset -= 1 }
  return offset
}

/// Finds the first boundary of bytes that come piece by piece; for records too long to be kept.
struct BoundarySearch: Sendable {
  private let boundary: RecordBoundary
  /// Whether the line so far holds no text.
  private var isLineBlank = true

  init(_ boundary: RecordBoundary) { self.boundary = boundary }

  /// The end of the record in the next piece, nil if it goes on.
  mutating func first(in bytes: Span<UInt8>) -> Int? {
    for offset in bytes.indices {
      let byte = bytes[offset]
      if byte == lineFeed {
        if boundary == .line || boundary == .blankLine && isLineBlank { return offset + 1 }
        isLineBlank = true
      } else if !isBlankByte(byte) {
        isLineBlank = false
      }
    }
    return nil
  }
}

// MARK: - Lines

let lineFeed: UInt8 = 0x0A
let carriageReturn: UInt8 = 0x0D

/// Whether `byte` may stand in a blank line, its end included.
func isBlankByte(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == carriageReturn || byte == lineFeed
}

/// Whether the bytes in `range` hold no text.
func isBlank(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
  for offset in range where !isBlankByte(bytes[offset]) { return false }
  return true
}

/// 1 if `byte` is a line feed, else 0, without a branch, so that loops become vector code.
@inline(__always)
private func lineFeedBit(_ byte: UInt8) -> UInt8 {
  let difference = byte ^ lineFeed
  return ((difference &- 1) & ~difference) >> 7
}

/// The offset of the first line feed from `start` on, or the end of `bytes`.
package func endOfLine(_ bytes: Span<UInt8>, from start: Int) -> Int {
  var offset = start
  while bytes.count - offset >= 32 {
    let step = bytes.extracting(offset..<offset + 32)
    var hits: UInt8 = 0
    for index in 0..<32 { hits |= lineFeedBit(step[index]) }
    if hits != 0 { break }
    offset += 32
  }
  while offset < bytes.count, bytes[offset] != lineFeed { offset += 1 }
  return offset
}

/// The number of line feeds in `bytes`.
func lineFeedCount(_ bytes: Span<UInt8>) -> Int {
  var total = 0
  var offset = 0
  // The count of 128 bytes fits the byte-wide lanes of a vector.
  while bytes.count - offset >= 128 {
    let step = bytes.extracting(offset..<offset + 128)
    var count: UInt8 = 0
    for index in 0..<128 { count &+= lineFeedBit(step[index]) }
    total += Int(count)
    offset += 128
  }
  while offset < bytes.count {
    total += Int(lineFeedBit(bytes[offset]))
    offset += 1
  }
  return total
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Finds the records of a web archive (ISO 28500): a header, and as many bytes as it says.
///
/// Records of kinds that hold no documents are passed over without being kept. Behind a header that
/// cannot be understood the next line that begins a record is looked for.
struct WARCScanner: RecordScanning {
  /// Bytes of the record's content that are still to come.
  private var contentLeft = 0
  private var isLost = false
  fileprivate static let mark = "WARC/"
  /// Longer headers are none.
  private static let maximumHeaderBytes = 1 << 16

  mutating func scan(_ bytes: Span<UInt8>, isEnd: Bool, _ finds: inout RecordFinds) {
    var offset = finds.position
    while offset < bytes.count {
      // ---- Content ----
      if contentLeft > 0 {
        let step = min(contentLeft, bytes.count - offset)
        contentLeft -= step
        offset += step
        if contentLeft == 0 { finds.close(at: offset) }
        continue
      }
      // ---- The two line ends behind it ----
      if bytes[offset] == carriageReturn || bytes[offset] == lineFeed {
        offset += 1
        continue
      }
      // ---- A header ----
      if bytes.count - offset < Self.mark.utf8.count, !isEnd { break }
      let isMarked = matches(bytes, at: offset, Self.mark)
      let beginning = bytes.extracting(offset..<min(bytes.count, offset + Self.maximumHeaderBytes))
      let border = isMarked ? WARCHeader.border(beginning) : nil
      if isMarked, border == nil, !isEnd, beginning.count < Self.maximumHeaderBytes { break }
      // Where a header is cut short by the next one, that one is looked at on its own: none is gone over
      // more than once.
      let end = border.flatMap { $0.isBlank ? offset + $0.end : nil }
      guard let end, end - offset <= Self.maximumHeaderBytes,
        let header = WARCHeader(bytes.extracting(offset..<end)),
        let length = header.contentByteCount
      else {
        if !isLost { finds.fail("not the header of a WARC record", at: offset) }
        isLost = true
        offset = endOfLine(bytes, from: offset)
        continue
      }
      isLost = false
      if header.kind.holdsDocuments { finds.openStart = offset }
      offset = end
      contentLeft = length
      if length == 0 { finds.close(at: offset) }
    }
    finds.position = offset
    if isEnd, contentLeft > 0 {
      if finds.openStart == nil {
        finds.fail("the file ends inside a WARC record", at: offset)
      } else {
        finds.fail("the file ends inside a WARC record")
      }
      contentLeft = 0
    }
  }
}

/// The header of a WARC record.
struct WARCHeader {
  enum Kind {
    case response, conversion, resource, other

    var holdsDocuments: Bool { self != .other }
  }

  private(set) var kind = Kind.other
  private(set) var contentByteCount: Int?
  /// Where the values of fields stand in the header.
  private(set) var target: Range<Int>?
  private(set) var date: Range<Int>?
  private(set) var recordID: Range<Int>?
  private(set) var contentType: Range<Int>?

  /// The offset behind the blank line that ends the header which begins `bytes`, or of the line before
  /// it that begins another header, as no field can; nil if there is neither.
  static func border(_ bytes: Span<UInt8>) -> (end: Int, isBlank: Bool)? {
    var lineStart = 0
    while lineStart < bytes.count {
      if lineStart > 0, matches(bytes, at: lineStart, WARCScanner.mark) {
        return (lineStart, false)
      }
      let end = endOfLine(bytes, from: lineStart)
      guard end < bytes.count else { return nil }
      if end == lineStart || end == lineStart + 1 && bytes[lineStart] == carriageReturn {
        return (end + 1, true)
      }
      lineStart = end + 1
    }
    return nil
  }

  /// The header that `bytes` are, blank line included; nil if they are none.
  init?(_ bytes: Span<UInt8>) {
    guard matches(bytes, at: 0, WARCScanner.mark) else { return nil }
    var start = endOfLine(bytes, from: 0) + 1
    while start < bytes.count {
      let end = endOfLine(bytes, from: start)
      if let field = HeaderField(bytes, start..<end) { take(field, bytes) }
      start = end + 1
    }
  }

  private mutating func take(_ field: HeaderField, _ bytes: Span<UInt8>) {
    if field.isNamed("warc-type", bytes) {
      kind =
        switch true {
        case equalsIgnoringCase(bytes, field.value, "response"): .response
        case equalsIgnoringCase(bytes, field.value, "conversion"): .conversion
        case equalsIgnoringCase(bytes, field.value, "resource"): .resource
        default: .other
        }
    } else if field.isNamed("content-length", bytes) {
      contentByteCount = decimal(bytes, field.value)
    } else if field.isNamed("warc-target-uri", bytes) {
      target = field.value
      // Some writers put it in angle brackets.
      if field.value.count >= 2, bytes[field.value.lowerBound] == UInt8(ascii: "<"),
        bytes[field.value.upperBound - 1] == UInt8(ascii: ">")
      {
        target = field.value.lowerBound + 1..<field.value.upperBound - 1
      }
    } else if field.isNamed("warc-date", bytes) {
      date = field.value
    } else if field.isNamed("warc-record-id", bytes) {
      recordID = field.value
    } else if field.isNamed("content-type", bytes) {
      contentType = field.value
    }
  }
}

/// A line `Name: value` of a header.
struct HeaderField {
  let name: Range<Int>
  /// Without spaces around.
  let value: Range<Int>

  /// The field in the line at `line` of `bytes`; nil if it has no colon.
  init?(_ bytes: Span<UInt8>, _ line: Range<Int>) {
    var colon = line.lowerBound
    while colon < line.upperBound, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
    guard colon < line.upperBound else { return nil }
    name = line.lowerBound..<colon
    var start = colon + 1
    var end = line.upperBound
    while start < end, isBlankByte(bytes[start]) { start += 1 }
    while end > start, isBlankByte(bytes[end - 1]) { end -= 1 }
    value = start..<end
  }

  /// Whether the name is `wanted`, which is in lower case.
  func isNamed(_ wanted: String, _ bytes: Span<UInt8>) -> Bool {
    equalsIgnoringCase(bytes, name, wanted)
  }
}

/// Whether `range` of `bytes` spells `wanted`, which is in lower case, whatever the case of ASCII
/// letters.
func equalsIgnoringCase(_ bytes: Span<UInt8>, _ range: Range<Int>, _ wanted: String) -> Bool {
  guard range.count == wanted.utf8.count else { return false }
  var offset = range.lowerBound
  for byte in wanted.utf8 {
    if lowercased(bytes[offset]) != byte { return false }
    offset += 1
  }
  return true
}

/// The ASCII letter `byte` in lower case, other bytes as they are.
func lowercased(_ byte: UInt8) -> UInt8 {
  UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
}

/// The number that the digits in `range` spell; nil if there are others, or more than 18.
func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  guard (1...18).contains(range.count) else { return nil }
  var value = 0
  for offset in range {
    guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[offset] else { return nil }
    value = value * 10 + Int(bytes[offset] & 15)
  }
  return value
}

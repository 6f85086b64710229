// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension RecordFormat {
  /// Whether a byte order mark is no part of the text.
  var isMarkup: Bool { self != .text }

  /// The format that the first bytes of a file tell, where its name tells none.
  ///
  /// Lines of JSON and one JSON value are told apart by what follows the first line end: a line of JSON
  /// ends where its outermost value does.
  init(ofContent bytes: Span<UInt8>) {
    var start = matches(bytes, at: 0, "\u{FEFF}") ? 3 : 0
    while start < bytes.count, isBlankByte(bytes[start]) { start += 1 }
    guard start < bytes.count else {
      self = .text
      return
    }
    switch bytes[start] {
    case UInt8(ascii: "{"): self = isOneLine(bytes, from: start) ? .jsonl : .json
    case UInt8(ascii: "["): self = beginsArrayOfRecords(bytes, from: start) ? .json : .text
    case UInt8(ascii: "<"):
      let beginning = bytes.extracting(start..<min(bytes.count, start + 4096))
      if matches(beginning, at: 0, "<mediawiki") {
        self = .wikipedia
      } else if looksLikeHTML(beginning) {
        self = .html
      } else {
        self = contains(beginning, "<sami") ? .subtitle : .text
      }
    case UInt8(ascii: "W") where matches(bytes, at: start, "WARC/1."): self = .warc
    case UInt8(ascii: "W") where matches(bytes, at: start, "WEBVTT"): self = .subtitle
    default: self = .text
    }
  }
}

/// Refuses tables of Parquet and Arrow, which would pass for text in a strange charset.
///
/// - Throws: `noReadableFiles`.
func refuseTables(_ bytes: Span<UInt8>, path: String) throws(TextError) {
  let kind =
    matches(bytes, at: 0, "PAR1") ? "Parquet" : matches(bytes, at: 0, "ARROW1") ? "Arrow" : nil
  guard let kind else { return }
  throw TextError(
    .noReadableFiles, "is a table of \(kind), which the Python package reads",
    at: .init(path: path),
    remedy: "pip install malmoi, and encode it by malmoi.encode_parquet or \"malmoi encode\"")
}

/// Whether the JSON object at `start` ends before the first line end, or `bytes` end before both.
private func isOneLine(_ bytes: Span<UInt8>, from start: Int) -> Bool {
  var depth = 0
  var isInString = false
  var offset = start
  while offset < bytes.count {
    switch bytes[offset] {
    case UInt8(ascii: "\\") where isInString: offset += 1
    case UInt8(ascii: "\""): isInString.toggle()
    case UInt8(ascii: "{") where !isInString, UInt8(ascii: "[") where !isInString: depth += 1
    case UInt8(ascii: "}") where !isInString, UInt8(ascii: "]") where !isInString:
      depth -= 1
      if depth == 0 { return true }
    case lineFeed: return false
    default: break
    }
    offset += 1
  }
  return true
}

/// Whether the bracket at `start` is followed by what elements of JSON begin with that hold text.
private func beginsArrayOfRecords(_ bytes: Span<UInt8>, from start: Int) -> Bool {
  var offset = start + 1
  while offset < bytes.count, isBlankByte(bytes[offset]) { offset += 1 }
  guard offset < bytes.count else { return false }
  return bytes[offset] == UInt8(ascii: "{") || bytes[offset] == UInt8(ascii: "\"")
}

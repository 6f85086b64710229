// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Appends the lines of a subtitle file as one document: SubRip and WebVTT, or SAMI.
///
/// Timings, numbers, tags and empty captions are left out.
func appendSubtitles(_ bytes: Span<UInt8>, _ record: Record, to batch: inout DocumentBatch) {
  let start = matches(bytes, at: 0, "\u{FEFF}") ? 3 : 0
  let text = bytes.extracting(start..<bytes.count)
  if contains(text.extracting(0..<min(text.count, 4096)), "<sami") {
    appendSAMI(text, to: &batch.text)
  } else if firstOffset(of: lineFeed, in: text, from: 0) == text.count {
    // Lines that carriage returns alone end, as WebVTT allows.
    var lines = ByteBuffer(capacity: text.count)
    for offset in text.indices {
      lines.append(text[offset] == carriageReturn ? lineFeed : text[offset])
    }
    appendTimedLines(lines.span, to: &batch.text)
  } else {
    appendTimedLines(text, to: &batch.text)
  }
  batch.endDocument(line: record.line, byteOffset: record.byteOffset)
}

/// Whether `bytes` contain `wanted`, which is in lower case, whatever the case of letters.
func contains(_ bytes: Span<UInt8>, _ wanted: String) -> Bool {
  let length = wanted.utf8.count
  guard bytes.count >= length else { return false }
  for offset in 0...bytes.count - length
  where equalsIgnoringCase(bytes, offset..<offset + length, wanted) {
    return true
  }
  return false
}

// MARK: - SubRip and WebVTT

/// Appends the lines behind lines of times.
///
/// In WebVTT an empty line ends a caption, and names and notes may follow it; in SubRip only the number
/// and the times of the next caption do, so that a caption may hold empty lines.
private func appendTimedLines(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
  let isWebVTT = matches(bytes, at: 0, "WEBVTT")
  let first = output.count
  var isCaption = false
  var start = 0
  while start < bytes.count {
    let end = endOfLine(bytes, from: start)
    if isTiming(bytes, start..<end) {
      isCaption = true
    } else if isBlank(bytes, start..<end) {
      let isEmpty = end == start || end == start + 1 && bytes[start] == carriageReturn
      if isWebVTT, isEmpty { isCaption = false }
    } else if isCaption, !isNumberBeforeTiming(bytes, start..<end) {
      var line = ByteBuffer()
      appendWithoutTags(bytes.extracting(start..<end), to: &line)
      appendLine(line.span, to: &output, first: first)
    }
    start = end + 1
  }
}

/// Whether the line holds times: an arrow between a time, which has a colon, and a digit.
private func isTiming(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
  var offset = line.lowerBound
  var hasColon = false
  while offset < line.upperBound, bytes[offset] != UInt8(ascii: "-") {
    switch bytes[offset] {
    case UInt8(ascii: ":"): hasColon = true
    case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: ","): break
    default: if !isBlankByte(bytes[offset]) { return false }
    }
    offset += 1
  }
  guard hasColon, matches(bytes, at: offset, "-->") else { return false }
  offset += 3
  while offset < line.upperBound, isBlankByte(bytes[offset]) { offset += 1 }
  return offset < line.upperBound && 0x30...0x39 ~= bytes[offset]
}

/// Whether the line is the number of a caption that no blank line sets apart.
private func isNumberBeforeTiming(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
  for offset in line where !isBlankByte(bytes[offset]) && !(0x30...0x39 ~= bytes[offset]) {
    return false
  }
  let next = line.upperBound + 1
  return next < bytes.count && isTiming(bytes, next..<endOfLine(bytes, from: next))
}

/// Appends `line` without spaces around, behind a line feed if it is not the first from `first` on;
/// nothing if it is blank.
func appendLine(_ line: Span<UInt8>, to output: inout ByteBuffer, first: Int) {
  var start = 0
  var end = line.count
  while true {
    if start < end, isBlankByte(line[start]) {
      start += 1
    } else if end - start >= 2, matches(line, at: start, "\u{A0}") {
      start += 2
    } else if end > start, isBlankByte(line[end - 1]) {
      end -= 1
    } else if end - start >= 2, matches(line, at: end - 2, "\u{A0}") {
      end -= 2
    } else {
      break
    }
  }
  if start == end { return }
  if output.count > first { output.append(lineFeed) }
  output.append(copying: line.extracting(start..<end))
}

/// Appends `bytes` without tags, `{\…}` overrides and character references; `br` becomes a line feed.
private func appendWithoutTags(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
  var offset = 0
  while offset < bytes.count {
    let byte = bytes[offset]
    if byte == UInt8(ascii: "<"), let tag = Tag(bytes, at: offset) {
      if tag.isNamed("br", bytes) { output.append(lineFeed) }
      offset = tag.end
    } else if byte == UInt8(ascii: "<"), let end = endOfTimestamp(bytes, from: offset) {
      offset = end
    } else if byte == UInt8(ascii: "{"), matches(bytes, at: offset, "{\\") {
      let end = firstOffset(of: UInt8(ascii: "}"), in: bytes, from: offset)
      offset = min(end + 1, bytes.count)
    } else if byte == UInt8(ascii: "&"),
      case let length = appendEntity(bytes, at: offset, to: &output),
      length > 0
    {
      offset += length
    } else {
      output.append(byte)
      offset += 1
    }
  }
}

/// The offset behind the time in angle brackets at `start`, as karaoke in WebVTT has it; nil if there is
/// none.
private func endOfTimestamp(_ bytes: Span<UInt8>, from start: Int) -> Int? {
  var end = start + 1
  while end < bytes.count,
    0x30...0x39 ~= bytes[end] || bytes[end] == UInt8(ascii: ":") || bytes[end] == UInt8(ascii: ".")
  {
    end += 1
  }
  guard end > start + 1, end < bytes.count, bytes[end] == UInt8(ascii: ">") else { return nil }
  return end + 1
}

/// A tag, or something that begins as one.
struct Tag {
  /// The name without the stroke of a closing tag.
  let name: Range<Int>
  let isClosing: Bool
  let isSelfClosing: Bool
  /// What stands behind the name.
  let attributes: Range<Int>
  /// The offset behind the tag.
  let end: Int

  /// The tag at `offset` of `bytes`, where a `<` stands; nil if no name follows or it is not closed.
  init?(_ bytes: Span<UInt8>, at offset: Int, maximumLength: Int = 4096) {
    var start = offset + 1
    isClosing = start < bytes.count && bytes[start] == UInt8(ascii: "/")
    if isClosing { start += 1 }
    var nameEnd = start
    while nameEnd < bytes.count, isTagNameByte(bytes[nameEnd]) { nameEnd += 1 }
    guard nameEnd > start, UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased(bytes[start]) else {
      return nil
    }
    let limit = min(bytes.count, offset + maximumLength)
    var close = nameEnd
    while close < limit, bytes[close] != UInt8(ascii: ">"), bytes[close] != UInt8(ascii: "<") {
      close += 1
    }
    guard close < limit, bytes[close] == UInt8(ascii: ">") else { return nil }
    name = start..<nameEnd
    attributes = nameEnd..<close
    isSelfClosing = bytes[close - 1] == UInt8(ascii: "/")
    end = close + 1
  }

  /// Whether the name is `wanted`, which is in lower case.
  func isNamed(_ wanted: String, _ bytes: Span<UInt8>) -> Bool {
    equalsIgnoringCase(bytes, name, wanted)
  }
}

func isTagNameByte(_ byte: UInt8) -> Bool {
  UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased(byte) || 0x30...0x39 ~= byte
    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
}

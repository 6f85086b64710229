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

/// Appends the lines between a line with an arrow and the next blank one.
private func appendTimedLines(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
  let first = output.count
  var isCaption = false
  var start = 0
  while start < bytes.count {
    let end = endOfLine(bytes, from: start)
    if isTiming(bytes, start..<end) {
      isCaption = true
    } else if isBlank(bytes, start..<end) {
      isCaption = false
    } else if isCaption, !isNumberBeforeTiming(bytes, start..<end) {
      var line = ByteBuffer()
      appendWithoutTags(bytes.extracting(start..<end), to: &line)
      appendLine(line.span, to: &output, first: first)
    }
    start = end + 1
  }
}

/// Whether the line holds times: an arrow with a digit before it.
private func isTiming(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
  var start = line.lowerBound
  while start < line.upperBound, isBlankByte(bytes[start]) { start += 1 }
  guard start < line.upperBound, 0x30...0x39 ~= bytes[start] else { return false }
  for offset in start..<line.upperBound where matches(bytes, at: offset, "-->") { return true }
  return false
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
private func appendLine(_ line: Span<UInt8>, to output: inout ByteBuffer, first: Int) {
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

private func isTagNameByte(_ byte: UInt8) -> Bool {
  UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased(byte) || 0x30...0x39 ~= byte
    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
}

// MARK: - SAMI

/// Appends the captions of the Korean class; of all classes, if none is Korean.
private func appendSAMI(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
  let korean = koreanClass(bytes)
  let first = output.count
  var isBody = false
  var isShown = true
  var caption = ByteBuffer()
  var offset = 0
  while offset < bytes.count {
    let byte = bytes[offset]
    if matches(bytes, at: offset, "<!--") {
      offset = endOfComment(bytes, from: offset)
    } else if byte == UInt8(ascii: "<"), let tag = Tag(bytes, at: offset) {
      if tag.isNamed("sync", bytes) || tag.isNamed("body", bytes) || tag.isNamed("p", bytes) {
        appendLines(of: caption.span, to: &output, first: first)
        caption.removeAll()
        isBody = isBody || !tag.isNamed("p", bytes)
        if tag.isNamed("p", bytes), let korean {
          isShown = attribute("class", of: tag, bytes).map { $0 == korean } ?? true
        }
      } else if tag.isNamed("br", bytes), isShown {
        caption.append(lineFeed)
      }
      offset = tag.end
    } else if !isBody || !isShown {
      offset += 1
    } else if byte == UInt8(ascii: "&"),
      case let length = appendEntity(bytes, at: offset, to: &caption), length > 0
    {
      offset += length
    } else {
      // A line end in the source is a space.
      caption.append(byte == lineFeed || byte == carriageReturn ? 0x20 : byte)
      offset += 1
    }
  }
  appendLines(of: caption.span, to: &output, first: first)
}

private func appendLines(of caption: Span<UInt8>, to output: inout ByteBuffer, first: Int) {
  var start = 0
  while start < caption.count {
    let end = endOfLine(caption, from: start)
    appendLine(caption.extracting(start..<end), to: &output, first: first)
    start = end + 1
  }
}

private func endOfComment(_ bytes: Span<UInt8>, from start: Int) -> Int {
  var offset = start + 4
  while offset < bytes.count, !matches(bytes, at: offset, "-->") { offset += 1 }
  return min(offset + 3, bytes.count)
}

/// The class whose style says `lang: ko`, else one that is usual for Korean; nil if there is neither.
///
/// A style is `.NAME { … lang: ko-KR; … }`.
private func koreanClass(_ bytes: Span<UInt8>) -> String? {
  var offset = 0
  while offset < bytes.count {
    guard bytes[offset] == UInt8(ascii: "."), offset + 1 < bytes.count else {
      if bytes[offset] == UInt8(ascii: "<"), let tag = Tag(bytes, at: offset),
        tag.isNamed("body", bytes) || tag.isNamed("sync", bytes)
      {
        break
      }
      offset += 1
      continue
    }
    var nameEnd = offset + 1
    while nameEnd < bytes.count, isTagNameByte(bytes[nameEnd]) { nameEnd += 1 }
    let style = firstOffset(of: UInt8(ascii: "{"), or: UInt8(ascii: "<"), in: bytes, from: nameEnd)
    let end = firstOffset(of: UInt8(ascii: "}"), or: UInt8(ascii: "<"), in: bytes, from: style)
    if style < end, isBlank(bytes, nameEnd..<style), bytes[style] == UInt8(ascii: "{") {
      let rule = bytes.extracting(style..<end)
      if contains(rule, "lang:ko") || contains(rule, "lang: ko") {
        return lowercasedName(bytes, offset + 1..<nameEnd)
      }
    }
    offset = max(nameEnd, offset + 1)
  }
  for name in ["krcc", "kocc", "ko", "kr"]
  where contains(bytes, "class=\(name)") || contains(bytes, "class=\"\(name)\"") {
    return name
  }
  return nil
}

private func lowercasedName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
  var name = ""
  for offset in range { name.unicodeScalars.append(Unicode.Scalar(lowercased(bytes[offset]))) }
  return name
}

/// The value of the attribute `wanted` of `tag`, in lower case.
private func attribute(_ wanted: String, of tag: Tag, _ bytes: Span<UInt8>) -> String? {
  var offset = tag.attributes.lowerBound
  let end = tag.attributes.upperBound
  let length = wanted.utf8.count
  while offset + length < end {
    if isBlankByte(bytes[offset]), offset + 1 + length <= end,
      equalsIgnoringCase(bytes, offset + 1..<offset + 1 + length, wanted)
    {
      var start = offset + 1 + length
      while start < end,
        isBlankByte(bytes[start]) || bytes[start] == UInt8(ascii: "=")
          || bytes[start] == UInt8(ascii: "\"") || bytes[start] == UInt8(ascii: "'")
      {
        start += 1
      }
      var stop = start
      while stop < end, isTagNameByte(bytes[stop]) { stop += 1 }
      return lowercasedName(bytes, start..<stop)
    }
    offset += 1
  }
  return nil
}

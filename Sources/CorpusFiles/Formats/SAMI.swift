// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Appends the captions of the Korean class; of all classes, if none is Korean.
func appendSAMI(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
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
      case let length = appendReference(bytes, at: offset, to: &caption), length > 0
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

private let unclosedReferences: [(name: String, value: UInt32)] = [
  ("&nbsp", 0xA0), ("&amp", 0x26), ("&lt", 0x3C), ("&gt", 0x3E), ("&quot", 0x22),
]

/// Appends the character of a reference, whose semicolon may be missing where HTML 4 lets it, as films
/// have it; returns the length of the reference, 0 if there is none.
private func appendReference(
  _ bytes: Span<UInt8>, at offset: Int, to output: inout ByteBuffer
) -> Int {
  let length = appendEntity(bytes, at: offset, to: &output)
  if length > 0 { return length }
  for (name, value) in unclosedReferences where matches(bytes, at: offset, name) {
    appendUTF8(value, to: &output)
    return name.utf8.count
  }
  return 0
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
    var style = nameEnd
    while style < bytes.count, isBlankByte(bytes[style]) { style += 1 }
    guard style < bytes.count, bytes[style] == UInt8(ascii: "{") else {
      offset = style
      continue
    }
    let end = firstOffset(of: UInt8(ascii: "}"), or: UInt8(ascii: "<"), in: bytes, from: style)
    let rule = bytes.extracting(style..<end)
    if isKorean(rule) {
      return lowercasedName(bytes, offset + 1..<nameEnd)
    }
    offset = end
  }
  for name in ["krcc", "kocc", "ko", "kr"]
  where contains(bytes, "class=\(name)") || contains(bytes, "class=\"\(name)\"") {
    return name
  }
  return nil
}

/// Whether a rule of style says `lang: ko`, with spaces anywhere.
private func isKorean(_ rule: Span<UInt8>) -> Bool {
  var offset = 0
  func skipBlanks() { while offset < rule.count, isBlankByte(rule[offset]) { offset += 1 } }
  while rule.count - offset >= 7 {
    guard equalsIgnoringCase(rule, offset..<offset + 4, "lang") else {
      offset += 1
      continue
    }
    offset += 4
    skipBlanks()
    guard offset < rule.count, rule[offset] == UInt8(ascii: ":") else { continue }
    offset += 1
    skipBlanks()
    if rule.count - offset >= 2, equalsIgnoringCase(rule, offset..<offset + 2, "ko") { return true }
  }
  return false
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

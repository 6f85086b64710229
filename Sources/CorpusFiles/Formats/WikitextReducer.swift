// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Reduces MediaWiki's markup to the text that a reader sees.
///
///   source ─► literal parts set apart ─► brackets and tags ─► lines
///
/// 1. Comments go; `nowiki`, `pre` and source code are marked as literal; formulas, galleries and their
///    like go with all they hold (``appendLiteralParts(_:to:)``).
/// 2. One pass with a stack of what is open: templates, tables and references go, links and tags leave
///    their text (``WikitextBrackets``).
/// 3. Line by line: headings and lists lose their marks, rules and magic words go, character references
///    become characters, blank lines go (``appendLines(of:to:)``).
///
/// What is opened and never closed stays as it is spelled, as MediaWiki shows it. Every pass is O(n).
struct WikitextReducer: ~Copyable, Sendable {
  private var literal = ByteBuffer()
  private var flat = ByteBuffer()
  private var brackets = WikitextBrackets()

  /// Appends the text of the page `source`.
  mutating func append(_ source: borrowing ByteBuffer, to output: inout ByteBuffer) {
    literal.removeAll()
    flat.removeAll()
    appendLiteralParts(source.span, to: &literal)
    brackets.append(literal, to: &flat)
    appendLines(of: flat.span, to: &output)
  }
}

/// Stands before a byte that is not markup.
///
/// No UTF-8 has this byte, and sources that are not UTF-8 have
/// been repaired.
let literalMark: UInt8 = 0xFF

/// Whether `byte` may be or begin markup.
private func isMarkup(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF, 0x20, 0x0A, 0x0D: false
  default: true
  }
}

/// Elements that hold no wikitext: whose text is shown as it is, and whose content is no text.
private let literalElements = ["nowiki", "pre", "source", "syntaxhighlight"]
private let unseenElements = [
  "math", "chem", "ce", "gallery", "timeline", "graph", "imagemap", "score", "hiero", "inputbox",
  "categorytree", "dynamicpagelist", "templatedata", "templatestyles", "mapframe", "maplink",
  "includeonly", "section", "indicator",
]

/// Appends `source` without comments and unseen elements, and with literal marks in literal elements.
private func appendLiteralParts(_ source: Span<UInt8>, to output: inout ByteBuffer) {
  // Of elements never closed behind here, by their place in the lists; so each is looked for once.
  var unclosed: Set<String> = []
  var offset = 0
  while offset < source.count {
    let mark = firstOffset(of: UInt8(ascii: "<"), in: source, from: offset)
    output.append(copying: source.extracting(offset..<mark))
    offset = mark
    guard mark < source.count else { return }
    if matches(source, at: mark, "<!--") {
      offset = endOfComment(source, from: mark)
      // A line of comments alone leaves no line.
      if output.isEmpty || output[output.count - 1] == lineFeed, offset < source.count,
        source[offset] == lineFeed
      {
        offset += 1
      }
      continue
    }
    if let tag = Tag(source, at: mark), !tag.isClosing,
      let name = (literalElements + unseenElements).first(where: { tag.isNamed($0, source) })
    {
      offset = tag.end
      if tag.isSelfClosing || unclosed.contains(name) { continue }
      guard let close = closingTag(name, source, from: tag.end) else {
        unclosed.insert(name)
        continue
      }
      if literalElements.contains(name) {
        appendMarked(source.extracting(tag.end..<close.lowerBound), to: &output)
      }
      offset = close.upperBound
      continue
    }
    output.append(source[mark])
    offset = mark + 1
  }
}

private func appendMarked(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
  for index in bytes.indices {
    // References are read in literal text too.
    if isMarkup(bytes[index]), bytes[index] != UInt8(ascii: "&"), bytes[index] != UInt8(ascii: ";"),
      bytes[index] != UInt8(ascii: "#")
    {
      output.append(literalMark)
    }
    output.append(bytes[index])
  }
}

private func endOfComment(_ bytes: Span<UInt8>, from start: Int) -> Int {
  var offset = start + 4
  while offset < bytes.count {
    offset = firstOffset(of: UInt8(ascii: "-"), in: bytes, from: offset)
    if matches(bytes, at: offset, "-->") { return offset + 3 }
    offset += 1
  }
  // As MediaWiki: a comment that is not closed goes on to the end.
  return bytes.count
}

/// Where the next `</name>` stands from `start` on.
private func closingTag(_ name: String, _ bytes: Span<UInt8>, from start: Int) -> Range<Int>? {
  var offset = start
  while true {
    offset = firstOffset(of: UInt8(ascii: "<"), in: bytes, from: offset)
    guard offset < bytes.count else { return nil }
    if let tag = Tag(bytes, at: offset), tag.isClosing, tag.isNamed(name, bytes) {
      return offset..<tag.end
    }
    offset += 1
  }
}

// MARK: - Lines

/// Appends `text`, a paragraph a line, without marks of headings, lists and rules.
private func appendLines(of text: Span<UInt8>, to output: inout ByteBuffer) {
  let first = output.count
  var line = ByteBuffer()
  var start = 0
  while start < text.count {
    let end = endOfLine(text, from: start)
    line.removeAll()
    appendLine(text.extracting(start..<end), to: &line)
    if !line.isEmpty {
      if output.count > first { output.append(lineFeed) }
      output.append(copying: line.span)
    }
    start = end + 1
  }
}

private func appendLine(_ line: Span<UInt8>, to output: inout ByteBuffer) {
  var content = trimmed(line, 0..<line.count)
  // ---- Headings ----
  var level = 0
  while content.count >= 2 * level + 3, line[content.lowerBound + level] == UInt8(ascii: "="),
    line[content.upperBound - 1 - level] == UInt8(ascii: "="), level < 6
  {
    level += 1
  }
  if level > 0 {
    content = trimmed(line, content.lowerBound + level..<content.upperBound - level)
  } else if line.count > 0, content.lowerBound == 0 {
    // ---- Lists and rules ----
    while content.count > 0, [0x2A, 0x23, 0x3A, 0x3B].contains(line[content.lowerBound]) {
      content = content.lowerBound + 1..<content.upperBound
    }
    if matches(line, at: content.lowerBound, "----") {
      while content.count > 0, line[content.lowerBound] == UInt8(ascii: "-") {
        content = content.lowerBound + 1..<content.upperBound
      }
    }
    content = trimmed(line, content)
  }
  // ---- Words and references ----
  var offset = content.lowerBound
  while offset < content.upperBound {
    let byte = line[offset]
    if byte == literalMark {
      if offset + 1 < content.upperBound { output.append(line[offset + 1]) }
      offset += 2
    } else if byte == UInt8(ascii: "&"),
      case let length = appendEntity(
        line.extracting(0..<content.upperBound), at: offset, to: &output),
      length > 0
    {
      offset += length
    } else if byte == 0x20, output.isEmpty || output[output.count - 1] == 0x20 {
      // Runs of spaces are one, as in a browser.
      offset += 1
    } else if byte == UInt8(ascii: "_"), let end = endOfMagicWord(line, offset..<content.upperBound)
    {
      offset = end
    } else {
      output.append(byte)
      offset += 1
    }
  }
  while !output.isEmpty, isBlankByte(output[output.count - 1]) {
    output.truncate(to: output.count - 1)
  }
}

/// The offset behind a magic word such as `__NOTOC__` or `__목차__` at the start of `range`.
private func endOfMagicWord(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  guard matches(bytes, at: range.lowerBound, "__") else { return nil }
  var offset = range.lowerBound + 2
  while offset < range.upperBound, bytes[offset] >= 0x80 || 0x41...0x5A ~= bytes[offset] {
    offset += 1
  }
  let isWord = offset > range.lowerBound + 2 && offset + 2 <= range.upperBound
  return isWord && matches(bytes, at: offset, "__") ? offset + 2 : nil
}

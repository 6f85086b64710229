// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What links show.
enum WikitextLinks {
  enum Part {
    /// This range of what stands between the brackets.
    case text(Range<Int>)
    /// Files, categories and links to other languages stand elsewhere on a page.
    case nothing
    /// No link at all.
    case noLink
  }

  /// Names of namespaces whose links are not shown in the text, in lower case.
  private static let unseenNamespaces = [
    "file", "image", "media", "category", "파일", "그림", "미디어", "분류",
  ]

  /// What the link `[[inside]]` shows.
  static func shownPart(of inside: Span<UInt8>) -> Part {
    let bar = firstOffset(of: UInt8(ascii: "|"), in: inside, from: 0)
    var target = trimmed(inside, 0..<bar)
    for offset in target where inside[offset] == lineFeed { return .noLink }
    if target.isEmpty, bar == inside.count { return .noLink }
    if target.count > 0, inside[target.lowerBound] == UInt8(ascii: ":") {
      target = target.lowerBound + 1..<target.upperBound
    } else if isUnseen(inside, target) {
      return .nothing
    }
    guard bar < inside.count else { return .text(target) }
    let text = bar + 1..<inside.count
    return .text(trimmed(inside, text).isEmpty ? target : text)
  }

  private static func isUnseen(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Bool {
    var colon = target.lowerBound
    while colon < target.upperBound, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
    guard colon < target.upperBound else { return false }
    let name = trimmed(bytes, target.lowerBound..<colon)
    for unseen in unseenNamespaces where equalsIgnoringCase(bytes, name, unseen) { return true }
    // Two or three small letters are a language.
    let isLanguage = name.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= bytes[$0] || bytes[$0] == UInt8(ascii: "-")
    }
    return isLanguage && (2...3).contains(name.count) || equalsIgnoringCase(bytes, name, "zh-yue")
      || equalsIgnoringCase(bytes, name, "simple")
  }

  /// Whether an address of the web begins at `offset`.
  static func isAddress(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
    for scheme in ["http://", "https://", "//", "ftp://", "mailto:"]
    where offset + scheme.utf8.count <= bytes.count
      && equalsIgnoringCase(bytes, offset..<offset + scheme.utf8.count, scheme)
    {
      return true
    }
    return false
  }
}

/// Templates that show one of their parameters; all others are taken out.
enum WikitextTemplates {
  /// By name in lower case: the number of the parameter that is shown.
  private static let shown: [(name: String, parameter: Int)] = [
    ("lang", 2), ("llang", 2), ("언어", 2), ("한자", 1), ("nowrap", 1), ("nobr", 1), ("줄바꿈 금지", 1),
    ("small", 1), ("작게", 1), ("big", 1), ("abbr", 1), ("ruby", 1), ("루비", 1), ("quote", 1),
    ("cquote", 1), ("인용문", 1), ("인용구", 1), ("일본어", 1),
  ]

  /// Where in `inside` the parameter stands that the template `{{inside}}` shows; nil if none.
  static func shownParameter(of inside: Span<UInt8>) -> Range<Int>? {
    let bar = firstOffset(of: UInt8(ascii: "|"), in: inside, from: 0)
    let name = trimmed(inside, 0..<bar)
    guard let wanted = parameter(shownBy: name, inside) else { return nil }
    var start = bar + 1
    var number = 0
    while start <= inside.count {
      let end = firstOffset(of: UInt8(ascii: "|"), in: inside, from: start)
      let value = start..<end
      if let explicit = explicitValue(inside, value, wanted) { return trimmed(inside, explicit) }
      if !isNamed(inside, value) {
        number += 1
        if number == wanted { return trimmed(inside, value) }
      }
      start = end + 1
    }
    return nil
  }

  private static func parameter(shownBy name: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
    for template in shown where equalsIgnoringCase(bytes, name, template.name) {
      return template.parameter
    }
    let prefix = "lang-"
    guard name.count > prefix.utf8.count else { return nil }
    let beginning = name.lowerBound..<name.lowerBound + prefix.utf8.count
    return equalsIgnoringCase(bytes, beginning, prefix) ? 1 : nil
  }

  /// The value of a parameter that is written with its number.
  private static func explicitValue(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ number: Int
  ) -> Range<Int>? {
    let mark = "\(number)="
    let start = trimmed(bytes, range).lowerBound
    guard matches(bytes, at: start, mark), start + mark.utf8.count <= range.upperBound else {
      return nil
    }
    return start + mark.utf8.count..<range.upperBound
  }

  /// Whether a parameter has a name: letters and digits before an equals sign.
  private static func isNamed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    for offset in range {
      if bytes[offset] == UInt8(ascii: "=") { return offset > range.lowerBound }
      let isNameByte =
        bytes[offset] >= 0x80 && bytes[offset] != literalMark || isBlankByte(bytes[offset])
        || UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased(bytes[offset])
        || 0x30...0x39 ~= bytes[offset] || bytes[offset] == UInt8(ascii: "-")
        || bytes[offset] == UInt8(ascii: "_")
      if !isNameByte { return false }
    }
    return false
  }
}

/// Tags that are markup in wikitext; others are text.
enum WikitextTags {
  private static let known = [
    "ref", "br", "hr", "p", "b", "i", "u", "s", "em", "strong", "small", "big", "sub", "sup",
    "span",
    "div", "center", "font", "tt", "code", "kbd", "samp", "var", "cite", "abbr", "blockquote",
    "del",
    "ins", "strike", "q", "dfn", "mark", "bdi", "bdo", "wbr", "time", "data", "ruby", "rb", "rt",
    "rp",
    "rtc", "dl", "dt", "dd", "ol", "ul", "li", "table", "caption", "tr", "td", "th", "h1", "h2",
    "h3",
    "h4", "h5", "h6", "references", "noinclude", "onlyinclude", "includeonly", "poem", "nowiki",
    "section", "languages", "translate", "tvar", "pre", "source", "syntaxhighlight", "math",
    "gallery",
  ]

  static func isKnown(_ bytes: Span<UInt8>, _ tag: Tag) -> Bool {
    for name in known where equalsIgnoringCase(bytes, tag.name, name) { return true }
    return false
  }
}

/// `range` of `bytes` without blanks at its ends.
func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
  var (start, end) = (range.lowerBound, range.upperBound)
  while start < end, isBlankByte(bytes[start]) { start += 1 }
  while end > start, isBlankByte(bytes[end - 1]) { end -= 1 }
  return start..<end
}

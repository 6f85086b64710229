// SPDX-License-Identifier: Apache-2.0

package import PreTokenization
internal import TextCore

/// Whether a pre-tokenizer leaves some text whole, wherever it may stand.
///
/// The rules are regular expressions over classes of characters. What one does to a text depends on the text,
/// on the state that it is in where the text begins, and on whether what stands behind goes on with the last
/// match. Each state of each rule is reached by one of ``prefixes`` and each way to go on by one of
/// ``suffixes``: before letters, numbers, marks or line ends there may be a space, a character that leads
/// words, letters of either case or of none, up to two digits, punctuation, an apostrophe. So a text that all
/// pairs of them leave cut is cut everywhere. The tests compare this with all contexts of up to two
/// characters of every class.
package struct TokenBorders: ~Copyable {
  package static let prefixes = [
    "", " ", "a", "A", "가", ".", "1", "11", "'", "!", "/", "\n", "\t", "  ", "a ", "가 ", " a", " A",
    ".a",
    "a\u{301}", " .", "..", "\r\n", "aA", "一", "∰", " 1", "\u{A0}", "ǅ", "a'", "\u{301}", "あ",
  ]
  package static let suffixes = [
    "", "a", " ", "A", "s", "l", "e", "1", ".", "\n", "/", "가", "\u{301}", " a", "一", "\t", "∰",
    "ll",
  ]

  private let rule: PreTokenizer
  private var cutter: PretokenCutter
  private var text = ByteBuffer()
  private var ends = PretokenEnds()
  private var documentPretokens = GrowableBuffer<Int>()
  private var known: [[UInt32]: Answer] = [:]

  /// What happens to a text in the contexts.
  package struct Answer: Sendable {
    /// In one it lies in a pretoken.
    package var isWithin = false
    /// In one it is a pretoken.
    package var isPretoken = false

    package init() {}
  }

  package init(_ rule: PreTokenizer) {
    self.rule = rule
    cutter = PretokenCutter(rule)
  }

  /// What happens to well-formed `text`; texts of characters alike are looked at once.
  package mutating func answer(_ text: [UInt8]) -> Answer {
    let classes = Self.classes(of: text)
    if let answer = known[classes] { return answer }
    var answer = Answer()
    for prefix in Self.prefixes where !(answer.isWithin && answer.isPretoken) {
      for suffix in Self.suffixes {
        add(Array(prefix.utf8), text, Array(suffix.utf8), to: &answer)
      }
    }
    known[classes] = answer
    return answer
  }

  /// Looks at `text` between two others.
  package mutating func add(
    _ prefix: [UInt8], _ text: [UInt8], _ suffix: [UInt8], to answer: inout Answer
  ) {
    self.text.removeAll()
    ends.removeAll()
    documentPretokens.removeAll()
    for part in [prefix, text, suffix] { self.text.append(copying: part.span) }
    cut(self.text, &cutter, &ends, &documentPretokens)
    let (start, end) = (prefix.count, prefix.count + text.count)
    var isStart = start == 0
    for index in 0..<ends.count {
      let edge = Int(ends[index])
      if edge == start { isStart = true }
      if edge <= start { continue }
      if edge < end { return }
      answer.isWithin = true
      if isStart, edge == end { answer.isPretoken = true }
      return
    }
  }

  /// The classes of the characters of `text` that rules tell apart, of more than three alike three; digits
  /// are counted, so all of them stay.
  private static func classes(of text: [UInt8]) -> [UInt32] {
    var classes: [UInt32] = []
    var offset = 0
    while offset < text.count {
      let scalar = decodeUTF8(text.span, at: offset)
      offset += scalar.byteCount
      let value = self.class(of: scalar)
      let isRun =
        value != numberClass && classes.count >= 3 && classes.suffix(3).allSatisfy { $0 == value }
      if !isRun { classes.append(value) }
    }
    return classes
  }

  private static let numberClass: UInt32 = 0x20_0005

  private static func `class`(of scalar: DecodedScalar) -> UInt32 {
    let value = scalar.value
    let category = CharacterCategories.shared(value)
    switch value {
    case 0x61...0x7A: return "sdmtlver".utf8.contains(UInt8(value)) ? value : 0x61
    case 0x41...0x5A: return "SDMTLVER".utf8.contains(UInt8(value)) ? value : 0x41
    case 0x30...0x39: return numberClass
    case ..<0x80: return value
    case 0x17F, 0x212A: return value
    default: break
    }
    let isKana = (0x3040...0x30FF).contains(value)
    let isHan = (0x4E00...0x9FA5).contains(value)
    if CharacterCategories.isNumeric(value) || isKana || isHan { return value }
    return 0x20_0000 + UInt32(category.rawValue) + (scalar.isWellFormed ? 0 : 0x100)
  }
}

private func cut(
  _ text: borrowing ByteBuffer, _ cutter: inout PretokenCutter, _ ends: inout PretokenEnds,
  _ documentPretokens: inout GrowableBuffer<Int>
) {
  cutter.appendEnds(
    of: text, documentEnds: [text.count].span, to: &ends, documentPretokens: &documentPretokens)
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// DeepSeek-V3's rule in one pass over the bytes.
///
/// Its three expressions cut one after the other: numbers, then Han and kana, then words inside what
/// those left, the kana and Han too. Here every run just ends where another of the three starts, as
/// it does at the end of the text. Characters that nothing matches (control and format characters
/// with no letter behind) are pretokens by the run.
///
/// - Returns: The last end, the first at `limit` or behind it.
func appendDeepSeekEnds(
  _ classes: borrowing ClassScanner, from start: Int, until limit: Int,
  to ends: inout PretokenEnds
) -> Int {
  let text = classes.text
  let scanner = DeepSeekScanner(classes)
  let count = text.count
  var at = start
  while at < limit {
    let (first, length) = scanner.character(at: at)
    let next = at &+ length
    switch first {
    case .number:
      at = scanner.endOfNumbers(from: next, atMost: 2)
    case .letterOrMark, .kanaLetter, .kanaPunctuation:
      at = scanner.endOfRun(of: first, from: next)
    case .kanaOther:
      let leads = next < count && scanner.character(at: next).0 == .kanaLetter
      at =
        leads
        ? scanner.endOfRun(of: .kanaLetter, from: next)
        : scanner.endOfUnmatched(.kanaOther, .kanaLetter, from: next)
    case .punctuation:
      // ---- One ASCII mark and ASCII letters, else marks and the line ends behind them ----
      let word = endOfASCIILetters(text, from: next)
      if text[at] < 0x80, word > next {
        at = word
      } else {
        at = endOfLineEnds(text, from: scanner.endOfRun(of: .punctuation, from: next))
      }
    case .whiteSpace, .other:
      let second = next < count ? scanner.character(at: next).0 : .number
      if second == .letterOrMark, !isLineEnd(text[at]) {
        at = scanner.endOfRun(of: .letterOrMark, from: next)
      } else if first == .other {
        at = scanner.endOfUnmatched(.other, .letterOrMark, from: next)
      } else if second == .punctuation, text[at] == 0x20 {
        at = endOfLineEnds(text, from: scanner.endOfRun(of: .punctuation, from: next))
      } else {
        at = scanner.endOfWhiteSpace(from: at)
      }
    }
    // Safe: at <= count, which fits 32 bits.
    ends.append(UInt32(truncatingIfNeeded: at))
  }
  return at
}

private func endOfASCIILetters(_ text: Span<UInt8>, from start: Int) -> Int {
  var offset = start
  while offset < text.count, (text[offset] | 0x20) &- UInt8(ascii: "a") < 26 { offset &+= 1 }
  return offset
}

/// What DeepSeek-V3's rule tells apart.
enum DeepSeekClass {
  case number, letterOrMark, punctuation, whiteSpace, other
  // The same in `[一-龥぀-ゟ゠-ヿ]`; the few others are unassigned.
  case kanaLetter, kanaPunctuation, kanaOther

  init(_ category: CharacterCategory, isHanOrKana: Bool) {
    switch category {
    case .upper, .lower, .uncased, .mark: self = isHanOrKana ? .kanaLetter : .letterOrMark
    case .number: self = .number
    case .punctuation: self = isHanOrKana ? .kanaPunctuation : .punctuation
    case .whiteSpace: self = .whiteSpace
    case .other: self = isHanOrKana ? .kanaOther : .other
    }
  }

  /// Whether the word expression sees the end of its text before such a character.
  var isOutsideWords: Bool {
    switch self {
    case .number, .kanaLetter, .kanaPunctuation, .kanaOther: true
    case .letterOrMark, .punctuation, .whiteSpace, .other: false
    }
  }

  /// Whether the code point `value` is in `[一-龥぀-ゟ゠-ヿ]`.
  @inline(__always)
  static func isHanOrKana(_ value: UInt32) -> Bool {
    0x4E00...0x9FA5 ~= value || 0x3040...0x30FF ~= value
  }
}

/// ``DeepSeekClass`` of characters straight from UTF-8 bytes.
struct DeepSeekScanner: ~Escapable {
  private let text: Span<UInt8>
  private let classes: ClassScanner
  private let categories: CategoryScanner

  @_lifetime(copy classes)
  init(_ classes: borrowing ClassScanner) {
    text = classes.text
    self.classes = copy classes
    categories = CategoryScanner(classes)
  }

  @inline(__always)
  func character(at offset: Int) -> (DeepSeekClass, Int) {
    let (category, length) = categories.character(at: offset)
    // ---- `[一-龥぀-ゟ゠-ヿ]`, of three bytes from E3 81 80 to E9 BE A5 ----
    let isHanOrKana =
      length == 3 && text[offset] &- 0xE3 <= 0xE9 - 0xE3 && isHanOrKana(at: offset)
    return (DeepSeekClass(category, isHanOrKana: isHanOrKana), length)
  }

  private func isHanOrKana(at offset: Int) -> Bool {
    let scalar = decodeUTF8(text, at: offset)
    return scalar.isWellFormed && DeepSeekClass.isHanOrKana(scalar.value)
  }

  func endOfNumbers(from start: Int, atMost limit: Int) -> Int {
    classes.endOfNumbers(text, from: start, atMost: limit)
  }

  @inline(__always)
  func endOfRun(of wanted: DeepSeekClass, from start: Int) -> Int {
    // Hangul is the common case, and no other class has any of it.
    var offset = wanted == .letterOrMark ? categories.endOfHangul(from: start) : start
    while offset < text.count {
      let (found, length) = character(at: offset)
      if found != wanted { break }
      offset &+= length
    }
    return offset
  }

  /// The end of the characters of class `own` from `start` that nothing matches: one that a `word`
  /// character follows leads it.
  func endOfUnmatched(
    _ own: DeepSeekClass, _ word: DeepSeekClass, from start: Int
  ) -> Int {
    var end = start
    while end < text.count {
      let (found, length) = character(at: end)
      let next = end &+ length
      if found != own || next < text.count && character(at: next).0 == word { break }
      end = next
    }
    return end
  }

  func endOfWhiteSpace(from start: Int) -> Int {
    let run = classes.whiteSpaceRun(text, from: start)
    guard run.end < text.count else { return run.pretokenEnd(isAtEnd: true) }
    return run.pretokenEnd(isAtEnd: character(at: run.end).0.isOutsideWords)
  }
}

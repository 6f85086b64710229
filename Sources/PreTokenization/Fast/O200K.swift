// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// GPT-4o's rule in one pass over the bytes.
///
/// As GPT-4's but for words: any one character, upper case, then lower case, then a contraction.
/// Letters without case (Hangul, Han …) and marks count as both, so a Korean word is one run.
///
/// - Returns: The last end, the first at `limit` or behind it.
func appendO200KEnds(
  _ scanner: borrowing ClassScanner, from start: Int, until limit: Int,
  to ends: inout PretokenEnds, _ rule: LetterRule
) -> Int {
  let text = scanner.text
  let categories = CategoryScanner(scanner)
  let count = text.count
  var at = start
  while at < limit {
    let (first, length) = categories.character(at: at)
    let next = at &+ length
    var word = at
    switch first {
    case .number:
      at = scanner.endOfNumbers(text, from: next, atMost: rule.mostNumbers &- 1)
      ends.append(UInt32(truncatingIfNeeded: at))
      continue
    case .upper, .lower, .uncased:
      word = categories.endOfCasedWord(text, from: at)
    case .mark:
      word = categories.endOfWordAfterMark(text, at: at, next)
    case .whiteSpace, .punctuation, .other:
      // ---- Any one character but a line end may lead a word ----
      if !isLineEnd(text[at]), case let end = categories.endOfCasedWord(text, from: next),
        end > next
      {
        word = end
      }
    }
    if word > at {
      at = word &+ anyCaseContractionLength(text, word)
    } else if first != .whiteSpace || text[at] == 0x20 && scanner.isOther(text, at: next) {
      // ---- Other characters after one optional space, line ends and slashes behind them ----
      at = scanner.endOfRun(.other, from: next)
      while at < count, isLineEnd(text[at]) || text[at] == UInt8(ascii: "/") { at &+= 1 }
    } else {
      let run = scanner.whiteSpaceRun(text, from: at)
      at = run.pretokenEnd(isAtEnd: run.end == count)
    }
    // Safe: at <= count, which fits 32 bits.
    ends.append(UInt32(truncatingIfNeeded: at))
  }
  return at
}

extension ClassScanner {
  /// Whether a character of class "other" starts at `offset`, which may be the end of the text.
  @inline(__always)
  func isOther(_ text: Span<UInt8>, at offset: Int) -> Bool {
    offset < text.count && character(at: offset).0 == .other
  }
}

extension CategoryScanner {
  /// What the upper-case part of a word leaves.
  private struct UpperPart {
    /// The end of the run of upper case, letters without case and marks.
    var end: Int
    /// Behind the last of them that is not upper case; the start if all are.
    var sharedEnd: Int
    /// Whether lower case follows.
    var isBeforeLower: Bool
  }

  @inline(__always)
  private func upperPart(_ text: Span<UInt8>, from start: Int) -> UpperPart {
    var part = UpperPart(end: start, sharedEnd: start, isBeforeLower: false)
    while true {
      // ---- The common case: Hangul, straight through ----
      let hangulEnd = endOfHangul(from: part.end)
      if hangulEnd > part.end { (part.end, part.sharedEnd) = (hangulEnd, hangulEnd) }
      guard part.end < text.count else { return part }
      let (category, length) = character(at: part.end)
      switch category {
      case .upper: part.end &+= length
      case .uncased, .mark:
        part.end &+= length
        part.sharedEnd = part.end
      default:
        part.isBeforeLower = category == .lower
        return part
      }
    }
  }

  /// The end of the word that starts at `start` without a character before it, or `start`.
  ///
  /// `U*L+`, else `U+L*`, where U and L share what has no case. U* takes all it can; if lower case
  /// follows, L+ goes on from there. If not, U* gives back up to the last shared character, and L+ is
  /// that one alone. Without one all is upper case, and the second form takes it.
  func endOfCasedWord(_ text: Span<UInt8>, from start: Int) -> Int {
    let upper = upperPart(text, from: start)
    if upper.isBeforeLower { return endOfRun(from: upper.end, of: .lowerOrShared) }
    return upper.sharedEnd > start ? upper.sharedEnd : upper.end
  }

  /// The end of the word that starts with the mark at `start`, which `next` follows.
  ///
  /// The mark may lead a word of the first form. If none follows, it is one itself, and upper case
  /// behind it is left.
  func endOfWordAfterMark(_ text: Span<UInt8>, at start: Int, _ next: Int) -> Int {
    let upper = upperPart(text, from: next)
    if upper.isBeforeLower { return endOfRun(from: upper.end, of: .lowerOrShared) }
    return upper.sharedEnd
  }
}

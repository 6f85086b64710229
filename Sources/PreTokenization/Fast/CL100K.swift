// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// GPT-4's rule and its near relations in one pass over the bytes.
//
// The class of the character at the start of a pretoken, and of the one behind it where the first may
// lead a word or marks, decides which alternative matches; the pretoken then runs to the end of that
// class. Each byte is looked at a bounded number of times, see whiteSpaceRun.

extension LetterRule {
  static let cl100k = LetterRule(mostNumbers: 3, keepsLastWhiteSpaceWhole: true)
  static let cl100kSingle = LetterRule(mostNumbers: 1, keepsLastWhiteSpaceWhole: true)
  static let o200k = LetterRule(mostNumbers: 3, words: .cased)
  static let o200kSingle = LetterRule(mostNumbers: 1, words: .cased)
  static let llama3 = LetterRule(mostNumbers: 3)
  static let qwen2 = LetterRule(mostNumbers: 1)
  static let deepSeek = LetterRule(mostNumbers: 3, words: .deepSeek)
  static let kExaone = LetterRule(mostNumbers: 1, words: .joined)
}

/// The rule whose words are `[^\r\n\p{L}\p{N}]?\p{L}+`.
///
/// Ordinary characters do not come here (``appendLetterRuleEndsByMasks(_:from:to:_:)``).
///
/// - Returns: The last end, the first at `limit` or behind it.
func appendLetterRuleEnds(
  _ scanner: borrowing ClassScanner, from start: Int, until limit: Int,
  to ends: inout PretokenEnds, _ rule: LetterRule
) -> Int {
  let text = scanner.text
  let count = text.count
  var at = start
  while at < limit {
    let (first, length) = scanner.character(at: at)
    let next = at &+ length
    switch first {
    case .letter:
      at = scanner.endOfRun(.letter, from: next)
    case .number:
      at = scanner.endOfNumbers(text, from: next, atMost: rule.mostNumbers &- 1)
    case .whiteSpace, .other:
      // ---- A contraction ----
      if first == .other, case let length = anyCaseContractionLength(text, at), length > 0 {
        at &+= length
        break
      }
      let (second, secondLength) =
        next < count ? scanner.character(at: next) : (CharacterClass.number, 0)
      if second == .letter, !isLineEnd(text[at]) {
        // ---- Any one character, then letters ----
        at = scanner.endOfRun(.letter, from: next &+ secondLength)
      } else if first == .other || second == .other && text[at] == 0x20 {
        // ---- Other characters after one optional space, and the line ends behind them ----
        at = endOfLineEnds(text, from: scanner.endOfRun(.other, from: next))
      } else {
        // ---- White space ----
        let run = scanner.whiteSpaceRun(text, from: at)
        let isAtEnd = run.end == count
        at = rule.keepsLastWhiteSpaceWhole && isAtEnd ? count : run.pretokenEnd(isAtEnd: isAtEnd)
      }
    }
    // Safe: at <= count, which fits 32 bits.
    ends.append(UInt32(truncatingIfNeeded: at))
  }
  return at
}

extension ClassScanner {
  /// The end of at most `limit` numbers from `start`.
  @inline(__always)
  func endOfNumbers(_ text: Span<UInt8>, from start: Int, atMost limit: Int) -> Int {
    var offset = start
    for _ in 0..<limit where offset < text.count {
      let (found, length) = character(at: offset)
      if found != .number { break }
      offset &+= length
    }
    return offset
  }
}

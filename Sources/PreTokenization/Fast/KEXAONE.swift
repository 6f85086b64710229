// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// K-EXAONE's rule in one pass over the bytes.
///
/// As Qwen 2's but for words, which single spaces join to one pretoken, and for line ends, of which
/// other characters take one only.
///
/// - Returns: The last end, the first at `limit` or behind it.
func appendKEXAONEEnds(
  _ scanner: borrowing ClassScanner, from start: Int, until limit: Int,
  to ends: inout PretokenEnds
) -> Int {
  let text = scanner.text
  let categories = CategoryScanner(scanner)
  let count = text.count
  var at = start
  while at < limit {
    let (first, length) = scanner.character(at: at)
    let next = at &+ length
    switch first {
    case .letter:
      at = scanner.endOfPhrase(text, categories, from: next)
    case .number:
      at = next
    case .whiteSpace, .other:
      // ---- A contraction ----
      if first == .other, case let length = anyCaseContractionLength(text, at), length > 0 {
        at &+= length
        break
      }
      let (second, secondLength) =
        next < count ? scanner.character(at: next) : (CharacterClass.number, 0)
      if second == .letter, !isLineEnd(text[at]) {
        // ---- Any one character, then words ----
        at = scanner.endOfPhrase(text, categories, from: next &+ secondLength)
      } else if first == .other || second == .other && text[at] == 0x20 {
        // ---- Other characters after one optional space, and one line end ----
        at = scanner.endOfRun(.other, from: next)
        if at < count, isLineEnd(text[at]) { at &+= 1 }
      } else {
        let run = scanner.whiteSpaceRun(text, from: at)
        at = run.pretokenEnd(isAtEnd: run.end == count)
      }
    }
    // Safe: at <= count, which fits 32 bits.
    ends.append(UInt32(truncatingIfNeeded: at))
  }
  return at
}

extension ClassScanner {
  /// The end of words behind the first letter of one: `(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+`.
  @inline(__always)
  fileprivate func endOfPhrase(
    _ text: Span<UInt8>, _ categories: borrowing CategoryScanner, from start: Int
  ) -> Int {
    var at = start
    while true {
      at = endOfRun(.letter, from: at)
      guard at < text.count else { return at }
      if text[at] == 0x20 {
        // ---- One space, if a letter follows ----
        guard at &+ 1 < text.count, case let (second, length) = character(at: at &+ 1),
          second == .letter
        else { return at }
        at &+= 1 &+ length
      } else {
        // ---- Marks ----
        let end = categories.endOfRun(from: at, of: .marks)
        if end == at { return at }
        at = end
        if at < text.count, text[at] != 0x20, character(at: at).0 != .letter { return at }
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// EXAONE 3's rule in one pass over the bytes: numbers stand alone, GPT-2's rule works between them.
///
/// A number ends the piece before it, so white space before one is whole, as at the end of a text.
///
/// - Returns: The last end, the first at `limit` or behind it.
func appendEXAONEEnds(
  _ scanner: borrowing ClassScanner, from start: Int, until limit: Int,
  to ends: inout PretokenEnds
) -> Int {
  let text = scanner.text
  let count = text.count
  var at = start
  while at < limit {
    let first = text[at] == 0x20 && at &+ 1 < count ? at &+ 1 : at
    let (runClass, length) = scanner.character(at: first)
    switch runClass {
    case .letter:
      at = scanner.endOfRun(.letter, from: first &+ length)
    case .number:
      at = first == at ? at &+ length : first
    case .other:
      if scanner.isLaterNumber(at: first) {
        at = first == at ? at &+ length : first
      } else if case let contraction = lowerCaseContractionLength(text, at), contraction > 0 {
        at &+= contraction
      } else {
        at = endOfOtherCharacters(text, scanner, from: first &+ length)
      }
    case .whiteSpace:
      let run = scanner.whiteSpaceRun(text, from: at)
      let isBeforeNumber =
        run.end == count || scanner.character(at: run.end).0 == .number
        || scanner.isLaterNumber(at: run.end)
      at = isBeforeNumber || run.last == at ? run.end : run.last
    }
    // Safe: at <= count, which fits 32 bits.
    ends.append(UInt32(truncatingIfNeeded: at))
  }
  return at
}

/// The end of the run of class "other" from `start`, cut before numbers of later Unicode versions.
private func endOfOtherCharacters(
  _ text: Span<UInt8>, _ scanner: borrowing ClassScanner, from start: Int
) -> Int {
  var at = start
  while at < text.count {
    let (found, length) = scanner.character(at: at)
    if found != .other || scanner.isLaterNumber(at: at) { break }
    at &+= length
  }
  return at
}

extension ClassScanner {
  /// Whether the character at `offset`, of class "other", is a number nevertheless to Hugging Face's
  /// Digits; those there are have four bytes.
  @inline(__always)
  func isLaterNumber(at offset: Int) -> Bool {
    text[offset] >= 0xF0 && CharacterCategories.isNumeric(decodeUTF8(text, at: offset).value)
  }
}

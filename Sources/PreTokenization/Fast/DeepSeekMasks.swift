// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// DeepSeek-V3's rule over masks. Its expressions cut one after the other: numbers, then Han and kana,
// then words in what is left of the text, which ends before a number and before Han and kana for them.

/// The blanks that end where the text does for words.
@inline(__always)
func wholeBlanks(
  _ scanner: borrowing ClassScanner, _ block: Int, _ masks: CharacterMasks
) -> UInt64 {
  var whole = (masks.digits | masks.kana | masks.kanaMarks) &>> 1
  if masks.blanks &>> 63 != 0, scanner.isOutsideWords(at: block &<< 6 &+ 64) {
    whole |= 1 &<< 63
  }
  return whole
}

/// Where words start, runs of other characters without the space before them, and Han and kana.
@inline(__always)
func deepSeekWordStarts(
  _ masks: CharacterMasks, _ absorbed: UInt64, _ carry: inout LetterRuleCarry
) -> UInt64 {
  let letters = masks.letters
  let asciiLetters = masks.upper | masks.lower
  let others = masks.others & ~absorbed
  let blanks = masks.blanks & ~masks.lineEnds
  // ---- A space takes the other characters behind it ----
  let otherStarts =
    others & ~(others &<< 1 | carry.others) & ~(masks.spaces &<< 1 | carry.spaces)
  // ---- White space leads letters, one ASCII mark leads ASCII letters ----
  // A mark of several bytes has its own bytes behind its first one.
  let leads = otherStarts &<< 1 | carry.leads
  let letterStarts = letters & ~(letters &<< 1 | carry.letters)
  let led = letterStarts & (asciiLetters & leads | blanks &<< 1 | carry.blanks)
  // ---- Behind those ASCII letters other ones start anew ----
  let (sum, goesOn) = asciiLetters.addingReportingOverflow(asciiLetters & leads)
  let letterEnds = (sum | leads) & ~asciiLetters
  let kana = masks.kana & ~(masks.kana &<< 1 | carry.kana)
  let kanaMarks = masks.kanaMarks & ~(masks.kanaMarks &<< 1 | carry.kanaMarks)
  carry.leads = otherStarts &>> 63 | (goesOn ? 1 : 0)
  carry.letters = letters &>> 63
  carry.others = others &>> 63
  carry.spaces = masks.spaces &>> 63
  carry.blanks = blanks &>> 63
  carry.kana = masks.kana &>> 63
  carry.kanaMarks = masks.kanaMarks &>> 63
  return letterStarts & ~led | letters & letterEnds | otherStarts | kana | kanaMarks
}

extension ClassScanner {
  /// Whether the text ends for words before the character at `offset`, which may be the end of the
  /// document.
  fileprivate func isOutsideWords(at offset: Int) -> Bool {
    if offset >= count || isMarked(offset) { return false }
    if text[offset] < 0x80 { return text[offset] &- 0x30 < 10 }
    return uncommonDeepSeekClass(at: offset).isOutsideWords
  }
}

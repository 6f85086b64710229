// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// In what the rules since GPT-4 differ.
struct LetterRule {
  enum Words {
    /// `[^\r\n\p{L}\p{N}]?\p{L}+`, and contractions by themselves.
    case led
    /// GPT-4o's: cut by case, and contractions end them; slashes go with line ends.
    case cased
    /// K-EXAONE's: as ``led``, joined by single spaces; of line ends, other characters take one.
    case joined
    /// DeepSeek-V3's: led by white space, or one ASCII mark if they are ASCII; Han and kana apart.
    case deepSeek
  }

  /// The most numbers of a pretoken: 1 or 3.
  var mostNumbers: Int
  /// Whether white space up to the end of the text is one pretoken.
  var keepsLastWhiteSpaceWhole = false
  var words = Words.led

}

extension LetterRule.Words {
  @inline(__always)
  fileprivate var kinds: MaskedKinds {
    switch self {
    case .led: .classes
    case .cased: .cased
    case .joined: .unmarked
    case .deepSeek: .deepSeek
    }
  }
}

/// The rules whose words are runs of letters with any one character before them, or cut or joined
/// further (``LetterRule``), over 64 bytes at a time: where pretokens start are shifts, sums and
/// differences of the masks of classes.
///
/// A sum finds where runs end: to add the first bit of a run to its mask carries to the bit behind
/// it, and out of the block if the run goes on there.
///
/// - Returns: Where the scalar path goes on; nil at the end of the document.
func appendLetterRuleEndsByMasks(
  _ scanner: borrowing ClassScanner, from start: Int, to ends: inout PretokenEnds,
  _ rule: LetterRule
) -> MaskStop? {
  // A loop for each, so that none asks again at every block which it is.
  switch rule.words {
  case .led: appendByMasks(scanner, from: start, to: &ends, rule, .led)
  case .cased: appendByMasks(scanner, from: start, to: &ends, rule, .cased)
  case .joined: appendByMasks(scanner, from: start, to: &ends, rule, .joined)
  case .deepSeek: appendByMasks(scanner, from: start, to: &ends, rule, .deepSeek)
  }
}

@inline(__always)
private func appendByMasks(
  _ scanner: borrowing ClassScanner, from start: Int, to ends: inout PretokenEnds,
  _ rule: LetterRule, _ words: LetterRule.Words
) -> MaskStop? {
  let end = scanner.count
  guard start < end else { return nil }
  let countBefore = ends.count
  var reader = MaskReader(words.kinds)
  var carry = LetterRuleCarry()
  for block in start >> 6...(end &- 1) >> 6 {
    let base = block &<< 6
    var masks = reader.masks(scanner, block, from: start)
    if reader.isStuck {
      return MaskStop(scanner, block, from: start, &ends, sureCount: countBefore)
    }
    if words == .joined { masks.joinWords(scanner, block, behindLetter: carry.letters) }
    let absorbed = absorbedLineEnds(scanner, block, masks, words, &carry)
    let whole = words == .deepSeek ? wholeBlanks(scanner, block, masks) : 0
    var starts = carry.whiteSpace.starts(
      scanner, block, masks, absorbed, whole: whole,
      isLastWhole: rule.keepsLastWhiteSpaceWhole, to: &ends)
    starts |= carry.numbers.starts(masks, most: rule.mostNumbers)
    switch words {
    case .led, .joined:
      starts |= wordStarts(masks, absorbed, &carry)
      starts = addContractions(scanner, block, starts, &carry)
    case .cased:
      starts |= wordStarts(masks, absorbed, &carry)
      addCasedStarts(scanner, block, masks, &starts, &carry.cased)
    case .deepSeek:
      starts |= deepSeekWordStarts(masks, absorbed, &carry)
    }
    // Ends are wanted: the first start is the end of nothing.
    if base <= start { starts &= starts &- 1 }
    ends.append(bitsOf: starts, base: UInt32(truncatingIfNeeded: base))
  }
  if !rule.keepsLastWhiteSpaceWhole { carry.whiteSpace.appendPending(to: &ends) }
  ends.append(UInt32(truncatingIfNeeded: end))
  return nil
}

/// What a block tells the next one, as its first bits unless said otherwise.
struct LetterRuleCarry {
  /// The class of the byte before.
  var letters: UInt64 = 0
  var others: UInt64 = 0
  var spaces: UInt64 = 0
  var kana: UInt64 = 0
  var kanaMarks: UInt64 = 0
  /// White space that is no line end.
  var blanks: UInt64 = 0
  /// The one other character before may lead a word: it may end here.
  ///
  /// Of DeepSeek-V3's rule also: the ASCII letters before, which one leads, may go on.
  var leads: UInt64 = 0
  var numbers = NumberCarry()
  var whiteSpace = WhiteSpaceCarry()
  /// Line ends that belong to other characters may go on.
  fileprivate var absorbs: UInt64 = 0
  /// Where a contraction ends.
  fileprivate var starts: UInt64 = 0
  fileprivate var cased = CasedCarry()
}

/// The line ends (and slashes among them) that belong to the other characters before them.
@inline(__always)
private func absorbedLineEnds(
  _ scanner: borrowing ClassScanner, _ block: Int, _ masks: CharacterMasks,
  _ words: LetterRule.Words, _ carry: inout LetterRuleCarry
) -> UInt64 {
  let first = masks.lineEnds & (masks.others &<< 1 | carry.others)
  if words == .joined { return first }
  let slashes = words == .cased ? scanner.blocks[block].slashes : 0
  if slashes != 0 { return absorbedWithSlashes(masks.lineEnds | slashes, first, &carry) }
  let (sum, goesOn) = masks.lineEnds.addingReportingOverflow(
    first | masks.lineEnds & carry.absorbs)
  carry.absorbs = goesOn ? 1 : 0
  return masks.lineEnds & ~sum
}

/// The runs of `taken` that are entered at `first`; sums would add twice to a run that is entered again
/// behind a slash.
private func absorbedWithSlashes(
  _ taken: UInt64, _ first: UInt64, _ carry: inout LetterRuleCarry
) -> UInt64 {
  var absorbed: UInt64 = 0
  var rest = first | taken & carry.absorbs
  carry.absorbs = 0
  while rest != 0 {
    let bit = UInt64(truncatingIfNeeded: rest.trailingZeroBitCount)
    // All ones from the bit on, up to the first byte that is not taken.
    let behind = ~taken & UInt64.max &<< bit
    let run = (behind == 0 ? 0 : behind & (0 &- behind)) &- (1 &<< bit)
    absorbed |= run
    rest &= ~run
    if behind == 0 { carry.absorbs = 1 }
  }
  return absorbed
}

/// Where words start, and runs of other characters without the space before them.
@inline(__always)
private func wordStarts(
  _ masks: CharacterMasks, _ absorbed: UInt64, _ carry: inout LetterRuleCarry
) -> UInt64 {
  let (letters, tails) = (masks.letters, masks.otherTails)
  let others = masks.others & ~absorbed
  let blanks = masks.blanks & ~masks.lineEnds
  // ---- A space takes the other characters behind it ----
  let otherStarts =
    others & ~(others &<< 1 | carry.others) & ~(masks.spaces &<< 1 | carry.spaces)
  // ---- A run that is one character leads the word behind it ----
  let behindFirst = otherStarts &<< 1 | carry.leads
  let (sum, goesOn) = tails.addingReportingOverflow(tails & behindFirst)
  let firstEnds = sum & ~tails | behindFirst & ~tails
  carry.leads = otherStarts &>> 63 | (goesOn ? 1 : 0)
  // ---- So does white space, but for line ends ----
  let letterStarts = letters & ~(letters &<< 1 | carry.letters)
  let led = letterStarts & (firstEnds | blanks &<< 1 | carry.blanks)
  carry.letters = letters &>> 63
  carry.others = others &>> 63
  carry.spaces = masks.spaces &>> 63
  carry.blanks = blanks &>> 63
  return letterStarts & ~led | otherStarts
}

/// `starts` with the ends of contractions: an apostrophe that starts a pretoken takes its letters
/// alone.
@inline(__always)
private func addContractions(
  _ scanner: borrowing ClassScanner, _ block: Int, _ starts: UInt64, _ carry: inout LetterRuleCarry
) -> UInt64 {
  var starts = starts | carry.starts
  carry.starts = 0
  var rest = scanner.blocks[block].apostrophes & starts
  while rest != 0 {
    let bit = rest.trailingZeroBitCount
    rest &= rest &- 1
    let at = block &<< 6 &+ bit
    let length = anyCaseContractionLength(scanner.text, at)
    if length == 0 || at &+ length >= scanner.count { continue }
    place(bit &+ length) {
      starts |= $0
    } behind: {
      carry.starts |= $0
    }
  }
  return starts
}

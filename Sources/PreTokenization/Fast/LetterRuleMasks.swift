// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// In what the rules of GPT-4, GPT-4o, Llama 3 and Qwen 2 differ.
struct LetterRule {
  /// The most numbers of a pretoken: 1 or 3.
  var mostNumbers: Int
  /// Whether white space up to the end of the text is one pretoken.
  var keepsLastWhiteSpaceWhole: Bool
  /// GPT-4o's: words are cut by case and end with contractions, and slashes go with line ends.
  var splitsCase = false
}

/// The rules whose words are `[^\r\n\p{L}\p{N}]?\p{L}+`, cut further by case or not, over 64 bytes at a time: where pretokens start
/// are shifts, sums and differences of the masks of classes.
///
/// A sum finds where runs end: to add the first bit of a run to its mask carries to the bit behind
/// it, and out of the block if the run goes on there.
///
/// - Returns: False if the document is not for this path; `ends` is then as it was.
func appendLetterRuleEndsByMasks(
  _ scanner: borrowing ClassScanner, from start: Int, to ends: inout PretokenEnds,
  _ rule: LetterRule
) -> Bool {
  let end = scanner.count
  guard start < end else { return true }
  let countBefore = ends.count
  var reader = MaskReader(findsCase: rule.splitsCase)
  var carry = LetterRuleCarry()
  for block in start >> 6...(end &- 1) >> 6 {
    let base = block &<< 6
    let masks = reader.masks(scanner, block, from: start)
    if reader.isStuck {
      ends.truncate(to: countBefore)
      return false
    }
    let absorbed = absorbedLineEnds(
      masks, slashes: rule.splitsCase ? scanner.blocks[block].slashes : 0, &carry)
    var starts = whiteSpaceStarts(scanner, block, masks, absorbed, rule, to: &ends, &carry)
    starts |= wordStarts(masks, absorbed, &carry) | numberStarts(masks, rule, &carry)
    if rule.splitsCase {
      addCasedStarts(scanner, block, masks, &starts, &carry.cased)
    } else {
      starts = addContractions(scanner, block, starts, &carry)
    }
    // Ends are wanted: the first start is the end of nothing.
    if base <= start { starts &= starts &- 1 }
    ends.append(bitsOf: starts, base: UInt32(truncatingIfNeeded: base))
  }
  if carry.pendingStart >= 0, !rule.keepsLastWhiteSpaceWhole {
    ends.append(UInt32(truncatingIfNeeded: carry.pendingStart))
  }
  ends.append(UInt32(truncatingIfNeeded: end))
  return true
}

/// What a block tells the next one, as its first bits unless said otherwise.
private struct LetterRuleCarry {
  /// The class of the byte before.
  var letters: UInt64 = 0
  var others: UInt64 = 0
  var spaces: UInt64 = 0
  /// White space that is no line end.
  var blanks: UInt64 = 0
  /// The one other character before may lead a word: it may end here.
  var leads: UInt64 = 0
  /// The masks of the last numbers, and where groups of three began in them.
  var digits: UInt64 = 0
  var groups: UInt64 = 0
  /// Line ends that belong to other characters may go on.
  var absorbs: UInt64 = 0
  /// White space, and line ends, that do not.
  var freeWhiteSpace: UInt64 = 0
  var freeLineEnds: UInt64 = 0
  /// Where a contraction ends.
  var starts: UInt64 = 0
  var cased = CasedCarry()
  /// The offset of a blank behind a line end that starts a pretoken unless another line end follows
  /// in its run, which has not ended yet; -1 if there is none.
  var pendingStart = -1
}

/// The line ends (and slashes among them) that belong to the other characters before them.
@inline(__always)
private func absorbedLineEnds(
  _ masks: CharacterMasks, slashes: UInt64, _ carry: inout LetterRuleCarry
) -> UInt64 {
  let first = masks.lineEnds & (masks.others &<< 1 | carry.others)
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

/// Where numbers start, at most so many together as the rule says.
@inline(__always)
private func numberStarts(
  _ masks: CharacterMasks, _ rule: LetterRule, _ carry: inout LetterRuleCarry
) -> UInt64 {
  let digits = masks.digits
  if rule.mostNumbers == 1 { return digits & ~masks.digitTails }
  if digits | carry.digits == 0 { return 0 }
  let before = digits &<< 1 | carry.digits &>> 63
  var starts = digits & ~before
  // ---- Three bytes behind a start is another, if all between are numbers ----
  // Numbers of several bytes stand alone (see MaskReader), so the others are a byte each.
  let runs = digits & before & (digits &<< 2 | carry.digits &>> 62)
  var next = (starts &<< 3 | carry.groups &>> 61) & runs
  while next != 0 {
    starts |= next
    next = next &<< 3 & runs
  }
  carry.digits = digits
  carry.groups = starts
  return starts
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

/// Where white space starts; a start in an earlier block, known only now, goes to `ends`.
@inline(__always)
private func whiteSpaceStarts(
  _ scanner: borrowing ClassScanner, _ block: Int, _ masks: CharacterMasks, _ absorbed: UInt64,
  _ rule: LetterRule, to ends: inout PretokenEnds, _ carry: inout LetterRuleCarry
) -> UInt64 {
  let free = masks.blanks & ~absorbed
  let lineEnds = masks.lineEnds & ~absorbed
  let blanks = free & ~lineEnds
  // ---- The first of a run, and the last if something follows and it is no line end ----
  var starts = free & ~(free &<< 1 | carry.freeWhiteSpace)
  starts |= blanks & ~(masks.blanks &>> 1 | MaskReader.blankBehind(scanner, block))
  // ---- Behind the last line end of a run ----
  let behind = blanks & (lineEnds &<< 1 | carry.freeLineEnds)
  carry.freeWhiteSpace = free &>> 63
  carry.freeLineEnds = lineEnds &>> 63
  if behind != 0 || carry.pendingStart >= 0 {
    starts |= startsBehindLineEnds(
      scanner, block, behind, blanks, lineEnds, rule, to: &ends, &carry)
  }
  return starts
}

/// The bits of `behind`, blanks behind line ends, from which on their run has no line end.
private func startsBehindLineEnds(
  _ scanner: borrowing ClassScanner, _ block: Int, _ behind: UInt64, _ blanks: UInt64,
  _ lineEnds: UInt64, _ rule: LetterRule, to ends: inout PretokenEnds,
  _ carry: inout LetterRuleCarry
) -> UInt64 {
  let base = block &<< 6
  let documentEnd = scanner.count &- base
  // A run up to the end of the block ends there if no blank follows.
  let knownEnd = MaskReader.blankBehind(scanner, block) &>> 63 == 0 ? 64 : 63
  func isCut(_ end: Int) -> Bool {
    if end == documentEnd { return !rule.keepsLastWhiteSpaceWhole }
    return end == 64 || lineEnds &>> UInt64(truncatingIfNeeded: end) & 1 == 0
  }
  // ---- The run that the block before left open ----
  let blankCount = (~blanks).trailingZeroBitCount
  if carry.pendingStart >= 0, blankCount <= knownEnd {
    if isCut(blankCount) { ends.append(UInt32(truncatingIfNeeded: carry.pendingStart)) }
    carry.pendingStart = -1
  }
  // ---- Runs of this block ----
  var starts: UInt64 = 0
  var rest = behind
  while rest != 0 {
    let bit = rest.trailingZeroBitCount
    rest &= rest &- 1
    let rest = ~blanks &>> UInt64(truncatingIfNeeded: bit)
    let end = rest == 0 ? 64 : bit &+ rest.trailingZeroBitCount
    if end > knownEnd {
      carry.pendingStart = base &+ bit
    } else if isCut(end) {
      starts |= 1 &<< UInt64(truncatingIfNeeded: bit)
    }
  }
  return starts
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where white space starts under the rules since GPT-4, and what a block tells the next one of that.
struct WhiteSpaceCarry {
  /// White space, and line ends, that belong to no other characters, as the first bits.
  private var whiteSpace: UInt64 = 0
  private var lineEnds: UInt64 = 0
  /// The offset of a blank behind a line end that starts a pretoken unless another line end follows
  /// in its run, which has not ended yet; -1 if there is none.
  private var pendingStart = -1

  /// Where white space starts in `block`; a start in an earlier one, known only now, goes to `ends`.
  ///
  /// `absorbed` line ends belong to other characters; behind the bits of `whole` the text ends for
  /// white space, and `isLastWhole` says that it then is one pretoken.
  @inline(__always)
  mutating func starts(
    _ scanner: borrowing ClassScanner, _ block: Int, _ masks: CharacterMasks, _ absorbed: UInt64,
    whole: UInt64, isLastWhole: Bool, to ends: inout PretokenEnds
  ) -> UInt64 {
    let free = masks.blanks & ~absorbed
    let lineEnds = masks.lineEnds & ~absorbed
    let blanks = free & ~lineEnds
    // ---- The first of a run, and the last if something follows and it is no line end ----
    var starts = free & ~(free &<< 1 | whiteSpace)
    starts |= blanks & ~(masks.blanks &>> 1 | MaskReader.blankBehind(scanner, block) | whole)
    // ---- Behind the last line end of a run ----
    let behind = blanks & (lineEnds &<< 1 | self.lineEnds)
    whiteSpace = free &>> 63
    self.lineEnds = lineEnds &>> 63
    if behind != 0 || pendingStart >= 0 {
      starts |= startsBehindLineEnds(
        scanner, block, behind, blanks, lineEnds, isLastWhole: isLastWhole, to: &ends)
    }
    return starts
  }

  /// Appends the start that is still pending at the end of the document.
  func appendPending(to ends: inout PretokenEnds) {
    if pendingStart >= 0 { ends.append(UInt32(truncatingIfNeeded: pendingStart)) }
  }

  /// The bits of `behind`, blanks behind line ends, from which on their run has no line end.
  private mutating func startsBehindLineEnds(
    _ scanner: borrowing ClassScanner, _ block: Int, _ behind: UInt64, _ blanks: UInt64,
    _ lineEnds: UInt64, isLastWhole: Bool, to ends: inout PretokenEnds
  ) -> UInt64 {
    let base = block &<< 6
    let documentEnd = scanner.count &- base
    // A run up to the end of the block ends there if no blank follows.
    let knownEnd = MaskReader.blankBehind(scanner, block) &>> 63 == 0 ? 64 : 63
    func isCut(_ end: Int) -> Bool {
      if end == documentEnd { return !isLastWhole }
      return end == 64 || lineEnds &>> UInt64(truncatingIfNeeded: end) & 1 == 0
    }
    // ---- The run that the block before left open ----
    let blankCount = (~blanks).trailingZeroBitCount
    if pendingStart >= 0, blankCount <= knownEnd {
      if isCut(blankCount) { ends.append(UInt32(truncatingIfNeeded: pendingStart)) }
      pendingStart = -1
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
        pendingStart = base &+ bit
      } else if isCut(end) {
        starts |= 1 &<< UInt64(truncatingIfNeeded: bit)
      }
    }
    return starts
  }
}

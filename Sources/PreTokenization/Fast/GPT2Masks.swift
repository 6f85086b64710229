// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// How GPT-2's rule and its near relations cut numbers.
enum GPT2Numbers {
  /// All that follow each other are one pretoken, with the space before them.
  case together
  /// The same in groups of three.
  case threes
  /// Each stands alone, and ends the piece before it: white space there is whole.
  case apart
}

/// GPT-2's rule over 64 bytes at a time: pretokens start where the class changes, so their starts
/// are shifts and differences of the masks of classes.
///
/// White space that is not ASCII, bytes that are not UTF-8, and what is around them are left to
/// ``appendGPT2Ends(_:from:until:to:mostNumbers:)`` and ``appendEXAONEEnds(_:from:until:to:)``.
///
/// - Returns: Where the scalar path goes on; nil at the end of the document.
func appendGPT2EndsByMasks(
  _ scanner: borrowing ClassScanner, from start: Int, to ends: inout PretokenEnds,
  _ numbers: GPT2Numbers
) -> MaskStop? {
  // A loop for each, so that none asks again at every block which it is.
  switch numbers {
  case .together: appendByMasks(scanner, from: start, to: &ends, .together)
  case .threes: appendByMasks(scanner, from: start, to: &ends, .threes)
  case .apart: appendByMasks(scanner, from: start, to: &ends, .apart)
  }
}

@inline(__always)
private func appendByMasks(
  _ scanner: borrowing ClassScanner, from start: Int, to ends: inout PretokenEnds,
  _ numbers: GPT2Numbers
) -> MaskStop? {
  let end = scanner.count
  guard start < end else { return nil }
  let countBefore = ends.count
  var reader = MaskReader(numbers == .apart ? .laterNumbers : .classes)
  var carry = GPT2Carry()
  for block in start >> 6...(end &- 1) >> 6 {
    let masks = reader.masks(scanner, block, from: start)
    var starts = gpt2Starts(scanner, block, masks, numbers, &carry)
    if reader.isStuck {
      return MaskStop(scanner, block, from: start, &ends, sureCount: countBefore)
    }
    // Ends are wanted: the first start is the end of nothing.
    if block &<< 6 <= start { starts &= starts &- 1 }
    ends.append(bitsOf: starts, base: UInt32(truncatingIfNeeded: block &<< 6))
  }
  ends.append(UInt32(truncatingIfNeeded: end))
  return nil
}

/// What a block tells the next one: masks of its first bits.
private struct GPT2Carry {
  /// The class of the byte before.
  var letters: UInt64 = 0
  var numbers = NumberCarry()
  var others: UInt64 = 0
  var spaces: UInt64 = 0
  var blanks: UInt64 = 0
  /// Where a contraction ends, and where its letters are no start.
  var starts: UInt64 = 0
  var noStarts: UInt64 = 0
}

/// Where pretokens start in `block`.
@inline(__always)
private func gpt2Starts(
  _ scanner: borrowing ClassScanner, _ block: Int, _ masks: CharacterMasks,
  _ numbers: GPT2Numbers, _ carry: inout GPT2Carry
) -> UInt64 {
  let (letters, digits, others) = (masks.letters, masks.digits, masks.others)
  let (blanks, spaces) = (masks.blanks, masks.spaces)
  // ---- A run of a class starts where the byte before is of another, and is no space ----
  var starts =
    letters & ~(letters &<< 1 | carry.letters) | others & ~(others &<< 1 | carry.others)
  let behindSpaces = spaces &<< 1 | carry.spaces
  switch numbers {
  case .together: starts |= carry.numbers.runStarts(masks)
  case .threes: starts |= carry.numbers.starts(masks, most: 3)
  case .apart: break
  }
  starts &= ~behindSpaces
  // ---- White space starts at the first of a run, and again at the last if something follows ----
  starts |= blanks & ~(blanks &<< 1 | carry.blanks)
  var whole = blanks &>> 1 | MaskReader.blankBehind(scanner, block)
  if numbers == .apart {
    starts |= digits & ~masks.digitTails
    whole |= digits &>> 1
    if blanks &>> 63 != 0, scanner.isNumber(at: block &<< 6 &+ 64) { whole |= 1 &<< 63 }
  }
  starts |= blanks & ~whole
  starts = starts & ~carry.noStarts | carry.starts
  (carry.starts, carry.noStarts) = (0, 0)
  carry.letters = letters &>> 63
  carry.others = others &>> 63
  carry.spaces = spaces &>> 63
  carry.blanks = blanks &>> 63
  // ---- A contraction starts at an apostrophe that starts a pretoken ----
  let apostrophes = scanner.blocks[block].apostrophes & starts
  return apostrophes == 0
    ? starts : cutContractions(scanner.text, block &<< 6, apostrophes, starts, &carry)
}

/// `starts` with the contractions at `apostrophes` cut off from what follows.
private func cutContractions(
  _ text: Span<UInt8>, _ base: Int, _ apostrophes: UInt64, _ starts: UInt64,
  _ carry: inout GPT2Carry
) -> UInt64 {
  var starts = starts
  var rest = apostrophes
  while rest != 0 {
    let bit = rest.trailingZeroBitCount
    rest &= rest &- 1
    let length = contractionLength(text, base &+ bit)
    if length == 0 { continue }
    place(bit &+ 1) {
      starts &= ~$0
    } behind: {
      carry.noStarts |= $0
    }
    if base &+ bit &+ length < text.count {
      place(bit &+ length) {
        starts |= $0
      } behind: {
        carry.starts |= $0
      }
    }
  }
  return starts
}

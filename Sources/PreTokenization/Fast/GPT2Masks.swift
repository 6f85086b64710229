// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// GPT-2's rule over 64 bytes at a time: pretokens start where the class changes, so their starts
/// are shifts and differences of the masks of classes.
///
/// White space that is not ASCII, and bytes that are not UTF-8, are left to
/// ``appendGPT2Ends(_:from:to:)``.
///
/// - Returns: False if the document is not for this path; `ends` is then as it was.
func appendGPT2EndsByMasks(
  _ scanner: borrowing ClassScanner, from start: Int, to ends: inout PretokenEnds
) -> Bool {
  let end = scanner.count
  guard start < end else { return true }
  let countBefore = ends.count
  var carry = GPT2Carry()
  let last = (end &- 1) >> 6
  for block in start >> 6...last {
    let base = block &<< 6
    var inside = UInt64.max
    if base < start { inside &<<= UInt64(truncatingIfNeeded: start &- base) }
    if block == last { inside &= UInt64.max &>> UInt64(truncatingIfNeeded: base &+ 64 &- end) }
    // What is behind the document counts as white space: a run at the end is one pretoken.
    let blankBehind =
      block == last
      ? 1 &<< UInt64(truncatingIfNeeded: end &- 1 &- base)
      : scanner.blocks[block &+ 1].blanks &<< 63
    var starts = gpt2Starts(scanner, block, inside, blankBehind, &carry)
    if carry.isStuck {
      ends.truncate(to: countBefore)
      return false
    }
    // Ends are wanted: the first start is the end of nothing.
    if base <= start { starts &= starts &- 1 }
    ends.append(bitsOf: starts, base: UInt32(truncatingIfNeeded: base))
  }
  ends.append(UInt32(truncatingIfNeeded: end))
  return true
}

/// What a block tells the next one: masks of its first bits.
private struct GPT2Carry {
  /// The class of the byte before.
  var letters: UInt64 = 0
  var digits: UInt64 = 0
  var others: UInt64 = 0
  var spaces: UInt64 = 0
  var blanks: UInt64 = 0
  /// Bytes of a character that began before.
  var moreLetters: UInt64 = 0
  var moreDigits: UInt64 = 0
  var moreOthers: UInt64 = 0
  /// Where a contraction ends, and where its letters are no start.
  var starts: UInt64 = 0
  var noStarts: UInt64 = 0
  /// A character was met that is not for this path.
  var isStuck = false
}

/// Where pretokens start in `block`, of which the bits `inside` belong to the document.
@inline(__always)
private func gpt2Starts(
  _ scanner: borrowing ClassScanner, _ block: Int, _ inside: UInt64, _ blankBehind: UInt64,
  _ carry: inout GPT2Carry
) -> UInt64 {
  let classes = scanner.blocks[block]
  // ---- The classes, uncommon characters looked up ----
  var letters = classes.letters & inside | carry.moreLetters
  var digits = classes.digits & inside | carry.moreDigits
  let known = carry.moreLetters | carry.moreDigits | carry.moreOthers
  (carry.moreLetters, carry.moreDigits, carry.moreOthers) = (0, 0, 0)
  let uncommon = classes.uncommon & inside & ~known
  if uncommon != 0 {
    addUncommon(scanner, block &<< 6, uncommon, &letters, &digits, &carry)
  }
  let blanks = classes.blanks & inside
  let spaces = classes.spaces & inside
  let others = inside & ~(letters | digits | blanks)
  // ---- A run of a class starts where the byte before is of another, and is no space ----
  let changes =
    letters & ~(letters &<< 1 | carry.letters) | digits & ~(digits &<< 1 | carry.digits)
    | others & ~(others &<< 1 | carry.others)
  var starts = changes & ~(spaces &<< 1 | carry.spaces)
  // ---- White space starts at the first of a run, and again at the last if something follows ----
  starts |= blanks & ~(blanks &<< 1 | carry.blanks)
  starts |= blanks & ~(blanks &>> 1 | blankBehind)
  starts = starts & ~carry.noStarts | carry.starts
  (carry.starts, carry.noStarts) = (0, 0)
  carry.letters = letters &>> 63
  carry.digits = digits &>> 63
  carry.others = others &>> 63
  carry.spaces = spaces &>> 63
  carry.blanks = blanks &>> 63
  // ---- A contraction starts at an apostrophe that starts a pretoken ----
  let apostrophes = classes.apostrophes & starts
  return apostrophes == 0
    ? starts : cutContractions(scanner.text, block &<< 6, apostrophes, starts, &carry)
}

/// Adds the characters of `uncommon` bytes to the masks of their classes.
private func addUncommon(
  _ scanner: borrowing ClassScanner, _ base: Int, _ uncommon: UInt64, _ letters: inout UInt64,
  _ digits: inout UInt64, _ carry: inout GPT2Carry
) {
  var rest = uncommon
  while rest != 0 {
    let bit = rest.trailingZeroBitCount
    guard let (found, length) = scanner.uncommonCharacter(at: base &+ bit), found != .whiteSpace
    else {
      carry.isStuck = true
      return
    }
    let bytes: UInt64 = (1 &<< UInt64(truncatingIfNeeded: length)) &- 1
    let here = bytes &<< UInt64(truncatingIfNeeded: bit)
    let behind = bit == 0 ? 0 : bytes &>> UInt64(truncatingIfNeeded: 64 &- bit)
    rest &= ~here
    switch found {
    case .letter:
      letters |= here
      carry.moreLetters = behind
    case .number:
      digits |= here
      carry.moreDigits = behind
    default: carry.moreOthers = behind
    }
  }
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

/// Calls `here` or `behind` with the bit number `bit` of this block or the next.
@inline(__always)
private func place(_ bit: Int, here: (UInt64) -> Void, behind: (UInt64) -> Void) {
  let mask: UInt64 = 1 &<< UInt64(truncatingIfNeeded: bit & 63)
  if bit < 64 { here(mask) } else { behind(mask) }
}

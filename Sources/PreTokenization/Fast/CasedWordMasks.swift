// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

// GPT-4o's words: U*L+ or U+L*, then a contraction, where U is upper case, L lower case, and letters
// without case (Hangul, Han …) are both. Within a run of letters a word can only start at upper case
// behind something that is not: behind lower case always; behind a letter without case, if lower case
// came before that in its word (L+ has begun), or if nothing but upper case follows in the run (U* then
// gives back what L+ must have).

/// What a block tells the next one of words.
struct CasedCarry {
  /// The class of the byte before, as the first bit.
  fileprivate var letters: UInt64 = 0
  fileprivate var lower: UInt64 = 0
  fileprivate var caseless: UInt64 = 0
  /// Whether there is lower case behind the last start.
  fileprivate var hasLower = false
  /// Where the last contraction ends, and what that means for the first bits.
  fileprivate var contractionEnd = -1
  fileprivate var starts: UInt64 = 0
  fileprivate var noStarts: UInt64 = 0
}

/// Adds the starts of words inside runs of letters to `starts`, all others of `block`, and gives
/// contractions to the words before them.
@inline(__always)
func addCasedStarts(
  _ scanner: borrowing ClassScanner, _ block: Int, _ masks: CharacterMasks, _ starts: inout UInt64,
  _ carry: inout CasedCarry
) {
  let caseless = masks.letters & ~(masks.upper | masks.lower)
  starts |= masks.upper & (masks.lower &<< 1 | carry.lower)
  starts = starts & ~carry.noStarts | carry.starts
  (carry.starts, carry.noStarts) = (0, 0)
  let apostrophes = scanner.blocks[block].apostrophes & (masks.letters &<< 1 | carry.letters)
  if apostrophes != 0 { joinContractions(scanner, block, apostrophes, &starts, &carry) }
  let unsure = masks.upper & (caseless &<< 1 | carry.caseless) & ~starts
  if unsure != 0 { addUnsure(scanner, block, unsure, masks.lower, &starts, carry.hasLower) }
  carry.letters = masks.letters &>> 63
  carry.lower = masks.lower &>> 63
  carry.caseless = caseless &>> 63
  carry.hasLower = hasLower(masks.lower, behindLastOf: starts, carry.hasLower)
}

/// Whether `lower` has a bit from the last of `starts` on; without a start, `before` counts too.
@inline(__always)
private func hasLower(_ lower: UInt64, behindLastOf starts: UInt64, _ before: Bool) -> Bool {
  if starts == 0 { return before || lower != 0 }
  return lower &>> UInt64(truncatingIfNeeded: 63 &- starts.leadingZeroBitCount) != 0
}

/// Takes the starts of contractions behind words away, and adds those behind them.
private func joinContractions(
  _ scanner: borrowing ClassScanner, _ block: Int, _ apostrophes: UInt64, _ starts: inout UInt64,
  _ carry: inout CasedCarry
) {
  var rest = apostrophes
  while rest != 0 {
    let bit = rest.trailingZeroBitCount
    rest &= rest &- 1
    let at = block &<< 6 &+ bit
    // A second contraction is a word of its own.
    if at == carry.contractionEnd { continue }
    let length = anyCaseContractionLength(scanner.text, at)
    if length == 0 { continue }
    for byte in bit..<bit &+ length {
      place(byte) {
        starts &= ~$0
      } behind: {
        carry.noStarts |= $0
      }
    }
    carry.contractionEnd = at &+ length
    if at &+ length >= scanner.count { continue }
    place(bit &+ length) {
      starts |= $0
    } behind: {
      carry.starts |= $0
    }
  }
}

/// Adds those of `unsure`, upper case behind letters without, at which a word starts.
private func addUnsure(
  _ scanner: borrowing ClassScanner, _ block: Int, _ unsure: UInt64, _ lower: UInt64,
  _ starts: inout UInt64, _ hadLower: Bool
) {
  let categories = CategoryScanner(scanner)
  var rest = unsure
  while rest != 0 {
    let bit = rest & (0 &- rest)
    rest &= rest &- 1
    let before = bit &- 1
    if hasLower(lower & before, behindLastOf: starts & before, hadLower) {
      starts |= bit
      continue
    }
    let at = block &<< 6 &+ bit.trailingZeroBitCount
    let end = categories.endOfRun(from: at, of: .upperCase)
    let goesOn =
      end < scanner.count && CategorySet.lowerOrShared.contains(categories.character(at: end).0)
    if !goesOn { starts |= bit }
  }
}

extension CategorySet {
  fileprivate static let upperCase = CategorySet(.upper)
}

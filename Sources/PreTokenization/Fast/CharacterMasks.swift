// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// The classes of 64 bytes of a document, a bit each: all bytes of a character have its class.
struct CharacterMasks {
  var letters: UInt64
  var digits: UInt64
  /// The bytes of numbers behind their first ones.
  var digitTails: UInt64
  /// White space.
  var blanks: UInt64
  /// U+0020 alone.
  var spaces: UInt64
  /// CR and LF.
  var lineEnds: UInt64
  /// All other characters.
  var others: UInt64
  /// The bytes of those behind their first ones.
  var otherTails: UInt64
  /// Letters in upper and in title case, and in lower case: of ASCII, and of all where the reader
  /// finds case.
  var upper: UInt64
  var lower: UInt64
  /// Han and kana, and what is no letter among them, where the reader tells them apart.
  var kana: UInt64
  var kanaMarks: UInt64
}

/// Makes the masks of a document's blocks one after the other, uncommon characters looked up.
///
/// White space that is not ASCII, bytes that are not UTF-8, numbers that are not ASCII beside other
/// numbers, and what else a rule finds in few texts only (``MaskedKinds``) are not for masks:
/// ``isStuck`` is set then, and the neighbourhood is left to the scalar path of its rule.
struct MaskReader {
  /// A character was met that is not for masks.
  private(set) var isStuck = false
  /// Bytes of a character that began in the block before.
  private var moreLetters: UInt64 = 0
  private var moreDigits: UInt64 = 0
  private var moreOthers: UInt64 = 0
  private var moreUpper: UInt64 = 0
  private var moreLower: UInt64 = 0
  private var moreKana: UInt64 = 0
  private var moreKanaMarks: UInt64 = 0
  /// Where the last number that is not ASCII ends.
  private var numberEnd = -1
  private let kinds: MaskedKinds

  init(_ kinds: MaskedKinds) { self.kinds = kinds }

  /// The masks of `block`, of the document from `start`, where a pretoken begins, to the end of the
  /// scanner's text.
  @inline(__always)
  mutating func masks(
    _ scanner: borrowing ClassScanner, _ block: Int, from start: Int
  ) -> CharacterMasks {
    let base = block &<< 6
    var inside = UInt64.max
    if base < start { inside &<<= UInt64(truncatingIfNeeded: start &- base) }
    if base &+ 64 > scanner.count {
      inside &= UInt64.max &>> UInt64(truncatingIfNeeded: base &+ 64 &- scanner.count)
    }
    let classes = scanner.blocks[block]
    var masks = CharacterMasks(
      letters: classes.letters & inside | moreLetters, digits: classes.digits & inside | moreDigits,
      digitTails: moreDigits,
      blanks: classes.blanks & inside, spaces: classes.spaces & inside,
      lineEnds: classes.line_ends & inside, others: 0, otherTails: moreOthers,
      upper: classes.upper & inside | moreUpper,
      lower: classes.ascii_letters & ~classes.upper & inside | moreLower,
      kana: moreKana, kanaMarks: moreKanaMarks)
    let known = moreLetters | moreDigits | moreOthers | moreKana | moreKanaMarks
    (moreLetters, moreDigits, moreOthers, moreUpper, moreLower) = (0, 0, 0, 0, 0)
    (moreKana, moreKanaMarks) = (0, 0)
    let uncommon = classes.uncommon & inside & ~known
    if uncommon != 0 { add(uncommon, scanner, base, &masks) }
    if kinds == .deepSeek, classes.controls & inside != 0 { isStuck = true }
    masks.others =
      inside & ~(masks.letters | masks.digits | masks.blanks | masks.kana | masks.kanaMarks)
    return masks
  }

  /// Whether the character behind `block` is white space, as its last bit; what is behind the
  /// document counts as white space, for a run at the end has no last character to leave.
  @inline(__always)
  static func blankBehind(_ scanner: borrowing ClassScanner, _ block: Int) -> UInt64 {
    let left = scanner.count &- block &<< 6
    return left <= 64
      ? 1 &<< UInt64(truncatingIfNeeded: left &- 1) : scanner.blocks[block &+ 1].blanks &<< 63
  }

  /// Adds the characters of `uncommon` bytes to the masks of their classes.
  private mutating func add(
    _ uncommon: UInt64, _ scanner: borrowing ClassScanner, _ base: Int,
    _ masks: inout CharacterMasks
  ) {
    var rest = uncommon
    while rest != 0 {
      let bit = rest.trailingZeroBitCount
      guard let (kind, length) = kinds.uncommonCharacter(scanner, at: base &+ bit) else {
        isStuck = true
        return
      }
      let bytes: UInt64 = (1 &<< UInt64(truncatingIfNeeded: length)) &- 1
      let here = bytes &<< UInt64(truncatingIfNeeded: bit)
      let behind = bit == 0 ? 0 : bytes &>> UInt64(truncatingIfNeeded: 64 &- bit)
      rest &= ~here
      switch kind {
      case .letter, .upper, .lower:
        masks.letters |= here
        moreLetters = behind
        if kind == .upper {
          masks.upper |= here
          moreUpper = behind
        } else if kind == .lower {
          masks.lower |= here
          moreLower = behind
        }
      case .number:
        masks.digits |= here
        masks.digitTails |= here & (here &- 1)
        moreDigits = behind
        checkNumber(scanner.text, at: base &+ bit, length)
      case .kana:
        masks.kana |= here
        moreKana = behind
      case .kanaMark:
        masks.kanaMarks |= here
        moreKanaMarks = behind
      case .other:
        masks.otherTails |= here & (here &- 1)
        moreOthers = behind
      }
    }
  }

  /// Numbers are counted by their bytes, which is right of three at most if they stand alone.
  private mutating func checkNumber(_ text: Span<UInt8>, at start: Int, _ length: Int) {
    let end = start &+ length
    let isBehindNumber = start == numberEnd || start > 0 && text[start &- 1] &- 0x30 < 10
    if length > 3 || isBehindNumber || end < text.count && text[end] &- 0x30 < 10 { isStuck = true }
    numberEnd = end
  }
}

/// Calls `here` or `behind` with the bit number `bit` of this block or the next.
@inline(__always)
func place(_ bit: Int, here: (UInt64) -> Void, behind: (UInt64) -> Void) {
  let mask: UInt64 = 1 &<< UInt64(truncatingIfNeeded: bit & 63)
  if bit < 64 { here(mask) } else { behind(mask) }
}

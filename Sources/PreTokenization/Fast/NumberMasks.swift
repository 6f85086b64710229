// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a block tells the next one of numbers.
struct NumberCarry {
  /// The mask of the last numbers, and where groups of three began in it.
  private var digits: UInt64 = 0
  private var groups: UInt64 = 0

  /// Where numbers start, at most `most` of them, 1 or 3, together.
  @inline(__always)
  mutating func starts(_ masks: CharacterMasks, most: Int) -> UInt64 {
    let digits = masks.digits
    if most == 1 { return digits & ~masks.digitTails }
    if digits | self.digits == 0 { return 0 }
    let before = digits &<< 1 | self.digits &>> 63
    var starts = digits & ~before
    // ---- Three bytes behind a start is another, if all between are numbers ----
    // Numbers of several bytes stand alone (see MaskReader), so the others are a byte each.
    let runs = digits & before & (digits &<< 2 | self.digits &>> 62)
    var next = (starts &<< 3 | groups &>> 61) & runs
    while next != 0 {
      starts |= next
      next = next &<< 3 & runs
    }
    self.digits = digits
    groups = starts
    return starts
  }

  /// Where runs of numbers start.
  @inline(__always)
  mutating func runStarts(_ masks: CharacterMasks) -> UInt64 {
    let starts = masks.digits & ~(masks.digits &<< 1 | digits &>> 63)
    digits = masks.digits
    return starts
  }
}

extension ClassScanner {
  /// Whether a number starts at `offset`, which may be the end of the text.
  @inline(__always)
  func isNumber(at offset: Int) -> Bool {
    offset < count && (character(at: offset).0 == .number || isLaterNumber(at: offset))
  }
}

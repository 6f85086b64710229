// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension CharacterMasks {
  /// Makes letters of the single spaces between letters; `behindLetter` is 1 if one stands before
  /// the block.
  ///
  /// The letters of a contraction are no word, but what is joined to one starts behind it all the
  /// same, and the space as any one character may lead a word.
  @inline(__always)
  mutating func joinWords(
    _ scanner: borrowing ClassScanner, _ block: Int, behindLetter: UInt64
  ) {
    var joints = spaces & (letters &<< 1 | behindLetter)
    var before = letters &>> 1
    if joints &>> 63 != 0, scanner.isLetter(at: block &<< 6 &+ 64) { before |= 1 &<< 63 }
    joints &= before
    letters |= joints
    spaces &= ~joints
    blanks &= ~joints
  }
}

extension ClassScanner {
  /// Whether a letter starts at `offset`, which may be the end of the document.
  fileprivate func isLetter(at offset: Int) -> Bool {
    offset < count && character(at: offset).0 == .letter
  }
}

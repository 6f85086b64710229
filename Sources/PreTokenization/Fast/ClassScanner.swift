// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// Classes of characters straight from UTF-8 bytes.
///
/// Runs of letters are found in masks made beforehand, 64 bytes a step; ASCII is looked up by its
/// byte, and only other characters are decoded and looked up by their code point.
struct ClassScanner: ~Escapable {
  /// The documents up to the end of the one that is scanned; offsets count from its start.
  let text: Span<UInt8>
  let blocks: Span<ck_block_classes>
  private let classes = CharacterClasses.shared
  private let ascii = asciiClasses

  /// A scanner of `text`, which `classes` has classified.
  @_lifetime(copy text, borrow classes)
  init(_ text: Span<UInt8>, _ classes: borrowing BlockClasses) {
    self.text = text
    blocks = classes.blocks.span
  }

  /// The number of bytes from the start of the text to the end of the document.
  var count: Int { text.count }

  /// The class and length in bytes of the character at `offset`.
  @inline(__always)
  func character(at offset: Int) -> (CharacterClass, Int) {
    let byte = text[offset]
    if byte < 0x80 { return (ascii[Int(byte)], 1) }
    if isMarked(offset) { return (.letter, 3) }
    let scalar = decodeUTF8(text, at: offset)
    return (scalar.isWellFormed ? classes(scalar.value) : .other, scalar.byteCount)
  }

  /// The class and length in bytes of the character at `offset`, which is not ASCII; nil of bytes
  /// that are not UTF-8.
  @inline(__always)
  func uncommonCharacter(at offset: Int) -> (CharacterClass, Int)? {
    let scalar = decodeUTF8(text, at: offset)
    return scalar.isWellFormed ? (classes(scalar.value), scalar.byteCount) : nil
  }

  /// The category of the character at `offset`, which is neither ASCII nor marked.
  func uncommonCategory(at offset: Int) -> CharacterCategory {
    CharacterCategories.shared(decodeUTF8(text, at: offset).value)
  }

  /// Whether the byte at `offset` is part of an ASCII letter or a Hangul syllable.
  @inline(__always)
  func isMarked(_ offset: Int) -> Bool {
    blocks[offset >> 6].letters >> UInt64(truncatingIfNeeded: offset & 63) & 1 != 0
  }

  /// The end of the run of `wanted` from `start`.
  @inline(__always)
  func endOfRun(_ wanted: CharacterClass, from start: Int) -> Int {
    if wanted == .letter { return endOfLetters(from: start) }
    var offset = start
    while offset < text.count {
      let (found, length) = character(at: offset)
      if found != wanted { break }
      offset &+= length
    }
    return offset
  }

  /// The end of the run of letters from `start`.
  @inline(__always)
  func endOfLetters(from start: Int) -> Int {
    var offset = start
    while offset < text.count {
      // ---- Marked bytes ----
      let rest = ~blocks[offset >> 6].letters &>> UInt64(truncatingIfNeeded: offset & 63)
      if rest == 0 {
        offset = (offset | 63) &+ 1
        continue
      }
      offset &+= rest.trailingZeroBitCount
      // ---- A character without a mark may be a letter still ----
      if offset >= text.count { break }
      if text[offset] < 0x80 { return offset }
      guard let (found, length) = uncommonCharacter(at: offset), found == .letter else {
        return offset
      }
      offset &+= length
    }
    return text.count
  }

  /// The end of the Hangul syllables from `start`.
  @inline(__always)
  func endOfHangul(from start: Int) -> Int {
    var offset = start
    while offset < text.count {
      let block = blocks[offset >> 6]
      // A byte that is marked as a letter and is no ASCII is Hangul.
      let rest = ~(block.letters & ~block.ascii_letters) &>> UInt64(truncatingIfNeeded: offset & 63)
      if rest != 0 { return min(offset &+ rest.trailingZeroBitCount, text.count) }
      offset = (offset | 63) &+ 1
    }
    return min(offset, text.count)
  }

  /// Where the white space from `start` is cut: before its last character if anything follows and
  /// more than one is there, else at its end.
  func endOfWhiteSpace(from start: Int) -> Int {
    var offset = start
    var last = start
    while offset < text.count {
      let (found, length) = character(at: offset)
      if found != .whiteSpace { return last == start ? offset : last }
      last = offset
      offset &+= length
    }
    return offset
  }
}

/// The classes of the 128 ASCII characters.
private let asciiClasses: InlineArray<128, CharacterClass> = InlineArray { index in
  CharacterClasses.shared(UInt32(index))
}

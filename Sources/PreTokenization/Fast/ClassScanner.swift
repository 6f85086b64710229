// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Classes of characters straight from UTF-8 bytes.
///
/// ASCII is looked up by its byte and Hangul syllables are known by arithmetic on four bytes loaded
/// at once; only other characters are decoded and looked up by their code point.
struct ClassScanner: ~Escapable {
  private let text: Span<UInt8>
  private let classes = CharacterClasses.shared
  private let ascii = asciiClasses

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) { self.text = text }

  /// The class and length in bytes of the character at `offset`.
  @inline(__always)
  func character(at offset: Int) -> (CharacterClass, Int) {
    precondition(offset >= 0 && offset < text.count, "a character past the end")
    guard offset &+ 4 <= text.count else { return lastCharacter(at: offset) }
    // Safe: four bytes from `offset` on lie inside the text.
    let word = unsafe text.bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: offset, as: UInt32.self
    ).littleEndian
    if word & 0x80 == 0 { return (ascii[Int(word & 0x7F)], 1) }
    if isHangulSyllable(word) { return (.letter, 3) }
    return uncommonCharacter(at: offset)
  }

  /// Whether the first three bytes of `word` are a Hangul syllable, U+AC00 to U+D7A3.
  @inline(__always)
  private func isHangulSyllable(_ word: UInt32) -> Bool {
    guard word & 0x00C0_C0F0 == 0x0080_80E0 else { return false }
    let point = (word & 0x0F) << 12 | (word >> 8 & 0x3F) << 6 | word >> 16 & 0x3F
    return point &- 0xAC00 < 11_172
  }

  private func lastCharacter(at offset: Int) -> (CharacterClass, Int) {
    let first = text[offset]
    return first < 0x80 ? (ascii[Int(first)], 1) : uncommonCharacter(at: offset)
  }

  private func uncommonCharacter(at offset: Int) -> (CharacterClass, Int) {
    let scalar = decodeUTF8(text, at: offset)
    return (scalar.isWellFormed ? classes(scalar.value) : .other, scalar.byteCount)
  }

  /// The end of the run of `wanted` from `start`.
  @inline(__always)
  func endOfRun(_ wanted: CharacterClass, from start: Int) -> Int {
    var offset = start
    while offset < text.count {
      let (found, length) = character(at: offset)
      if found != wanted { break }
      offset &+= length
    }
    return offset
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

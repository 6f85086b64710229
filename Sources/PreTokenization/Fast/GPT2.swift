// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// GPT-2's rule in one pass over the bytes.
///
/// At the start of a pretoken its first character (after one optional space) decides the class of
/// the run; the run ends at the first character of another class. Each byte is looked at a bounded
/// number of times: white space runs are entered once and leave at most one character behind.
func appendGPT2Ends(of text: Span<UInt8>, offset: UInt32, to ends: inout PretokenEnds) {
  let scanner = ClassScanner(text)
  let count = text.count
  var at = 0
  while at < count {
    // ---- A contraction ----
    if text[at] == UInt8(ascii: "'"), case let length = contractionLength(text, at), length > 0 {
      at &+= length
      ends.append(UInt32(truncatingIfNeeded: at) &+ offset)
      continue
    }
    // ---- One optional space, then a run of one class ----
    let first = text[at] == 0x20 && at &+ 1 < count ? at &+ 1 : at
    let (runClass, length) = scanner.character(at: first)
    if runClass != .whiteSpace {
      at = scanner.endOfRun(runClass, from: first &+ length)
    } else {
      // ---- White space: the last one is left for what follows, unless nothing does ----
      at = scanner.endOfWhiteSpace(from: at)
    }
    // Safe: at <= count, which the caller checked to fit.
    ends.append(UInt32(truncatingIfNeeded: at) &+ offset)
  }
}

/// The bytes of the English contraction at the apostrophe `at`, or 0.
private func contractionLength(_ text: Span<UInt8>, _ at: Int) -> Int {
  guard at + 1 < text.count else { return 0 }
  switch text[at + 1] {
  case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
  case UInt8(ascii: "r"), UInt8(ascii: "v"):
    return at + 2 < text.count && text[at + 2] == UInt8(ascii: "e") ? 3 : 0
  case UInt8(ascii: "l"): return at + 2 < text.count && text[at + 2] == UInt8(ascii: "l") ? 3 : 0
  default: return 0
  }
}

/// Classes of characters straight from UTF-8 bytes: ASCII and Hangul syllables without a look-up
/// of the code point.
struct ClassScanner: ~Escapable {
  private let text: Span<UInt8>
  private let classes = CharacterClasses.shared
  private let ascii = asciiClasses

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) { self.text = text }

  /// The class and length in bytes of the character at `offset`.
  func character(at offset: Int) -> (CharacterClass, Int) {
    let first = text[offset]
    if first < 0x80 { return (ascii[Int(first)], 1) }
    if isHangulSyllable(at: offset) { return (.letter, 3) }
    let scalar = decodeUTF8(text, at: offset)
    return (scalar.isWellFormed ? classes(scalar.value) : .other, scalar.byteCount)
  }

  /// Whether a well-formed Hangul syllable, U+AC00 to U+D7A3, starts at `offset`.
  private func isHangulSyllable(at offset: Int) -> Bool {
    guard offset &+ 2 < text.count else { return false }
    let first = text[offset]
    let second = text[offset &+ 1]
    guard text[offset &+ 2] & 0xC0 == 0x80 else { return false }
    switch first {
    case 0xEA: return second >= 0xB0 && second <= 0xBF
    case 0xEB, 0xEC: return second & 0xC0 == 0x80
    // ED 9E holds U+D780 to U+D7BF, whose last letters are not syllables: left to the table.
    case 0xED: return second >= 0x80 && second < 0x9E
    default: return false
    }
  }

  /// The end of the run of `wanted` from `start`.
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

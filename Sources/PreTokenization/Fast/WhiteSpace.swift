// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A run of white space, as the rules since GPT-4 look at it.
struct WhiteSpaceRun {
  /// Where it starts.
  var start: Int
  /// Where its last character starts.
  var last: Int
  /// Where it ends.
  var end: Int
  /// Behind its last CR or LF; `start` if there is none.
  var lineEnd: Int

  /// The end of `\s*[\r\n]+|\s+(?!\S)|\s+`: behind the last line end, else before the last character
  /// if anything follows and more than one is there, else at the end.
  @inline(__always)
  func pretokenEnd(isAtEnd: Bool) -> Int {
    if lineEnd > start { return lineEnd }
    return isAtEnd || last == start ? end : last
  }
}

extension ClassScanner {
  /// The white space from `start`, where some is.
  ///
  /// A pretoken ends behind the last line end in it or leaves one character, so that no character is
  /// looked at more than three times, however long the run is.
  @inline(__always)
  func whiteSpaceRun(_ text: Span<UInt8>, from start: Int) -> WhiteSpaceRun {
    var run = WhiteSpaceRun(start: start, last: start, end: start, lineEnd: start)
    while run.end < text.count {
      let (found, length) = character(at: run.end)
      if found != .whiteSpace { break }
      run.last = run.end
      run.end &+= length
      if isLineEnd(text[run.last]) { run.lineEnd = run.end }
    }
    return run
  }
}

/// Whether `byte` is CR or LF.
@inline(__always)
func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

/// The end of the CR and LF from `start`.
@inline(__always)
func endOfLineEnds(_ text: Span<UInt8>, from start: Int) -> Int {
  var offset = start
  while offset < text.count, isLineEnd(text[offset]) { offset &+= 1 }
  return offset
}

/// The bytes of the contraction at `at`, in any case, or 0: `(?i:'s|'t|'re|'ve|'m|'ll|'d)`.
///
/// The long s, U+017F, is an s in any case too; no other letter of the contractions has such a twin.
@inline(__always)
func anyCaseContractionLength(_ text: Span<UInt8>, _ at: Int) -> Int {
  guard at &+ 1 < text.count, text[at] == UInt8(ascii: "'") else { return 0 }
  let second = at &+ 2 < text.count ? text[at &+ 2] : 0
  switch text[at &+ 1] | 0x20 {
  case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
  case UInt8(ascii: "r"), UInt8(ascii: "v"): return second | 0x20 == UInt8(ascii: "e") ? 3 : 0
  case UInt8(ascii: "l"): return second | 0x20 == UInt8(ascii: "l") ? 3 : 0
  case 0xC5 | 0x20: return text[at &+ 1] == 0xC5 && second == 0xBF ? 3 : 0
  default: return 0
  }
}

/// The bytes of the contraction at `at`, in lower case, or 0: `'s|'t|'re|'ve|'m|'ll|'d`.
@inline(__always)
func lowerCaseContractionLength(_ text: Span<UInt8>, _ at: Int) -> Int {
  let length = anyCaseContractionLength(text, at)
  for step in 1..<max(length, 1) where text[at &+ step] &- UInt8(ascii: "a") >= 26 { return 0 }
  return length
}

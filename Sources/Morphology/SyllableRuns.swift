// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A modern Hangul syllable is U+AC00 + its number, below 11,172, and three bytes of UTF-8.
package enum Syllable {
  package static let count = 11_172
  static let byteCount = 3
  private static let first = 0xAC00

  /// The number of the syllable at `offset` of `text`, nil if something else stands there.
  @inline(__always)
  static func number(in text: Span<UInt8>, at offset: Int) -> Int? {
    guard offset &+ 3 <= text.count, text[offset] & 0xF0 == 0xE0 else { return nil }
    let (second, third) = (Int(text[offset &+ 1]), Int(text[offset &+ 2]))
    // Text that is no UTF-8 must not become a syllable of other bytes.
    guard second & 0xC0 == 0x80, third & 0xC0 == 0x80 else { return nil }
    let point = (Int(text[offset]) & 0xF) &<< 12 | (second & 0x3F) &<< 6 | third & 0x3F
    let number = point &- first
    return number >= 0 && number < count ? number : nil
  }

  /// The UTF-8 of the syllable `number`.
  static func bytes(_ number: Int) -> [UInt8] {
    let point = first + number
    return [
      UInt8(0xE0 | point >> 12), UInt8(0x80 | point >> 6 & 0x3F), UInt8(0x80 | point & 0x3F),
    ]
  }
}

/// The first run of Hangul syllables in `text` at or behind `start`, nil if there is none.
///
/// A run is as long as it can be; its ends do not depend on what lies behind the next other character.
@inline(__always)
func nextHangulRun(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
  HangulRun.next(in: text, from: start).map { $0.start..<$0.end }
}

/// Whether a Hangul syllable stands in `text`.
package func hasHangul(_ text: Span<UInt8>) -> Bool { nextHangulRun(in: text, from: 0) != nil }

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A run of one to eight syllables, and whether a space stands before it, in 121 of 128 bits.
struct RunKey: BitwiseCopyable, Equatable, Sendable {
  /// For each of four syllables 14 bits, its number and 1; above them, whether a space stands before.
  var low: UInt64 = 0
  /// The same of four more; the eight bits above them are free.
  var high: UInt64 = 0

  static let longest = 8
  /// How many bits of ``high`` a key uses.
  static let highBits: UInt64 = 56
  static let syllableBits: UInt64 = 14
  private static let spaceBit: UInt64 = 1 << 56

  /// Adds the syllable `number`, the one at `index`.
  @inline(__always)
  mutating func add(_ number: Int, at index: Int) {
    let bits = UInt64(truncatingIfNeeded: number &+ 1) &<< (UInt64(index & 3) &* Self.syllableBits)
    if index < 4 { low |= bits } else { high |= bits }
  }

  mutating func putSpaceBefore() { low |= Self.spaceBit }
  var isBehindSpace: Bool { low & Self.spaceBit != 0 }

  /// The number of the syllable at `index`, which must be there.
  @inline(__always)
  func syllable(at index: Int) -> UInt16 {
    let bits = (index < 4 ? low : high) &>> (UInt64(index & 3) &* Self.syllableBits)
    return UInt16(truncatingIfNeeded: bits & (1 &<< Self.syllableBits &- 1)) &- 1
  }

  /// The up to four syllables from `index` on, the first in the lowest 14 bits.
  @inline(__always)
  func suffix(from index: Int) -> UInt64 {
    let shift = UInt64(index & 3) &* Self.syllableBits
    let (first, second) = index < 4 ? (low & (Self.spaceBit &- 1), high) : (high, 0)
    return (first &>> shift | second &<< (4 &* Self.syllableBits &- shift)) & (Self.spaceBit &- 1)
  }

  @inline(__always)
  var hash: UInt64 {
    let mixed = (low &* 0x9E37_79B9_7F4A_7C15) ^ (high &* 0xC2B2_AE3D_27D4_EB4F)
    return (mixed ^ mixed &>> 32) &* 0x9E37_79B9_7F4A_7C15
  }
}

/// A run of Hangul syllables in a text: as long as it can be.
package struct HangulRun: BitwiseCopyable, Sendable {
  /// Where its bytes begin and end.
  var start: Int
  var end: Int
  /// The run, if it has no more than ``RunKey/longest`` syllables.
  var key = RunKey()
  /// For each syllable of such a run a bit, set if it is cut before it, if that is known.
  var cuts: UInt8?

  @inline(__always)
  var count: Int { (end &- start) / Syllable.byteCount }
  @inline(__always)
  var hasKey: Bool { end &- start <= RunKey.longest &* Syllable.byteCount }

  /// The first run in `text` at or behind `start`, nil if there is none.
  @inline(__always)
  static func next(in text: Span<UInt8>, from start: Int) -> HangulRun? {
    var start = start
    while start < text.count {
      // Syllables begin with 0xEA to 0xED.
      if text[start] >= 0xEA, let first = Syllable.number(in: text, at: start) {
        return HangulRun(text, from: start, first)
      }
      start &+= 1
    }
    return nil
  }

  @inline(__always)
  private init(_ text: Span<UInt8>, from start: Int, _ first: Int) {
    self.start = start
    key.add(first, at: 0)
    if start > 0, text[start &- 1] == 0x20 { key.putSpaceBefore() }
    var count = 1
    end = start &+ Syllable.byteCount
    while let number = Syllable.number(in: text, at: end) {
      if count < RunKey.longest { key.add(number, at: count) }
      count &+= 1
      end &+= Syllable.byteCount
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A random number generator that gives the same sequence for the same seed (SplitMix64, Steele and
/// others 2014).
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: Int) { state = UInt64(seed) &* 0xD134_2543_DE82_EF95 &+ 1 }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

/// Random texts of the kinds that break tokenizers.
package enum RandomText {
  private static let pieces: [String] = [
    "가", "나다", "학교", "에서는", "ㅋㅋㅋ", "ㅠㅠ", " ", "  ", "\n", "\r\n", "\t", "a", "the", "'s", "'ll",
    "'re",
    "'", "1", "2024", "１２", "½", "Ⅳ", ".", "!!", "…", "“", "·", "「", "한", "글", "ᄒᆞᆫ", "か\u{3099}",
    "ガ",
    "é", "e\u{301}", "\u{A0}", "\u{3000}", "\u{2028}", "\u{200B}", "\u{200D}", "\u{FEFF}", "漢字",
    "樂",
    "👨‍👩‍👧", "🇰🇷", "👍🏽", "\u{E000}", "\u{10FFFF}", "ﬁ", "Å", "क्षि", "\u{0F73}", "\u{0344}", "힣", "ힰ",
    "\u{D7A3}",
  ]

  /// Well-formed text of about `count` pieces, code points of all planes among them.
  package static func wellFormed(
    _ count: Int, using generator: inout some RandomNumberGenerator
  ) -> [UInt8] {
    var text = ""
    for _ in 0..<count {
      if Int.random(in: 0..<8, using: &generator) == 0 {
        let point = UInt32.random(in: 0...0x10FFFF, using: &generator)
        if let scalar = Unicode.Scalar(point) { text.unicodeScalars.append(scalar) }
      } else if let piece = pieces.randomElement(using: &generator) {
        text += piece
      }
    }
    return Array(text.utf8)
  }

  /// Text into which random bytes have fallen.
  package static func illFormed(
    _ count: Int, using generator: inout some RandomNumberGenerator
  ) -> [UInt8] {
    var bytes = wellFormed(count, using: &generator)
    for _ in 0..<max(count / 4, 1) {
      let index = Int.random(in: 0...bytes.count, using: &generator)
      bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
    }
    return bytes
  }
}

extension ByteBuffer {
  /// A buffer that holds `bytes`.
  package init(copying bytes: [UInt8]) {
    self.init(capacity: bytes.count)
    append(copying: bytes.span)
  }
}

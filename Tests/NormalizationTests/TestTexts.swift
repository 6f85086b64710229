// SPDX-License-Identifier: Apache-2.0

import Normalization
import TestSupport
import TextCore

/// What the tests of normalisation share.
enum TestTexts {
  /// The profiles, and rules that are in none of them or on their own.
  static let normalizers: [Normalizer] =
    NormalizationProfile.allCases.map { Normalizer($0) }
    + [
      "korean +cap-repeats=2", "nfkc +cap-repeats=3 +zero-width +fillers",
      "none +zero-width", "none +fillers", "none +fullwidth-ascii +halfwidth-jamo", "none +spaces",
      "none +controls", "none +newlines", "none +compatibility-ideographs", "korean -nfc",
      "none +hanyang-pua", "nfc +hanyang-pua", "korean +hanyang-pua +cap-repeats=2",
      "nfkc +controls +newlines +spaces +halfwidth-jamo +fillers +zero-width",
      "nmt_nfkc +cap-repeats=1", "none +cap-repeats=1",
    ].compactMap(Normalizer.init(rawValue:))

  /// Code points that the rules look at, and plain ones.
  static let points: [UInt32] =
    [
      0x61, 0x41, 0x20, 0x0A, 0x0D, 0x09, 0x0B, 0x0C, 0x00, 0x1F, 0x7F, 0x85, 0x9F, 0xA0, 0xAD,
      0xB7,
      0xE9, 0x301, 0x323, 0x327, 0x338, 0x3D, 0x344, 0x345, 0x5B0, 0x628, 0x64B, 0x93C, 0x94D,
      0x915,
      0x958, 0xF73, 0x1100, 0x1112, 0x113F, 0x115F, 0x1160, 0x1161, 0x1175, 0x119E, 0x11A7, 0x11A8,
      0x11C2, 0x11C3, 0xA960, 0xD7B0, 0xD7CB, 0x1680, 0x2000, 0x2002, 0x200B, 0x200C, 0x200D,
      0x200E,
      0x2028, 0x2029, 0x2060, 0x201C, 0x2026, 0x2122, 0x2640, 0x2764, 0x302A, 0x3000, 0x300C,
      0x304B,
      0x3099, 0x3131, 0x314B, 0x314F, 0x3164, 0x3220, 0x3297, 0xAC00, 0xAC01, 0xD7A3, 0xE000,
      0xE0BC, 0xE0C7, 0xF53A, 0xF784, 0xF785, 0xF807, 0xF8F7, 0xF8F8,
      0xF900,
      0xFA0E, 0xFB1D, 0xFDFA, 0xFE0F, 0xFE70, 0xFEFF, 0xFF01, 0xFF21, 0xFF5E, 0xFFA0, 0xFFA1,
      0xFFBE,
      0xFFC2, 0xFFDC, 0xFFFD, 0x1F1F0, 0x1F3FB, 0x1F469, 0x1F600, 0x20000, 0x2F800, 0x2FA1D,
      0x1D165,
      0x1D15F, 0x110BA, 0x110B9, 0x21, 0x2E,
    ]

  /// A text of those.
  static func random(_ seed: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var scalars = String.UnicodeScalarView()
    let kinds = points.shuffled(using: &generator).prefix(2 + seed % 40)
    for _ in 0..<(1 + seed % 23) {
      let pool = Int.random(in: 0..<3, using: &generator) == 0 ? points[...] : kinds
      if let scalar = pool.randomElement(using: &generator).flatMap(Unicode.Scalar.init) {
        scalars.append(scalar)
      }
    }
    return Array(String(scalars).utf8)
  }

  /// The text of code points.
  static func text(_ points: [UInt32]) -> [UInt8] {
    var buffer = ByteBuffer()
    for point in points { appendUTF8(point, to: &buffer) }
    return buffer.makeArray()
  }

  static func normalized(_ text: [UInt8], _ normalizer: Normalizer) throws -> [UInt8] {
    var output = ByteBuffer()
    try normalizer.append(text.span, to: &output)
    return output.makeArray()
  }

  static func reference(_ text: [UInt8], _ normalizer: Normalizer) throws -> [UInt8] {
    self.text(try ReferenceNormalizer.normalize(text, by: normalizer).map(\.point))
  }
}

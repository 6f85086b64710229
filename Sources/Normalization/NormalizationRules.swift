// SPDX-License-Identifier: Apache-2.0

/// The rules of normalisation, each on its own switch; text meets them in the order of their numbers.
package struct NormalizationRules: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Removes U+0000-0008, 000E-001F, 007F-0084 and 0086-009F.
  package static let controls = Self(rawValue: 1 << 0)
  /// CRLF, CR, VT, FF, NEL, LS and PS become LF.
  package static let newlines = Self(rawValue: 1 << 1)
  /// U+00A0, 1680, 2000-200A, 202F, 205F and 3000 become a space.
  package static let spaces = Self(rawValue: 1 << 2)
  /// Half-width jamo (U+FFA1-FFDC) become compatibility jamo.
  package static let halfwidthJamo = Self(rawValue: 1 << 3)
  /// Full-width forms of ASCII (U+FF01-FF5E) become ASCII.
  package static let fullwidthASCII = Self(rawValue: 1 << 4)
  /// CJK compatibility ideographs become what they decompose to.
  package static let compatibilityIdeographs = Self(rawValue: 1 << 5)
  /// Old Hangul in the private use area becomes conjoining jamo.
  package static let hanyangPUA = Self(rawValue: 1 << 6)
  /// Removes U+3164 and FFA0, and U+115F and 1160 where no conjoining jamo needs them.
  package static let fillers = Self(rawValue: 1 << 7)
  /// Removes U+00AD, 200B, 2060 and FEFF, and U+200C and 200D where they join nothing.
  package static let zeroWidth = Self(rawValue: 1 << 8)
  /// Canonical composition.
  package static let nfc = Self(rawValue: 1 << 9)
  /// Compatibility composition.
  package static let nfkc = Self(rawValue: 1 << 10)
  /// SentencePiece's character map.
  package static let nmtNFKC = Self(rawValue: 1 << 11)
  /// Cuts runs of one jamo or mark of emphasis.
  package static let capRepeats = Self(rawValue: 1 << 12)

  /// All, by name, in the order in which text meets them.
  package static let named: [(name: String, rule: NormalizationRules)] = [
    ("controls", .controls), ("newlines", .newlines), ("spaces", .spaces),
    ("halfwidth-jamo", .halfwidthJamo), ("fullwidth-ascii", .fullwidthASCII),
    ("compatibility-ideographs", .compatibilityIdeographs), ("hanyang-pua", .hanyangPUA),
    ("fillers", .fillers),
    ("zero-width", .zeroWidth), ("nfc", .nfc), ("nfkc", .nfkc), ("nmt-nfkc", .nmtNFKC),
    ("cap-repeats", .capRepeats),
  ]

  /// Names that stand for several rules.
  static let groups: [(name: String, rules: NormalizationRules)] = [
    ("width", [.halfwidthJamo, .fullwidthASCII])
  ]

  static let forms: NormalizationRules = [.nfc, .nfkc, .nmtNFKC]
  /// What is done to single code points before a form, in windows.
  static let korean: NormalizationRules = [
    .controls, .newlines, .spaces, .halfwidthJamo, .fullwidthASCII, .compatibilityIdeographs,
    .hanyangPUA, .fillers, .zeroWidth,
  ]

  /// The place of a single rule among all.
  package var index: Int { rawValue.trailingZeroBitCount }
}

/// Rules under one name.
package enum NormalizationProfile: String, CaseIterable, Sendable {
  case none
  case nfc
  case korean
  case nfkc
  case nmtNFKC = "nmt_nfkc"

  package var rules: NormalizationRules {
    switch self {
    case .none: []
    case .nfc: .nfc
    // NFC has the compatibility ideographs with it; other fonts use the private area for other things.
    case .korean:
      NormalizationRules.korean.union(.nfc)
        .subtracting([.compatibilityIdeographs, .hanyangPUA])
    case .nfkc: .nfkc
    case .nmtNFKC: .nmtNFKC
    }
  }
}

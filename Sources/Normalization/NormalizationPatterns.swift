// SPDX-License-Identifier: Apache-2.0

/// The rules as replacements of what matches a regular expression (Oniguruma's), one after the other over
/// the whole text, for tools that have nothing else.
///
/// Exact but for `nmtNFKC`, and of marks between a letter and a joiner four are looked over at most.
package enum NormalizationPatterns {
  /// Oniguruma's pattern, and the code points that take the place of what matches.
  package struct Replacement: Hashable, Sendable {
    package var pattern: String
    package var content: [UInt32]
  }

  /// The replacements that do what `rules` do before a form; nothing for `capRepeats`.
  package static func replacements(for rules: NormalizationRules) -> [Replacement] {
    if rules.contains(.nmtNFKC) { return nmtNFKC }
    var made: [Replacement] = []
    // ---- A CR goes by what stands behind it as the text is read ----
    if rules.contains(.newlines) { made += carriageReturns }
    // ---- Code points that change wherever they stand ----
    for (_, rule) in NormalizationRules.named where rules.contains(rule) { made += single(rule) }
    if rules.contains(.hanyangPUA) { made += hanyangPUA }
    // ---- Those that go by their neighbours ----
    if rules.contains(.fillers) { made += fillers }
    if rules.contains(.zeroWidth) { made.append(Replacement(pattern: joiners, content: [])) }
    return made
  }

  private static let carriageReturns = [
    Replacement(pattern: "\\x{D}(?=\\x{A})", content: []),
    Replacement(pattern: "\\x{D}", content: [0x0A]),
  ]

  private static let nmtNFKC = [
    Replacement(
      pattern: "[\\x{1}-\\x{8}\\x{B}\\x{E}-\\x{1F}\\x{7F}\\x{8F}\\x{9F}]", content: []),
    Replacement(
      pattern: "[\\x{9}\\x{A}\\x{C}\\x{D}\\x{61C}\\x{1680}\\x{200B}\\x{200C}\\x{200E}\\x{200F}"
        + "\\x{2028}\\x{2029}\\x{2581}\\x{FEFF}\\x{FFFD}]", content: [0x20]),
  ]

  private static let hanyangPUA: [Replacement] = HanyangPUA.points.compactMap { point in
    let jamo = HanyangPUA.jamo(of: point)
    return jamo.isEmpty ? nil : Replacement(pattern: escaped(point), content: jamo)
  }

  /// The code points whose runs `capRepeats` cuts.
  package static let cappable = (UInt32(0)..<0x1_0000).filter(isCappable)

  /// What the rule does to code points wherever they stand: one replacement for each result.
  private static func single(_ rule: NormalizationRules) -> [Replacement] {
    var sources: [[UInt32]: [UInt32]] = [:]
    for point in WindowRules.mappedPoints {
      guard let mapping = WindowRules.mapping(of: point), mapping.rule == rule else { continue }
      sources[mapping.result.map { [$0] } ?? [], default: []].append(point)
    }
    return sources.sorted { $0.value[0] < $1.value[0] }.map { content, points in
      Replacement(pattern: "[\(points.map(escaped).joined())]", content: content)
    }
  }

  private static func escaped(_ point: UInt32) -> String {
    "\\x{\(String(point, radix: 16, uppercase: true))}"
  }

  private static func escaped(_ range: ClosedRange<UInt32>) -> String {
    "\(escaped(range.lowerBound))-\(escaped(range.upperBound))"
  }

  // MARK: Neighbours

  private static let leading = "\\x{1100}-\\x{115E}\\x{A960}-\\x{A97C}"
  private static let vowels = "\\x{1161}-\\x{11A7}\\x{D7B0}-\\x{D7C6}"
  private static let trailing = "\\x{11A8}-\\x{11FF}\\x{D7CB}-\\x{D7FB}"

  private static let fillers = [
    Replacement(
      pattern: "\\x{115F}(?![\(vowels)]|\\x{1160}[\(trailing)])", content: []),
    Replacement(pattern: "(?<![\(leading)\\x{115F}])\\x{1160}", content: []),
  ]

  /// Marks of no script, with a combining class.
  private static let marks =
    "[\\x{300}-\\x{34E}\\x{350}-\\x{36F}\\x{1AB0}-\\x{1ACE}\\x{1DC0}-\\x{1DFF}\\x{20D0}-\\x{20DC}"
    + "\\x{20E1}\\x{20E5}-\\x{20F0}\\x{302A}-\\x{302F}\\x{3099}\\x{309A}\\x{FE20}-\\x{FE2F}]"

  /// Pictographs that NFKC changes join nothing.
  private static let pictographs =
    "[[\\p{Extended_Pictographic}\\x{1F3FB}-\\x{1F3FF}]&&[^\\x{A9}\\x{AE}\\x{203C}\\x{2049}\\x{2122}"
    + "\\x{2139}\\x{24C2}\\x{3297}\\x{3299}\\x{1F100}-\\x{1F2FF}]]"

  private static let joiners: String = {
    let script = "[\(Joiners.joiningScripts.map(escaped).joined())]"
    let letters = (0...4).map { script + String(repeating: marks, count: $0) }
    return "(?<!\(letters.joined(separator: "|")))"
      + "(?:(?<!\(pictographs)|\\x{FE0F})[\\x{200C}\\x{200D}]"
      + "|[\\x{200C}\\x{200D}](?!\(pictographs)))"
  }()
}

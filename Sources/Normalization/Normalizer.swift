// SPDX-License-Identifier: Apache-2.0

package import TextCore

// Normalisation: the text of a document in, the same text in one form out.
//
// NFC is the default: Hangul typed or crawled as conjoining jamo (NFD) becomes precomposed syllables, a
// third of the bytes and the same tokens as everyone else's. NFKC is a default nowhere: it turns ㅋㅋㅋ
// into leading consonants and ㈜ into (주). Everything beyond NFC is a rule with a name
// (NormalizationRules), and what each rule did can be asked for (NormalizationReceipt), down to the
// bytes that each character was made of (NormalizedText).
//
// Nearly all Korean text is in normal form already, so a scan decides, and only the windows that it
// cannot decide are looked at (NormalizationWindows). What comes out of them is what the rules, applied
// one after the other to the whole text, would give. Ill-formed bytes pass through untouched.

/// How text is normalised before it is cut.
///
/// Its raw value is the name of a profile and what differs from it, as in
/// "korean +cap-repeats=3 -zero-width".
package struct Normalizer: Sendable {
  package let rules: NormalizationRules
  /// How many of a run the rule `capRepeats` leaves.
  package let maximumRepeats: Int
  let plan: NormalizationPlan

  /// The text as it stands, byte for byte.
  package static let none = Normalizer(NormalizationPlan([], 0))
  /// Canonical composition.
  package static let nfc = Normalizer(NormalizationPlan(.nfc, 0))

  private init(_ plan: NormalizationPlan) {
    self.plan = plan
    rules = plan.rules
    maximumRepeats = plan.maximumRepeats
  }

  /// The rules of `profile`.
  package init(_ profile: NormalizationProfile) {
    switch profile {
    case .none: self = .none
    case .nfc: self = .nfc
    default: self.init(NormalizationPlan(profile.rules, 0))
    }
  }

  /// The Unicode version of ICU's normalisation data.
  package static var unicodeVersion: String { ICU.unicodeVersion }

  /// Whether text stays as it is.
  package var isIdentity: Bool { rules.isEmpty }

  /// Appends the normal form of `text` to `output`, and tells `recorder` what was changed.
  ///
  /// - Throws: `normalizationFailed`, if ICU's data cannot be loaded.
  /// - Complexity: O(n); O(n log n) in a run of combining marks.
  package func append(
    _ text: Span<UInt8>, to output: inout ByteBuffer, _ recorder: NormalizationRecorder? = nil
  ) throws(TextError) {
    if rules.contains(.capRepeats) {
      try plan.appendCapped(text, to: &output, recorder)
    } else {
      try plan.appendForm(text, to: &output, recorder)
    }
  }
}

extension Normalizer: Hashable {
  package static func == (left: Normalizer, right: Normalizer) -> Bool {
    left.rules == right.rules && left.maximumRepeats == right.maximumRepeats
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(rules)
    hasher.combine(maximumRepeats)
  }
}

// MARK: - Names

extension Normalizer: RawRepresentable {
  package var rawValue: String {
    // The profile that is nearest, the first of them.
    let profile =
      NormalizationProfile.allCases.min {
        distance(from: $0) < distance(from: $1)
      } ?? .none
    var name = profile.rawValue
    for (rule, bit) in NormalizationRules.named {
      switch (rules.contains(bit), profile.rules.contains(bit)) {
      case (true, false): name += " +\(rule)" + (bit == .capRepeats ? "=\(maximumRepeats)" : "")
      case (false, true): name += " -\(rule)"
      default: break
      }
    }
    return name
  }

  private func distance(from profile: NormalizationProfile) -> Int {
    rules.symmetricDifference(profile.rules).rawValue.nonzeroBitCount
  }

  package init?(rawValue: String) {
    var words = rawValue.split(separator: " ").map(String.init)
    guard !words.isEmpty, let profile = NormalizationProfile(rawValue: words.removeFirst()) else {
      return nil
    }
    guard words.allSatisfy({ $0.hasPrefix("+") || $0.hasPrefix("-") }) else { return nil }
    let made = try? Normalizer(
      profile, with: words.filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) },
      without: words.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) })
    guard let made else { return nil }
    self = made
  }

  /// `profile` with some rules more and some less, by name; `cap-repeats=3` says how many stay.
  ///
  /// - Throws: `invalidArgument`, naming what is unknown or does not go together.
  package init(
    _ profile: NormalizationProfile, with added: [String], without removed: [String]
  ) throws(TextError) {
    var rules = profile.rules
    var repeats = 0
    for name in removed { rules.subtract(try Self.rule(name)) }
    for name in added {
      let parts = name.split(separator: "=", maxSplits: 1)
      let rule = try Self.rule(parts.isEmpty ? name : String(parts[0]))
      if rule == .capRepeats {
        guard parts.count == 2, let count = Int(parts[1]), (1...1_000_000).contains(count) else {
          throw TextError(
            .invalidArgument, "the rule \"\(name)\" does not say how many of a run stay",
            remedy: "write cap-repeats=3")
        }
        repeats = count
      } else if parts.count == 2 {
        throw TextError(.invalidArgument, "the rule \"\(parts[0])\" takes no number")
      }
      // One form takes the place of another.
      if !rule.isDisjoint(with: .forms) { rules.subtract(.forms) }
      rules.formUnion(rule)
    }
    if rules.contains(.nmtNFKC), !rules.isDisjoint(with: .korean) {
      throw TextError(
        .invalidArgument, "nmt_nfkc goes with no other rule but cap-repeats",
        remedy: "take nfkc, which goes with all")
    }
    self.init(checked: rules, repeats)
  }

  /// The rules `rules`, and `capRepeats` where a number is given; nil if they do not go together.
  package init?(_ rules: NormalizationRules, maximumRepeats: Int?) {
    let isClash = rules.contains(.nmtNFKC) && !rules.isDisjoint(with: .korean)
    guard !isClash, rules.intersection(.forms).rawValue.nonzeroBitCount <= 1 else { return nil }
    let caps: NormalizationRules = maximumRepeats == nil ? [] : .capRepeats
    self.init(
      checked: rules.subtracting(.capRepeats).union(caps), maximumRepeats ?? 0)
  }

  private init(checked rules: NormalizationRules, _ maximumRepeats: Int) {
    switch rules {
    case []: self = .none
    case .nfc: self = .nfc
    default:
      self.init(
        NormalizationPlan(rules, rules.contains(.capRepeats) ? maximumRepeats : 0))
    }
  }

  private static func rule(_ name: String) throws(TextError) -> NormalizationRules {
    if let rule = NormalizationRules.named.first(where: { $0.name == name })?.rule { return rule }
    if let group = NormalizationRules.groups.first(where: { $0.name == name }) {
      return group.rules
    }
    let names = NormalizationRules.groups.map(\.name) + NormalizationRules.named.map(\.name)
    throw TextError(
      .invalidArgument, "there is no rule \"\(name)\"",
      remedy: "the rules are \(names.joined(separator: ", "))")
  }
}

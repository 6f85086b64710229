// SPDX-License-Identifier: Apache-2.0

internal import Normalization
package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// What is wrong, or may be, with a vocabulary, before anything is trained with it.
package struct TokenizerAudit: Sendable {
  /// Ways in which tokens are the same text.
  package enum Form: String, CaseIterable, Sendable {
    case nfc
    case nfkc
    /// NFKC, and each character in lower case.
    case nfkcLowercase = "nfkc_lowercase"
  }

  /// The number of ids.
  package private(set) var size: Int
  /// Tokens that are not added ones.
  package private(set) var tokens = 0
  package let reach: VocabularyReach
  /// Tokens that are not whole characters.
  package private(set) var partialUTF8: [UInt32] = []
  /// For each form, tokens that become the same, ascending, in the order of their first.
  package private(set) var duplicates: [(form: Form, groups: [[UInt32]])] = []
  /// Tokens by what they look like.
  package private(set) var looks: [TokenLook: [UInt32]] = [:]
  /// The tokens of most characters, and of most bytes, the lower id first of equals.
  package private(set) var longestInCharacters: [UInt32] = []
  package private(set) var longestInBytes: [UInt32] = []
  /// The characters of the longest token of whole ones; the bytes of the longest.
  package private(set) var mostCharacters = 0
  package private(set) var mostBytes = 0
  package let policies: TokenizerPolicies
  /// How often each id occurs in the text that was counted; nil without one.
  package let uses: [Int]?
  /// Tokens that can occur and did not; nothing without text.
  package private(set) var unused: [UInt32] = []

  /// The audit of `tokenizer`, with its `longestCount` longest tokens.
  ///
  /// - Parameters:
  ///   - tokenizer: What to audit.
  ///   - spam: The words to look for.
  ///   - uses: How often each id occurs in some text.
  ///   - longestCount: How many of the longest tokens to name.
  /// - Throws: `normalizationFailed`.
  package init(
    _ tokenizer: Tokenizer, spam: SpamWords, uses: [Int]? = nil, longestCount: Int = 20
  ) throws(TextError) {
    let vocabulary = tokenizer.definition.model.vocabulary
    size = vocabulary.count
    self.uses = uses
    reach = try VocabularyReach(tokenizer)
    policies = try TokenizerPolicies(tokenizer)
    var lengths: [(characters: Int, bytes: Int, id: UInt32)] = []
    var whole: [UInt32] = []
    for id in 0..<UInt32(vocabulary.count) {
      switch reach.reach[Int(id)] {
      case .noToken, .added: continue
      default: tokens += 1
      }
      let token = vocabulary.bytes(of: id).makeArray()
      let characters = TokenScript.classify(token.span).characters
      if characters == 0 { partialUTF8.append(id) } else { whole.append(id) }
      lengths.append((characters, token.count, id))
      for look in Statistics.looks(of: token, spam: spam) { looks[look, default: []].append(id) }
    }
    mostCharacters = lengths.reduce(0) { max($0, $1.characters) }
    mostBytes = lengths.reduce(0) { max($0, $1.bytes) }
    longestInCharacters = Self.longest(lengths, longestCount, by: \.characters)
    longestInBytes = Self.longest(lengths, longestCount, by: \.bytes)
    if let uses {
      unused = reach.reach.indices.filter {
        let reach = reach.reach[$0]
        return uses[$0] == 0 && reach != .noToken && reach != .added && !reach.isUnreachable
      }.map { UInt32($0) }
    }
    for form in Form.allCases {
      duplicates.append((form, try Self.groups(whole, vocabulary, form)))
    }
  }

  private static func longest(
    _ lengths: [(characters: Int, bytes: Int, id: UInt32)], _ count: Int,
    by length: KeyPath<(characters: Int, bytes: Int, id: UInt32), Int>
  ) -> [UInt32] {
    let sorted = lengths.sorted {
      ($1[keyPath: length], $0.id) < ($0[keyPath: length], $1.id)
    }
    return sorted.prefix(count).map(\.id)
  }

  private static func groups(
    _ ids: [UInt32], _ vocabulary: Vocabulary, _ form: Form
  ) throws(TextError) -> [[UInt32]] {
    // Its tables take longer to make than a token to normalise.
    let normalizer = form == .nfc ? Normalizer.nfc : Normalizer(.nfkc)
    var byText: [[UInt8]: [UInt32]] = [:]
    for id in ids {
      byText[try text(vocabulary.bytes(of: id).makeArray(), form, normalizer), default: []].append(
        id)
    }
    return byText.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  private static func text(
    _ token: [UInt8], _ form: Form, _ normalizer: Normalizer
  ) throws(TextError) -> [UInt8] {
    let composed = try normal(token, normalizer)
    if form != .nfkcLowercase { return composed }
    var lower = ""
    for scalar in String(decoding: composed, as: UTF8.self).unicodeScalars {
      lower += scalar.properties.lowercaseMapping
    }
    return try normal(Array(lower.utf8), normalizer)
  }

  private static func normal(
    _ text: [UInt8], _ normalizer: Normalizer
  ) throws(TextError) -> [UInt8] {
    if text.allSatisfy({ $0 < 0x80 }) { return text }
    var output = ByteBuffer()
    try normalizer.append(text.span, to: &output)
    return output.makeArray()
  }
}

// MARK: - Figures

extension TokenizerAudit {
  /// Tokens of any personal look.
  package var personal: [UInt32] {
    Set(looks.filter { $0.key.isPersonal }.values.joined()).sorted()
  }

  /// The tokens of the groups of `form` beyond the first of each.
  package func duplicateCount(_ form: Form) -> Int {
    let groups = duplicates.first { $0.form == form }?.groups ?? []
    return groups.reduce(0) { $0 + $1.count - 1 }
  }

  /// What thresholds can be set for, by name; nil is what only text can tell.
  package var figures: [(name: String, value: Double?)] {
    func share(_ count: Int) -> Double { ratio(count, tokens) }
    let unreachable = reach.unreachable.count
    var figures: [(String, Double?)] = [
      ("unreachable_tokens", Double(unreachable)), ("unreachable_share", share(unreachable)),
      ("unsettled_tokens", Double(reach.ids(.unsettled).count)),
      ("unused_tokens", uses.map { _ in Double(unused.count) }),
      ("unused_share", uses.map { _ in share(unused.count) }),
      ("partial_utf8_tokens", Double(partialUTF8.count)),
      ("partial_utf8_share", share(partialUTF8.count)),
      ("personal_tokens", Double(personal.count)),
    ]
    for look in TokenLook.allCases {
      figures.append(("\(look.rawValue)_tokens", Double(looks[look]?.count ?? 0)))
    }
    for form in Form.allCases {
      figures.append(("duplicate_\(form.rawValue)_tokens", Double(duplicateCount(form))))
    }
    return figures + [
      ("superword_tokens", Double(policies.superwordTokens)),
      ("most_characters", Double(mostCharacters)), ("most_bytes", Double(mostBytes)),
      ("longest_digits", Double(policies.longestDigits)),
      ("longest_spaces", Double(policies.longestSpaces)),
    ]
  }
}

/// The most that figures of an audit may be.
package struct AuditThresholds: Sendable {
  package private(set) var limits: [(name: String, most: Double)] = []

  /// The thresholds in `text`, a JSON object of names and numbers.
  ///
  /// - Throws: `invalidArgument` for a name that no figure has, or a value that is no number.
  package init(
    _ text: borrowing ByteBuffer, path: String, of audit: TokenizerAudit
  ) throws(TextError) {
    let root = try JSONDocument(text, path: path, code: .badRecord).root
    guard root.kind == .object else {
      throw TextError(
        .invalidArgument, "not an object of names and numbers", at: .init(path: path),
        remedy: "write {\"unreachable_tokens\": 0}")
    }
    let figures = audit.figures
    for (name, value) in root.fields {
      guard let figure = figures.first(where: { $0.name == name }) else {
        throw TextError(
          .invalidArgument, "there is no figure \"\(name)\"", at: .init(path: path),
          remedy: "the figures are \(figures.map(\.name).joined(separator: ", "))")
      }
      guard let most = value.double, most >= 0 else {
        throw TextError(
          .invalidArgument, "the threshold of \(name) is no number from 0 on", at: .init(path: path)
        )
      }
      guard figure.value != nil else {
        throw TextError(
          .invalidArgument, "\(name) is known only with text", at: .init(path: path),
          remedy: "name input files or --counts")
      }
      limits.append((name, most))
    }
  }

  /// The figures of `audit` that are above their thresholds.
  package func exceeded(by audit: TokenizerAudit) -> [(name: String, value: Double, most: Double)] {
    let figures = audit.figures
    return limits.compactMap { name, most in
      guard let value = figures.first(where: { $0.name == name })?.value, value > most else {
        return nil
      }
      return (name, value, most)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Normalization
internal import TextCore

// A tokenizer.json has no names for our rules: it spells them out, as replacements and a form that
// Hugging Face tokenizers applies one after the other. Reading recognises what writing writes.

extension TokenizerJSON {
  /// One of the normalisers of a `Sequence`.
  private enum Step: Hashable {
    case replace(pattern: String, content: String)
    case form(String)

    var isForm: Bool {
      if case .form = self { return true }
      return false
    }
  }

  // MARK: Reading

  /// The normaliser that `value` describes.
  ///
  /// - Throws: `unsupportedTokenizer`, naming the part.
  static func readNormalizer(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> Normalizer {
    var steps: [Step] = []
    try readSteps(value, path, into: &steps)
    if steps.allSatisfy(\.isForm) {
      // Of forms one after the other NFKC is the one that counts.
      return steps.isEmpty
        ? .none : steps.contains(.form("NFKC")) ? Normalizer(.nfkc) : .nfc
    }
    if steps == self.steps(of: Normalizer(.nmtNFKC)) { return Normalizer(.nmtNFKC) }
    // ---- The rules whose steps are all there must have no other steps, in their order ----
    let present = Set(steps)
    var rules: NormalizationRules = []
    for (_, rule) in NormalizationRules.named where rule != .nmtNFKC && rule != .capRepeats {
      let written = form(rule) + replacements(rule)
      if present.isSuperset(of: written) { rules.insert(rule) }
    }
    let normalizer = Normalizer(rules, maximumRepeats: maximumRepeats(steps))
    guard let normalizer, self.steps(of: normalizer) == steps else {
      throw .unsupported("normalizer \"Sequence\" with \"Replace\" of this kind", path)
    }
    return normalizer
  }

  private static func readSteps(
    _ value: JSONValue?, _ path: String, into steps: inout [Step]
  ) throws(TextError) {
    guard let value, !value.isNull else { return }
    switch value["type"]?.string {
    case "NFC": steps.append(.form("NFC"))
    case "NFKC": steps.append(.form("NFKC"))
    case "Replace":
      guard let pattern = value["pattern"]?["Regex"]?.string, let content = value["content"]?.string
      else { throw .unsupported("normalizer \"Replace\" of a string", path) }
      steps.append(.replace(pattern: pattern, content: content))
    case "Sequence":
      for part in value["normalizers"]?.elements ?? [] { try readSteps(part, path, into: &steps) }
    default: throw .unsupported("normalizer \(typeName(value))", path)
    }
  }

  /// The number of `cap-repeats` if the last of `steps` is that rule's.
  private static func maximumRepeats(_ steps: [Step]) -> Int? {
    guard case .replace(_, let content)? = steps.last else { return nil }
    let maximum = content.unicodeScalars.count
    return maximum > 0 && steps.last == caps(maximum).last ? maximum : nil
  }

  // MARK: Writing

  /// What tokenizers is to apply.
  static func normalizerJSON(_ normalizer: Normalizer) -> JSON {
    let steps = steps(of: normalizer).map { step in
      switch step {
      case .form(let name): JSON.object([("type", .string(name))])
      case .replace(let pattern, let content):
        JSON.object([
          ("type", .string("Replace")), ("pattern", .object([("Regex", .string(pattern))])),
          ("content", .string(content)),
        ])
      }
    }
    switch steps.count {
    case 0: return .null
    case 1: return steps[0]
    default: return .object([("type", .string("Sequence")), ("normalizers", .array(steps))])
    }
  }

  private static func steps(of normalizer: Normalizer) -> [Step] {
    let hasCaps = normalizer.rules.contains(.capRepeats)
    return replacements(normalizer.rules) + form(normalizer.rules)
      + (hasCaps ? caps(normalizer.maximumRepeats) : [])
  }

  private static func replacements(_ rules: NormalizationRules) -> [Step] {
    NormalizationPatterns.replacements(for: rules).map {
      .replace(pattern: $0.pattern, content: text($0.content))
    }
  }

  private static func form(_ rules: NormalizationRules) -> [Step] {
    if !rules.isDisjoint(with: [.nfkc, .nmtNFKC]) { return [.form("NFKC")] }
    return rules.contains(.nfc) ? [.form("NFC")] : []
  }

  private static func caps(_ maximum: Int) -> [Step] {
    NormalizationPatterns.cappable.map { point in
      .replace(
        pattern: "\\x{\(String(point, radix: 16, uppercase: true))}{\(maximum + 1),}",
        content: text([UInt32](repeating: point, count: maximum)))
    }
  }

  private static func text(_ points: [UInt32]) -> String {
    String(String.UnicodeScalarView(points.compactMap(Unicode.Scalar.init)))
  }
}

extension Normalizer {
  /// Where Hugging Face tokenizers does not normalise as malmoi does by the written `tokenizer.json`;
  /// nil if it does.
  package var tokenizersNote: String? {
    guard rules.contains(.nmtNFKC) else { return nil }
    return
      "Hugging Face tokenizers cannot apply SentencePiece's map: tokenizer.json says NFKC with its "
      + "spaces and controls, which differs for full-width tildes, for marks out of canonical order and "
      + "for the newest characters; give it text that malmoi cat has normalised"
  }
}

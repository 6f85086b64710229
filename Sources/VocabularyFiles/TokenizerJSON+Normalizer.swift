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
    if steps == self.steps(of: Normalizer(.nmtNFKC)) { return Normalizer(.nmtNFKC) }
    // ---- The rules in their order, each with all of its replacements ----
    var rules: NormalizationRules = []
    var rest = steps[...]
    for (_, rule) in NormalizationRules.named {
      let written = self.steps(of: rule)
      guard !written.isEmpty, rest.starts(with: written) else { continue }
      rules.insert(rule)
      rest = rest.dropFirst(written.count)
    }
    // ---- A form after a form is that of the two which changes more ----
    while case .form(let name)? = rest.first {
      if name == "NFKC" { rules.remove(.nfc) }
      if !rules.contains(.nfkc) { rules.insert(name == "NFKC" ? .nfkc : .nfc) }
      rest = rest.dropFirst()
    }
    let maximum = maximumRepeats(rest)
    if maximum == nil, case .replace(let pattern, _)? = rest.first {
      throw .unsupported("normalizer \"Replace\" of \(pattern)", path)
    }
    guard let normalizer = Normalizer(rules, maximumRepeats: maximum) else {
      throw .unsupported("normalizer \"Sequence\" of this kind", path)
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

  /// The number of `cap-repeats` if `steps` are that rule's; nil if they are not.
  private static func maximumRepeats(_ steps: ArraySlice<Step>) -> Int? {
    guard case .replace(_, let content)? = steps.first else { return nil }
    let maximum = content.unicodeScalars.count
    return Array(steps) == caps(maximum) ? maximum : nil
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
    let steps = NormalizationRules.named.filter { normalizer.rules.contains($0.rule) }
      .flatMap { self.steps(of: $0.rule) }
    let hasCaps = normalizer.rules.contains(.capRepeats)
    return steps + (hasCaps ? caps(normalizer.maximumRepeats) : [])
  }

  private static func steps(of rule: NormalizationRules) -> [Step] {
    let replacements = NormalizationPatterns.replacements(for: rule).map {
      Step.replace(pattern: $0.pattern, content: text($0.content))
    }
    switch rule {
    case .nfc: return [.form("NFC")]
    case .nfkc, .nmtNFKC: return replacements + [.form("NFKC")]
    default: return replacements
    }
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

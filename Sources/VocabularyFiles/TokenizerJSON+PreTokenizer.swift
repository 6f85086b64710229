// SPDX-License-Identifier: Apache-2.0

internal import Morphology
internal import PreTokenization
internal import TextCore

// The pre_tokenizer part of tokenizer.json, flattened to steps. A rule is known by the steps that
// published files spell it with; an expression nobody has compared is refused, not guessed at.

/// One pre-tokenizer of a sequence.
private enum CutStep: Hashable {
  /// Split by an expression, matches isolated (or all else removed, where everything matches).
  case split(String)
  /// Digits, each by itself.
  case digits
  case byteLevel(usesRegex: Bool)
}

extension PreTokenizer {
  /// The steps by which files spell the rule; the first is how it is written.
  private var spellings: [[CutStep]] {
    switch self {
    case .gpt2: [[.byteLevel(usesRegex: true)]] + words(gpt2Expressions)
    case .cl100k: words([Self.cl100kInOniguruma(numbers: #"\p{N}{1,3}"#)])
    case .cl100kSingle: words([Self.cl100kInOniguruma(numbers: #"\p{N}"#)])
    case .o200k, .o200kSingle, .gpt2Threes: words(patterns)
    case .llama3: words(patterns + llama3Variants)
    case .qwen2: words(patterns + qwen2Variants)
    case .deepseek: [patterns.map { .split($0) } + [.byteLevel(usesRegex: false)]]
    case .exaone:
      // The second form knows 13 numbers less, all unassigned in Unicode 16.
      [[.digits], [.split(#"\p{N}"#)]].flatMap { digits in
        [digits + [.byteLevel(usesRegex: true)]] + words(gpt2Expressions).map { digits + $0 }
      }
    case .kExaone: words(patterns)
    }
  }

  private func words(_ expressions: [String]) -> [[CutStep]] {
    expressions.map { [.split($0), .byteLevel(usesRegex: false)] }
  }

  private var gpt2Expressions: [String] {
    PreTokenizer.gpt2.patterns + [
      #"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
      #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    ]
  }

  private var llama3Variants: [String] {
    [
      #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"#
        + #"|\s*[\r\n]|\s+(?!\S)|\s+"#
    ]
  }

  private var qwen2Variants: [String] {
    [
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]
  }

  /// cl100k for Oniguruma, in which `$` is the end of a line and `{1,3}+` repeats; tiktoken's own
  /// text would mean something else there.
  private static func cl100kInOniguruma(numbers: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  fileprivate static let ofSteps: [[CutStep]: PreTokenizer] = Dictionary(
    uniqueKeysWithValues: allCases.flatMap { rule in rule.spellings.map { ($0, rule) } })
}

// MARK: - Reading

extension TokenizerJSON {
  static func readPreTokenizer(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> PreTokenizer {
    guard let value, !value.isNull else { throw .unsupported("no pre_tokenizer", path) }
    var steps: [CutStep] = []
    var removes = false
    try appendSteps(of: value, to: &steps, &removes, path)
    if let rule = PreTokenizer.ofSteps[steps], !removes || rule != .deepseek && rule != .exaone {
      return rule
    }
    guard case .byteLevel(let usesRegex) = steps.last else {
      throw .unsupported("pre_tokenizer \(typeName(value)) without \"ByteLevel\" at its end", path)
    }
    if steps == [.byteLevel(usesRegex: usesRegex)] {
      throw .unsupported("pre_tokenizer \"ByteLevel\" without use_regex", path)
    }
    throw .unsupported("pre_tokenizer \(steps.dropLast().map(name).joined(separator: ", "))", path)
  }

  private static func name(_ step: CutStep) -> String {
    switch step {
    case .split(let expression): "\"Split\" by \(expression)"
    case .digits: "\"Digits\""
    case .byteLevel: "\"ByteLevel\""
    }
  }

  private static func appendSteps(
    of value: JSONValue, to steps: inout [CutStep], _ removes: inout Bool, _ path: String
  ) throws(TextError) {
    let type = value["type"]?.string
    switch type {
    case "Sequence":
      for part in value["pretokenizers"]?.elements ?? [] {
        try appendSteps(of: part, to: &steps, &removes, path)
      }
    case "ByteLevel":
      if value["add_prefix_space"]?.bool ?? true {
        throw .unsupported("pre_tokenizer \"ByteLevel\" with add_prefix_space", path)
      }
      steps.append(.byteLevel(usesRegex: value["use_regex"]?.bool ?? true))
    case "Digits":
      guard value["individual_digits"]?.bool ?? false else {
        throw .unsupported("pre_tokenizer \"Digits\" without individual_digits", path)
      }
      steps.append(.digits)
    case "Split":
      guard let expression = value["pattern"]?["Regex"]?.string else {
        throw .unsupported("pre_tokenizer \"Split\" without a Regex", path)
      }
      switch (value["behavior"]?.string, value["invert"]?.bool ?? false) {
      case ("Isolated", _): break
      case ("Removed", true): removes = true
      case (let behavior, let invert):
        throw .unsupported(
          "pre_tokenizer \"Split\" with behavior \"\(behavior ?? "")\" and invert \(invert)", path)
      }
      steps.append(.split(expression))
    default: throw .unsupported("pre_tokenizer \(typeName(value))", path)
    }
  }
}

// MARK: - Writing

extension TokenizerJSON {
  static func preTokenizerJSON(_ rule: PreTokenizer, _ morphemes: MorphemeRule?) -> JSON {
    let parts = rule.writtenSteps.map(stepJSON)
    var json = parts[0]
    if parts.count > 1 {
      json = .object([("type", .string("Sequence")), ("pretokenizers", .array(parts))])
    }
    guard let morphemes, case .object(let fields) = json else { return json }
    return .object(fields + [(morphemesField, morphemesJSON(morphemes))])
  }

  private static func stepJSON(_ step: CutStep) -> JSON {
    switch step {
    case .split(let expression):
      .object([
        ("type", .string("Split")), ("pattern", .object([("Regex", .string(expression))])),
        ("behavior", .string("Isolated")), ("invert", .bool(false)),
      ])
    case .digits: .object([("type", .string("Digits")), ("individual_digits", .bool(true))])
    case .byteLevel(let usesRegex): byteLevelJSON(usesRegex: usesRegex)
    }
  }

  static func byteLevelJSON(usesRegex: Bool) -> JSON {
    .object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
      ("trim_offsets", .bool(true)), ("use_regex", .bool(usesRegex)),
    ])
  }
}

extension PreTokenizer {
  fileprivate var writtenSteps: [CutStep] { spellings[0] }
}

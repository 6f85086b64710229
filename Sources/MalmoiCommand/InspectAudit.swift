// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import Statistics
import TextCore
import TokenModels
import Tokenization
import VocabularyFiles

struct InspectAudit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Find what is wrong with a vocabulary before anything is trained with it.",
    discussion: """
      Tokens that no text becomes, tokens that are the same text in another form, tokens that look like \
      personal data, web addresses or spam, and how numbers and white space are cut. With input files or \
      --counts also the tokens that their text never uses. --json lists every token found.

      --thresholds FILE is for automatic checks: a JSON object of figures and the most that each may be, \
      as in {"unreachable_tokens": 0, "partial_utf8_share": 0.05}. The command ends with exit code 1 and a \
      line for each that is exceeded.
      """)

  @Argument(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "A count file whose text shows which tokens are used; repeat for more.")
  var counts: [String] = []

  @Option(help: "A JSON file with the most that figures may be.")
  var thresholds: String?

  @Option(help: "A list of spam words to use instead of the one that comes with malmoi.")
  var spamWords: String?

  @Option(help: "How many tokens to show of each finding.")
  var examples = 8

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if examples < 0 { throw ValidationError("--examples must not be negative.") }
    if !counts.isEmpty, !reading.input.isEmpty {
      throw ValidationError("Give either input files or --counts.")
    }
  }

  func run() throws {
    let loaded = try cutting.load(tokenizer)
    let spam = try readSpamWords()
    var account: CorpusAccount?
    var uses: [Int]?
    if !counts.isEmpty {
      uses = try tokenCounts(loaded, ofCounts: counts, makeContext(threads, report))
    } else if !reading.input.isEmpty {
      let job = InspectCorpusJob(
        source: try reading.source(), tokenizers: [loaded], normalizer: try reading.normalizer)
      let found = try job.run(makeContext(threads, report))
      (account, uses) = (found.account, found.total.tokenizers[0].tokenCounts)
    }
    let audit = try TokenizerAudit(loaded, spam: spam, uses: uses)
    let exceeded = try exceededThresholds(audit)
    ProgressLine.clear()
    let view = AuditView(audit: audit, tokenizer: loaded, examples: examples)
    if report.json {
      try Console.print(view.json(exceeded))
    } else if !report.quiet {
      try Console.print("\(tokenizer)\n\(view.text)")
    }
    for (name, value, most) in exceeded {
      Console.note("\(name) is \(Self.number(value)), more than \(Self.number(most))")
    }
    if let account { try Console.reportLosses(of: account) }
    if !exceeded.isEmpty { throw ExitCode(1) }
  }

  private func readSpamWords() throws(TextError) -> SpamWords {
    guard let spamWords else { return try .shipped() }
    let contents = try readFile(spamWords)
    return try SpamWords(contents.span, path: spamWords)
  }

  private func exceededThresholds(
    _ audit: TokenizerAudit
  ) throws(TextError) -> [(name: String, value: Double, most: Double)] {
    guard let thresholds else { return [] }
    let contents = try readFile(thresholds)
    return try AuditThresholds(contents, path: thresholds, of: audit).exceeded(by: audit)
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() ? grouped(Int(value)) : fixed(value, 6)
  }
}

/// An audit as text and as JSON.
private struct AuditView {
  let audit: TokenizerAudit
  let tokenizer: Tokenizer
  let examples: Int

  // MARK: - Text

  var text: String {
    """
    \(findings)

    \(policies)

    longest tokens
    \(longest)
    """
  }

  private var findings: String {
    var table = Table(.left, .right, .left)
    table.add("tokens", grouped(audit.tokens), "")
    add("that no text becomes", audit.reach.unreachable, to: &table)
    for reach in TokenReach.allCases where reach.isUnreachable {
      let ids = audit.reach.ids(reach)
      if !ids.isEmpty { add("  " + Self.reason(reach), ids, to: &table) }
    }
    add("undecided", audit.reach.ids(.unsettled), to: &table)
    if audit.uses == nil {
      table.add("never used", "–", "name input files or --counts")
    } else {
      add("never used", audit.unused, to: &table)
    }
    add("partial UTF-8", audit.partialUTF8, to: &table)
    for (form, groups) in audit.duplicates {
      let name = form.rawValue.uppercased().replacing("_LOWERCASE", with: ", lower case")
      let shown = groups.prefix(examples).map { $0.map(token).joined(separator: " = ") }
      table.add(
        "same in \(name)", grouped(audit.duplicateCount(form)), shown.joined(separator: "  "))
    }
    for look in TokenLook.allCases {
      add(look.rawValue.replacing("_", with: " "), audit.looks[look] ?? [], to: &table)
    }
    return table.text
  }

  private func add(_ name: String, _ ids: [UInt32], to table: inout Table) {
    table.add(name, grouped(ids.count), ids.prefix(examples).map(token).joined(separator: "  "))
  }

  private func token(_ id: UInt32) -> String { "\(id) \(short(tokenizer.visibleToken(id)))" }

  private func short(_ text: String) -> String {
    text.count > 40 ? text.prefix(40) + "…" : text
  }

  private static func reason(_ reach: TokenReach) -> String {
    switch reach {
    case .sameBytes: "another id has their bytes"
    case .merges: "merging makes others of their bytes"
    case .notUTF8: "no UTF-8 has their bytes"
    case .normalizer: "normalising changes them"
    case .preTokenizer: "the pre-tokenizer cuts them"
    case .noToken, .added, .alone, .inText, .unsettled: reach.rawValue
    }
  }

  private var policies: String {
    let found = audit.policies
    var table = Table(.left, .left)
    let numbers = zip(["digit", "digits", "digits", "digits"], found.wholeNumbers).enumerated()
      .map { "\(grouped($1.1)) of \($0 + 1) \($1.0)" }
    table.add("numbers are cut", found.digitCuts.rawValue.replacing("_", with: " "))
    table.add("numbers that are a token", numbers.joined(separator: ", "))
    table.add("most digits of a token", "\(found.longestDigits)")
    let glued = [
      ("words", found.gluesSpaceToWords), ("numbers", found.gluesSpaceToNumbers),
      ("punctuation", found.gluesSpaceToPunctuation),
    ].filter(\.1).map(\.0)
    table.add("a space goes with", glued.isEmpty ? "nothing" : glued.joined(separator: ", "))
    table.add("tokens led by a space", grouped(found.spaceLedTokens))
    table.add(
      "tokens of spaces", "\(grouped(found.spaceTokens)), the longest of \(found.longestSpaces)")
    table.add(
      "tokens of line ends",
      "\(grouped(found.lineEndTokens)), the longest of \(found.longestLineEnds)")
    let ends = [("punctuation before", found.gluesLineEnds), ("others", found.joinsLineEnds)]
      .filter(\.1).map(\.0)
    table.add("a line end goes with", ends.isEmpty ? "nothing" : ends.joined(separator: ", "))
    table.add("tokens over a space", grouped(found.superwordTokens))
    return table.text
  }

  private var longest: String {
    var table = Table(.right, .right, .left)
    for id in audit.longestInCharacters.prefix(examples) {
      let bytes = tokenizer.definition.model.vocabulary.bytes(of: id).count
      table.add("\(id)", "\(bytes) bytes", short(tokenizer.visibleToken(id)))
    }
    return table.text
  }

  // MARK: - JSON

  func json(_ exceeded: [(name: String, value: Double, most: Double)]) -> JSON {
    let found = audit.policies
    return .object([
      ("vocabulary_size", .integer(audit.size)), ("tokens", .integer(audit.tokens)),
      ("figures", .object(audit.figures.map { ($0.name, $0.value.map(number) ?? .null) })),
      (
        "unreachable",
        .object(
          TokenReach.allCases.filter(\.isUnreachable).map {
            ($0.rawValue, list(audit.reach.ids($0)))
          })
      ),
      ("unsettled", list(audit.reach.ids(.unsettled))),
      ("in_text", .array(audit.reach.ids(.inText).map(witness))),
      ("unused", audit.uses == nil ? .null : list(audit.unused)),
      ("partial_utf8", list(audit.partialUTF8)),
      (
        "duplicates",
        .object(audit.duplicates.map { ($0.form.rawValue, .array($0.groups.map(list))) })
      ),
      (
        "looks",
        .object(TokenLook.allCases.map { ($0.rawValue, list(audit.looks[$0] ?? [])) })
      ),
      ("longest_in_characters", list(audit.longestInCharacters)),
      ("longest_in_bytes", list(audit.longestInBytes)),
      (
        "digits",
        .object([
          ("cuts", .string(found.digitCuts.rawValue)),
          ("whole_numbers_by_length", .array(found.wholeNumbers.map { .integer($0) })),
          ("longest", .integer(found.longestDigits)),
        ])
      ),
      (
        "white_space",
        .object([
          ("space_glued_to_words", .bool(found.gluesSpaceToWords)),
          ("space_glued_to_numbers", .bool(found.gluesSpaceToNumbers)),
          ("space_glued_to_punctuation", .bool(found.gluesSpaceToPunctuation)),
          ("words_joined", .bool(found.joinsWords)),
          ("line_end_glued_to_punctuation", .bool(found.gluesLineEnds)),
          ("line_ends_joined", .bool(found.joinsLineEnds)),
          ("space_led_tokens", .integer(found.spaceLedTokens)),
          ("space_tokens", .integer(found.spaceTokens)),
          ("longest_spaces", .integer(found.longestSpaces)),
          ("line_end_tokens", .integer(found.lineEndTokens)),
          ("longest_line_ends", .integer(found.longestLineEnds)),
          ("superword_tokens", .integer(found.superwordTokens)),
          ("tokens_of_spaces", .array(found.tokensOfSpaces.map { .integer($0) })),
        ])
      ),
      (
        "exceeded",
        .array(
          exceeded.map {
            .object([
              ("figure", .string($0.name)), ("value", number($0.value)), ("most", number($0.most)),
            ])
          })
      ),
    ])
  }

  private func number(_ value: Double) -> JSON {
    value == value.rounded() ? .integer(Int(value)) : .double(value)
  }

  private func list(_ ids: [UInt32]) -> JSON {
    .array(
      ids.map { id in
        var fields: [(String, JSON)] = [
          ("id", .integer(Int(id))), ("token", .string(tokenizer.visibleToken(id))),
        ]
        if let uses = audit.uses { fields.append(("count", .integer(uses[Int(id)]))) }
        return .object(fields)
      })
  }

  private func witness(_ id: UInt32) -> JSON {
    .object([
      ("id", .integer(Int(id))), ("token", .string(tokenizer.visibleToken(id))),
      ("text", .string(String(decoding: audit.reach.texts[id] ?? [], as: UTF8.self))),
    ])
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import TextCore
import TokenFiles
import Tokenization

struct CatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print a corpus as it is read: documents, normalised.",
    discussion: """
      Each document is followed by a line feed; with --json it is a JSON line. --offsets adds to it \
      where the text comes from, in bytes, code_points and utf16: for each piece its start and end, and \
      those of what it was made of; pieces cover the text, and what they leave out of the source was \
      removed. --receipt prints what normalisation changed instead of the documents.
      """)

  @Flag(help: "Print JSON lines that tell where each piece of the text comes from.")
  var offsets = false

  @Flag(help: "Print how often each rule of normalisation changed the text, with samples.")
  var receipt = false

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let normalizer = try reading.normalizer ?? .nfc
    let job = CatJob(
      source: try reading.source(), normalizer: normalizer,
      form: offsets ? .offsets : report.json ? .jsonLines : .plain)
    let account = try job.run(makeContext(threads, report)) { (text) throws(TextError) in
      if receipt { return }
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
    if receipt { try printReceipt(account, normalizer) }
    try Console.reportLosses(of: account)
  }
}

extension CatCommand {
  func validate() throws {
    if offsets && receipt { throw ValidationError("--offsets and --receipt exclude each other.") }
  }

  private func printReceipt(
    _ account: CorpusAccount, _ normalizer: Normalizer
  ) throws(TextError) {
    ProgressLine.clear()
    if report.json {
      return try Console.print(
        JSON.object([
          ("normalizer", .string(normalizer.rawValue)),
          ("documents", .integer(account.documents)),
          ("normalization", account.receipt.json(of: normalizer.rules)),
        ]))
    }
    var lines = ["\(normalizer.rawValue): \(grouped(account.documents)) documents"]
    for (name, rule) in NormalizationRules.named where normalizer.rules.contains(rule) {
      lines.append("\(name): \(grouped(account.receipt.count(of: rule)))")
      for sample in account.receipt.samples(of: rule) {
        typealias Sample = NormalizationReceipt.Sample
        let result = sample.result.isEmpty ? "nothing" : Sample.points(sample.result)
        lines.append("  \(sample.path):\(sample.line): \(Sample.points(sample.source)) → \(result)")
        lines.append(
          "    \(visible(sample.before))[\(visible(sample.source))]\(visible(sample.after))")
      }
    }
    try Console.print(lines.joined(separator: "\n"))
  }

  /// Control characters would do to a terminal what they say.
  private func visible(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      shown.append(isControl ? "\u{FFFD}" : scalar)
    }
    return String(shown)
  }
}

struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Print the documents of token files as text.",
    discussion: """
      Each document is followed by a line feed; with --json it is a JSON line. The end-of-document \
      token that encode appended is left out, and what its --add-special-tokens added; other special \
      tokens are printed as they are spelled.
      """)

  @Argument(help: "The path of the token files up to their extension, or their manifest.")
  var prefix: String

  @Option(help: "The tokenizer that made them.")
  var tokenizer: String

  @OptionGroup var cutting: PreTokenizerOption

  @OptionGroup var report: ReportOptions

  func run() throws {
    let job = DecodeJob(
      reader: try TokenFileReader(prefix), tokenizer: try cutting.loadForDecoding(tokenizer),
      form: report.json ? .jsonLines : .plain)
    if job.isOfAnotherTokenizer {
      Console.note("\(prefix): made with another tokenizer file than \(tokenizer), by its SHA-256")
    }
    try job.run { (text) throws(TextError) in
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
  }
}

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a tokenizer, token files or a count file against its manifest.",
    discussion: "Exits with 0 if all is sound, else with 1 and the first fault.")

  @Argument(
    help: "A tokenizer's directory, the prefix of token files, a manifest, or a count file.")
  var artefact: String

  @Option(help: "Check that every id of token files is one of this tokenizer's.")
  var tokenizer: String?

  @OptionGroup var report: ReportOptions

  func run() throws {
    switch try VerifyJob(path: artefact, tokenizerPath: tokenizer).run() {
    case .tokenizer(let vocabularySize, let files):
      try printSound(
        "\(grouped(vocabularySize)) tokens in \(files) files",
        [
          ("kind", .string("tokenizer")), ("vocabulary_size", .integer(vocabularySize)),
          ("files", .integer(files)),
        ])
    case .counts(let rows, let pretokens, let sources):
      try printSound(
        "\(grouped(rows)) distinct pretokens, \(grouped(pretokens)) in all, \(sources) sources",
        [
          ("kind", .string("pretoken-counts")), ("distinct_pretokens", .integer(rows)),
          ("pretokens", .integer(pretokens)), ("sources", .integer(sources)),
        ])
    case .tokenFiles(let summary):
      try printSound(
        """
        \(grouped(summary.documentCount)) documents, \(grouped(summary.tokenCount)) tokens, \
        \(summary.shardCount) shards
        """,
        [
          ("kind", .string("token-files")), ("documents", .integer(summary.documentCount)),
          ("tokens", .integer(summary.tokenCount)), ("shards", .integer(summary.shardCount)),
          ("maximum_id", summary.maximumID.map { .integer(Int($0)) } ?? .null),
        ])
    }
  }

  private func printSound(_ text: String, _ fields: [(String, JSON)]) throws(TextError) {
    if report.json {
      try Console.print(
        JSON.object([("artefact", .string(artefact)), ("sound", .bool(true))] + fields))
    } else if !report.quiet {
      try Console.print("\(artefact): sound: \(text)")
    }
  }
}

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
    discussion: "Each document is followed by a line feed; with --json it is a JSON line.")

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let job = CatJob(
      source: try reading.source(), normalizer: try reading.normalizer ?? .nfc,
      form: report.json ? .jsonLines : .plain)
    let account = try job.run(makeContext(threads, report)) { (text) throws(TextError) in
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
    try Console.reportLosses(of: account)
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

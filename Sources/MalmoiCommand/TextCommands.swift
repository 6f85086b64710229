// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import TextCore
import TokenFiles
import Tokenization

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

  @OptionGroup var ending: EndOfDocumentOption

  @OptionGroup var report: ReportOptions

  func run() throws {
    let job = DecodeJob(
      reader: try TokenFileReader(prefix, endOfDocument: ending.endOfDocument),
      tokenizer: try cutting.loadForDecoding(tokenizer),
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
    discussion: """
      Of token files: the seal of the manifest, the size and checksum of every file, every index \
      against its ids, every id against the vocabulary, the edges and length of every document, and the \
      totals. Exits with 0 if all is sound, else with 1 and the first fault.
      """)

  @Argument(
    help: "A tokenizer's directory, the prefix of token files, a manifest, or a count file.")
  var artefact: String

  @Option(
    help: """
      Check that token files were made by this tokenizer, that every id is one of its, and show how \
      they begin.
      """)
  var tokenizer: String?

  @OptionGroup var ending: EndOfDocumentOption

  @OptionGroup var report: ReportOptions

  func run() throws {
    let job = VerifyJob(
      path: artefact, tokenizerPath: tokenizer, endOfDocument: ending.endOfDocument)
    switch try job.run() {
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
    case .tokenFiles(let summary, let sample):
      try printSound(
        """
        \(grouped(summary.documentCount)) documents, \(grouped(summary.tokenCount)) tokens, \
        \(summary.shardCount) shards
        """,
        [
          ("kind", .string("token-files")), ("documents", .integer(summary.documentCount)),
          ("tokens", .integer(summary.tokenCount)), ("shards", .integer(summary.shardCount)),
          ("maximum_id", summary.maximumID.map { .integer(Int($0)) } ?? .null),
        ] + (sample.map { [("sample", .string($0))] } ?? []))
      if let sample, !report.json, !report.quiet {
        let line = sample.split(whereSeparator: \.isNewline).joined(separator: " ")
        try Console.print("  it begins: \(line)")
      }
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

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Normalization
import Pipeline
import Statistics
import TextCore
import Tokenization
import VocabularyFiles

struct InspectDifference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Where two tokenizers disagree: in their vocabularies, and on a corpus.",
    discussion: """
      Tokens gained and lost, by their bytes; how alike the vocabularies are (Jaccard) and the orders in \
      which they were made (Kendall's tau). With input files: tokens a document by either, how many \
      documents, lines and eojeols are cut otherwise, the lines that differ most each way, and the \
      eojeols most often cut otherwise. --json lists every token gained and lost.
      """)

  @Argument(help: "A tokenizer: a directory made by train, a tokenizer.json or a .tiktoken file.")
  var first: String

  @Argument(help: "The other one.")
  var second: String

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "How many lines to show each way, and how many eojeols.")
  var examples = 10

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if !(0...10_000).contains(examples) {
      throw ValidationError("--examples must be between 0 and 10000.")
    }
  }

  func run() throws {
    let tokenizers = (try load(first), try load(second))
    let vocabularies = VocabularyDifference(tokenizers.0, tokenizers.1)
    var text: TextDifference?
    var account: CorpusAccount?
    if !reading.input.isEmpty {
      var job = InspectDifferenceJob(
        source: try reading.source(), first: tokenizers.0, second: tokenizers.1,
        normalizer: try reading.normalizer ?? .nfc)
      job.lines = examples
      let (read, difference) = try job.run(makeContext(threads, report))
      (account, text) = (read, difference)
    }
    let view = DifferenceView(
      first: tokenizers.0, second: tokenizers.1, vocabularies: vocabularies, text: text,
      examples: examples)
    ProgressLine.clear()
    if report.json {
      try Console.print(view.json)
    } else if !report.quiet {
      try Console.print("A \(first)\nB \(second)\n\(view.table)")
    }
    if let account { try Console.reportLosses(of: account) }
  }

  /// The tokenizer at `path`; --pre-tokenizer is for files that do not say how text is cut.
  private func load(_ path: String) throws(TextError) -> Tokenizer {
    do throws(TextError) {
      return try Tokenizer.load(path)
    } catch {
      guard error.code == .invalidArgument, cutting.preTokenizer != nil else { throw error }
      return try cutting.load(path)
    }
  }
}

/// A difference as text and as JSON.
private struct DifferenceView {
  let first: Tokenizer
  let second: Tokenizer
  let vocabularies: VocabularyDifference
  let text: TextDifference?
  let examples: Int

  // MARK: - Text

  var table: String {
    var table = Table(.left, .right, .right)
    let found = vocabularies
    table.add("", "A", "B")
    table.add("tokens", grouped(found.tokens.first), grouped(found.tokens.second))
    table.add("only here", grouped(found.lost.count), grouped(found.gained.count))
    table.add("merges", grouped(found.merges.first), grouped(found.merges.second))
    if let text {
      table.add("tokens of the corpus", grouped(text.tokens.first), grouped(text.tokens.second))
      table.add(
        "tokens a document", fixed(ratio(text.tokens.first, text.documents.all), 1),
        fixed(ratio(text.tokens.second, text.documents.all), 1))
      table.add(
        "bytes a token", fixed(ratio(text.bytes, text.tokens.first), 3),
        fixed(ratio(text.bytes, text.tokens.second), 3))
    }
    var both = Table(.left, .right)
    both.add("common tokens", grouped(found.common))
    both.add("Jaccard of the tokens", fixed(found.jaccard, 4))
    both.add("Jaccard of the merges", fixed(found.mergeJaccard, 4))
    both.add("Kendall's τ of the merges", found.kendall.map { fixed($0, 4) } ?? "–")
    var parts = ["\(table.text)\n\n\(both.text)"]
    if let text { parts += textParts(text) }
    parts.append("only in A\n" + tokens(found.lost, first))
    parts.append("only in B\n" + tokens(found.gained, second))
    return parts.joined(separator: "\n\n")
  }

  private func textParts(_ text: TextDifference) -> [String] {
    var table = Table(.left, .right, .right)
    table.add("tokens by B / by A", fixed(text.tokenRatio, 4), "")
    for (name, share) in [
      ("documents cut otherwise", text.documents), ("lines cut otherwise", text.lines),
      ("eojeols cut otherwise", text.eojeols),
    ] {
      table.add(name, grouped(share.different), percent(ratio(share.different, share.all)))
    }
    if text.unaligned > 0 { table.add("documents not compared", grouped(text.unaligned), "") }
    var cuts = Table(.right, .left, .left)
    for (cut, count) in text.frequentCuts(examples) {
      cuts.add(grouped(count), pieces(cut.first), pieces(cut.second))
    }
    return [
      table.text, "eojeols most often cut otherwise, by A and by B\n\(cuts.text)",
      "lines of most tokens more by B\n\(lines(text.longerBySecond))",
      "lines of most tokens more by A\n\(lines(text.longerByFirst))",
    ]
  }

  private func pieces(_ pieces: [[UInt8]]) -> String { pieces.map(visible).joined(separator: "|") }

  private func lines(_ lines: [TextDifference.Line]) -> String {
    var table = Table(.right, .right, .left, .left)
    for line in lines {
      let text = visible(line.text)
      table.add(
        grouped(line.tokens.first), grouped(line.tokens.second), "\(line.path):\(line.pathLine)",
        text.count > 60 ? text.prefix(60) + "…" : text)
    }
    return table.text
  }

  private func tokens(_ ids: [UInt32], _ tokenizer: Tokenizer) -> String {
    let shown = ids.prefix(examples).map { "\($0) \(tokenizer.visibleToken($0))" }
    return "  " + shown.joined(separator: "  ") + (ids.count > examples ? "  …" : "")
  }

  // MARK: - JSON

  var json: JSON {
    let found = vocabularies
    var fields: [(String, JSON)] = [
      ("tokens", pair(found.tokens)), ("common_tokens", .integer(found.common)),
      ("jaccard", .double(found.jaccard)), ("merges", pair(found.merges)),
      ("common_merges", .integer(found.commonMerges)),
      ("merge_jaccard", .double(found.mergeJaccard)),
      ("commonly_made_tokens", .integer(found.commonMade)),
      ("kendall_tau", found.kendall.map { .double($0) } ?? .null),
      ("lost", list(found.lost, first)), ("gained", list(found.gained, second)),
    ]
    if let text { fields.append(("text", json(text))) }
    return .object(fields)
  }

  private func pair(_ pair: (first: Int, second: Int)) -> JSON {
    .object([("a", .integer(pair.first)), ("b", .integer(pair.second))])
  }

  private func list(_ ids: [UInt32], _ tokenizer: Tokenizer) -> JSON {
    .array(
      ids.map {
        .object([("id", .integer(Int($0))), ("token", .string(tokenizer.visibleToken($0)))])
      })
  }

  private func json(_ text: TextDifference) -> JSON {
    func share(_ share: TextDifference.Share) -> JSON {
      .object([
        ("all", .integer(share.all)), ("different", .integer(share.different)),
        ("share", .double(ratio(share.different, share.all))),
      ])
    }
    func perDocument(_ tokens: Int) -> JSON { .double(ratio(tokens, text.documents.all)) }
    return .object([
      ("bytes", .integer(text.bytes)), ("tokens", pair(text.tokens)),
      (
        "tokens_per_document",
        .object([("a", perDocument(text.tokens.first)), ("b", perDocument(text.tokens.second))])
      ),
      ("token_ratio", .double(text.tokenRatio)), ("documents", share(text.documents)),
      ("unaligned_documents", .integer(text.unaligned)), ("lines", share(text.lines)),
      ("eojeols", share(text.eojeols)), ("eojeol_count_error", .integer(text.forgotten)),
      (
        "eojeols_cut_otherwise",
        .array(
          text.frequentCuts(examples).map { cut, count in
            .object([
              ("count", .integer(count)), ("a", strings(cut.first)), ("b", strings(cut.second)),
            ])
          })
      ),
      ("lines_longer_by_b", .array(text.longerBySecond.map(json))),
      ("lines_longer_by_a", .array(text.longerByFirst.map(json))),
    ])
  }

  private func strings(_ pieces: [[UInt8]]) -> JSON { .array(pieces.map { .string(visible($0)) }) }

  private func json(_ line: TextDifference.Line) -> JSON {
    .object([
      ("a", .integer(line.tokens.first)), ("b", .integer(line.tokens.second)),
      ("document", .integer(line.document)), ("line", .integer(line.line)),
      ("src", .string(line.path)), ("loc", .integer(line.pathLine)),
      ("text", .string(String(decoding: line.text, as: UTF8.self))),
    ])
  }
}

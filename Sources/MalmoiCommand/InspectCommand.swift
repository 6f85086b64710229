// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import PreTokenization
import Statistics
import TextCore
import TokenFiles
import TokenModels
import Tokenization
import VocabularyFiles

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a tokenizer, a corpus or a set of token files looks like.",
    subcommands: [
      InspectTokenizer.self, InspectAudit.self, InspectDifference.self, InspectTokens.self,
      InspectCorpus.self, InspectMerge.self, InspectBoundaries.self, InspectParity.self,
      InspectRobustness.self, InspectShards.self,
    ])
}

struct InspectTokenizer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer",
    abstract: "What a vocabulary is made of; with --text, how it cuts a text.")

  @Argument(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "Show how this text is cut into tokens.")
  var text: String?

  @OptionGroup var report: ReportOptions

  func run() throws {
    let loaded = try cutting.load(tokenizer)
    if let text { return try show(text, loaded) }
    let statistics = TokenizerStatistics(loaded)
    if report.json { return try Console.print(json(statistics, loaded)) }
    var table = Table(.left, .right)
    table.add("vocabulary", grouped(statistics.size))
    table.add("unused ids", grouped(statistics.unusedIDs))
    table.add("special tokens", grouped(statistics.specialTokens))
    table.add("byte tokens", grouped(statistics.byteTokens))
    table.add("merges", grouped(statistics.merges))
    table.add("normalizer", loaded.definition.normalizer.rawValue)
    table.add("pre-tokenizer", loaded.definition.preTokenizer.rawValue)
    var scripts = Table(.left, .right, .right)
    for (script, count) in statistics.scripts {
      let name = script.rawValue.replacing("_", with: " ")
      scripts.add(name, grouped(count), percent(ratio(count, statistics.size)))
    }
    var longest = Table(.right, .left)
    for id in statistics.longest.prefix(10) { longest.add("\(id)", loaded.visibleToken(id)) }
    try Console.print(
      """
      \(tokenizer)
      \(table.text)

      tokens by script
      \(scripts.text)

      longest tokens
      \(longest.text)
      """)
  }

  private func show(_ text: String, _ loaded: Tokenizer) throws(TextError) {
    let ids = try loaded.encode(text)
    if report.json {
      return try Console.print(
        JSON.object([
          ("text", .string(text)),
          ("ids", .array(ids.map { .integer(Int($0)) })),
          ("tokens", .array(ids.map { .string(loaded.visibleToken($0)) })),
        ]))
    }
    try Console.print(
      ids.map { loaded.visibleToken($0) }.joined(separator: " | ")
        + "\n\(ids.count) tokens: " + ids.map(String.init).joined(separator: " "))
  }

  private func json(_ statistics: TokenizerStatistics, _ loaded: Tokenizer) -> JSON {
    .object([
      ("vocabulary_size", .integer(statistics.size)),
      ("unused_ids", .integer(statistics.unusedIDs)),
      ("special_tokens", .array(loaded.addedTokens.tokens.map { .string($0.content) })),
      ("byte_tokens", .integer(statistics.byteTokens)),
      ("merges", .integer(statistics.merges)),
      ("normalizer", .string(loaded.definition.normalizer.rawValue)),
      ("pre_tokenizer", .string(loaded.definition.preTokenizer.rawValue)),
      ("scripts", .object(statistics.scripts.map { ($0.script.rawValue, .integer($0.count)) })),
      ("character_lengths", .array(statistics.characterLengths.map { .integer($0) })),
      (
        "longest_tokens",
        .array(
          statistics.longest.map { id in
            .object([("id", .integer(Int(id))), ("token", .string(loaded.visibleToken(id)))])
          })
      ),
    ])
  }
}

/// A histogram as lines of bars, the longest of 40 cells.
func lengthTable(_ lengths: LengthHistogram) -> String {
  let largest = max(lengths.counts.max() ?? 1, 1)
  var table = Table(.right, .right, .left)
  for (index, count) in lengths.counts.enumerated() {
    let bounds = LengthHistogram.bounds(index)
    let label =
      bounds.count == 1 ? "\(bounds.lowerBound)" : "\(bounds.lowerBound)–\(bounds.upperBound)"
    table.add(label, grouped(count), String(repeating: "█", count: count * 40 / largest))
  }
  return table.text
}

func lengthJSON(_ lengths: LengthHistogram) -> JSON {
  .array(
    lengths.counts.enumerated().map { index, count in
      .object([
        ("from", .integer(LengthHistogram.bounds(index).lowerBound)),
        ("to", .integer(LengthHistogram.bounds(index).upperBound)),
        ("documents", .integer(count)),
      ])
    })
}

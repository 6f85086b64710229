// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import Statistics
import TextCore
import TokenModels
import Tokenization
import VocabularyFiles

struct InspectTokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens",
    abstract: "Where tokens come from: their counts by source, and the pretokens that hold them.",
    discussion: """
      Reads count files made by "malmoi count" with the tokenizer's own way of cutting text; their \
      sources are the names that were counted. Without a choice the most frequent tokens are shown.
      """)

  @Argument(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "A file made by count or merge-counts; repeat for more.")
  var counts: [String]

  @Option(help: "Show the token of this text, in which ␣ is a space; repeat for more.")
  var token: [String] = []

  @Option(help: "Show the token of this id; repeat for more.")
  var id: [UInt32] = []

  @Option(help: "Show so many of the most frequent tokens.")
  var most: Int?

  @Option(help: "Show so many of the least frequent tokens, unused ones first.")
  var least: Int?

  @Option(help: "Show the 20 tokens that this source has most of beyond its share of all tokens.")
  var typicalOf: String?

  @Option(help: "How many pretokens to show of each token.")
  var examples = 5

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    let named = token.isEmpty && id.isEmpty ? 0 : 1
    let others = [most != nil, least != nil, typicalOf != nil].count { $0 }
    if named + others > 1 {
      throw ValidationError(
        "Choose tokens in one way: --token and --id, --most, --least or --typical-of.")
    }
    for (name, value) in [("most", most ?? 1), ("least", least ?? 1), ("examples", examples)]
    where !(0...100_000).contains(value) {
      throw ValidationError("--\(name) must be between 0 and 100000.")
    }
  }

  func run() throws {
    let loaded = try cutting.load(tokenizer)
    var job = TokenProvenanceJob(tokenizer: loaded, paths: counts, choice: try choice(loaded))
    job.contexts = examples
    let provenance = try job.run(makeContext(threads, report))
    ProgressLine.clear()
    if report.json { return try Console.print(json(provenance, loaded)) }
    if report.quiet { return }
    try Console.print(table(provenance, loaded))
  }

  private func choice(_ loaded: Tokenizer) throws(TextError) -> TokenProvenanceJob.Choice {
    if let least { return .least(least) }
    if let typicalOf { return .typical(source: typicalOf, 20) }
    if token.isEmpty, id.isEmpty { return .most(most ?? 20) }
    var ids = id
    for id in id where id >= loaded.vocabularySize {
      throw TextError(
        .invalidArgument, "there is no id \(id): there are \(grouped(loaded.vocabularySize))",
        remedy: "choose a smaller one")
    }
    for text in token {
      guard let found = loaded.id(ofTokenText: text) else {
        throw TextError(
          .invalidArgument, "no token is \"\(text)\"",
          remedy: "see how the text is cut by \"malmoi inspect tokenizer --text\"")
      }
      ids.append(found)
    }
    return .ids(ids)
  }

  private func table(_ provenance: TokenProvenance, _ loaded: Tokenizer) -> String {
    var table = Table(.right, .left, .right, .right, .left, .left)
    table.add("id", "token", "count", "share", "of source", "in pretokens")
    for (id, contexts) in zip(provenance.chosen, provenance.contexts) {
      let count = provenance.count(of: id)
      let main = provenance.mainSource(of: id)
      let share = main.map { ratio(Array(provenance.counts(of: id))[$0], count) }
      table.add(
        "\(id)", loaded.visibleToken(id), grouped(count), share.map(percent) ?? "–",
        main.map { provenance.sources[$0] } ?? "–",
        contexts.map { "\(visible($0.pretoken)) \(grouped($0.occurrences))" }
          .joined(separator: "  "))
    }
    var sources = Table(.left, .right)
    for (name, tokens) in zip(provenance.sources, provenance.tokens) {
      sources.add(name, grouped(tokens))
    }
    return "tokens by source\n\(sources.text)\n\n\(table.text)"
  }

  private func json(_ provenance: TokenProvenance, _ loaded: Tokenizer) -> JSON {
    .object([
      (
        "sources",
        .array(
          zip(provenance.sources, provenance.tokens).map {
            .object([("name", .string($0)), ("tokens", .integer($1))])
          })
      ),
      (
        "tokens",
        .array(
          zip(provenance.chosen, provenance.contexts).map { id, contexts in
            let count = provenance.count(of: id)
            return .object([
              ("id", .integer(Int(id))), ("token", .string(loaded.visibleToken(id))),
              ("count", .integer(count)),
              (
                "main_source",
                provenance.mainSource(of: id).map { .string(provenance.sources[$0]) } ?? .null
              ),
              ("sources", sourcesJSON(provenance, id, count)),
              (
                "pretokens",
                .array(
                  contexts.map {
                    .object([
                      ("pretoken", .string(visible($0.pretoken))),
                      ("count", .integer($0.occurrences)),
                    ])
                  })
              ),
            ])
          })
      ),
    ])
  }

  private func sourcesJSON(_ provenance: TokenProvenance, _ id: UInt32, _ count: Int) -> JSON {
    .array(
      zip(provenance.sources, provenance.counts(of: id)).map { name, own in
        .object([
          ("name", .string(name)), ("count", .integer(own)), ("share", .double(ratio(own, count))),
        ])
      })
  }
}

extension Tokenizer {
  /// The id whose token is `text`, in which ␣ stands for a space where no token has it; added ones too.
  fileprivate func id(ofTokenText text: String) -> UInt32? {
    for spelling in [text, text.replacing("␣", with: " ")] {
      if let id = definition.model.vocabulary.id(of: spelling.utf8.span) { return id }
      if let id = addedTokens.id(of: spelling) { return id }
    }
    return nil
  }
}

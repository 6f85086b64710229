// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import Statistics
import TextCore

struct InspectRobustness: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "robustness",
    abstract: "What tokenizers make of a corpus in NFD, and without its spaces.",
    discussion: """
      How many times the tokens there are if syllables stand as jamo, as macOS writes file names, or if \
      spaces are missing, as in chat; how many edges of tokens stay; and whether text decodes to what it \
      was. Each document is encoded three times.
      """)

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var compared: ComparedTokenizers
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if compared.tokenizer.isEmpty { throw ValidationError("Name a tokenizer with --tokenizer.") }
  }

  func run() throws {
    let tokenizers = try compared.load()
    let job = InspectRobustnessJob(
      source: try reading.source(), tokenizers: tokenizers.map(\.tokenizer),
      normalizer: try reading.normalizer)
    let (account, variants) = try job.run(makeContext(threads, report))
    if report.json {
      try Console.print(json(account, variants, tokenizers))
    } else {
      ProgressLine.clear()
      var table = Table([.left] + tokenizers.map { _ in .right })
      table.rows.append([""] + tokenizers.map(\.name))
      func add(_ name: String, _ value: (VariantTokens) -> String) {
        table.rows.append([name] + variants.map(value))
      }
      add("tokens") { grouped($0.tokens) }
      add("in NFD, times") { fixed($0.decomposedRatio, 3) }
      add("without spaces, times") { fixed($0.unspacedRatio, 3) }
      add("edges that stay without spaces") { percent($0.edgeAgreement) }
      add("documents decoded as they were") { percent(ratio($0.exactDocuments, account.documents)) }
      add("the same in NFD") { percent(ratio($0.exactDecomposedDocuments, account.documents)) }
      try Console.print("\(grouped(account.documents)) documents\n\n\(table.text)")
    }
    try Console.reportLosses(of: account)
  }

  private func json(
    _ account: CorpusAccount, _ variants: [VariantTokens], _ tokenizers: [NamedTokenizer]
  ) -> JSON {
    .object([
      ("documents", .integer(account.documents)),
      (
        "tokenizers",
        .array(
          zip(tokenizers, variants).map { named, found in
            .object([
              ("name", .string(named.name)), ("tokens", .integer(found.tokens)),
              ("nfd_tokens", .integer(found.decomposedTokens)),
              ("nfd_ratio", .double(found.decomposedRatio)),
              ("unspaced_tokens", .integer(found.unspacedTokens)),
              ("unspaced_ratio", .double(found.unspacedRatio)),
              ("shared_edges", .integer(found.sharedEdges)),
              ("all_edges", .integer(found.allEdges)),
              ("edge_agreement", .double(found.edgeAgreement)),
              ("exact_documents", .integer(found.exactDocuments)),
              ("exact_nfd_documents", .integer(found.exactDecomposedDocuments)),
            ])
          })
      ),
    ])
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import Statistics
import TextCore

struct InspectBoundaries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boundaries",
    abstract: "How tokens lie beside the morphemes of a treebank.",
    discussion: """
      Precision, recall and F1 of the edges of tokens against the boundaries between morphemes, tokens that \
      cross a boundary, and how regularly particles are cut, as in

        malmoi inspect boundaries ko_kaist-ud-dev.conllu --tokenizer out/tokenizer
      """)

  @Argument(help: "Treebanks in CoNLL-U, with morphemes in LEMMA and their tags in XPOS.")
  var treebank: [String]

  @OptionGroup var compared: ComparedTokenizers
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if compared.tokenizer.isEmpty { throw ValidationError("Name a tokenizer with --tokenizer.") }
  }

  func run() throws {
    let tokenizers = try compared.load()
    let job = InspectBoundariesJob(paths: treebank, tokenizers: tokenizers.map(\.tokenizer))
    let found = try job.run(makeContext(threadCount: 1, report))
    if report.json { return try Console.print(json(found, tokenizers)) }
    ProgressLine.clear()
    var table = Table([.left] + tokenizers.map { _ in .right })
    table.rows.append([""] + tokenizers.map(\.name))
    func add(_ name: String, _ value: (MorphemeEdges) -> String) {
      table.rows.append([name] + found.edges.map(value))
    }
    add("tokens a morpheme") { fixed($0.tokensPerMorpheme, 3) }
    add("precision") { fixed($0.precision, 4) }
    add("recall") { fixed($0.recall, 4) }
    add("F1") { fixed($0.f1, 4) }
    add("tokens over a boundary") { percent($0.crossingRate) }
    add("particles of one token") { $0.particlesOfOneToken.map(percent) ?? "–" }
    add("particles cut alike") { $0.particleConsistency.map(percent) ?? "–" }
    if found.edges.contains(where: { $0.unalignedSentences > 0 }) {
      add("sentences left out") { grouped($0.unalignedSentences) }
    }
    try Console.print(
      """
      \(grouped(found.sentences)) sentences, \(grouped(found.words)) words, of which \
      \(grouped(found.knownWords)) are their morphemes as written

      \(table.text)
      """)
  }

  private func json(
    _ found: InspectBoundariesJob.Report, _ tokenizers: [NamedTokenizer]
  ) -> JSON {
    .object([
      ("sentences", .integer(found.sentences)), ("words", .integer(found.words)),
      ("known_words", .integer(found.knownWords)),
      (
        "tokenizers",
        .array(
          zip(tokenizers, found.edges).map { named, edges in
            .object([
              ("name", .string(named.name)),
              ("unaligned_sentences", .integer(edges.unalignedSentences)),
              ("tokens", .integer(edges.tokens)), ("morphemes", .integer(edges.morphemes)),
              ("tokens_per_morpheme", .double(edges.tokensPerMorpheme)),
              ("boundaries", .integer(edges.boundaries)), ("edges", .integer(edges.edges)),
              ("boundary_edges", .integer(edges.both)),
              ("precision", .double(edges.precision)), ("recall", .double(edges.recall)),
              ("f1", .double(edges.f1)),
              ("long_tokens", .integer(edges.longTokens)),
              ("crossing_tokens", .integer(edges.crossingTokens)),
              ("crossing_rate", .double(edges.crossingRate)),
              (
                "single_token_particles",
                edges.particlesOfOneToken.map { .double($0) } ?? .null
              ),
              (
                "particle_consistency",
                edges.particleConsistency.map { .double($0) } ?? .null
              ),
            ])
          })
      ),
    ])
  }
}

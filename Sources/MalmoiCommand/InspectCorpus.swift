// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Normalization
import Pipeline
import Statistics
import TextCore
import Tokenization

struct InspectCorpus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "What a corpus looks like, and what a tokenizer makes of it.")

  @OptionGroup var reading: ReadingOptions

  @Option(help: "Count tokens with this tokenizer.")
  var tokenizer: String?

  @OptionGroup var cutting: PreTokenizerOption

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    var loaded: Tokenizer?
    if let tokenizer { loaded = try cutting.load(tokenizer) }
    let job = InspectCorpusJob(
      source: try reading.source(), tokenizer: loaded, normalizer: try reading.normalizer)
    let (account, statistics) = try job.run(makeContext(threads, report))
    if report.json {
      try Console.print(json(statistics, loaded, account))
    } else {
      ProgressLine.clear()
      try Console.print(text(statistics, loaded))
    }
    try Console.reportLosses(of: account)
  }

  private func text(_ statistics: CorpusStatistics, _ loaded: Tokenizer?) -> String {
    var table = Table(.left, .right)
    table.add("documents", grouped(statistics.documents))
    table.add("empty documents", grouped(statistics.emptyDocuments))
    table.add("bytes", grouped(statistics.bytes))
    table.add("characters", grouped(statistics.characters))
    table.add("eojeols", grouped(statistics.eojeols))
    let lengthTitle = "documents by length in \(loaded == nil ? "characters" : "tokens")"
    let lengths = "\(lengthTitle)\n\(lengthTable(statistics.lengths))"
    guard let loaded else { return "\(table.text)\n\n\(lengths)" }
    table.add("tokens", grouped(statistics.tokens))
    table.add("tokens an eojeol", fixed(statistics.tokensPerEojeol, 3))
    table.add("bytes a token", fixed(statistics.bytesPerToken, 3))
    table.add("vocabulary used", percent(statistics.vocabularyUsed))
    table.add("unknown tokens", percent(0))
    table.add("partial UTF-8", percent(statistics.partialUTF8Share(loaded)))
    let distribution = statistics.distribution
    table.add("ids never used", grouped(distribution.unusedIDs))
    table.add(
      "ids used under \(Self.rareCount) times", grouped(distribution.rareIDs(below: Self.rareCount))
    )
    table.add("entropy, bits a token", fixed(distribution.shannonEntropy, 3))
    table.add("Shannon efficiency", fixed(distribution.renyiEfficiency(alpha: 1), 3))
    table.add("Rényi efficiency, α 2.5", fixed(distribution.renyiEfficiency(alpha: 2.5), 3))
    let edges = statistics.edges
    table.add("syllables of several tokens", percent(edges.splitSyllableShare))
    table.add("eojeols of one token", percent(edges.wholeEojeolShare))
    table.add("tokens over a space", percent(ratio(edges.superwords, statistics.tokens)))
    table.add("numbers cut alike", percent(edges.digitConsistency))
    let coverage = SyllableCoverage(loaded)
    table.add(
      "syllables that are tokens",
      "\(grouped(coverage.all)) of \(grouped(SyllableCoverage.allCount))")
    table.add(
      "of KS X 1001", "\(grouped(coverage.common)) of \(grouped(SyllableCoverage.commonCount))")
    var top = Table(.right, .left, .right)
    for (id, count) in statistics.topTokens(20) {
      top.add("\(id)", loaded.visibleToken(id), grouped(count))
    }
    return "\(table.text)\n\nmost frequent tokens\n\(top.text)\n\n\(lengths)"
  }

  private func json(
    _ statistics: CorpusStatistics, _ loaded: Tokenizer?, _ account: CorpusAccount
  ) -> JSON {
    var fields: [(String, JSON)] = [
      ("documents", .integer(statistics.documents)),
      ("empty_documents", .integer(statistics.emptyDocuments)),
      ("bytes", .integer(statistics.bytes)),
      ("characters", .integer(statistics.characters)),
      ("eojeols", .integer(statistics.eojeols)),
    ]
    if let loaded {
      fields += [
        ("tokens", .integer(statistics.tokens)),
        ("tokens_per_eojeol", .double(statistics.tokensPerEojeol)),
        ("bytes_per_token", .double(statistics.bytesPerToken)),
        ("vocabulary_used", .double(statistics.vocabularyUsed)),
        // Every byte has a token, so nothing is unknown.
        ("unknown_share", .double(0)),
        ("partial_utf8_share", .double(statistics.partialUTF8Share(loaded))),
        ("distribution", distributionJSON(statistics.distribution)),
        ("edges", edgesJSON(statistics)),
        ("syllable_coverage", coverageJSON(SyllableCoverage(loaded))),
        ("top_tokens", .array(statistics.topTokens(50).map { topTokenJSON($0, loaded) })),
      ]
    }
    fields += [
      ("length_histogram", lengthJSON(statistics.lengths)),
      ("rejected_records", .integer(account.rejects.count)),
      ("replaced_utf8_sequences", .integer(account.replacedSequences)),
    ]
    return .object(fields)
  }

  /// Ids that occur less often have hardly been learnt.
  private static let rareCount = 5

  private func distributionJSON(_ distribution: TokenDistribution) -> JSON {
    .object([
      ("used_ids", .integer(distribution.usedIDs)),
      ("unused_ids", .integer(distribution.unusedIDs)),
      ("rare_ids", .integer(distribution.rareIDs(below: Self.rareCount))),
      ("shannon_entropy", .double(distribution.shannonEntropy)),
      ("shannon_efficiency", .double(distribution.renyiEfficiency(alpha: 1))),
      ("renyi_entropy_2_5", .double(distribution.renyiEntropy(alpha: 2.5))),
      ("renyi_efficiency_2_5", .double(distribution.renyiEfficiency(alpha: 2.5))),
      ("renyi_efficiency_3", .double(distribution.renyiEfficiency(alpha: 3))),
      (
        "renyi_efficiency_2_5_of_vocabulary",
        .double(distribution.renyiEfficiency(alpha: 2.5, overVocabulary: true))
      ),
      ("percentile_frequency", .double(distribution.percentileFrequency())),
      ("bits", .double(distribution.bits)),
    ])
  }

  private func edgesJSON(_ statistics: CorpusStatistics) -> JSON {
    let edges = statistics.edges
    return .object([
      ("unaligned_documents", .integer(edges.unalignedDocuments)),
      ("syllables", .integer(edges.syllables)), ("split_syllables", .integer(edges.splitSyllables)),
      ("eojeols", .integer(edges.eojeols)), ("single_token_eojeols", .integer(edges.wholeEojeols)),
      ("superword_tokens", .integer(edges.superwords)),
      ("digit_consistency", .double(edges.digitConsistency)),
    ])
  }

  private func coverageJSON(_ coverage: SyllableCoverage) -> JSON {
    .object([
      ("unicode", .integer(coverage.all)), ("unicode_of", .integer(SyllableCoverage.allCount)),
      ("ks_x_1001", .integer(coverage.common)),
      ("ks_x_1001_of", .integer(SyllableCoverage.commonCount)),
    ])
  }

  private func topTokenJSON(
    _ entry: (id: UInt32, count: Int), _ loaded: Tokenizer
  ) -> JSON {
    .object([
      ("id", .integer(Int(entry.id))), ("token", .string(loaded.visibleToken(entry.id))),
      ("count", .integer(entry.count)),
    ])
  }
}

// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import Pipeline
import Statistics
import TextCore
import Tokenization

/// What was found in a corpus, for programs.
struct CorpusJSON {
  let tokenizers: [NamedTokenizer]
  /// What documents are grouped by.
  let fields: [String]

  func json(_ found: CorpusInspection) -> JSON {
    var members = text(found.total.text)
    members.append(("character_length_histogram", lengthJSON(found.total.text.lengths)))
    members.append(
      (
        "tokenizers",
        .array(
          tokenizers.indices.map { index in
            .object(brief(found.total, index) + full(found.total, index))
          })
      ))
    if !fields.isEmpty {
      members.append(("groups", .array(found.groups.map { group($0) })))
    }
    members += [
      ("rejected_records", .integer(found.account.rejects.count)),
      ("replaced_utf8_sequences", .integer(found.account.replacedSequences)),
    ]
    return .object(members)
  }

  private func text(_ text: TextStatistics) -> [(String, JSON)] {
    [
      ("documents", .integer(text.documents)),
      ("empty_documents", .integer(text.emptyDocuments)),
      ("bytes", .integer(text.bytes)),
      ("characters", .integer(text.characters)),
      ("eojeols", .integer(text.eojeols)),
      ("syllables", .integer(text.syllables)),
    ]
  }

  private func group(_ group: CorpusInspection.Group) -> JSON {
    .object(
      [("by", .object(zip(fields, group.names).map { ($0, .string($1)) }))]
        + text(group.statistics.text)
        + [
          (
            "tokenizers",
            .array(tokenizers.indices.map { .object(brief(group.statistics, $0)) })
          )
        ])
  }

  /// What is told of each group too.
  private func brief(_ all: CorpusStatistics, _ index: Int) -> [(String, JSON)] {
    let statistics = all.tokenizers[index]
    return [
      ("name", .string(tokenizers[index].name)),
      ("tokens", .integer(statistics.tokens)),
      ("token_ratio", .double(all.tokenRatio(index))),
      ("tokens_per_eojeol", .double(all.tokensPerEojeol(index))),
      ("tokens_per_character", .double(all.tokensPerCharacter(index))),
      ("tokens_per_document", .double(all.tokensPerDocument(index))),
      ("bytes_per_token", .double(all.bytesPerToken(index))),
      ("vocabulary_used", .double(statistics.vocabularyUsed)),
      // Every byte has a token, so nothing is unknown.
      ("unknown_share", .double(0)),
      ("partial_utf8_share", .double(statistics.partialUTF8Share(tokenizers[index].tokenizer))),
      ("edges", edges(statistics)),
      ("distribution", distribution(statistics.distribution)),
    ]
  }

  private func full(_ all: CorpusStatistics, _ index: Int) -> [(String, JSON)] {
    let tokenizer = tokenizers[index].tokenizer
    let statistics = all.tokenizers[index]
    return [
      ("vocabulary_size", .integer(statistics.tokenCounts.count)),
      ("syllable_coverage", coverage(SyllableCoverage(tokenizer))),
      (
        "script_tokens",
        .object(
          ScriptMix(tokenizer, counts: statistics.tokenCounts).tokens.map {
            ($0.script.rawValue, .integer($0.count))
          })
      ),
      (
        "top_tokens",
        .array(
          statistics.topTokens(50).map { id, count in
            .object([
              ("id", .integer(Int(id))), ("token", .string(tokenizer.visibleToken(id))),
              ("count", .integer(count)),
            ])
          })
      ),
      ("length_histogram", lengthJSON(statistics.lengths)),
    ]
  }

  private func distribution(_ distribution: TokenDistribution) -> JSON {
    .object([
      ("used_ids", .integer(distribution.usedIDs)),
      ("unused_ids", .integer(distribution.unusedIDs)),
      ("rare_ids", .integer(distribution.rareIDs(below: CorpusText.rareCount))),
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

  private func edges(_ statistics: TokenStatistics) -> JSON {
    let edges = statistics.edges
    return .object([
      ("unaligned_documents", .integer(edges.unalignedDocuments)),
      ("syllables", .integer(edges.syllables)),
      ("split_syllables", .integer(edges.splitSyllables)),
      ("eojeols", .integer(edges.eojeols)),
      ("single_token_eojeols", .integer(edges.wholeEojeols)),
      ("superword_tokens", .integer(edges.superwords)),
      ("digit_consistency", .double(edges.numbers.consistency)),
    ])
  }

  private func coverage(_ coverage: SyllableCoverage) -> JSON {
    .object([
      ("unicode", .integer(coverage.all)), ("unicode_of", .integer(SyllableCoverage.allCount)),
      ("ks_x_1001", .integer(coverage.common)),
      ("ks_x_1001_of", .integer(SyllableCoverage.commonCount)),
    ])
  }
}

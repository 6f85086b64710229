// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import Glibc
import Normalization
import Pipeline
import Report
import Statistics
import TextCore
import TokenModels
import Tokenization
import VocabularyFiles

/// What was found in a corpus, as a page: the only place that knows both the figures and the report.
struct CorpusReport {
  let tokenizers: [NamedTokenizer]
  /// Replaces the tokenizers' own.
  let normalizer: Normalizer?
  let title: String
  /// What spam is for an audit of the vocabularies; nil for no audit.
  var spam: SpamWords?

  /// So many sentences are shown.
  static let sentenceCount = 12
  /// Some sentences fill no more.
  private static let cacheBytes = 1 << 20

  /// Throws, before the corpus is read, if a page cannot be written to `path`.
  ///
  /// A page replaces a page of the same name, and no other file.
  ///
  /// - Throws: `writeFailed`, `invalidArgument`.
  static func checkPlace(_ path: String) throws(TextError) {
    switch kind(ofPath: path) {
    case .missing:
      let directory = directoryPrefix(ofPath: path)
      guard directory.isEmpty || kind(ofPath: directory) == .directory else {
        throw TextError.cannotWrite(path, ENOENT)
      }
    case .directory, .other:
      throw TextError(
        .invalidArgument, "\(path) is no file", remedy: "name a file for --html")
    case .file:
      if byteCount(ofPath: path) == 0 { return }
      let file = try FileMapping(path)
      let start = Array(ReportPage.start.utf8)
      guard file.count >= start.count,
        start.indices.allSatisfy({ file.load(at: $0, as: UInt8.self) == start[$0] })
      else {
        throw TextError(
          .invalidArgument, "\(path) is there, and is no report",
          remedy: "name another file for --html")
      }
    }
  }

  /// Writes the page about `found` to `path`.
  ///
  /// - Throws: `writeFailed`; what encoding the sentences throws.
  func write(_ found: CorpusInspection, to path: String) throws(TextError) {
    try writeFile(path, ReportPage(try contents(found)).html().utf8.span)
  }

  private func contents(_ found: CorpusInspection) throws(TextError) -> ReportContents {
    var contents = ReportContents(title: title, corpus: figures(found.total.text))
    contents.tokenizers = tokenizers.indices.map { tokenizer(found.total, $0) }
    if let spam {
      for (index, named) in tokenizers.enumerated() {
        let uses = found.total.tokenizers[index].tokenCounts
        contents.tokenizers[index].audit = AuditFigures(
          try TokenizerAudit(named.tokenizer, spam: spam, uses: uses))
      }
    }
    contents.groups = found.groups.map { group in
      GroupFigures(
        name: group.names.map { $0.isEmpty ? "–" : $0 }.joined(separator: " · "),
        corpus: figures(group.statistics.text), tokens: group.statistics.tokenizers.map(\.tokens))
    }
    contents.sweeps = SweepCurves(tokenizers, found.total).curves
    contents.sentences = try sentences(found.sentences)
    contents.receipts = receipts(found.account)
    return contents
  }

  private func figures(_ text: TextStatistics) -> CorpusFigures {
    var figures = CorpusFigures()
    figures.documents = text.documents
    figures.emptyDocuments = text.emptyDocuments
    figures.bytes = text.bytes
    figures.characters = text.characters
    figures.eojeols = text.eojeols
    figures.lengths = text.lengths.counts
    return figures
  }

  private func tokenizer(_ total: CorpusStatistics, _ index: Int) -> TokenizerFigures {
    let named = tokenizers[index]
    let statistics = total.tokenizers[index]
    let distribution = statistics.distribution
    let coverage = SyllableCoverage(named.tokenizer)
    var figures = TokenizerFigures(
      name: named.name, vocabulary: rows(named.tokenizer, statistics.tokenCounts))
    figures.vocabularySize = statistics.tokenCounts.count
    figures.tokens = statistics.tokens
    figures.tokenRatio = index == 0 ? nil : total.tokenRatio(index)
    figures.shannonEntropy = distribution.shannonEntropy
    figures.shannonEfficiency = distribution.renyiEfficiency(alpha: 1)
    figures.renyiEfficiency = distribution.renyiEfficiency(alpha: 2.5)
    figures.usedIDs = distribution.usedIDs
    figures.partialUTF8Share = statistics.partialUTF8Share(named.tokenizer)
    figures.splitSyllableShare = statistics.edges.splitSyllableShare
    figures.singleTokenEojeolShare = statistics.edges.wholeEojeolShare
    figures.digitConsistency = statistics.edges.numbers.consistency
    figures.superwordShare = statistics.superwordShare
    figures.syllables = coverage.all
    figures.commonSyllables = coverage.common
    figures.lengths = statistics.lengths.counts
    return figures
  }

  private func rows(_ tokenizer: Tokenizer, _ counts: [Int]) -> VocabularyRows {
    let vocabulary = tokenizer.definition.model.vocabulary
    let special = Set(tokenizer.definition.addedTokens.map(\.id))
    var rows = VocabularyRows()
    for (id, count) in counts.enumerated() {
      let token = vocabulary.bytes(of: UInt32(id))
      let kind: VocabularyRows.Kind =
        token.isEmpty
        ? .none : special.contains(UInt32(id)) ? .special : .init(TokenScript.classify(token).0)
      rows.add(token.makeArray(), kind, count: count)
    }
    return rows
  }

  private func sentences(
    _ found: [SentenceSample.Sentence]
  ) throws(TextError) -> [Sentence] {
    var ids = found.map { _ in [[UInt32]]() }
    for named in tokenizers {
      var encoder = Encoder(
        named.tokenizer, normalizer: normalizer ?? named.tokenizer.definition.normalizer,
        cacheBytes: Self.cacheBytes)
      for (place, sentence) in found.enumerated() {
        var tokens = TokenBuffer()
        try encoder.encode(sentence.text.utf8.span, to: &tokens)
        ids[place].append(tokens.makeArray())
      }
    }
    if tokenizers.isEmpty { return [] }
    return zip(found, ids).map { Sentence(source: "\($0.path):\($0.line)", text: $0.text, ids: $1) }
  }

  private func receipts(_ account: CorpusAccount) -> Receipts {
    var receipts = Receipts()
    receipts.rules = NormalizationRules.named.compactMap { name, rule in
      let changes = account.receipt.count(of: rule)
      if changes == 0 { return nil }
      return Receipts.Rule(
        name: name, changes: changes, samples: account.receipt.samples(of: rule).map(sample))
    }
    receipts.findings = account.findings.sorted {
      $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }.map { ($0.key, $0.value) }
    receipts.replacedSequences = account.replacedSequences
    receipts.rejectedRecords = account.rejects.count
    receipts.firstRejects = account.rejects.first.map(\.error.description)
    receipts.ignoredFiles = Array(account.ignoredFiles.prefix(CorpusAccount.listedFiles))
    receipts.unlistedIgnoredFiles =
      account.unlistedIgnoredFiles + account.ignoredFiles.count - receipts.ignoredFiles.count
    receipts.damagedFiles = account.damagedFiles.prefix(CorpusAccount.listedFiles).map(
      \.description)
    receipts.inputs = account.inputs.prefix(CorpusAccount.listedFiles).map {
      Receipts.Input(path: $0.path, bytes: $0.byteCount, documents: $0.documentCount)
    }
    receipts.unlistedInputs = account.inputs.count - receipts.inputs.count
    return receipts
  }

  private func sample(_ sample: NormalizationReceipt.Sample) -> Receipts.Sample {
    typealias Points = NormalizationReceipt.Sample
    let result = sample.result.isEmpty ? "∅" : Points.points(sample.result)
    return Receipts.Sample(
      place: "\(sample.path):\(sample.line)", before: sample.before, source: sample.source,
      after: sample.after, result: sample.result,
      points: "\(Points.points(sample.source)) → \(result)")
  }
}

extension VocabularyRows.Kind {
  fileprivate init(_ script: TokenScript) {
    self =
      switch script {
      case .hangul: .hangul
      case .latin: .latin
      case .han: .han
      case .kana: .kana
      case .otherLetters: .otherLetters
      case .digits: .digits
      case .punctuation: .punctuation
      case .whiteSpace: .whiteSpace
      case .mixed: .mixed
      case .partialUTF8: .partialUTF8
      case .special: .special
      }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import CountFiles
package import Normalization
package import PreTokenization
package import TextCore
internal import TokenModels
package import Training
internal import VocabularyFiles

/// Trains a tokenizer from a corpus, or from counts of one, and writes its directory.
package struct TrainJob: Sendable {
  /// What to train from.
  package enum Input: Sendable {
    case text(CorpusSource, SourceNames, Normalizer, PreTokenizer)
    /// Count files; a normaliser and a pre-tokenizer that are given must be theirs.
    case counts([String], Normalizer?, PreTokenizer?)
  }

  package var input: Input
  package var training: TrainingOptions
  /// The directory to make.
  package var output: String
  package var overwrites: Bool
  /// Factors for the counts of sources, by their names.
  package var weights: [String: CountWeight] = [:]
  /// Of counting; training keeps all distinct pretokens in memory whatever it is.
  package var memory = MemoryBudget.standard

  package init(
    input: Input, training: TrainingOptions, output: String, overwrites: Bool = false
  ) {
    self.input = input
    self.training = training
    self.output = output
    self.overwrites = overwrites
  }

  /// What a run made.
  package struct Report: Sendable {
    package var account: CorpusAccount
    /// Ids made; fewer than asked for if no pair was left to merge.
    package var vocabularySize: Int
    package var merges: Int
    package var distinctPretokens: Int
    package var pretokens: Int
  }

  /// What counting gives.
  struct Counted {
    var table: CountTable
    var account: CorpusAccount
    var normalizer: Normalizer
    var preTokenizer: PreTokenizer
    /// How the text was read, as manifests hold it.
    var options: [(String, JSON)]
  }

  /// Runs the job.
  ///
  /// - Throws: Bad options and an existing output before anything is read; then what reading,
  ///   training and writing throw. Nothing is left behind in that case.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    try training.check()
    try checkOutput()
    return try withOutputDirectory { () throws(TextError) in try trainAndWrite(context) }
  }

  private func trainAndWrite(_ context: JobContext) throws(TextError) -> Report {
    // ---- Documents, or what was counted before → pretoken counts ----
    let counted = try count(context)
    let size = try checkedSize(counted.table.counts)
    try counted.account.checkHasText(size.distinct > 0)
    // ---- Counts → merges ----
    var report = Report(
      account: counted.account, vocabularySize: 0, merges: 0, distinctPretokens: size.distinct,
      pretokens: size.pretokens)
    let trained = try train(counted.table.counts, context)
    report.vocabularySize = trained.vocabulary.count
    report.merges = trained.rules.count
    // ---- Merges → files ----
    let definition = TokenizerDefinition(
      normalizer: counted.normalizer, preTokenizer: counted.preTokenizer,
      model: try BPEModel(
        vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: false),
      addedTokens: training.specialTokens.enumerated().map { index, content in
        AddedToken(content: content, id: TokenID(index))
      })
    try write(definition, manifest(report, counted))
    return report
  }

  private func train(
    _ counts: borrowing PretokenCounts, _ context: JobContext
  ) throws(TextError) -> TrainedVocabulary {
    try BPETrainer(counts, training).train { (made, _) throws(TextError) in
      try context.checkCancellation()
      context.progress(.merging(ids: made, of: training.vocabularySize))
    }
  }

  /// The numbers of distinct pretokens and of all; pair counts must not overflow in training.
  private func checkedSize(
    _ counts: borrowing PretokenCounts
  ) throws(TextError) -> (distinct: Int, pretokens: Int) {
    var bytes: Int64 = 0
    for index in 0..<counts.count {
      let product = counts.occurrences(index).multipliedReportingOverflow(
        by: Int64(counts.bytes(index).count + 1))
      let sum = bytes.addingReportingOverflow(product.partialValue)
      if product.overflow || sum.overflow {
        throw TextError(
          .badRecord, "the pretokens hold more than 2^63 - 1 bytes together",
          remedy: "give the sources smaller weights")
      }
      bytes = sum.partialValue
    }
    return (counts.count, Int(counts.total))
  }
}

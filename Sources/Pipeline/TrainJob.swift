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
  package var memory = MemoryBudget.standard
  /// Pretokens that occur less often are left out.
  package var minimumCount = 1
  /// So many merges are made between two checkpoints.
  package var checkpointMerges = 4096

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
    /// Distinct pretokens left out because they are too rare.
    package var prunedPretokens: Int
    /// Merges that an earlier run had made.
    package var resumedMerges: Int
  }

  /// What counting gives.
  struct Counted {
    var rows: CountRows
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
    // A checkpoint outlives a failure; whatever else is there does not.
    defer { clearPartialDirectory(keeping: [MergeCheckpoint.name]) }
    // ---- Documents, or what was counted before → pretoken counts ----
    let counted = try count(context)
    // ---- Counts → words ----
    let checkpoint = MergeCheckpoint(directory: partialDirectory, training, minimumCount)
    let prefix = try checkpoint.read(rows: counted.rows)
    var loading = try WordLoading(
      BPETrainer(training, after: prefix), memory, minimumCount: minimumCount)
    try counted.rows.forEach { (pretoken, occurrences) throws(TextError) in
      if try loading.add(pretoken, occurrences) {
        try context.checkCancellation()
        context.progress(.mergingCounts(rows: loading.need.distinctPretokens))
      }
    }
    let (need, fingerprint) = (loading.need, loading.fingerprint)
    try counted.account.checkHasText(need.distinctPretokens > 0)
    context.progress(.mergingNeed(bytes: need.bytes(minimumCount: minimumCount)))
    let trainer = try loading.finish()
    counted.rows.release()
    // ---- Words → merges ----
    var last = prefix.pairs.count
    let trained = try trainer.train { (made, merges) throws(TextError) in
      try context.checkCancellation()
      context.progress(.merging(ids: made, of: training.vocabularySize))
      if made - training.alphabetSize - last >= checkpointMerges {
        last = made - training.alphabetSize
        try makePartialDirectory()
        try checkpoint.write(merges(), fingerprint: fingerprint)
      }
    }
    // ---- Merges → files ----
    let report = Report(
      account: counted.account, vocabularySize: trained.vocabulary.count,
      merges: trained.rules.count, distinctPretokens: need.distinctPretokens,
      pretokens: Int(need.pretokens), prunedPretokens: need.prunedPretokens(minimumCount),
      resumedMerges: prefix.pairs.count)
    let definition = TokenizerDefinition(
      normalizer: counted.normalizer, preTokenizer: counted.preTokenizer,
      model: try BPEModel(
        vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: false),
      addedTokens: training.specialTokens.enumerated().map { index, content in
        AddedToken(content: content, id: TokenID(index))
      })
    try write(definition, manifest(report, counted))
    checkpoint.remove()
    return report
  }
}

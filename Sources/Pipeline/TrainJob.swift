// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import CountFiles
package import Morphology
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
  /// The vocabularies to make, ascending, in directories of their own below ``output``.
  ///
  /// The largest is of ``training``'s size. Where there are none, one of that size goes to ``output``
  /// itself.
  package var sizes: [Size] = []
  /// The directory to make.
  package var output: String
  package var overwrites: Bool
  /// The preset that some of the options come from.
  package var preset: PresetUse?
  /// What is trained before, on other pretokens.
  package var firstStage: FirstStage?
  /// Factors for the counts of sources, by their names.
  package var weights: [String: CountWeight] = [:]
  package var memory = MemoryBudget.standard
  /// Pretokens that occur less often are left out; in the first stage only if there are two, for what
  /// spans words is rarely twice the same.
  package var minimumCount = 1
  /// Only so many of the most frequent characters, and the required ones, become part of tokens; the
  /// others stay bytes.
  package var alphabetLimit: Int?
  /// Runs of one character count as if they were no longer than this.
  package var maximumRepeats: Int?
  /// At which boundaries of morphemes pretokens are cut; nil where morphemes do not count.
  package var morphemes: MorphemeTraining?
  /// Whether the report says what each vocabulary makes of the training text.
  package var measuresTrainingText = false
  /// So many merges are made between two checkpoints.
  package var checkpointMerges = 4096
  /// What was counted is kept after files of so many stored bytes together.
  package var groupBytes = CountJob.defaultGroupBytes
  /// Whether what an earlier run has counted and merged is forgotten.
  package var restarts = false

  package init(
    input: Input, training: TrainingOptions, output: String, overwrites: Bool = false
  ) {
    self.input = input
    self.training = training
    self.output = output
    self.overwrites = overwrites
  }

  /// Morphemes in training.
  package struct MorphemeTraining: Sendable {
    package var model: EojeolModel
    package var boundaries: MorphemeBoundaries
    /// Whether the tokenizer cuts text in the same way; else it encodes as if there were no morphemes.
    package var isForEncoding: Bool

    package init(model: EojeolModel, boundaries: MorphemeBoundaries, isForEncoding: Bool) {
      self.model = model
      self.boundaries = boundaries
      self.isForEncoding = isForEncoding
    }
  }

  /// What a run made.
  package struct Report: Sendable {
    package var account: CorpusAccount
    package var normalizer: Normalizer
    /// What was made, in the order of ``TrainJob/sizes`` where there are any.
    package var vocabularies: [TrainedVocabulary] = []
    package var distinctPretokens: Int
    package var pretokens: Int
    /// Distinct pretokens left out because they are too rare.
    package var prunedPretokens: Int
    /// The bytes that merging was estimated to take.
    package var mergingNeed: Int
    /// Input files that an earlier run had counted, and merges that it had made.
    package var resumedFiles: Int
    package var resumedMerges: Int
    /// What each of ``vocabularies`` makes of the training text, where that is wanted.
    package var measures: [TrainingTextMeasure] = []
    /// The eojeols of the training text, where that is measured; nil if it was counted before, or its
    /// sources have weights.
    package var eojeols: Int?
  }

  /// A vocabulary that a run made.
  package struct TrainedVocabulary: Sendable {
    package var directory: String
    /// Ids made; fewer than asked for if no pair was left to merge.
    package var size: Int
    package var merges: Int
    /// Tokens of more than one word.
    package var superwords: Int
    /// Of the ids, unused ones that fill the vocabulary up.
    package var paddingTokens: Int
    /// The share of pretokens with Hangul that libraries without morphemes give other ids; nil where
    /// morphemes do not count in encoding.
    package var otherIDs: Double?
  }

  /// A size of vocabulary and the name of its directory.
  package struct Size: Sendable, Equatable {
    package var name: String
    package var count: Int

    package init(name: String, count: Int) {
      self.name = name
      self.count = count
    }
  }

  /// What counting gives.
  struct Counted {
    var rows: CountRows
    var account: CorpusAccount
    var normalizer: Normalizer
    var preTokenizer: PreTokenizer
    /// How the text was read, as manifests hold it.
    var options: [(String, JSON)]
    var eojeols: Int?
    var resumedFiles = 0
  }

  /// Runs the job.
  ///
  /// - Throws: Bad options and an existing output before anything is read; then what reading,
  ///   training and writing throw. Nothing is left behind in that case but the finished groups of files
  ///   and the merges noted last, behind which the same run goes on.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    if case .text(let source, let names, let normalizer, let preTokenizer) = input,
      source.sample != nil
    {
      var job = self
      job.input = .text(try source.decidingSample(context), names, normalizer, preTokenizer)
      return try job.run(context)
    }
    for size in sizes { try place(size).options.check() }
    try training.check()
    try checkFirstStage()
    try checkOutput()
    return try withOutputDirectory { () throws(TextError) in
      let state = try countingState()
      do throws(TextError) {
        let report = try trainAndWrite(state, context)
        clearPartialDirectory(keeping: [])
        return report
      } catch {
        clearPartialDirectory(keeping: (state?.filesToKeep ?? []).union([MergeCheckpoint.name]))
        throw error.code == .interrupted ? interruption(state) ?? error : error
      }
    }
  }

  /// What to tell of an interruption if something is kept.
  private func interruption(_ state: CountingState?) -> TextError? {
    if MergeCheckpoint.exists(in: partialDirectory) {
      return TextError(
        .interrupted, "interrupted; the merges made so far are kept in \(partialDirectory)",
        remedy: "run the same command again to go on")
    }
    guard let state, state.finishedCount > 0 else { return nil }
    return groups?.interruption(of: state)
  }

  /// The options of a run for `size` alone, and where its files go.
  private func place(_ size: Size) -> (options: TrainingOptions, directory: String) {
    var options = training
    options.vocabularySize = size.count
    return (options, output + "/" + size.name)
  }

  private func trainAndWrite(
    _ state: CountingState?, _ context: JobContext
  ) throws(TextError) -> Report {
    // ---- Merges that are there before, if there are two stages ----
    let first = try trainFirstStage(context)
    // ---- Documents, or what was counted before → pretoken counts ----
    let counted = try count(state, context)
    try first?.checkInputs(of: counted)
    // What spans words is not cut inside them.
    var rows = counted
    let others = OtherLibraries()
    if first == nil { rows.rows = try rowsForTraining(counted, others, context) }
    // ---- Pretoken counts → merges ----
    let checkpoint = MergeCheckpoint(directory: partialDirectory, self)
    var resumed = try checkpoint.read(rows: rows.rows)
    if let first, resumed.prefix(first.merges.pairs.count) != first.merges {
      resumed = TrainedMerges()
    }
    // Rows that are to be read again are on disk.
    if morphemes != nil && first == nil && !measuresTrainingText { counted.rows.release() }
    let (merges, need) = try merge(
      rows, training, after: resumed.pairs.isEmpty ? first?.merges ?? resumed : resumed,
      alphabet: first == nil ? try alphabet(of: rows.rows) : first?.alphabet,
      isSecondStage: first != nil, releasesRows: !measuresTrainingText, checkpoint, context)
    // ---- Merges → files, for each size ----
    var report = Report(
      account: counted.account, normalizer: counted.normalizer,
      distinctPretokens: need.distinctPretokens,
      pretokens: Int(need.pretokens),
      prunedPretokens: first == nil ? need.prunedPretokens(minimumCount) : 0,
      mergingNeed: need.bytes(minimumCount: first == nil ? minimumCount : 1),
      resumedFiles: counted.resumedFiles, resumedMerges: resumed.pairs.count)
    let places = sizes.isEmpty ? [(training, output)] : sizes.map(place)
    let tokenizers = try places.map { (options, directory) throws(TextError) in
      try tokenizer(merges, options, counted, others, in: directory)
    }
    if measuresTrainingText {
      report.eojeols = counted.eojeols
      report.measures = try measure(
        tokenizers.map(\.definition.model),
        on: morphemes?.isForEncoding == true ? rows.rows : counted.rows, context)
    }
    for (tokenizer, (options, directory)) in zip(tokenizers, places) {
      try createDirectory(directory)
      try write(
        tokenizer.definition, manifest(report, tokenizer.made, options, counted, first),
        to: directory)
      report.vocabularies.append(tokenizer.made)
    }
    return report
  }
}

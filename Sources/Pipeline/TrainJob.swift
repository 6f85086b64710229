// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import PreTokenization
package import TextCore
internal import TokenModels
package import Training
internal import VocabularyFiles

/// Trains a tokenizer from a corpus and writes its directory.
package struct TrainJob: Sendable {
  package var source: CorpusSource
  package var normalizer: Normalizer
  package var preTokenizer: PreTokenizer
  package var training: TrainingOptions
  /// The directory to make.
  package var output: String
  package var overwrites: Bool

  package init(
    source: CorpusSource, normalizer: Normalizer, preTokenizer: PreTokenizer,
    training: TrainingOptions, output: String, overwrites: Bool = false
  ) {
    self.source = source
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
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
    // ---- Documents → pretoken counts, a table a thread, added up at the end ----
    var counts = PretokenCounts()
    let account = try countPretokens(context, into: &counts)
    try account.checkHasText(counts.count > 0)
    // ---- Counts → merges ----
    var report = Report(
      account: account, vocabularySize: 0, merges: 0, distinctPretokens: counts.count,
      pretokens: Int(counts.total))
    let trained = try BPETrainer(counts, training).train { (made) throws(TextError) in
      try context.checkCancellation()
      context.progress(.merging(ids: made, of: training.vocabularySize))
    }
    report.vocabularySize = trained.vocabulary.count
    report.merges = trained.rules.count
    // ---- Merges → files ----
    let definition = TokenizerDefinition(
      normalizer: normalizer, preTokenizer: preTokenizer,
      model: try BPEModel(
        vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: false),
      addedTokens: training.specialTokens.enumerated().map { index, content in
        AddedToken(content: content, id: TokenID(index))
      })
    try write(definition, manifest(report))
    return report
  }

  private func countPretokens(
    _ context: JobContext, into counts: inout PretokenCounts
  ) throws(TextError) -> CorpusAccount {
    var isFirst = true
    return try passOver(
      source, context,
      makeWorker: { PretokenCounter(normalizer, preTokenizer) },
      work: { (counter, batch) throws(TextError) in
        for index in 0..<batch.count { try counter.add(batch.document(index)) }
        counter.countAdded()
      },
      finish: { counter in
        // The counts of the first thread are taken as they are.
        if isFirst {
          counts = counter.takeCounts()
          isFirst = false
        } else {
          counts.merge(counter.takeCounts())
        }
      })
  }
}

/// A thread's part of counting.
private struct PretokenCounter: ~Copyable {
  private let normalizer: Normalizer
  private var cutter: PretokenCutter
  private var counts = PretokenCounts()
  private var text = ByteBuffer()
  private var documentEnds = GrowableBuffer<Int>()
  private var pretokenEnds = PretokenEnds()
  private var documentPretokens = GrowableBuffer<Int>()

  init(_ normalizer: Normalizer, _ preTokenizer: PreTokenizer) {
    self.normalizer = normalizer
    cutter = PretokenCutter(preTokenizer)
  }

  /// Normalises a document, to be counted with others.
  mutating func add(_ document: Span<UInt8>) throws(TextError) {
    try normalizer.append(document, to: &text)
    documentEnds.append(text.count)
    // 64 KiB of text and its pretokens stay in the second-level cache between cutting and counting.
    if text.count >= 1 << 16 { countAdded() }
  }

  /// Counts the pretokens of the documents that were added.
  mutating func countAdded() {
    cut(text, documentEnds, &cutter, &pretokenEnds, &documentPretokens)
    countPretokens(text, pretokenEnds, &counts)
    text.removeAll()
    documentEnds.removeAll()
    pretokenEnds.removeAll()
    documentPretokens.removeAll()
  }

  consuming func takeCounts() -> PretokenCounts { counts }
}

// The parts of a counter come apart in these two, so that one can be read while others are written.

private func cut(
  _ text: borrowing ByteBuffer, _ documentEnds: borrowing GrowableBuffer<Int>,
  _ cutter: inout PretokenCutter, _ pretokenEnds: inout PretokenEnds,
  _ documentPretokens: inout GrowableBuffer<Int>
) {
  cutter.appendEnds(
    of: text, documentEnds: documentEnds.span, to: &pretokenEnds,
    documentPretokens: &documentPretokens)
}

private func countPretokens(
  _ text: borrowing ByteBuffer, _ ends: borrowing PretokenEnds, _ counts: inout PretokenCounts
) {
  counts.add(pretokensOf: text, ends: ends, range: 0..<ends.count)
}

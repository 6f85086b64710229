// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
internal import Statistics
package import TextCore
package import Tokenization
internal import VocabularyFiles

/// Measures a corpus, and what tokenizers make of it, as a whole and by groups of documents.
///
/// Memory: what reading takes, and for each thread a pretoken cache a tokenizer, which share
/// ``Encoder/defaultCacheBytes``, and eight bytes for each id of each group.
package struct InspectCorpusJob: Sendable {
  package var source: CorpusSource
  package var tokenizers: [Tokenizer]
  /// Replaces the tokenizers' own.
  package var normalizer: Normalizer?
  package var grouping: DocumentGrouping
  /// How many sentences are wanted, to look at.
  package var sentenceCount = 0

  /// A job whose text is normalised as each tokenizer does it, or by `normalizer` where given.
  ///
  /// What is said of the text alone is said of it as the first tokenizer sees it, or in NFC.
  package init(
    source: CorpusSource, tokenizers: [Tokenizer], normalizer: Normalizer?,
    grouping: DocumentGrouping = DocumentGrouping()
  ) {
    self.source = source
    self.tokenizers = tokenizers
    self.normalizer = normalizer
    self.grouping = grouping
  }

  /// Runs the job.
  ///
  /// - Throws: What reading throws; `emptyCorpus`; `invalidArgument` for too many groups.
  package func run(_ context: JobContext) throws(TextError) -> CorpusInspection {
    let found = try measure(context)
    try found.check()
    return found
  }

  /// The same of a part of a corpus, which may have no documents.
  ///
  /// - Throws: What reading throws; `invalidArgument` for too many groups.
  package func measure(_ context: JobContext) throws(TextError) -> CorpusInspection {
    var source = try source.decidingSample(context)
    grouping.prepare(&source.options)
    let traits = tokenizers.map { TokenTraits($0) }
    var groups = GroupedStatistics(
      grouping, vocabularySizes: tokenizers.map(\.vocabularySize))
    var sentences = SentenceSample(count: sentenceCount)
    let account = try passOver(
      source, context,
      makeWorker: { recorder in
        CorpusMeter(
          tokenizers, traits, normalizer, GroupedTallies(grouping, traits),
          SentenceSampler(count: sentenceCount), recorder)
      },
      work: { (meter, batch) throws(TextError) in try meter.add(batch) },
      finish: { meter in
        groups.add(meter.groups)
        sentences.merge(meter.sentences.sample)
      })
    let statistics = groups.statistics()
    let found = CorpusInspection(
      grouping: grouping, account: account, total: statistics.total, groups: statistics.groups,
      sample: sentences)
    try found.checkGroups()
    return found
  }
}

/// A thread's part of measuring.
private struct CorpusMeter: ~Copyable {
  var groups: GroupedTallies
  var sentences: SentenceSampler
  private let recorder: NormalizationRecorder
  /// The text as each of the normalisers makes it, the job's own first.
  private let texts: [NormalTexts]
  private let tokenizers: [TokenizerMeter]
  private var groupIndexes: [Int] = []

  /// The text and ids of a slice stay in the second-level cache between encoding and counting.
  private static let sliceBytes = 1 << 22

  init(
    _ tokenizers: [Tokenizer], _ traits: [TokenTraits], _ normalizer: Normalizer?,
    _ groups: consuming GroupedTallies, _ sentences: SentenceSampler,
    _ recorder: NormalizationRecorder
  ) {
    self.groups = groups
    self.sentences = sentences
    self.recorder = recorder
    var texts = [NormalTexts(normalizer ?? tokenizers.first?.definition.normalizer ?? .nfc)]
    var meters: [TokenizerMeter] = []
    for (tokenizer, traits) in zip(tokenizers, traits) {
      let own = normalizer ?? tokenizer.definition.normalizer
      let place = texts.firstIndex { $0.normalizer == own } ?? texts.count
      if place == texts.count { texts.append(NormalTexts(own)) }
      meters.append(
        TokenizerMeter(
          tokenizer, traits, text: place, own,
          cacheBytes: Encoder.defaultCacheBytes / tokenizers.count))
    }
    self.texts = texts
    self.tokenizers = meters
  }

  /// Measures the documents of `batch`.
  mutating func add(_ batch: borrowing DocumentBatch) throws(TextError) {
    var first = 0
    while first < batch.count {
      var end = first
      let start = batch.range(of: first).lowerBound
      while end < batch.count, end == first || batch.ends[end] - start < Self.sliceBytes {
        end += 1
      }
      try add(batch, first..<end)
      first = end
    }
  }

  private mutating func add(
    _ batch: borrowing DocumentBatch, _ documents: Range<Int>
  ) throws(TextError) {
    groupIndexes.removeAll(keepingCapacity: true)
    for index in documents { groupIndexes.append(try groups.index(of: batch, index)) }
    for (place, text) in texts.enumerated() {
      try text.read(batch, documents, place == 0 ? recorder : nil)
    }
    texts[0].count(groupIndexes, in: &groups)
    sentences.add(texts[0], batch, documents)
    for (index, tokenizer) in tokenizers.enumerated() {
      try tokenizer.encode(batch, documents, texts[tokenizer.text])
      tokenizer.count(texts[tokenizer.text], groupIndexes, tokenizer: index, in: &groups)
    }
  }
}

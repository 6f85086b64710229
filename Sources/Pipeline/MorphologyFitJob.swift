// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Morphology
package import Normalization
internal import Synchronization
package import TextCore
internal import Training

/// Makes an eojeol model of a dictionary: what surrounds Hangul runs, and which words there are, is
/// learned from the analysis of a corpus, sentence by sentence.
package struct MorphologyFitJob: Sendable {
  package var source: CorpusSource
  package var normalizer: Normalizer
  package var dictionary: MorphemeDictionary
  package var options: EojeolModelOptions
  /// The file to make.
  package var output: String
  package var overwrites: Bool

  package init(
    source: CorpusSource, normalizer: Normalizer, dictionary: MorphemeDictionary,
    options: EojeolModelOptions, output: String, overwrites: Bool
  ) {
    self.source = source
    self.normalizer = normalizer
    self.dictionary = dictionary
    self.options = options
    self.output = output
    self.overwrites = overwrites
  }

  package struct Report: Sendable {
    package var account: CorpusAccount
    /// Hangul runs learned from, and those left out because a word reaches across their ends.
    package var runs: Int
    package var overlappedRuns: Int
    package var byteCount: Int
  }

  /// Runs the job.
  ///
  /// - Throws: An existing output before anything is read; then what reading and writing throw.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    try checkOutputFile(output, overwrites: overwrites)
    let source = try source.decidingSample(context)
    let counters = (0..<context.threadCount).map { _ in RunCounter(dictionary, normalizer) }
    let nextCounter = Atomic(0)
    let account = try passOver(
      source, context,
      makeWorker: { recorder in
        let counter = counters[nextCounter.wrappingAdd(1, ordering: .relaxed).oldValue]
        counter.recorder = recorder
        return counter
      },
      work: { (counter, batch) throws(TextError) in
        for index in 0..<batch.count {
          counter.recorder?.line = index
          try counter.add(batch.document(index))
        }
      },
      emit: { (_: Void) in })
    try account.checkNotEmpty()
    for other in counters.dropFirst() { counters[0].merge(other) }
    let file = try counters[0].model(options)
    var manifest = Manifest(kind: "eojeol-model", toolVersion: toolVersion)
    manifest.inputs = account.inputs.sorted { ($0.path, $0.sha256) < ($1.path, $1.sha256) }
    manifest.options =
      source.manifestOptions + normalizer.manifestOptions + [
        ("dictionary_sha256", .string(try dictionary.sha256())),
        ("min_uses", .integer(options.minimumUses)),
        ("min_share", .double(options.minimumShare)),
        ("min_run_count", options.minimumRunCount.map { .integer($0) } ?? .null),
      ]
    manifest.results =
      account.results(normalizer) + [
        ("runs", .integer(counters[0].runCount)),
        ("overlapped_runs", .integer(counters[0].overlappedRunCount)),
      ]
    var hash = XXH3()
    hash.update(file.span)
    manifest.outputs = [
      .init(
        name: baseName(output), byteCount: file.count, checksum: "xxh3:" + hash.digest())
    ]
    try writeFile(output, file.span)
    try writeFile(output + ".manifest.json", manifest.json.serialized().span)
    return Report(
      account: account, runs: counters[0].runCount,
      overlappedRuns: counters[0].overlappedRunCount, byteCount: file.count)
  }
}

/// A thread's part of learning.
private final class RunCounter {
  var recorder: NormalizationRecorder?
  private let dictionary: MorphemeDictionary
  private let normalizer: Normalizer
  private var analyzer: MorphemeAnalyzer
  private var statistics: RunStatistics
  /// How often each run was cut in each way; grows with the distinct runs of the corpus, as about 100 MB
  /// for each 300 MB of text.
  private var runs = PretokenCounts()
  private var text = ByteBuffer()
  private var morphemes = GrowableBuffer<Morpheme>()

  init(_ dictionary: MorphemeDictionary, _ normalizer: Normalizer) {
    self.dictionary = dictionary
    self.normalizer = normalizer
    analyzer = MorphemeAnalyzer(dictionary)
    statistics = RunStatistics(dictionary)
  }

  var runCount: Int { statistics.runCount }
  var overlappedRunCount: Int { statistics.overlappedRunCount }

  func add(_ document: Span<UInt8>) throws(TextError) {
    text.removeAll()
    try normalizer.append(document, to: &text, recorder)
    count(text, &analyzer, &morphemes, &statistics, &runs)
  }

  func merge(_ other: RunCounter) {
    mergeCounts(other.statistics, other.runs, &statistics, &runs)
    other.runs = PretokenCounts()
  }

  func model(_ options: EojeolModelOptions) throws(TextError) -> ByteBuffer {
    try makeModel(dictionary, statistics, runs, options)
  }
}

// The parts of a counter come apart in these three, so that one can be read while others are written.

private func count(
  _ text: borrowing ByteBuffer, _ analyzer: inout MorphemeAnalyzer,
  _ morphemes: inout GrowableBuffer<Morpheme>, _ statistics: inout RunStatistics,
  _ runs: inout PretokenCounts
) {
  var start = 0
  while start < text.count {
    let end = endOfLine(text.span, from: start)
    let line = text.span.extracting(start..<end)
    morphemes.removeAll()
    analyzer.analyze(line, to: &morphemes)
    statistics.add(line, morphemes.span) { runs.add($0) }
    start = end + 1
  }
}

private func mergeCounts(
  _ other: borrowing RunStatistics, _ otherRuns: borrowing PretokenCounts,
  _ statistics: inout RunStatistics, _ runs: inout PretokenCounts
) {
  statistics.merge(other)
  runs.merge(otherRuns)
}

private func makeModel(
  _ dictionary: MorphemeDictionary, _ statistics: borrowing RunStatistics,
  _ runs: borrowing PretokenCounts, _ options: EojeolModelOptions
) throws(TextError) -> ByteBuffer {
  try makeEojeolModel(
    dictionary, statistics,
    { body in
      for index in 0..<runs.count { body(runs.bytes(index), runs.occurrences(index)) }
    }, options)
}

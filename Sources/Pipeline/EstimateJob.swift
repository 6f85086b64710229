// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
internal import Statistics
internal import Synchronization
package import TextCore
package import TokenFiles
package import Tokenization

/// Tells what encoding a corpus would give and take, from a part of it.
///
/// A first pass counts documents, text and rejects in what ``EstimateReadings`` chooses, and keeps a
/// uniform sample of the documents. The sample is encoded, ``TokenRegression`` carries its tokens over
/// to all text, and each format's own sink writes it, to see what a token and a document take.
package struct EstimateJob: Sendable {
  package var source: CorpusSource
  package var tokenizer: Tokenizer
  /// Replaces the tokenizer's own normaliser, where given.
  package var normalizer: Normalizer?
  /// The formats to measure; those that cannot hold the vocabulary are left out if these are all formats.
  package var formats = TokenFileFormat.allCases
  package var boundaries = DocumentBoundaries()
  package var tokenType = TokenTypeRequest.auto
  /// About how many stored bytes are read.
  package var readBytes = 1 << 30
  /// How many bytes of text are encoded.
  package var sampleBytes = 1 << 24
  package var seed: UInt64 = 0
  package var cacheBytes = Encoder.defaultCacheBytes

  package init(source: CorpusSource, tokenizer: Tokenizer) {
    self.source = source
    self.tokenizer = tokenizer
  }

  /// What is to be expected.
  package struct Report: Sendable {
    package var files = 0
    package var storedBytes = 0
    package var filesRead = 0
    /// Files of which only the beginning was read.
    package var filesCut = 0
    package var bytesRead = 0
    package var sampledDocuments = 0
    package var sampledBytes = 0
    package var documents = EstimatedFigure(0)
    package var textBytes = EstimatedFigure(0)
    package var eojeols = EstimatedFigure(0)
    package var rejects = EstimatedFigure(0)
    package var tokens = EstimatedFigure(0)
    package var sinks: [SinkEstimate] = []
    /// Of all threads together.
    package var cpuSeconds = 0.0
    package var seconds: ClosedRange<Double> = 0...0
    package var memoryBytes = 0
  }

  /// What the files of a format would take, without the manifest.
  package struct SinkEstimate: Sendable {
    package var format: TokenFileFormat
    package var type: TokenType
    package var bytes: EstimatedFigure
  }

  /// Runs the job.
  ///
  /// - Throws: `invalidArgument` for pipes; `tokenTypeOverflow` for a single format that cannot hold the
  ///   vocabulary; `emptyCorpus`; what reading, encoding and writing throw.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    let startBytes = ProcessUsage.current.peakBytes
    let sizes = try storedSizes()
    let types = try sinkTypes()
    let readings = EstimateReadings(
      files: source.inputs.files, sizes: sizes, budget: readBytes, seed: seed)
    let clock = ProcessUsage.current.cpuSeconds
    let found = try read(readings, sizes, context)
    let readSeconds = ProcessUsage.current.cpuSeconds - clock
    var report = found.report(readings)
    (report.files, report.storedBytes) = (sizes.count, sizes.reduce(0, +))
    guard report.documents.value > 0 else {
      throw TextError(
        .emptyCorpus, "no documents in \(readings.readings.count) input files",
        remedy: "check --input-format and --field")
    }
    let encodeStart = ProcessUsage.current.cpuSeconds
    let sample = try encode(found.sample, context)
    let encodeSeconds = ProcessUsage.current.cpuSeconds - encodeStart
    report.tokens = tokens(found, sample, readings, report)
    report.sinks = try sinkEstimates(types, sample, report, context)
    let readRate = readSeconds / Double(max(report.bytesRead, 1))
    let encodeRate = encodeSeconds / Double(max(report.sampledBytes, 1))
    report.cpuSeconds =
      readRate * Double(report.storedBytes) + encodeRate * report.textBytes.value
    // A machine that is shared, a disk that is slow, and a cache that the sample has not warmed.
    let seconds = report.cpuSeconds / Double(context.threadCount)
    report.seconds = seconds * 0.7...seconds * 1.6
    report.memoryBytes = memoryBytes(report, startBytes, context.threadCount)
    return report
  }
}

// MARK: - Before the start

extension EstimateJob {
  private func storedSizes() throws(TextError) -> [Int] {
    var sizes: [Int] = []
    for path in source.inputs.files {
      guard path != CorpusInputs.standardInput, let size = byteCount(ofPath: path) else {
        throw TextError(
          .invalidArgument,
          "an estimate needs to know how large its inputs are, and this is a pipe",
          at: .init(path: path), remedy: "save it to a file")
      }
      sizes.append(size)
    }
    return sizes
  }

  private func sinkTypes() throws(TextError) -> [(TokenFileFormat, TokenType)] {
    let maximumID = UInt32(tokenizer.vocabularySize - 1)
    var types: [(TokenFileFormat, TokenType)] = []
    for format in formats {
      do throws(TextError) {
        types.append(
          (
            format,
            try TokenType.choose(maximumID: maximumID, requested: tokenType, format: format)
          ))
      } catch {
        guard formats == TokenFileFormat.allCases else { throw error }
      }
    }
    return types
  }
}

// MARK: - Reading

/// How far a pass is in its stored bytes.
private final class StoredPlace: Sendable {
  let bytes = Atomic(0)
}

/// What the pass over the readings has found.
private struct EstimateFindings {
  var tallies: [EstimateTally]
  var used: [Int]
  var sample: SampledDocuments

  func total(_ readings: EstimateReadings, _ count: (EstimateTally) -> Int) -> EstimatedFigure {
    readings.total(tallies.map { Double(count($0)) }, used: used)
  }

  func report(_ readings: EstimateReadings) -> EstimateJob.Report {
    var report = EstimateJob.Report()
    report.filesRead = readings.readings.count
    report.filesCut = readings.readings.count(where: { $0.limit != nil })
    report.bytesRead = used.reduce(0, +)
    report.documents = total(readings, \.documents)
    report.textBytes = total(readings, \.bytes)
    report.eojeols = total(readings, \.eojeols)
    report.rejects = total(readings, \.rejects)
    report.sampledDocuments = sample.documents.count
    report.sampledBytes = sample.documents.reduce(0) { $0 + $1.text.count }
    return report
  }
}

extension EstimateJob {
  /// The longest beginning of a document that is encoded.
  private var pieceBytes: Int { max(sampleBytes / 256, 1 << 14) }

  private func read(
    _ plan: EstimateReadings, _ sizes: [Int], _ context: JobContext
  ) throws(TextError) -> EstimateFindings {
    let limit = RankLimit()
    var findings = EstimateFindings(
      tallies: Array(repeating: EstimateTally(), count: plan.readings.count),
      used: plan.readings.map { sizes[$0.file] },
      sample: SampledDocuments(byteCount: sampleBytes, limit: limit))
    let planned = plan.readings.reduce(0) { $0 + min($1.limit ?? .max, sizes[$1.file]) }
    var first = 0
    var done = 0
    while first < plan.readings.count {
      // Neighbours that are read whole share a pass.
      var end = first + 1
      while plan.readings[end - 1].limit == nil, end < plan.readings.count,
        plan.readings[end].limit == nil,
        plan.readings[end].file == plan.readings[end - 1].file + 1
      { end += 1 }
      let last = plan.readings[end - 1].file
      let place = StoredPlace()
      let before = done
      let told = JobContext(
        threadCount: context.threadCount,
        progress: { progress in
          guard case .reading(let bytes, _) = progress else { return }
          place.bytes.store(bytes, ordering: .relaxed)
          context.progress(.reading(bytes: before + bytes, of: planned))
        }, isCancelled: context.isCancelled)
      try read(
        plan.readings[first].file..<last + 1, stoppingAfter: plan.readings[first].limit,
        reading: first, limit, told, &findings)
      if plan.readings[first].limit != nil {
        findings.used[first] = place.bytes.load(ordering: .relaxed)
      }
      done += (first..<end).reduce(0) { $0 + findings.used[$1] }
      first = end
    }
    findings.sample.shrink()
    return findings
  }

  /// Reads `files`, the first of which is that of the reading at `reading`.
  private func read(
    _ files: Range<Int>, stoppingAfter storedBytes: Int?, reading: Int, _ limit: RankLimit,
    _ context: JobContext, _ findings: inout EstimateFindings
  ) throws(TextError) {
    var part = source
    part.inputs = source.inputs[files]
    part.options.maximumStoredBytes = storedBytes
    part.options.keepsMetadata = false
    _ = try passOver(
      part, context, makeWorker: { _ in () },
      work: { (_, batch) throws(TextError) in
        EstimateBatch(
          batch, ranks: DocumentRanks(seed: seed, path: batch.path), below: limit.value,
          pieceBytes: pieceBytes)
      },
      emit: { (batch) throws(TextError) in
        findings.tallies[reading + batch.file].add(batch.tally)
        findings.sample.add(batch.candidates, reading: reading + batch.file)
      })
  }
}

// MARK: - Encoding the sample

/// The ids of the sample, and of each document how many its text alone has.
private struct EncodedSample: ~Copyable {
  var samples = SampleBatch()
  var tokenCounts: [Int] = []
}

extension EstimateJob {
  private func encode(
    _ sample: SampledDocuments, _ context: JobContext
  ) throws(TextError) -> EncodedSample {
    var encoder = Encoder(tokenizer, normalizer: normalizer, cacheBytes: cacheBytes)
    var encoded = EncodedSample()
    var bare = SampleBatch()
    for document in sample.documents {
      try context.checkCancellation()
      bare.removeAll()
      try encoder.encode(document.text.span, to: &bare.values)
      bare.endRun()
      encoded.tokenCounts.append(bare.values.count)
      if boundaries.isNothing {
        encoded.samples.append(0, of: bare)
      } else {
        _ = boundaries.append(bare, to: &encoded.samples)
      }
    }
    return encoded
  }

  private func tokens(
    _ found: EstimateFindings, _ encoded: borrowing EncodedSample, _ readings: EstimateReadings,
    _ report: Report
  ) -> EstimatedFigure {
    let seen = found.tallies.reduce(0) { $0 + $1.documents }
    let share = Double(report.sampledDocuments) / Double(max(seen, 1))
    var observations: [TokenRegression.Observation] = []
    for (index, document) in found.sample.documents.enumerated() where !document.text.isEmpty {
      // A beginning stands for the whole.
      let scale = Double(document.byteCount) / Double(document.text.count)
      let weight = readings.weight(document.reading, used: found.used[document.reading])
      observations.append(
        TokenRegression.Observation(
          regressors: [
            Double(document.byteCount), scale * Double(document.measure.characters),
            scale * Double(document.measure.eojeols),
          ],
          tokens: scale * Double(encoded.tokenCounts[index]), weight: weight / share))
    }
    let fit = TokenRegression(observations, share: share)
    let edges = Double(boundaries.leastTokens)
    let all = readings.total(
      found.tallies.map {
        fit.tokens(at: [Double($0.bytes), Double($0.characters), Double($0.eojeols)])
          + edges * Double($0.documents)
      }, used: found.used)
    guard let between = all.standardError, let within = fit.standardError else {
      return EstimatedFigure(all.value, standardError: nil)
    }
    return EstimatedFigure(
      all.value, standardError: (between * between + within * within).squareRoot())
  }
}

// MARK: - Sinks

extension EstimateJob {
  private func sinkEstimates(
    _ types: [(TokenFileFormat, TokenType)], _ sample: borrowing EncodedSample, _ report: Report,
    _ context: JobContext
  ) throws(TextError) -> [SinkEstimate] {
    let directory = try makeTemporaryDirectory(named: "malmoi-estimate")
    defer { removeEmptyDirectory(directory) }
    var estimates: [SinkEstimate] = []
    for (format, type) in types {
      try context.checkCancellation()
      let path = "\(directory)/set"
      defer { removeEmptyDirectory(path) }
      let settings = SinkSettings(
        output: SinkOutput(format: format, path: path),
        shards: ShardSettings(
          format: format, type: type, maximumID: UInt32(tokenizer.vocabularySize - 1)),
        limits: try ShardLimits().completed(for: format))
      let model = try SinkModel(settings, sample.samples)
      estimates.append(SinkEstimate(format: format, type: type, bytes: model.bytes(of: report)))
    }
    return estimates
  }
}

// MARK: - Memory

extension EstimateJob {
  /// What the widest of the sinks would take, a thread's share, the largest window, and what this process took
  /// when it had done nothing but load the tokenizer.
  private func memoryBytes(_ report: Report, _ startBytes: Int, _ threadCount: Int) -> Int {
    let sinkBytes =
      report.sinks.map { sink in
        sink.format.usualShardBytes.map { sink.format.isHeldInMemory ? $0 : 0 }
          ?? 4 * min(Int(report.documents.value), 1 << 20)
      }.max() ?? 0
    let text = report.textBytes.value
    let cache = text < Double(cacheBytes) ? Int(text) : cacheBytes
    return max(startBytes, MemoryBudget.fixedBytes) + source.windowBytes(unknown: 8 << 20)
      + threadCount * (MemoryBudget.threadBytes + cache) + sinkBytes
  }
}

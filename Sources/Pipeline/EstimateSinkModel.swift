// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// The bytes of a set of token files as a linear function of its tokens and documents.
///
/// A sink writes the sample, the same tokens as half as many documents, and half of the sample; the
/// three give the two slopes and what a set takes in any case. Nothing is published, and what is written goes
/// when its sink does.
struct SinkModel {
  private let perToken: Double
  private let perDocument: Double
  private let fixed: Double

  init(_ settings: SinkSettings, _ samples: borrowing SampleBatch) throws(TextError) {
    let count = samples.count
    let tokens = samples.values.count
    let all = try Self.byteCount(settings, samples, 0..<count, joining: 1)
    let half = count / 2
    let halfTokens = half == 0 ? 0 : samples.ends[half - 1]
    guard halfTokens > 0, halfTokens < tokens else {
      perToken = Double(all) / Double(max(tokens, 1))
      perDocument = 0
      fixed = 0
      return
    }
    let joined = try Self.byteCount(settings, samples, 0..<count, joining: 2)
    let part = try Self.byteCount(settings, samples, 0..<half, joining: 1)
    let document = Double(all - joined) / Double(count - (count + 1) / 2)
    let token =
      (Double(all - part) - document * Double(count - half)) / Double(tokens - halfTokens)
    perToken = token
    perDocument = document
    fixed = Double(all) - token * Double(tokens) - document * Double(count)
  }

  func bytes(of report: EstimateJob.Report) -> EstimatedFigure {
    let value =
      perToken * report.tokens.value + perDocument * report.documents.value + fixed
    guard let tokens = report.tokens.standardError, let documents = report.documents.standardError
    else { return EstimatedFigure(value, standardError: nil) }
    // Those of a file with more documents and with more tokens go together.
    return EstimatedFigure(
      value, standardError: abs(perToken) * tokens + abs(perDocument) * documents)
  }

  /// What a set of `range` of the samples takes, each `joining` of them made one.
  private static func byteCount(
    _ settings: SinkSettings, _ samples: borrowing SampleBatch, _ range: Range<Int>, joining: Int
  ) throws(TextError) -> Int {
    var batch = SampleBatch()
    for index in range {
      batch.values.append(copying: samples.values.span.extracting(samples.range(sample: index)))
      if (index + 1) % joining == 0 || index + 1 == range.upperBound { batch.endRun() }
    }
    let sink = try makeTokenSink(settings)
    try sink.append(batch)
    let manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    return try sink.finish(manifest: manifest).summary.byteCount
  }
}

// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import Glibc
import Pipeline
import Statistics
import TextCore
import Tokenization

/// The sizes that `--sizes` names.
enum SizeList {
  /// The sizes of `text`, as in `8k,16k,32Ki,50257`, ascending.
  ///
  /// - Throws: `invalidArgument`.
  static func parse(_ text: String) throws(TextError) -> [TrainJob.Size] {
    var sizes: [TrainJob.Size] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = String(part.filter { $0 != " " })
      let unit = [("Ki", 1024), ("k", 1000)].first { name.hasSuffix($0.0) }
      let number = Int(name.dropLast(unit?.0.count ?? 0))
      guard let number, number > 0, number <= 1 << 24 else {
        throw TextError(
          .invalidArgument, "\"\(name)\" is no size of a vocabulary",
          remedy: "write sizes as in 8k,16k,32k or 50257")
      }
      sizes.append(TrainJob.Size(name: name, count: number * (unit?.1 ?? 1)))
    }
    sizes.sort { $0.count < $1.count }
    guard Set(sizes.map(\.count)).count == sizes.count else {
      throw TextError(
        .invalidArgument, "a size is named twice in \"\(text)\"", remedy: "name each size once")
    }
    return sizes
  }
}

/// What the vocabularies of one training do, beside each other.
struct SizeSweep {
  /// One vocabulary on the text that all are compared on.
  struct Point {
    var name: String
    var size: Int
    var merges: Int
    var paddingTokens: Int
    var bytesPerToken: Double?
    var tokensPerEojeol: Double?
    var vocabularyUsed: Double?
    var embeddingParameters: Int
  }

  /// A doubling of the vocabulary that gains less than this in bytes a token is not worth its rows.
  static let worthwhileGain = 0.05

  private let report: TrainJob.Report
  private let sizes: [TrainJob.Size]
  private let heldOut: CorpusSource?
  private let embeddingWidth: Int

  init(
    _ report: TrainJob.Report, _ sizes: [TrainJob.Size], heldOut: CorpusSource?,
    embeddingWidth: Int
  ) {
    self.report = report
    self.sizes = sizes
    self.heldOut = heldOut
    self.embeddingWidth = embeddingWidth
  }

  /// What was measured.
  var textName: String { heldOut == nil ? "training text" : "held-out text" }

  /// Encodes the held-out text with each vocabulary; without one the job has measured the training
  /// text.
  ///
  /// - Throws: What reading throws.
  func measure(_ context: JobContext) throws(TextError) -> [Point] {
    var points: [Point] = []
    for (index, (size, made)) in zip(sizes, report.vocabularies).enumerated() {
      var point = Point(
        name: size.name, size: made.size, merges: made.merges, paddingTokens: made.paddingTokens,
        embeddingParameters: made.size * embeddingWidth)
      if let heldOut {
        let job = InspectCorpusJob(
          source: heldOut, tokenizers: [try Tokenizer.load(made.directory)], normalizer: nil)
        let statistics = try job.run(context).total
        point.bytesPerToken = statistics.bytesPerToken(0)
        point.tokensPerEojeol = statistics.tokensPerEojeol(0)
        point.vocabularyUsed = statistics.tokenizers[0].vocabularyUsed
      } else {
        let measure = report.measures[index]
        point.bytesPerToken = ratio(measure.bytes, measure.tokens)
        point.tokensPerEojeol = report.eojeols.map { ratio(measure.tokens, $0) }
        point.vocabularyUsed = ratio(measure.usedIDs, made.size)
      }
      points.append(point)
    }
    return points
  }

  /// The smallest size from which doubling gains less than ``worthwhileGain``; nil if all gain more.
  func knee(_ points: [Point]) -> Int? {
    for index in points.indices.dropLast() {
      guard let here = points[index].bytesPerToken, let next = points[index + 1].bytesPerToken
      else { return nil }
      let doublings = log2(Double(points[index + 1].size) / Double(points[index].size))
      // The gain of a doubling, compounded: next = here · (1 + gain)^doublings.
      if doublings > 0, exp2(log2(next / here) / doublings) - 1 < Self.worthwhileGain {
        return index
      }
    }
    return nil
  }

  // MARK: For people and programs

  func table(_ points: [Point]) -> String {
    var table = Table(.left, .right, .right, .right, .right, .right)
    table.add(
      "size", "ids", "bytes/token", "tokens/eojeol", "ids used", "embedding parameters")
    for point in points {
      table.add(
        point.name, grouped(point.size), point.bytesPerToken.map { fixed($0, 3) } ?? "–",
        point.tokensPerEojeol.map { fixed($0, 3) } ?? "–",
        point.vocabularyUsed.map { "\(fixed($0 * 100, 1)) %" } ?? "–",
        "\(fixed(Double(point.embeddingParameters) / 1e6, 1)) M")
    }
    var text = "on the \(textName):\n\(table.text)"
    if heldOut == nil {
      text += "\nThe training text flatters large vocabularies; --held-out PATH measures another."
    }
    return text + "\n" + suggestion(points)
  }

  /// What the knee says, in a sentence.
  func suggestion(_ points: [Point]) -> String {
    let gain = "\(fixed(Self.worthwhileGain * 100, 0)) %"
    if let knee = knee(points) {
      return "Suggested: \(points[knee].name). From there on a doubling gains less than \(gain) in "
        + "bytes a token."
    }
    return
      "No knee: up to \(points.last?.name ?? "") every doubling gains \(gain) or more in bytes "
      + "a token."
  }

  func json(_ points: [Point]) -> JSON {
    .object([
      ("measured_on", .string(textName)),
      (
        "sizes",
        .array(
          points.map { point in
            .object([
              ("name", .string(point.name)),
              ("vocabulary_size", .integer(point.size)),
              ("merges", .integer(point.merges)),
              ("padding_tokens", .integer(point.paddingTokens)),
              ("bytes_per_token", point.bytesPerToken.map { .double($0) } ?? .null),
              ("tokens_per_eojeol", point.tokensPerEojeol.map { .double($0) } ?? .null),
              ("vocabulary_used", point.vocabularyUsed.map { .double($0) } ?? .null),
              ("embedding_parameters", .integer(point.embeddingParameters)),
            ])
          })
      ),
      ("embedding_width", .integer(embeddingWidth)),
      ("knee", knee(points).map { .string(points[$0].name) } ?? .null),
      ("knee_gain_per_doubling", .double(Self.worthwhileGain)),
    ])
  }

  /// Writes `sizes.json`, and `sizes.svg` if there is something to draw.
  ///
  /// - Throws: `writeFailed`.
  func write(_ points: [Point], to directory: String) throws(TextError) {
    var text = json(points).serialized()
    text.append(0x0A)
    try writeFile(directory + "/sizes.json", text.span)
    let chart = SizeSweepChart(
      points, knee: knee(points), title: "Vocabulary sizes on the \(textName)",
      suggestion: suggestion(points))
    try writeFile(directory + "/sizes.svg", chart.svg.utf8.span)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TextCore
import TokenFiles

struct DeepSpeedLoaderIndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deepspeed",
    abstract: "The metric files of DeepSpeed's data-efficiency library.",
    discussion: """
      Writes what its DataAnalyzer does: OUTPUT/seqlen and OUTPUT/vocab_rarity with the files \
      *_sample_to_metric, *_index_to_metric, *_index_to_sample and *_index_to_sample_percentile_merged, \
      to be named in the run's curriculum_metrics. A sample is a document of the token files.
      """)

  @Argument(help: "The token files: their prefix or manifest.")
  var prefix: String

  @Option(help: "The directory to make.")
  var output: String

  @Option(help: "A metric; repeat for more (default: both).")
  var metric: [DeepSpeedMetric] = []

  @Option(help: "Tokens of a document that training takes (default: all).")
  var sequenceLength: Int?

  @Option(
    help: """
      The ids there may be, where one that does not occur counts once (default: as the manifest says). \
      Megatron-DeepSpeed counts its padded size and one more.
      """)
  var vocabSize: Int?

  @Flag(help: "Replace existing files.")
  var overwrite = false

  @OptionGroup var report: ReportOptions

  func validate() throws {
    if let sequenceLength, sequenceLength < 1 {
      throw ValidationError("--sequence-length must be at least 1.")
    }
    if let vocabSize, !(1...Int(UInt32.max)).contains(vocabSize) {
      throw ValidationError("--vocab-size must be between 1 and 4294967295.")
    }
  }

  func run() throws {
    var job = DeepSpeedMetrics(path: prefix, outputDirectory: output)
    if !metric.isEmpty { job.metrics = DeepSpeedMetric.allCases.filter(metric.contains) }
    job.maximumLength = sequenceLength
    job.vocabularySize = vocabSize
    job.overwrites = overwrite
    let summaries = try job.write()
    if report.json {
      return try Console.print(
        JSON.object([
          (
            "metrics",
            .array(
              summaries.map { summary in
                .object([
                  ("metric", .string(summary.metric.rawValue)),
                  ("samples", .integer(summary.sampleCount)),
                  ("values", .integer(summary.distinctCount)),
                  ("minimum", .integer(summary.minimum)), ("maximum", .integer(summary.maximum)),
                ])
              })
          )
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right, .right, .right, .right)
    table.add("metric", "samples", "values", "minimum", "maximum")
    for summary in summaries {
      table.add(
        summary.metric.rawValue, grouped(summary.sampleCount), grouped(summary.distinctCount),
        grouped(summary.minimum), grouped(summary.maximum))
    }
    try Console.print("analysed \(prefix)\n\(table.text)")
  }
}

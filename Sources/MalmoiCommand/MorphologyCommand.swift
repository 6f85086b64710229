// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Morphology
import Normalization
import Pipeline
import TextCore

struct MorphologyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "morphology",
    abstract: "Make eojeol models, by which morphemes are found in training and encoding.",
    subcommands: [FitCommand.self])
}

struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Make an eojeol model of a dictionary and a corpus.",
    discussion: """
      An eojeol model finds the morphemes of a run of Hangul without the words around it. Analyses the \
      corpus sentence by sentence, takes the words that occur in it from the dictionary, and in place of \
      the costs of a sentence's ends the mean costs of what stands before and behind runs. The same \
      inputs give the same bytes; OUTPUT.manifest.json says what it was made of.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "The file to make.")
  var output: String

  @OptionGroup var dictionary: DictionaryOption

  @Option(
    help: """
      Leave out words of several syllables that the corpus has less often; 0 keeps the whole dictionary.
      """)
  var minUses = 1

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if minUses < 0 { throw ValidationError("--min-uses must be at least 0.") }
  }

  func run() throws {
    let job = MorphologyFitJob(
      source: try reading.source(), normalizer: try reading.normalizer ?? .nfc,
      dictionary: try dictionary.load(), minimumUses: minUses, output: output,
      overwrites: overwrite)
    let result = try job.run(makeContext(threads, report))
    try print(result)
    try Console.reportLosses(of: result.account)
  }

  private func print(_ result: MorphologyFitJob.Report) throws(TextError) {
    if report.json {
      return try Console.print(
        JSON.object([
          ("output", .string(output)), ("documents", .integer(result.account.documents)),
          ("runs", .integer(result.runs)), ("overlapped_runs", .integer(result.overlappedRuns)),
          ("bytes", .integer(result.byteCount)),
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right)
    table.add("documents", grouped(result.account.documents))
    table.add("runs of Hangul", grouped(result.runs))
    table.add("runs left out", grouped(result.overlappedRuns))
    table.add("size", fixed(Double(result.byteCount) / 1e6, 1) + " MB")
    ProgressLine.clear()
    try Console.print("fitted \(output)\n\(table.text)")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import TextCore

struct CatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print a corpus as it is read: documents, normalised.",
    discussion: """
      Each document is followed by a line feed; with --json it is a JSON line with the file's path, the \
      line at which its record begins, and what the document tells of itself: id, title, source, date.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "Print the first so many documents.")
  var head: Int?

  @Option(
    help: """
      Print so many documents, chosen at random from the whole corpus by --seed, in its order; they are \
      kept in memory.
      """)
  var sample: Int?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if let head, head < 0 { throw ValidationError("--head must be at least 0.") }
    if let sample, sample < 0 { throw ValidationError("--sample must be at least 0.") }
    if head != nil, sample != nil { throw ValidationError("Pass one of --head and --sample.") }
    if sample != nil, reading.sampleBytes != nil {
      throw ValidationError("Pass one of --sample and --sample-bytes.")
    }
  }

  func run() throws {
    var job = CatJob(
      source: try reading.source(), normalizer: reading.normalizer ?? .nfc,
      form: report.json ? .jsonLines : .plain)
    if let head { job.selection = .first(head) }
    if let sample { job.selection = .random(sample, seed: reading.seed) }
    let account = try job.run(makeContext(threads, report)) { (text) throws(TextError) in
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
    try Console.reportLosses(of: account)
  }
}

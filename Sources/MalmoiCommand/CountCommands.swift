// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import CountFiles
import Normalization
import Pipeline
import PreTokenization
import TextCore

/// What both commands that write a count file take.
struct CountOutputOptions: ParsableArguments {
  @Option(help: "The count file to make.")
  var output: String

  @Option(help: "Leave out pretokens that occur less often, in all sources together.")
  var minCount: Int?

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  func validate() throws {
    if let minCount, minCount < 1 { throw ValidationError("--min-count must be at least 1.") }
  }

  func printSummary(
    _ result: CountReport, _ verb: String, _ report: ReportOptions
  ) throws(TextError) {
    let manifest = result.manifest
    let pretokens = manifest.totals.occurrences.reduce(0, &+)
    let documents = manifest.sources.reduce(0) { $0 + $1.documents }
    if report.json {
      return try Console.print(
        JSON.object([
          ("output", .string(output)), ("documents", .integer(documents)),
          ("rejected_records", .integer(result.account.rejects.count)),
          ("replaced_utf8_sequences", .integer(result.account.replacedSequences)),
          ("pretokens", .integer(pretokens)),
          ("distinct_pretokens", .integer(manifest.totals.rows)),
          ("pruned_pretokens", .integer(result.prunedPretokens)),
          ("pruned_occurrences", .integer(result.prunedOccurrences)),
          ("resumed_files", .integer(result.resumedFiles)),
          ("bytes", .integer(result.byteCount)),
          (
            "sources",
            .array(
              manifest.sources.indices.map { index in
                .object([
                  ("name", .string(manifest.sources[index].name)),
                  ("documents", .integer(manifest.sources[index].documents)),
                  ("pretokens", .integer(manifest.totals.occurrences[index])),
                  ("distinct_pretokens", .integer(manifest.totals.distinct[index])),
                ])
              })
          ),
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right)
    table.add("documents", grouped(documents))
    table.add("pretokens", grouped(pretokens))
    table.add("distinct pretokens", grouped(manifest.totals.rows))
    table.add("sources", grouped(manifest.sources.count))
    if minCount != nil {
      table.add("pruned pretokens", grouped(result.prunedPretokens))
      table.add("pruned occurrences", grouped(result.prunedOccurrences))
    }
    table.add("size", fixed(Double(result.byteCount) / 1e6, 1) + " MB")
    ProgressLine.clear()
    try Console.print("\(verb) \(output)\n\(table.text)")
  }
}

struct CountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "count",
    abstract: "Count the pretokens of a corpus, to train from as often as you like.",
    discussion: """
      Writes one file: every distinct pretoken with its count in each source. "malmoi train --counts" \
      trains from it, "malmoi merge-counts" adds such files up. A count that was stopped goes on behind \
      the last finished input files when the same command runs again; until then they are kept in \
      OUTPUT.partial.
      """)

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var sources: SourceOptions

  @Option(help: "How text is cut.")
  var preTokenizer = PreTokenizer.gpt2

  @OptionGroup var numbers: NumberOption

  @OptionGroup var writing: CountOutputOptions

  @Flag(
    help: """
      Make a file of no pretokens where the inputs have no document, as a part of a corpus may.
      """)
  var allowEmpty = false

  @OptionGroup var checkpoints: CheckpointOptions
  @OptionGroup var memory: MemoryOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let (corpus, names) = try sources.corpus(reading)
    var job = CountJob(
      source: corpus, names: names, normalizer: try reading.normalizer ?? .nfc,
      preTokenizer: try numbers.applied(to: preTokenizer), output: writing.output)
    job.overwrites = writing.overwrite
    job.restarts = checkpoints.restart
    job.minimumCount = writing.minCount
    job.allowsEmpty = allowEmpty
    job.memory = try memory.budget()
    job.groupBytes = try checkpoints.groupBytes()
    let result = try job.run(makeContext(threads, report))
    Console.noteResumed(files: result.resumedFiles)
    try writing.printSummary(result, "counted", report)
    try Console.reportLosses(of: result.account)
  }
}

struct MergeCountsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge-counts",
    abstract: "Add count files up, with or without some sources.",
    discussion: """
      Sources of one name become one. A weight multiplies the counts of a source after that, each \
      rounded to the nearest integer, halves up; a pretoken whose counts are all 0 then is left out.
      """)

  @Argument(help: "Files made by count or merge-counts.")
  var file: [String]

  @OptionGroup var writing: CountOutputOptions

  @Option(help: "NAME=2.5 or NAME=1/3: multiply the counts of a source; repeat for more.")
  var weight: [String] = []

  @Option(help: "Leave a source out; repeat for more.")
  var drop: [String] = []

  @OptionGroup var report: ReportOptions

  func run() throws {
    var job = MergeCountsJob(paths: file, output: writing.output)
    job.weights = try CountWeight.parse(weight)
    job.dropped = drop
    job.minimumCount = writing.minCount
    job.overwrites = writing.overwrite
    let result = try job.run(makeContext(threadCount: 1, report))
    if let first = result.repeatedInputs.first {
      Console.note(
        "\(result.repeatedInputs.count) input files were counted more than once, as \(first)")
    }
    try writing.printSummary(result, "merged", report)
  }
}

struct ShowCountsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show-counts",
    abstract: "Print the most frequent pretokens of count files.",
    discussion: """
      A line for each: its count in all sources, a tab, and the pretoken as a JSON string, in which \
      bytes that are not UTF-8 show as U+FFFD. Of equal counts the lower bytes come first.
      """)

  @Argument(help: "Files made by count or merge-counts.")
  var file: [String]

  @Option(help: "How many pretokens.")
  var head = 20

  @Option(help: "Leave a source out; repeat for more.")
  var drop: [String] = []

  func validate() throws {
    if head < 1 { throw ValidationError("--head must be at least 1.") }
  }

  func run() throws {
    var output = ByteBuffer()
    for row in try topCounts(file, dropping: drop, head) {
      output.append(String(row.count))
      output.append("\t")
      let text = String(decoding: row.pretoken, as: UTF8.self)
      appendJSONString(text.utf8.span, to: &output)
      output.append("\n")
    }
    try FileDescriptor.standardOutput.write(output.span, path: "standard output")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import CountFiles
import Normalization
import Pipeline
import PreTokenization
import TextCore
import Training

extension PreTokenizer: ExpressibleByArgument {}

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a byte-level BPE tokenizer from a corpus, or from its counts.",
    discussion: """
      Writes DIR/tokenizer.json, DIR/tokenizer_config.json, DIR/tokenizer.tiktoken and \
      DIR/manifest.json. The merges are those of Hugging Face tokenizers' BpeTrainer on the same \
      documents, whatever the number of threads. From --counts, which "malmoi count" makes, they are \
      those of the text that was counted.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "Train from a count file instead of text; repeat for more.")
  var counts: [String] = []

  @OptionGroup var sources: SourceOptions

  @Option(
    help: """
      NAME=2.5 or NAME=1/3: multiply the counts of a source, each rounded to the nearest, halves up.
      """)
  var weight: [String] = []

  @Option(help: "The number of ids, special tokens and the 256 bytes included.")
  var vocabSize: Int

  @Option(help: "The directory to make.")
  var output: String

  @Option(help: "How text is cut before merging (default: gpt2; of counts, their own).")
  var preTokenizer: PreTokenizer?

  @Option(help: "A special token; repeat for more. They get the first ids, in order.")
  var specialToken: [String] = []

  @Option(help: "Merge no pair that occurs less often.")
  var minFrequency = 1

  @Option(help: "Leave out pretokens that occur less often.")
  var minCount = 1

  @Option(help: "Make no token of more bytes.")
  var maxTokenBytes: Int?

  @Flag(help: "Every token is whole characters, or bytes inside one character.")
  var syllableSafe = false

  @Option(help: "Note the merges after every so many, so that a run that is killed can go on there.")
  var checkpointMerges = 4096

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @OptionGroup var memory: MemoryOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if minFrequency < 1 { throw ValidationError("--min-frequency must be at least 1.") }
    if minCount < 1 { throw ValidationError("--min-count must be at least 1.") }
    if checkpointMerges < 1 { throw ValidationError("--checkpoint-merges must be at least 1.") }
    if let maxTokenBytes, maxTokenBytes < 1 {
      throw ValidationError("--max-token-bytes must be at least 1.")
    }
  }

  func run() throws {
    var training = TrainingOptions(vocabularySize: vocabSize)
    training.specialTokens = specialToken
    training.minimumFrequency = Int64(minFrequency)
    training.maximumTokenBytes = maxTokenBytes
    training.isSyllableSafe = syllableSafe
    try training.check()
    var job = TrainJob(
      input: try input(), training: training, output: output, overwrites: overwrite)
    job.weights = try CountWeight.parse(weight)
    job.memory = try memory.budget()
    job.minimumCount = minCount
    job.checkpointMerges = checkpointMerges
    let result = try job.run(makeContext(threads, report))
    try printSummary(result)
    try Console.reportLosses(of: result.account)
  }

  private func input() throws(TextError) -> TrainJob.Input {
    if counts.isEmpty {
      let (corpus, names) = try sources.corpus(reading)
      return .text(corpus, names, reading.normalizer ?? .nfc, preTokenizer ?? .gpt2)
    }
    guard reading.input.isEmpty, sources.source.isEmpty else {
      throw TextError(
        .invalidArgument, "both text and --counts to train from",
        remedy: "count the text too, or leave one out")
    }
    return .counts(counts, reading.normalizer, preTokenizer)
  }

  private func printSummary(_ result: TrainJob.Report) throws(TextError) {
    let account = result.account
    if report.json {
      return try Console.print(
        JSON.object([
          ("output", .string(output)),
          ("documents", .integer(account.documents)),
          ("rejected_records", .integer(account.rejects.count)),
          ("replaced_utf8_sequences", .integer(account.replacedSequences)),
          ("pretokens", .integer(result.pretokens)),
          ("distinct_pretokens", .integer(result.distinctPretokens)),
          ("pruned_pretokens", .integer(result.prunedPretokens)),
          ("resumed_merges", .integer(result.resumedMerges)),
          ("vocabulary_size", .integer(result.vocabularySize)),
          ("merges", .integer(result.merges)),
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right)
    table.add("documents", grouped(account.documents))
    table.add("pretokens", grouped(result.pretokens))
    table.add("distinct pretokens", grouped(result.distinctPretokens))
    if result.prunedPretokens > 0 {
      table.add("left out as rare", grouped(result.prunedPretokens))
    }
    table.add("merges", grouped(result.merges))
    if result.resumedMerges > 0 {
      table.add("of an earlier run", grouped(result.resumedMerges))
    }
    table.add("vocabulary", grouped(result.vocabularySize))
    ProgressLine.clear()
    try Console.print("trained \(output)\n\(table.text)")
    if result.vocabularySize < vocabSize {
      Console.note(
        "the vocabulary has \(result.vocabularySize) ids, not \(vocabSize): no pair was left to merge"
      )
    }
  }
}

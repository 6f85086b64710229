// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import CountFiles
import Normalization
import Pipeline
import PreTokenization
import TextCore
import Training
import VocabularyFiles

extension PreTokenizer: ExpressibleByArgument {}

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a byte-level BPE tokenizer from a corpus, or from its counts.",
    discussion: """
      Writes DIR/tokenizer.json, DIR/tokenizer_config.json, DIR/tokenizer.tiktoken and \
      DIR/manifest.json. The merges are those of Hugging Face tokenizers' BpeTrainer on the same \
      documents, whatever the number of threads. From --counts, which "malmoi count" makes, they are \
      those of the text that was counted. With --preset, options need only say what is to be different \
      from the tokenizer of a well-known model.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(
    help: ArgumentHelp(
      """
      Make a tokenizer as that of a well-known model was made: a name that "malmoi presets" lists, or \
      a file of that kind. Other options come before what it says.
      """, valueName: "name"))
  var preset: String?

  @Option(help: "Train from a count file instead of text; repeat for more.")
  var counts: [String] = []

  @OptionGroup var sources: SourceOptions

  @Option(
    help: """
      NAME=2.5 or NAME=1/3: multiply the counts of a source, each rounded to the nearest, halves up.
      """)
  var weight: [String] = []

  @Option(
    help: """
      The number of ids, special tokens and the 256 bytes included. Another one than that of --preset \
      leaves special tokens at the end of the vocabulary there.
      """)
  var vocabSize: Int?

  @Option(
    help: """
      Several numbers of ids, as in 8k,16k,32k (k: 1000, Ki: 1024), from one training: each vocabulary \
      in DIR/8k and so on, as a run for it alone makes it, with sizes.json and sizes.svg to compare them.
      """)
  var sizes: String?

  @Option(
    help: """
      With --sizes: text to compare the vocabularies on (default: the training text); repeat for more.
      """)
  var heldOut: [String] = []

  @Option(help: "With --sizes: numbers a row of the model's embedding has, to tell its parameters.")
  var embeddingWidth = 4096

  @Option(help: "The directory to make.")
  var output: String

  @Option(
    help: "How text is cut before merging (default: the preset's, else gpt2; of counts, their own)."
  )
  var preTokenizer: PreTokenizer?

  @OptionGroup var numbers: NumberOption

  @OptionGroup var morphemes: MorphemeTrainingOptions

  @Option(
    help: """
      Train in two stages, the first with this rule of cutting: its tokens lie inside words, those of \
      the second, which --pre-tokenizer cuts, may span them.
      """)
  var firstPreTokenizer: PreTokenizer?

  @Option(help: "The number of ids when the first of two stages ends.")
  var firstSize: Int?

  @Option(help: "With --counts: a count file for the first of two stages; repeat for more.")
  var firstCounts: [String] = []

  @Option(help: "A special token; repeat for more. They get the first ids, in order.")
  var specialToken: [String] = []

  @Option(help: "ID=TEXT: a special token with an id of its own; the others lie around it.")
  var specialTokenID: [String] = []

  @Option(
    help: "A token that is always found in text, like a special one, but is none; repeatable.")
  var userSymbol: [String] = []

  @Option(help: "Reserve so many tokens <unused0>, <unused1>, … behind the special ones.")
  var unused = 0

  @Option(help: "Fill the vocabulary up with further <unused…> to a multiple of this (default: 1).")
  var padToMultiple: Int?

  @Option(help: "Fill the vocabulary up with further <unused…> to this number of ids.")
  var padToSize: Int?

  @Option(
    help: """
      Train nothing into the last so many ids: special tokens with an id there and <unused…> have \
      them (default: 0).
      """)
  var reserveLast: Int?

  @Option(help: "Merge no pair that occurs less often.")
  var minFrequency = 1

  @Option(help: "Leave out pretokens that occur less often.")
  var minCount = 1

  @Option(help: "Make no token of more bytes.")
  var maxTokenBytes: Int?

  @Option(help: "Make no token of more characters; parts of one count as one.")
  var maxTokenChars: Int?

  @Option(help: "Make no token of more words, which are the parts between spaces.")
  var maxTokenWords: Int?

  @Option(help: "Only the N most frequent characters become part of tokens; others stay bytes.")
  var limitAlphabet: Int?

  @Option(
    help:
      "Characters that get a token each, before anything else is merged; @FILE reads them there.")
  var requiredChars: String?

  @Option(help: "Count a run of more than N equal characters, as in ㅋㅋㅋㅋ, as one of N.")
  var maxRepeats: Int?

  @Flag(help: "Every token is whole characters, or bytes inside one character.")
  var syllableSafe = false

  @OptionGroup var checkpoints: CheckpointOptions

  @Option(
    help: "Note the merges after every so many, so that a run that is killed can go on there.")
  var checkpointMerges = 4096

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @OptionGroup var memory: MemoryOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    for (name, value) in [
      ("min-frequency", minFrequency), ("min-count", minCount),
      ("checkpoint-merges", checkpointMerges), ("pad-to-multiple", padToMultiple ?? 1),
      ("pad-to-size", padToSize ?? 1), ("embedding-width", embeddingWidth),
      ("max-token-bytes", maxTokenBytes ?? 1),
      ("max-token-chars", maxTokenChars ?? 1), ("max-token-words", maxTokenWords ?? 1),
      ("first-size", firstSize ?? 1), ("max-repeats", maxRepeats ?? 1),
    ] where value < 1 {
      throw ValidationError("--\(name) must be at least 1.")
    }
    for (name, value) in [
      ("unused", unused), ("limit-alphabet", limitAlphabet ?? 0),
      ("reserve-last", reserveLast ?? 0),
    ] where value < 0 {
      throw ValidationError("--\(name) must be at least 0.")
    }
    if vocabSize != nil && sizes != nil {
      throw ValidationError("Pass one of --vocab-size and --sizes.")
    }
    if preset == nil && vocabSize == nil && sizes == nil {
      throw ValidationError("Pass one of --vocab-size and --sizes, or a --preset.")
    }
    if sizes == nil, !heldOut.isEmpty { throw ValidationError("--held-out is for --sizes.") }
  }

  func run() throws {
    guard let preset else { return try train(as: nil) }
    var command = self
    let use = try command.apply(.named(preset))
    try command.train(as: use)
  }

  private func train(as use: PresetUse?) throws {
    let sizes = try self.sizes.map(SizeList.parse) ?? []
    let largest = vocabSize ?? sizes.map(\.count).max() ?? 0
    let training = try trainingOptions(size: largest, as: use)
    if sizes.isEmpty { try training.check() }
    var job = TrainJob(
      input: try input(), training: training, output: output, overwrites: overwrite)
    job.sizes = sizes
    job.preset = use
    job.firstStage = try firstStage(training, as: use)
    job.weights = try CountWeight.parse(weight)
    job.memory = try memory.budget()
    job.minimumCount = minCount
    job.checkpointMerges = checkpointMerges
    job.groupBytes = try checkpoints.groupBytes()
    job.restarts = checkpoints.restart
    job.alphabetLimit = limitAlphabet
    job.maximumRepeats = maxRepeats
    job.morphemes = try morphemes.training()
    // A path that leads nowhere is told before the work.
    let heldOut = try heldOutSource()
    job.measuresTrainingText = !sizes.isEmpty && heldOut == nil
    let context = makeContext(threads, report)
    let result = try job.run(context)
    Console.noteResumed(files: result.resumedFiles)
    if sizes.isEmpty {
      try printSummary(result, use)
    } else {
      let sweep = SizeSweep(
        result, sizes, heldOut: heldOut, embeddingWidth: embeddingWidth)
      let measured = try sweep.measure(context)
      try sweep.write(measured, to: output)
      ProgressLine.clear()
      if report.json {
        try Console.print(sweep.json(measured))
      } else if !report.quiet {
        var told = "trained \(output)\n"
        if let use { told += "as \(use.preset.name) (\(use.preset.grade.rawValue))\n" }
        try Console.print(told + sweep.table(measured))
        for (size, made) in zip(sizes, result.vocabularies) where made.size < size.count {
          Console.note("\(size.name) has \(made.size) ids: no pair was left to merge")
        }
      }
    }
    if let note = result.normalizer.tokenizersNote { Console.note(note) }
    try Console.reportLosses(of: result.account)
  }

  private func heldOutSource() throws(TextError) -> CorpusSource? {
    if heldOut.isEmpty { return nil }
    return try reading.source(heldOut)
  }

  private func trainingOptions(
    size: Int, as use: PresetUse?
  ) throws(TextError) -> TrainingOptions {
    var training = TrainingOptions(vocabularySize: size)
    training.specialTokens = specialToken
    for option in specialTokenID {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let id = UInt32(parts[0]) else {
        throw TextError(
          .invalidArgument, "\"\(option)\" is no id and text",
          remedy: "write --special-token-id '0=<pad>'")
      }
      guard training.placedTokens.updateValue(String(parts[1]), forKey: id) == nil else {
        throw TextError(
          .invalidArgument, "id \(id) is given to two special tokens",
          remedy: "choose another for one of them")
      }
    }
    training.lastTokens = use?.lastTokens ?? [:]
    training.reservedLastIDs = reserveLast ?? 0
    training.userSymbols = userSymbol
    training.unusedTokens = unused
    training.sizeMultiple = padToMultiple ?? 1
    training.paddedSize = padToSize
    training.minimumFrequency = Int64(minFrequency)
    training.maximumTokenBytes = maxTokenBytes
    training.maximumTokenCharacters = maxTokenChars
    training.maximumTokenWords = maxTokenWords
    training.isSyllableSafe = syllableSafe
    training.requiredCharacters = try requiredCharacters()
    return training
  }

  /// The first stage, if the options ask for two.
  private func firstStage(
    _ training: TrainingOptions, as use: PresetUse?
  ) throws(TextError) -> FirstStage? {
    guard let firstSize else {
      if firstPreTokenizer == nil && firstCounts.isEmpty { return nil }
      throw TextError(
        .invalidArgument, "a first stage whose end is not given",
        remedy: "add --first-size, the number of ids when it ends")
    }
    guard counts.isEmpty == firstCounts.isEmpty, firstPreTokenizer != nil || !counts.isEmpty else {
      throw TextError(
        .invalidArgument, "two stages have not both what they are trained from",
        remedy: counts.isEmpty
          ? "name the rule of the first by --first-pre-tokenizer"
          : "name the count files of the first by --first-counts")
    }
    // The share that a preset gives to the first stage may be less than what is there without merges.
    let isOfPreset = use.map { !$0.overridden.contains("first_stage") } ?? false
    return FirstStage(
      preTokenizer: try firstPreTokenizer.map { rule throws(TextError) in
        try numbers.applied(to: rule)
      },
      counts: firstCounts,
      size: isOfPreset ? max(firstSize, training.alphabetSize) : firstSize)
  }

  private func requiredCharacters() throws(TextError) -> [Unicode.Scalar] {
    guard let requiredChars else { return [] }
    var text = requiredChars
    if text.hasPrefix("@") { text = try readFile(String(text.dropFirst())).makeString() }
    var seen: Set<Unicode.Scalar> = []
    return text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" && seen.insert($0).inserted }
  }

  private func input() throws(TextError) -> TrainJob.Input {
    if counts.isEmpty {
      let (corpus, names) = try sources.corpus(
        reading, apart: Set(try CountWeight.parse(weight).keys))
      return .text(
        corpus, names, try reading.normalizer ?? .nfc,
        try numbers.applied(to: preTokenizer ?? .gpt2))
    }
    guard reading.input.isEmpty, sources.source.isEmpty else {
      throw TextError(
        .invalidArgument, "both text and --counts to train from",
        remedy: "count the text too, or leave one out")
    }
    let isAnyRule = preTokenizer == nil && numbers.digits == nil
    return .counts(
      counts, try reading.normalizer,
      isAnyRule ? nil : try numbers.applied(to: preTokenizer ?? .gpt2))
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TextCore
import TokenFiles

extension LoaderSplit: ExpressibleByArgument {}
extension DeepSpeedMetric: ExpressibleByArgument {}

/// Makes what a training framework's data loader would build first.
struct LoaderIndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loader-index",
    abstract: "Make the sample indexes of a training framework for token files.",
    discussion: """
      A framework builds them when training starts, on one machine while all others wait. Made before, \
      byte for byte the same, it finds them and starts at once.
      """,
    subcommands: [
      MegatronLoaderIndexCommand.self, NeoXLoaderIndexCommand.self,
      DeepSpeedLoaderIndexCommand.self,
    ])
}

/// What decides which samples there are.
struct SampleOptions: ParsableArguments {
  @Argument(help: "The token files: the path of one pair up to its extension.")
  var prefix: String

  @Option(help: "Tokens of a sample.")
  var sequenceLength: Int

  @Option(help: "The random seed of the training run.")
  var seed: UInt32

  @Flag(help: "Replace existing indexes.")
  var overwrite = false

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard (2...Int(Int32.max)).contains(sequenceLength) else {
      throw ValidationError("--sequence-length must be between 2 and 2147483647.")
    }
  }

  /// The prefix without the extension of one of its files.
  var path: String {
    prefix.hasSuffix(".idx") || prefix.hasSuffix(".bin") ? String(prefix.dropLast(4)) : prefix
  }

  /// Numbers of samples from "1000,epoch,10", nil for an epoch; none at all from nothing.
  static func counts(_ text: String?) throws -> [Int?] {
    guard let text else { return [] }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      if part == "epoch" { return nil }
      guard let count = Int(part.filter { $0 != " " }), count >= 0 else {
        throw ValidationError("--samples takes up to three numbers, as in 1000,100,10.")
      }
      return count
    }
  }

  func printSummary(_ splits: [LoaderIndexSummary]) throws(TextError) {
    if report.json {
      return try Console.print(
        JSON.object([
          (
            "splits",
            .array(
              splits.map { split in
                .object([
                  ("split", .string(split.split)), ("documents", .integer(split.documentCount)),
                  ("tokens", .integer(split.tokensPerEpoch)),
                  ("epochs", .integer(split.epochCount)),
                  ("samples", .integer(split.sampleCount)), ("files", .string(split.path)),
                ])
              })
          )
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right, .right, .right, .right)
    table.add("split", "documents", "tokens", "epochs", "samples")
    for split in splits {
      table.add(
        split.split, grouped(split.documentCount), grouped(split.tokensPerEpoch),
        grouped(split.epochCount), grouped(split.sampleCount))
    }
    let names = splits.map { "  \($0.path)*" }.joined(separator: "\n")
    try Console.print("\(table.text)\n\(names)")
  }
}

struct MegatronLoaderIndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "megatron",
    abstract: "The document, sample and shuffle indexes of Megatron-core's GPTDataset.",
    discussion: """
      Megatron finds them by a hash of everything that its run states: the path of the data as given \
      there, numbers of samples (train iterations times the global batch size), sequence length, seed, \
      split and tokenizer. What differs by a letter is not found, and built by Megatron as ever. \
      docs/shuffling.md says how to read each off a run. As megatron-core 0.16.1.
      """)

  @OptionGroup var samples: SampleOptions

  @Option(help: "Weights of training, validation and test, letter for letter as the run's --split.")
  var split: String?

  @Option(help: "All of it is for this split: the run names it by --train-data-path and the like.")
  var whole: LoaderSplit?

  @Option(
    name: .customLong("samples"),
    help: """
      Samples of training, validation and test, as 1000,100,10; epoch stands for those of one, which \
      is the default.
      """)
  var sampleCounts: String?

  @Option(help: "The path that the run gives (default: PREFIX).")
  var dataPath: String?

  @Option(help: "The run's --data-cache-path (default: PREFIX/cache/GPTDataset_indices).")
  var cache: String?

  @Option(
    help: """
      The class of the run's tokenizer with its module (default: Megatron-core's DefaultTokenizerText).
      """)
  var tokenizerClass: String?

  @Option(help: "The run's --tokenizer-model.")
  var tokenizerPath: String?

  @Option(help: "NAME=VALUE that the run's tokenizer is made with; repeat, in its order.")
  var tokenizerArgument: [String] = []

  @Option(help: "A file with the tokenizer's unique_identifiers as JSON, instead of these three.")
  var tokenizerIdentifiers: String?

  @Flag(help: "Keep a short last validation sample (drop_last_partial_validation_sequence=False).")
  var keepPartialValidation = false

  @Flag(help: "Draw samples without the extra token (add_extra_token_to_sequence=False).")
  var noExtraToken = false

  func validate() throws {
    if (split == nil) == (whole == nil) {
      throw ValidationError("Give either --split or --whole.")
    }
    let counts = try SampleOptions.counts(sampleCounts)
    if counts.count > (whole == nil ? 3 : 1) {
      throw ValidationError("--samples has more numbers than there are splits.")
    }
    if tokenizerIdentifiers != nil,
      tokenizerPath != nil || tokenizerClass != nil || !tokenizerArgument.isEmpty
    {
      throw ValidationError("--tokenizer-identifiers says all of the tokenizer.")
    }
    for argument in tokenizerArgument where !argument.contains("=") {
      throw ValidationError("--tokenizer-argument takes NAME=VALUE, not \(argument).")
    }
  }

  func run() throws {
    let division: MegatronLoaderIndex.Division =
      if let whole { .whole(whole) } else { .weights(try MegatronSplits(split ?? "")) }
    var index = MegatronLoaderIndex(
      path: samples.path, division: division, sequenceLength: samples.sequenceLength,
      seed: samples.seed, tokenizer: try tokenizer())
    index.dataPath = dataPath ?? samples.path
    index.cacheDirectory = cache ?? "\(index.dataPath)/cache/GPTDataset_indices"
    let counts = try SampleOptions.counts(sampleCounts)
    let first = whole.flatMap { LoaderSplit.allCases.firstIndex(of: $0) } ?? 0
    for (place, count) in counts.enumerated() { index.sampleCounts[first + place] = count }
    index.addsExtraToken = !noExtraToken
    index.dropsLastPartialValidation = !keepPartialValidation
    index.overwrites = samples.overwrite
    try samples.printSummary(try index.write())
  }

  /// What `MegatronTokenizer.from_pretrained` makes where no type of model is given.
  private static let defaultTokenizerClass =
    "megatron.core.tokenizers.text.models.default_tokenizer.DefaultTokenizerText"

  private func tokenizer() throws(TextError) -> JSON {
    if let tokenizerIdentifiers {
      let document = try JSONDocument(
        readFile(tokenizerIdentifiers), path: tokenizerIdentifiers, code: .invalidArgument)
      return try Self.json(document.root, tokenizerIdentifiers)
    }
    var fields: [(String, JSON)] = [
      ("class", .string(tokenizerClass ?? Self.defaultTokenizerClass)),
      ("tokenizer_path", tokenizerPath.map { .string($0) } ?? .null),
    ]
    for argument in tokenizerArgument {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      fields.append((String(parts[0]), .string(String(parts[1]))))
    }
    return .object(fields)
  }

  /// `value` again, to be written; Megatron's identifiers are texts and lists of them.
  private static func json(_ value: JSONValue, _ path: String) throws(TextError) -> JSON {
    switch value.kind {
    case .null: return .null
    case .bool: return .bool(value.bool ?? false)
    case .string: return .string(value.string ?? "")
    case .number:
      if let integer = value.integer { return .integer(integer) }
    case .array:
      var items: [JSON] = []
      for element in value.elements { items.append(try json(element, path)) }
      return .array(items)
    case .object:
      var fields: [(String, JSON)] = []
      for (name, field) in value.fields { fields.append((name, try json(field, path))) }
      return .object(fields)
    }
    throw TextError(
      .invalidArgument, "a number that is no integer among the tokenizer's identifiers",
      at: .init(path: path), remedy: "print them with json.dumps(tokenizer.unique_identifiers)")
  }
}

struct NeoXLoaderIndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neox",
    abstract: "The index maps of GPT-NeoX, beside the token files.",
    discussion: """
      Their names tell the split, the number of samples, the sequence length and the seed; GPT-NeoX finds \
      them there. Numbers of samples are train iterations times the batch size of all workers, and with \
      weights of several data sets each data set's part and 0.5 % more.
      """)

  @OptionGroup var samples: SampleOptions

  @Option(help: "Weights of training, validation and test, as the run's split.")
  var split: String?

  @Option(help: "All of it is for this split by the name it has in files, such as train_0.")
  var whole: String?

  @Option(
    name: .customLong("samples"),
    help: "Samples of training, validation and test, as 1000,100,10.")
  var sampleCounts: String

  @Flag(help: "Name files as GPT-NeoX did before it knew how samples are packed (until 2024).")
  var olderNames = false

  func validate() throws {
    if (split == nil) == (whole == nil) {
      throw ValidationError("Give either --split or --whole.")
    }
    let counts = try SampleOptions.counts(sampleCounts)
    if !(1...(whole == nil ? 3 : 1)).contains(counts.count) || counts.contains(nil) {
      throw ValidationError("--samples has another number of numbers than there are splits.")
    }
    if let whole, whole.isEmpty || whole.contains("/") {
      throw ValidationError("--whole takes a name such as train_0.")
    }
  }

  func run() throws {
    let division: NeoXLoaderIndex.Division =
      if let whole { .whole(whole) } else { .weights(try NeoXSplits(split ?? "")) }
    var index = NeoXLoaderIndex(
      path: samples.path, division: division, sequenceLength: samples.sequenceLength,
      seed: samples.seed, sampleCounts: try SampleOptions.counts(sampleCounts).compactMap { $0 })
    index.namesPacking = !olderNames
    index.overwrites = samples.overwrite
    try samples.printSummary(try index.write())
  }
}

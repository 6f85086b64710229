// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import TextCore
import TokenFiles

/// What tells documents apart in files of ids alone.
struct EndOfDocumentOption: ParsableArguments {
  @Option(
    help: """
      The id that ends every document, for nanogpt, llm.c and npy files of other tools, which hold ids \
      alone.
      """)
  var endOfDocument: UInt32?
}

/// Sets of token files that are read, and how the documents are written again.
struct ConversionOptions: ParsableArguments {
  static let inputsHelp: ArgumentHelp =
    "Sets of token files: a prefix, a directory, a manifest or one of the files."

  @OptionGroup var ending: EndOfDocumentOption
  @OptionGroup var sinks: SinkOptions
  @OptionGroup var report: ReportOptions

  /// Writes what the sets `inputs` hold, in `shardCount` like shards where that is given.
  func run(_ verb: String, _ inputs: [String], shardCount: Int? = nil) throws {
    var readers: [TokenFileReader] = []
    for input in inputs {
      readers.append(try TokenFileReader(input, endOfDocument: ending.endOfDocument))
    }
    var job = ConvertShardsJob(inputs: readers, outputs: try sinks.outputs)
    job.limits = sinks.limits
    job.shardCount = shardCount
    job.tokenType = sinks.tokenType
    job.overwrites = sinks.overwrite
    job.restarts = sinks.restart
    if let checkpoint = sinks.checkpointMib { job.checkpointBytes = checkpoint << 20 }
    let result = try job.run(makeContext(threadCount: 1, report))
    let outputs = try sinks.outputs
    try printSummary(
      verb, outputs.indices.map { (outputs[$0], result.files[$0], result.tokenTypes[$0].name) },
      resumedDocuments: result.resumedDocuments)
  }

  /// Tells what was made: each output, what it holds, and how ids are stored.
  func printSummary(
    _ verb: String, _ made: [(SinkOutput, TokenFileSummary, tokenType: String)],
    resumedDocuments: Int
  ) throws(TextError) {
    if report.json {
      let outputs = made.map { output, files, tokenType in
        JSON.object([
          ("format", .string(output.format.rawValue)), ("output", .string(output.path)),
          ("documents", .integer(files.documentCount)), ("tokens", .integer(files.tokenCount)),
          ("shards", .integer(files.shardCount)), ("bytes", .integer(files.byteCount)),
          ("token_type", .string(tokenType)),
        ])
      }
      return try Console.print(
        .object([
          ("outputs", .array(outputs)), ("resumed_documents", .integer(resumedDocuments)),
        ]))
    }
    if report.quiet { return }
    ProgressLine.clear()
    for (output, files, tokenType) in made {
      var table = Table(.left, .right)
      table.add("documents", grouped(files.documentCount))
      table.add("tokens", grouped(files.tokenCount))
      table.add("shards", grouped(files.shardCount))
      table.add("token type", tokenType)
      try Console.print("\(verb) \(output.path)\n\(table.text)")
    }
  }
}

struct ConvertShardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert-shards",
    abstract: "Write token files in another format, without encoding anything again.",
    discussion: """
      The documents of all inputs, in their order, go to --output and to every --sink. Each input is \
      read by its own layout, and checked as it is read; all must be of one tokenizer. An unfinished \
      run goes on as that of encode does.

        malmoi convert-shards out/a --sink mds:out/mds --sink nanogpt:out/train
      """)

  @Argument(help: ConversionOptions.inputsHelp)
  var inputs: [String]

  @OptionGroup var options: ConversionOptions

  func validate() throws { try options.sinks.check() }

  func run() throws { try options.run("wrote", inputs) }
}

struct SplitShardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Divide a set of token files into shards.",
    discussion: """
      Into --shards of like size, or by --shard-tokens or --shard-bytes; documents stay whole and in \
      their order.

        malmoi split out/all --shards 8 --output out/parts
      """)

  @Argument(help: ConversionOptions.inputsHelp)
  var inputs: [String]

  @OptionGroup var options: ConversionOptions

  @Option(help: "Into how many shards of about as many tokens each.")
  var shards: Int?

  func validate() throws {
    try options.sinks.check()
    if let shards, !(1...100_000).contains(shards) {
      throw ValidationError("--shards must be between 1 and 100000.")
    }
    if (shards == nil) == (options.sinks.shardTokens == nil && options.sinks.shardBytes == nil) {
      throw ValidationError("Say either --shards or --shard-tokens or --shard-bytes.")
    }
  }

  func run() throws { try options.run("divided into", inputs, shardCount: shards) }
}

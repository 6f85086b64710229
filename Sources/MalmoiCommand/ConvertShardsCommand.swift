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
  @Argument(help: "Sets of token files: a prefix, a directory, a manifest or one of the files.")
  var inputs: [String]

  @OptionGroup var ending: EndOfDocumentOption
  @OptionGroup var sinks: SinkOptions
  @OptionGroup var report: ReportOptions

  /// Writes what the inputs hold, in `shardCount` like shards where that is given.
  func run(_ verb: String, shardCount: Int? = nil) throws {
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
    try printSummary(verb, result)
  }

  private func printSummary(
    _ verb: String, _ result: ConvertShardsJob.Report
  ) throws(TextError) {
    let outputs = try sinks.outputs
    if report.json {
      let made = outputs.indices.map { index in
        JSON.object([
          ("format", .string(outputs[index].format.rawValue)),
          ("output", .string(outputs[index].path)),
          ("documents", .integer(result.files[index].documentCount)),
          ("tokens", .integer(result.files[index].tokenCount)),
          ("shards", .integer(result.files[index].shardCount)),
          ("bytes", .integer(result.files[index].byteCount)),
          ("token_type", .string(result.tokenTypes[index].name)),
        ])
      }
      return try Console.print(
        .object([
          ("outputs", .array(made)), ("resumed_documents", .integer(result.resumedDocuments)),
        ]))
    }
    if report.quiet { return }
    ProgressLine.clear()
    for (index, output) in outputs.enumerated() {
      var table = Table(.left, .right)
      table.add("documents", grouped(result.files[index].documentCount))
      table.add("tokens", grouped(result.files[index].tokenCount))
      table.add("shards", grouped(result.files[index].shardCount))
      table.add("token type", result.tokenTypes[index].name)
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

  @OptionGroup var options: ConversionOptions

  func validate() throws { try options.sinks.check() }

  func run() throws { try options.run("wrote") }
}

struct MergeShardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join sets of token files to one.",
    discussion: """
      The documents of all inputs in the order in which they are named, with a document index of all of \
      them. Sets of different tokenizers are refused.

        malmoi merge out/news out/wiki --output out/all
      """)

  @OptionGroup var options: ConversionOptions

  func validate() throws {
    try options.sinks.check()
    if options.inputs.count < 2 { throw ValidationError("Name at least two sets to join.") }
  }

  func run() throws { try options.run("joined to") }
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

  func run() throws { try options.run("divided into", shardCount: shards) }
}

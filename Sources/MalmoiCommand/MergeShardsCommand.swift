// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import TextCore
import TokenFiles

struct MergeShardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join sets of token files to one.",
    discussion: """
      The documents of all inputs in the order in which they are named, with a document index of all of \
      them. Sets of different tokenizers are refused.

        malmoi merge out/news out/wiki --output out/all

      --move-shards copies nothing: every shard of every set gets the name of a shard of the output, and \
      the sets are gone. Of sets that "malmoi encode --shard-input-bytes" has written, one for each unit \
      that "malmoi inputs" lists, it makes the files, and the manifest, that one run over all inputs \
      writes. Sets must be whole, of the same options and on the output's file system; if anything is \
      wrong nothing is moved. A run that was cut off goes on when the same command runs again.
      """)

  @Argument(help: ConversionOptions.inputsHelp)
  var inputs: [String] = []

  @Option(help: "Join the sets that this file names too, a path a line; - for standard input.")
  var setsFrom: String?

  @Flag(help: "Give the shards of the sets new names, instead of copying them.")
  var moveShards = false

  @OptionGroup var options: ConversionOptions

  func validate() throws {
    try options.sinks.check()
    if inputs.isEmpty, setsFrom == nil {
      throw ValidationError("Name the sets to join, or a file of their names by --sets-from.")
    }
    if inputs.count < 2, setsFrom == nil, !moveShards {
      throw ValidationError("Name at least two sets to join.")
    }
  }

  func run() throws {
    let sets = try inputs + listedSets()
    if moveShards { return try move(sets) }
    try options.run("joined to", sets)
  }

  /// The paths in the file of --sets-from; empty lines name nothing.
  private func listedSets() throws(TextError) -> [String] {
    guard let setsFrom else { return [] }
    var text = ByteBuffer()
    if setsFrom == "-" {
      let input = FileDescriptor.standardInput
      while try input.read(upTo: 1 << 18, into: &text, path: setsFrom) > 0 {}
    } else {
      text = try readFile(setsFrom)
    }
    let lines = text.makeArray().split(separator: UInt8(ascii: "\n"))
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  private func move(_ sets: [String]) throws {
    let sinks = options.sinks
    let outputs = try sinks.outputs
    guard outputs.count == 1, let output = outputs.first else {
      throw TextError(
        .invalidArgument, "moved shards go to one output", remedy: "name one by --output")
    }
    guard sinks.shardTokens == nil, sinks.shardBytes == nil, sinks.tokenType == .auto,
      options.ending.endOfDocument == nil
    else {
      throw TextError(
        .invalidArgument, "moved shards stay as they are",
        remedy: "leave out --shard-tokens, --shard-bytes, --token-type and --end-of-document")
    }
    var job = MoveShardsJob(sets: sets, output: output.path)
    // Without a word about it --format says the default, which is no demand.
    job.format = sinks.output != nil && output.format == .megatron ? nil : output.format
    job.overwrites = sinks.overwrite
    job.restarts = sinks.restart
    let result = try job.run(makeContext(threadCount: 1, options.report))
    if result.wasDone {
      Console.note("none of the sets is there any more: \(output.path) was joined before")
    }
    let moved = SinkOutput(format: result.format, path: output.path)
    try options.printSummary(
      "joined to", [(moved, result.files, result.tokenType)], resumedDocuments: 0)
  }
}

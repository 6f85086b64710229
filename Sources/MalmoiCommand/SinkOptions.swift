// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TextCore
import TokenFiles

extension TokenTypeRequest: ExpressibleByArgument {}

extension TokenFileFormat: ExpressibleByArgument {}

/// Where token files go, in which formats, and how they are divided.
struct SinkOptions: ParsableArguments {
  @Option(
    help: "The path of the token files: up to their extension, or a directory, as the format wants."
  )
  var output: String?

  @Option(help: "The layout of the files of --output.")
  var format = TokenFileFormat.megatron

  @Option(help: "Write FORMAT:PATH too; may be repeated, instead of --output or beside it.")
  var sink: [String] = []

  @Option(help: "Start a new shard before one would exceed so many tokens.")
  var shardTokens: Int?

  @Option(help: "Start a new shard before its main file would exceed so many bytes.")
  var shardBytes: Int?

  @Option(help: "How ids are stored; auto is the narrowest of the format that holds every id.")
  var tokenType = TokenTypeRequest.auto

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @Flag(help: "Forget what an unfinished run has left, and begin anew.")
  var restart = false

  @Option(
    help: """
      Make everything durable whenever so many MiB of ids were written (default: 256): what a run \
      that is killed can lose. No effect on results.
      """)
  var checkpointMib: Int?

  /// All outputs, that of --output first.
  var outputs: [SinkOutput] {
    get throws(TextError) {
      var outputs: [SinkOutput] = []
      if let output { outputs.append(SinkOutput(format: format, path: output)) }
      for text in sink { outputs.append(try SinkOutput(parsing: text)) }
      return outputs
    }
  }

  var limits: ShardLimits { ShardLimits(tokens: shardTokens, bytes: shardBytes) }

  func check() throws {
    if output == nil, sink.isEmpty {
      throw ValidationError("Say where the token files go, by --output or --sink.")
    }
    if let shardTokens, shardTokens < 1 {
      throw ValidationError("--shard-tokens must be at least 1.")
    }
    if let shardBytes, shardBytes < 1 { throw ValidationError("--shard-bytes must be at least 1.") }
    if let checkpointMib, !(1...1_048_576).contains(checkpointMib) {
      throw ValidationError("--checkpoint-mib must be between 1 and 1048576.")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore
import TokenFiles
import Tokenization

extension TokenTypeRequest: ExpressibleByArgument {}

/// The layouts in which token ids are written.
enum TokenFileFormat: String, CaseIterable, ExpressibleByArgument {
  case megatron
}

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Encode a corpus into token files for training.",
    discussion: """
      Writes PREFIX.bin and PREFIX.idx (with --shard-tokens: PREFIX-00000.bin and so on) and \
      PREFIX.manifest.json. Every document is one sequence, empty ones too, in the order of the \
      inputs.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "The path of the token files up to their extension.")
  var output: String

  @Option(help: "The layout of the files.")
  var format = TokenFileFormat.megatron

  @Flag(help: "End every document with the end-of-document token.")
  var appendEod = false

  @Option(
    help: "The end-of-document token (default: the tokenizer's <|endoftext|>, </s> or [EOS]).")
  var eodToken: String?

  @Option(help: "Start a new shard before one would exceed so many tokens.")
  var shardTokens: Int?

  @Option(help: "How ids are stored; auto is uint16 where every id fits, else int32.")
  var tokenType = TokenTypeRequest.auto

  @Flag(
    help: """
      Take special tokens spelled out in the text for what they say. Added tokens that are not \
      special always are.
      """)
  var parseSpecialTokens = false

  @Flag(
    help: """
      Add the special tokens that the tokenizer's post-processor puts before and behind a text, to \
      every document. Off by default: corpora for training mark documents by --append-eod.
      """)
  var addSpecialTokens = false

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @Option(
    help: """
      The pretoken cache of each worker in MiB, less if the input is small; 0 is the smallest. With \
      morphemes a fifth of it is for the cuts of eojeols. No effect on results.
      """)
  var cacheMib = Encoder.defaultCacheBytes >> 20

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if let shardTokens, shardTokens < 1 {
      throw ValidationError("--shard-tokens must be at least 1.")
    }
    if !(0...65_536).contains(cacheMib) {
      throw ValidationError("--cache-mib must be between 0 and 65536.")
    }
    if eodToken != nil, !appendEod { throw ValidationError("--eod-token needs --append-eod.") }
  }

  func run() throws {
    let loaded = try cutting.load(tokenizer)
    var job = EncodeJob(source: try reading.source(), tokenizer: loaded, prefix: output)
    job.normalizer = try reading.normalizer
    if appendEod {
      job.endOfDocument = try EncodeJob.endOfDocument(named: eodToken, of: loaded)
    }
    job.parsesSpecialTokens = parseSpecialTokens
    job.addsSpecialTokens = addSpecialTokens
    job.shardTokens = shardTokens
    job.tokenType = tokenType
    job.overwrites = overwrite
    job.cacheBytes = cacheMib << 20
    let clock = ContinuousClock()
    let start = clock.now
    let result = try job.run(makeContext(threads, report))
    try printSummary(result, seconds: (clock.now - start) / .seconds(1))
    try Console.reportLosses(of: result.account)
  }

  private func printSummary(
    _ result: EncodeJob.Report, seconds: Double
  ) throws(TextError) {
    if report.json {
      return try Console.print(
        JSON.object([
          ("output", .string(output)),
          ("documents", .integer(result.files.documentCount)),
          ("tokens", .integer(result.files.tokenCount)),
          ("bytes", .integer(result.documentBytes)),
          ("shards", .integer(result.files.shardCount)),
          ("token_type", .string(result.tokenType.name)),
          ("rejected_records", .integer(result.account.rejects.count)),
          ("replaced_utf8_sequences", .integer(result.account.replacedSequences)),
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right)
    table.add("documents", grouped(result.files.documentCount))
    table.add("tokens", grouped(result.files.tokenCount))
    table.add("shards", grouped(result.files.shardCount))
    table.add("token type", result.tokenType.name)
    table.add("text", fixed(Double(result.documentBytes) / 1e6, 1) + " MB")
    table.add("rate", fixed(Double(result.documentBytes) / 1e6 / seconds, 1) + " MB/s")
    ProgressLine.clear()
    try Console.print("encoded \(output)\n\(table.text)")
  }
}

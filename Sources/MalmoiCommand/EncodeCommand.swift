// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore
import TokenFiles
import Tokenization

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Encode a corpus into token files for training.",
    discussion: """
      --output PREFIX writes PREFIX.bin and PREFIX.idx (with --shard-tokens: PREFIX-00000.bin and so \
      on) and PREFIX.manifest.json, or what --format says; --sink FORMAT:PATH, which may be repeated, \
      writes several in one pass. Every document is one sequence, empty ones too, in the order of the \
      inputs.

      A run that is killed, interrupted or out of disk leaves partial files and a journal: the same \
      command goes on behind the last documents that were safe on disk, and gives the same bytes as \
      an undisturbed run. (Not from standard input.)

      Parquet is encoded by the Python package where python3, or the Python that MALMOI_PYTHON names, has \
      it; --field names the column.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @OptionGroup var cutting: PreTokenizerOption

  @OptionGroup var sinks: SinkOptions

  @Option(
    help: """
      Write so many shards of about as many tokens each: every document goes to the one that has the \
      fewest.
      """)
  var shards: Int?

  @OptionGroup var units: UnitOption
  @OptionGroup var sources: SourceOptions

  @OptionGroup var choosing: ChoiceOptions

  @Flag(help: "End every document with the end-of-document token.")
  var appendEod = false

  @Option(
    help: "The end-of-document token (default: the tokenizer's <|endoftext|>, </s> or [EOS]).")
  var eodToken: String?

  @Option(
    name: .customLong("bos-token"),
    help: "Begin every document with this special token of the tokenizer.")
  var bosToken: String?

  @Option(
    help: """
      Cut documents that are longer, before their end: their last ids, such as the end-of-document \
      token, stay.
      """)
  var maxDocumentTokens: Int?

  @OptionGroup var chats: ChatOptions

  @Flag(
    help: """
      Write beside each shard where its documents come from: a .csv.gz with the rows \
      start,end,id,src,loc (tokens of the shard; the corpus' own id, file and line).
      """)
  var provenance = false

  @OptionGroup var packing: PackingOptions

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

  @Option(
    help: """
      The pretoken cache of each worker in MiB, less if the input is small; 0 is the smallest. With \
      morphemes a fifth of it is for the cuts of eojeols. No effect on results.
      """)
  var cacheMib = Encoder.defaultCacheBytes >> 20

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try sinks.check()
    try packing.check()
    try chats.check(reading)
    if chats.chat != nil, parseSpecialTokens || addSpecialTokens || packing.fimRate != nil {
      throw ValidationError(
        """
        --chat takes special tokens from its template alone, and every turn as it is: leave out \
        --parse-special-tokens, --add-special-tokens and --fim-rate.
        """)
    }
    if packing.pack == .bert, parseSpecialTokens || chats.chat != nil {
      throw ValidationError(
        "--pack bert pairs the lines of texts: leave out --parse-special-tokens and --chat.")
    }
    // Each shard has up to three open files.
    if let shards, !(1...256).contains(shards) {
      throw ValidationError("--shards must be between 1 and 256.")
    }
    if shards != nil, sinks.shardTokens != nil || sinks.shardBytes != nil {
      throw ValidationError("Say either --shards or --shard-tokens or --shard-bytes.")
    }
    if let maxDocumentTokens, maxDocumentTokens < 1 {
      throw ValidationError("--max-document-tokens must be at least 1.")
    }
    if !(0...65_536).contains(cacheMib) {
      throw ValidationError("--cache-mib must be between 0 and 65536.")
    }
    if eodToken != nil, !appendEod { throw ValidationError("--eod-token needs --append-eod.") }
  }

  func run() throws {
    try ParquetInputs.handOver(reading.input)
    let unitBytes = try units.byteCount
    if unitBytes != nil { try checkUnits() }
    let loaded = try cutting.load(tokenizer)
    let (corpus, names) = try sources.corpus(reading)
    let choices = try choosing.choices(names)
    var job = EncodeJob(source: corpus, tokenizer: loaded, outputs: try sinks.outputs)
    job.choices = choices
    job.normalizer = try reading.normalizer
    if appendEod {
      job.boundaries.after = try EncodeJob.endOfDocument(named: eodToken, of: loaded)
    }
    if let bosToken {
      job.boundaries.before = try EncodeJob.specialToken(named: bosToken, of: loaded)
    }
    job.boundaries.maximumTokens = maxDocumentTokens
    job.keepsProvenance = provenance
    job.packing = try packing.plan(for: loaded)
    job.chat = try chats.layout(for: loaded)
    job.writesLossMask = !chats.noLossMask
    job.parsesSpecialTokens = parseSpecialTokens
    job.addsSpecialTokens = addSpecialTokens
    job.limits = sinks.limits
    job.limits.balanced = shards
    job.limits.inputBytes = unitBytes
    job.tokenType = sinks.tokenType
    job.overwrites = sinks.overwrite
    job.restarts = sinks.restart
    if let checkpoint = sinks.checkpointMib { job.checkpointBytes = checkpoint << 20 }
    job.cacheBytes = cacheMib << 20
    let clock = ContinuousClock()
    let start = clock.now
    let result = try job.run(makeContext(threads, report))
    try printSummary(result, choices, seconds: (clock.now - start) / .seconds(1))
    for (files, output) in zip(result.files, choices.outputs(job.outputs))
    where files.emptyShardCount > 0 {
      let what =
        files.tokenCount == 0 ? "no tokens" : "\(files.emptyShardCount) shards without tokens"
      Console.note("\(output.path) has \(what): loaders cannot map an empty file")
    }
    try Console.reportLosses(of: result.account)
  }

  private func printSummary(
    _ result: EncodeJob.Report, _ choices: DocumentChoices, seconds: Double
  ) throws(TextError) {
    let outputs = choices.outputs(try sinks.outputs)
    if report.json { return try Console.print(json(of: result, outputs, choices)) }
    if report.quiet { return }
    ProgressLine.clear()
    if result.resumedDocuments > 0 {
      try Console.print("went on behind document \(grouped(result.resumedDocuments))")
    }
    for (index, output) in outputs.enumerated() {
      try Console.print("encoded \(output.path)\n\(table(of: result, index, seconds).text)")
    }
    if let chosen = choosing.table(result.choices, choices) { try Console.print(chosen) }
  }

  /// Where the tokens went that were packed.
  private func addRows(of packed: PackingAccount, to table: inout Table) {
    table.add("documents packed", grouped(packed.documentsIn))
    table.add("their tokens", grouped(packed.tokensIn))
    for kind in PackingAccount.Kind.allCases where packed[kind] > 0 {
      table.add((kind.isAdded ? "added " : "dropped ") + kind.rawValue, grouped(packed[kind]))
    }
    if let loss = packed.lossTokens {
      table.add("of these count in the loss", grouped(loss.into))
      table.add("and in the sequences", grouped(loss.outOf))
    }
  }

  private func table(of result: EncodeJob.Report, _ index: Int, _ seconds: Double) -> Table {
    let files = result.files[index]
    var table = Table(.left, .right)
    table.add(result.packing.isEmpty ? "documents" : "sequences", grouped(files.documentCount))
    table.add("tokens", grouped(files.tokenCount))
    if let packed = packing(of: result, index) { addRows(of: packed, to: &table) }
    if result.truncation.documents > 0 {
      table.add("documents cut", grouped(result.truncation.documents))
      table.add("tokens cut away", grouped(result.truncation.tokens))
    }
    table.add("shards", grouped(files.shardCount))
    table.add("token type", result.tokenTypes[index].name)
    table.add("text", fixed(Double(result.documentBytes) / 1e6, 1) + " MB")
    table.add("rate", fixed(Double(result.documentBytes) / 1e6 / seconds, 1) + " MB/s")
    return table
  }

  private func json(
    of result: EncodeJob.Report, _ outputs: [SinkOutput], _ choices: DocumentChoices
  ) -> JSON {
    let files = result.files[0]
    return .object(
      [
        ("output", .string(outputs[0].path)),
        ("documents", .integer(files.documentCount)),
        ("tokens", .integer(files.tokenCount)),
        ("bytes", .integer(result.documentBytes)),
        ("shards", .integer(files.shardCount)),
        ("token_type", .string(result.tokenTypes[0].name)),
        ("outputs", .array(outputs.indices.map { outputJSON(outputs[$0], result, $0) })),
        ("resumed_documents", .integer(result.resumedDocuments)),
        ("rejected_records", .integer(result.account.rejects.count)),
        ("replaced_utf8_sequences", .integer(result.account.replacedSequences)),
      ] + result.truncation.fields + result.choices.fields(choices)
        + (result.packing.first.map { [("packing", .object($0.fields))] } ?? []))
  }

  /// What packing has done for output `index`: the same for all outputs of a split.
  private func packing(of result: EncodeJob.Report, _ index: Int) -> PackingAccount? {
    if result.packing.isEmpty { return nil }
    return result.packing[index * result.packing.count / result.files.count]
  }

  private func outputJSON(
    _ output: SinkOutput, _ result: EncodeJob.Report, _ index: Int
  ) -> JSON {
    .object(
      [
        ("format", .string(output.format.rawValue)), ("output", .string(output.path)),
        ("documents", .integer(result.files[index].documentCount)),
        ("tokens", .integer(result.files[index].tokenCount)),
        ("shards", .integer(result.files[index].shardCount)),
        ("bytes", .integer(result.files[index].byteCount)),
        ("token_type", .string(result.tokenTypes[index].name)),
      ] + (packing(of: result, index).map { [("packing", .object($0.fields))] } ?? []))
  }
}

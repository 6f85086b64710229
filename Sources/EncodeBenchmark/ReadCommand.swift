// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Normalization
import Parallelism
import TextCore

/// Reading alone: files to normalised documents, which nobody takes.
struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Time reading a corpus into normalised documents; one JSON line a pass.")

  @Argument(help: "Files that malmoi reads.")
  var input: [String]

  @Option(help: "Worker threads.")
  var threads = 1

  @Option(help: "Unicode form: nfc or none.")
  var normalizer = "nfc"

  @Flag(help: "Read the blocks first, and time the parsing of blocks that are in memory.")
  var fromMemory = false

  @Option(help: "How often the blocks in memory are parsed.")
  var passes = 3

  /// What a thread has read.
  private struct Worker: ~Copyable {
    var parser: RecordParser
    var batch = DocumentBatch()
    var normalText = ByteBuffer()
    var blockBytes = 0
    var textBytes = 0
    var documents = 0

    init(_ options: CorpusOptions) { parser = RecordParser(options: options) }

    mutating func read(
      _ block: borrowing RecordBlock, _ normalizer: Normalizer?
    ) throws(TextError) {
      batch.removeAll()
      try parser.parse(block, into: &batch)
      blockBytes += block.bytes.count
      documents += batch.count
      textBytes += batch.text.count
      guard let normalizer else { return }
      for index in 0..<batch.count {
        normalText.removeAll()
        try normalizer.append(batch.document(index), to: &normalText)
      }
    }
  }

  private struct Nothing: ~Copyable, Sendable {}

  func run() throws {
    var options = CorpusOptions()
    options.keepsMetadata = false
    let form: Normalizer? = normalizer == "nfc" ? .nfc : nil
    var reader = CorpusReader(inputs: try CorpusInputs.resolve(input), options: options)
    if fromMemory { return try parse(&reader, options, form) }
    let stopwatch = Stopwatch()
    var totals = (blocks: 0, text: 0, documents: 0)
    try orderedParallelMap(
      threadCount: threads,
      claim: { () throws(TextError) -> RecordBlock? in try reader.nextBlock() },
      makeWorker: { Worker(options) },
      work: { (worker, block) throws(TextError) in
        try worker.read(block, form)
        block.recycle()
        return Nothing()
      },
      emit: { (_: consuming Nothing) in },
      finish: { worker in
        totals.blocks += worker.blockBytes
        totals.text += worker.textBytes
        totals.documents += worker.documents
      })
    try report(stopwatch.elapsed, totals)
  }

  private func parse(
    _ reader: inout CorpusReader, _ options: CorpusOptions, _ form: Normalizer?
  ) throws {
    // Blocks cannot lie in an array, but objects that hold them can.
    final class Holder {
      let block: RecordBlock
      init(_ block: consuming RecordBlock) { self.block = block }
    }
    var holders: [Holder] = []
    while let block = try reader.nextBlock() { holders.append(Holder(block)) }
    for _ in 0..<passes {
      var worker = Worker(options)
      let stopwatch = Stopwatch()
      for holder in holders { try worker.read(holder.block, form) }
      try report(
        stopwatch.elapsed, (worker.blockBytes, worker.textBytes, worker.documents))
    }
  }

  private func report(
    _ seconds: Seconds, _ totals: (blocks: Int, text: Int, documents: Int)
  ) throws(TextError) {
    try printLine(
      [
        ("record_bytes", .integer(totals.blocks)), ("text_bytes", .integer(totals.text)),
        ("documents", .integer(totals.documents)),
        ("peak_bytes", .integer(ProcessUsage.current.peakBytes)),
      ] + seconds.json)
  }
}

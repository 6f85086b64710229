// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore
import TokenFiles
import Tokenization

/// The stages of a whole job, each alone on one thread, all blocks of one stage timed together:
/// what reading, parsing, encoding and writing would cost if nothing stood between them.
struct StagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stages",
    abstract: "Time the stages of encoding a corpus one by one; one JSON line a stage.")

  @OptionGroup var tokenizer: TokenizerOptions

  @Option(help: "A corpus that malmoi encode reads.")
  var input: String

  @Option(help: "The path of the token files up to their extension.")
  var output: String

  /// The documents of a corpus, back to back.
  private struct Documents: ~Copyable {
    var text = ByteBuffer()
    var ends = GrowableBuffer<Int>()
  }

  func run() throws {
    let loaded = try tokenizer.load()
    var documents = Documents()
    let (reading, parsing) = try read(into: &documents)
    var encoder = try EncodeTexts(loaded)
    let stopwatch = Stopwatch()
    let encoded = try encoder.encode(documents.text.span, documentEnds: documents.ends.span)
    let encoding = stopwatch.elapsed
    let writing = try write(encoded, maximumID: UInt32(loaded.vocabularySize - 1))
    let stages = [
      ("read", reading), ("parse", parsing), ("encode", encoding), ("write", writing),
    ]
    for (name, seconds) in stages {
      try printLine(
        [("stage", .string(name)), ("bytes", .integer(documents.text.count))] + seconds.json)
    }
  }

  /// Reads and parses block by block; what gathers the documents is outside of both times.
  private func read(
    into documents: inout Documents
  ) throws(TextError) -> (reading: Seconds, parsing: Seconds) {
    let options = CorpusOptions()
    var reader = CorpusReader(inputs: try CorpusInputs.resolve([input]), options: options)
    var parser = RecordParser(options: options)
    var batch = DocumentBatch()
    var reading = Seconds()
    var parsing = Seconds()
    while true {
      let readWatch = Stopwatch()
      let next = try reader.nextBlock()
      reading += readWatch.elapsed
      guard let block = next else { return (reading, parsing) }
      batch.removeAll()
      let parseWatch = Stopwatch()
      try parser.parse(block, into: &batch)
      parsing += parseWatch.elapsed
      let start = documents.text.count
      documents.text.append(copying: batch.text.span)
      for index in 0..<batch.count { documents.ends.append(start + batch.ends[index]) }
    }
  }

  /// Writes, checks, and makes durable: all that stands between ids and finished token files.
  private func write(
    _ encoded: borrowing EncodeTexts.Encoded, maximumID: UInt32
  ) throws(TextError) -> Seconds {
    var seconds = Seconds()
    var writer = try TokenFileWriter(
      prefix: output, type: encoded.ids.type, maximumID: maximumID)
    var ids = TokenBuffer()
    var ends = GrowableBuffer<Int>()
    var start = 0
    for index in 0..<encoded.ends.count {
      ends.append(encoded.ends[index] - start)
      let isLast = index + 1 == encoded.ends.count
      // About as many ids as a block of the pipeline has.
      guard isLast || encoded.ends[index] - start >= 1 << 18 else { continue }
      ids.removeAll()
      encoded.ids.copy(start..<encoded.ends[index], to: &ids)
      start = encoded.ends[index]
      let stopwatch = Stopwatch()
      try writer.append(documents: ids.span, ends: ends.span)
      seconds += stopwatch.elapsed
      ends.removeAll()
    }
    let stopwatch = Stopwatch()
    try writer.publish(manifest: Manifest(kind: "token-files", toolVersion: toolVersion))
    seconds += stopwatch.elapsed
    return seconds
  }
}

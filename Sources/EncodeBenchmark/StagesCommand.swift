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
    let decoding = try decode(encoded, with: loaded, expecting: documents.text.span)
    let stages = [
      ("read", reading), ("parse", parsing), ("encode", encoding), ("write", writing),
      ("decode", decoding),
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

  /// Decodes all ids, a block after the other into the same memory, as a reader of token files does.
  ///
  /// - Throws: `damagedArtefact` if that is not the text, which should be normal.
  private func decode(
    _ encoded: borrowing EncodeTexts.Encoded, with tokenizer: Tokenizer, expecting text: Span<UInt8>
  ) throws(TextError) -> Seconds {
    var seconds = Seconds()
    var ids = TokenBuffer()
    var decoded = ByteBuffer()
    var end = 0
    for start in stride(from: 0, to: encoded.ids.count, by: 1 << 16) {
      ids.removeAll()
      decoded.removeAll()
      encoded.ids.copy(start..<min(start + 1 << 16, encoded.ids.count), to: &ids)
      let stopwatch = Stopwatch()
      try tokenizer.decode(ids.span, to: &decoded)
      seconds += stopwatch.elapsed
      let expected = text.extracting(end..<min(end + decoded.count, text.count))
      guard decoded.span.elementsEqual(expected) else { throw .otherText }
      end += decoded.count
    }
    guard end == text.count else { throw .otherText }
    return seconds
  }

  /// Writes, checks, and makes durable: all that stands between ids and finished token files.
  private func write(
    _ encoded: borrowing EncodeTexts.Encoded, maximumID: UInt32
  ) throws(TextError) -> Seconds {
    var seconds = Seconds()
    let sink = try makeTokenSink(
      SinkSettings(
        output: SinkOutput(format: .megatron, path: output),
        shards: ShardSettings(
          format: .megatron, type: encoded.ids.type, maximumID: maximumID)))
    var samples = SampleBatch()
    var start = 0
    for index in 0..<encoded.ends.count {
      samples.ends.append(encoded.ends[index] - start)
      let isLast = index + 1 == encoded.ends.count
      // About as many ids as a block of the pipeline has.
      guard isLast || encoded.ends[index] - start >= 1 << 18 else { continue }
      encoded.ids.copy(start..<encoded.ends[index], to: &samples.values)
      start = encoded.ends[index]
      let stopwatch = Stopwatch()
      try sink.append(samples)
      seconds += stopwatch.elapsed
      samples.removeAll()
    }
    let stopwatch = Stopwatch()
    let manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    try sink.finish(manifest: manifest).publication.perform()
    seconds += stopwatch.elapsed
    return seconds
  }
}

extension TextError {
  fileprivate static var otherText: TextError {
    TextError(
      .damagedArtefact, "the decoded ids are not the text",
      remedy: "give a corpus that the tokenizer's normaliser leaves as it is")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import TextCore
import TokenFiles

/// Passes over text in memory.
///
/// Timed: from a loaded tokenizer and documents in memory to their ids
/// in memory that was not touched before. The caches start empty and stay from pass to pass.
struct PassesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passes", abstract: "Time passes over text in memory; one JSON line a pass.")

  @OptionGroup var tokenizer: TokenizerOptions

  @Option(help: "The documents, back to back.")
  var text: String

  @Option(help: "The end of each document in the text: 64-bit little-endian integers.")
  var documentEnds: String

  @Option(help: "Threads.")
  var threads = 1

  @Option(help: "Passes over the text.")
  var passes = 1

  @Option(help: "Write the ids (PATH.ids) and the documents' ends in them (PATH.ends) here.")
  var write: String?

  func validate() throws {
    guard threads > 0, passes > 0 else {
      throw ValidationError("--threads and --passes must be at least 1.")
    }
  }

  func run() throws {
    let loaded = try tokenizer.load()
    let bytes = try readFile(text)
    let ends = try readEnds(documentEnds, textBytes: bytes.count)
    var encoder = try EncodeTexts(loaded, threadCount: threads)
    for _ in 0..<passes {
      let stopwatch = Stopwatch()
      let encoded = try encoder.encode(bytes.span, documentEnds: ends.span)
      let seconds = stopwatch.elapsed
      // The digests that follow touch what is not malmoi's.
      let peakBytes = ProcessUsage.current.peakBytes
      try report(encoded, seconds, peakBytes)
    }
  }

  private func report(
    _ encoded: borrowing EncodeTexts.Encoded, _ seconds: Seconds, _ peakBytes: Int
  ) throws(TextError) {
    let ids = try Sink.digest(of: encoded.ids, writingTo: write.map { "\($0).ids" })
    let ends = try Sink.digest(of: encoded.ends.span, writingTo: write.map { "\($0).ends" })
    try printLine(
      seconds.json + [
        ("tokens", .integer(encoded.ids.count)), ("documents", .integer(encoded.ends.count)),
        ("ids_xxh3", .string(ids)), ("ends_xxh3", .string(ends)),
        ("id_type", .string(encoded.ids.type.name)), ("peak_bytes", .integer(peakBytes)),
      ])
  }
}

/// The ends of the documents, which must ascend to the end of the text.
private func readEnds(_ path: String, textBytes: Int) throws(TextError) -> GrowableBuffer<Int> {
  let stored = try readFile(path)
  var ends = GrowableBuffer<Int>(capacity: stored.count / 8)
  var last: UInt64 = 0
  for offset in stride(from: 0, to: stored.count - stored.count % 8, by: 8) {
    let end = stored.span.load(at: offset, as: UInt64.self)
    guard end >= last, end <= UInt64(textBytes) else { break }
    ends.append(Int(end))
    last = end
  }
  guard ends.count * 8 == stored.count, last == UInt64(textBytes) else {
    throw TextError(
      .badRecord, "the ends of documents do not cover the text", at: .init(path: path))
  }
  return ends
}

/// Hashes a sequence of numbers, and writes it where a file is wanted.
private struct Sink: ~Copyable {
  private var hash = XXH3()
  private var file: AtomicFile?

  /// Ids as 32-bit little-endian integers, whatever their type.
  static func digest(
    of ids: borrowing TokenStore, writingTo path: String?
  ) throws(TextError) -> String {
    var sink = try Sink(path)
    var numbers = TokenBuffer(capacity: chunk)
    var bytes = ByteBuffer(capacity: chunk * 4)
    for start in stride(from: 0, to: ids.count, by: chunk) {
      numbers.removeAll()
      bytes.removeAll()
      ids.copy(start..<min(start + chunk, ids.count), to: &numbers)
      bytes.append(ids: numbers.span, as: .int32)
      try sink.add(bytes.span)
    }
    return try sink.finish()
  }

  /// Ends as 64-bit little-endian integers.
  static func digest(
    of ends: Span<Int>, writingTo path: String?
  ) throws(TextError) -> String {
    var sink = try Sink(path)
    var bytes = ByteBuffer(capacity: ends.count * 8)
    for index in ends.indices { bytes.append(littleEndian: UInt64(ends[index])) }
    try sink.add(bytes.span)
    return try sink.finish()
  }

  private static var chunk: Int { 1 << 16 }

  private init(_ path: String?) throws(TextError) {
    if let path { file = try AtomicFile(path) }
  }

  private mutating func add(_ bytes: Span<UInt8>) throws(TextError) {
    hash.update(bytes)
    try file?.write(bytes)
  }

  private consuming func finish() throws(TextError) -> String {
    let digest = hash.digest()
    try file?.finish()
    try file?.publish()
    return digest
  }
}

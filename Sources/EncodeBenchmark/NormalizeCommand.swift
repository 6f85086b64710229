// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CICU
import Normalization
import TextCore

/// Normalises text in memory, document by document, by malmoi and by ICU in turn.
///
/// Timed: from documents in memory to their normal forms, in a buffer that is used again.
struct NormalizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "normalize",
    abstract: "Time normalising text in memory beside ICU; one JSON line a round and normaliser.")

  @Option(help: "Text in UTF-8.")
  var text: String

  @Option(help: "Lines are joined to documents of about so many bytes.")
  var documentBytes = 4096

  @Option(help: "Normalisers by name, and icu for ICU's normalizeUTF8 to NFC.")
  var normalizers = "icu,nfc,korean"

  @Option(help: "Rounds, after one that is not timed.")
  var rounds = 5

  @Flag(help: "Take receipts too.")
  var receipts = false

  func run() throws {
    let bytes = try readFile(text)
    let ends = documentEnds(bytes.span)
    let names = normalizers.split(separator: ",").map(String.init)
    // Their tables are made once, before the watch runs.
    let made = names.map { Normalizer(rawValue: $0) }
    for round in 0...rounds {
      for (name, normalizer) in zip(names, made) {
        // What was made is looked at in a round of its own.
        var sink: XXH3? = round == 0 ? XXH3() : nil
        let stopwatch = Stopwatch()
        if name == "icu" {
          try byICU(bytes.span, ends, &sink)
        } else {
          guard let normalizer else {
            throw ValidationError("There is no normaliser \(name).")
          }
          try byMalmoi(normalizer, bytes.span, ends, &sink)
        }
        let seconds = stopwatch.elapsed
        let digest = sink?.digest()
        try printLine(
          seconds.json + [
            ("normalizer", .string(name)), ("bytes", .integer(bytes.count)),
            ("xxh3", digest.map { .string($0) } ?? .null),
          ])
      }
    }
  }

  private func documentEnds(_ text: Span<UInt8>) -> [Int] {
    var ends: [Int] = []
    for index in text.indices where text[index] == 0x0A {
      if index + 1 - (ends.last ?? 0) >= documentBytes { ends.append(index + 1) }
    }
    return ends + [text.count]
  }

  private func byMalmoi(
    _ normalizer: Normalizer, _ text: Span<UInt8>, _ ends: [Int], _ digest: inout XXH3?
  ) throws {
    let recorder = receipts ? NormalizationRecorder() : nil
    try forEachDocument(text, ends, &digest) { (document, output) throws(TextError) in
      try normalizer.append(document, to: &output, recorder)
    }
  }

  private func byICU(_ text: Span<UInt8>, _ ends: [Int], _ digest: inout XXH3?) throws {
    try forEachDocument(text, ends, &digest) { (document, output) throws(TextError) in
      // Safe: ICU calls the sink before the function returns, while `output` is borrowed.
      let status = unsafe withUnsafeMutablePointer(to: &output) { context in
        unsafe document.withUnsafeBufferPointer { source in
          unsafe cicu_normalize(
            cicu_nfc, source.baseAddress, source.count,
            { context, bytes, count in
              guard let context = unsafe context, let bytes = unsafe bytes else { return }
              unsafe context.assumingMemoryBound(to: ByteBuffer.self).pointee.append(
                copying: Span(_unsafeStart: bytes, count: count))
            }, context)
        }
      }
      if status != 0 { throw TextError(.normalizationFailed, "ICU's error \(status)") }
    }
  }

  private func forEachDocument(
    _ text: Span<UInt8>, _ ends: [Int], _ digest: inout XXH3?,
    _ normalize: (Span<UInt8>, inout ByteBuffer) throws(TextError) -> Void
  ) throws(TextError) {
    var output = ByteBuffer(capacity: 1 << 18)
    var start = 0
    for end in ends {
      try normalize(text.extracting(start..<end), &output)
      start = end
      // As much as the stages hand on to each other.
      if output.count >= 1 << 16 {
        digest?.update(output.span)
        output.removeAll()
      }
    }
    digest?.update(output.span)
  }
}

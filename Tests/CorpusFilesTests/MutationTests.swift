// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Foundation
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Damaged files of every format")
struct MutationTests {
  /// Reads `bytes` from a file that need not be durable.
  private func read(
    _ path: String, _ bytes: [UInt8], _ sample: FormatSample, block: Int
  ) throws -> Reading {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    var options = sample.options
    options.blockBytes = block
    options.maximumRecordBytes = 1 << 16
    return try Reading([path], options)
  }

  @Test("nothing traps, and blocks make no difference", arguments: FormatSample.all)
  func mutations(sample: FormatSample) throws {
    let directory = TemporaryDirectory()
    let path = "\(directory.path)/\(sample.name)"
    let marks: [[UInt8]] = [
      "\"", "\\", "{", "}", "[", "]", ",", "\n", "\r\n", "<", ">", "</", "&", "WARC/",
    ]
    .map { Array($0.utf8) }
    for seed in 0..<40 {
      var generator = SeededGenerator(seed: seed)
      var bytes = Array(sample.text.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.insert(contentsOf: marks.randomElement(using: &generator) ?? [], at: place)
        case 1 where place < bytes.count:
          bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2 where place < bytes.count:
          let end = min(bytes.count, place + Int.random(in: 1...20, using: &generator))
          bytes.removeSubrange(place..<end)
        default:
          let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
          bytes.insert(contentsOf: bytes[min(place, end)..<end], at: 0)
        }
      }
      let whole = try read(path, bytes, sample, block: 1 << 20)
      let parts = try read(path, bytes, sample, block: 1 + seed)
      #expect(parts.texts == whole.texts, "seed \(seed)")
      #expect(parts.metadata == whole.metadata, "seed \(seed)")
      #expect(parts.lines == whole.lines, "seed \(seed)")
      #expect(
        parts.plainRejects.map(\.reason).sorted() == whole.plainRejects.map(\.reason).sorted(),
        "seed \(seed)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Samples of documents")
struct SampleTests {
  private func read(_ path: String, _ limit: UInt64, seed: UInt64, block: Int) throws -> Reading {
    var options = CorpusOptions(blockBytes: block)
    options.sample = DocumentSample(seed: seed, limit: limit)
    return try Reading([path], options)
  }

  @Test("a sample is the same for blocks of any size, and smaller ones are parts of larger ones")
  func blocks() throws {
    let directory = TemporaryDirectory()
    let lines = (0..<200).map { "문서 \($0)\n" }.joined()
    let array = "[" + (0..<200).map { #"{"text":"문서 \#($0)"}"# }.joined(separator: ",") + "]"
    for (name, text) in [("a.txt", lines), ("a.json", array)] {
      let path = try directory.write(name, text)
      for seed in [UInt64(0), 1] {
        let half = try read(path, 1 << 63, seed: seed, block: 1 << 20)
        #expect((60...140).contains(half.texts.count))
        #expect(half.texts.count + half.unsampled == 200)
        for block in [1, 7, 100, 1000] {
          let reading = try read(path, 1 << 63, seed: seed, block: block)
          #expect(reading.texts == half.texts && reading.metadata == half.metadata)
        }
        let eighth = try read(path, 1 << 61, seed: seed, block: 64)
        #expect(eighth.texts.allSatisfy { half.texts.contains($0) })
        #expect(eighth.texts.count < half.texts.count)
      }
    }
    let path = try directory.write("a.txt", lines)
    #expect(
      try read(path, 1 << 63, seed: 0, block: 64).texts
        != read(path, 1 << 63, seed: 1, block: 64).texts)
  }

  @Test("documents of one record have ranks of their own")
  func nested() throws {
    let inner = (0..<100).map { #"{"context":"글 \#($0)"}"# }.joined(separator: ",")
    var options = CorpusOptions(field: "context")
    options.record = try CorpusOptions.parsed(path: "data[].paragraphs[]")
    options.sample = DocumentSample(seed: 3, limit: 1 << 63)
    let reading = try Reading(
      bytes: Array(#"{"data":[{"paragraphs":[\#(inner)]}]}"#.utf8), name: "a.json", options)
    #expect((25...75).contains(reading.texts.count))
  }

  @Test("ranks spread evenly, and are those of the recorded values")
  func ranks() {
    var buckets = [Int](repeating: 0, count: 16)
    let ranks = DocumentRanks(seed: 42, path: "corpus.txt")
    for offset in 0..<16_000 { buckets[Int(ranks.rank(byteOffset: offset, number: 0) >> 60)] += 1 }
    #expect(buckets.allSatisfy { (850...1150).contains($0) })
    // Ranks decide what is in manifests: they stay for ever.
    #expect(ranks.rank(byteOffset: 0, number: 0) != ranks.rank(byteOffset: 0, number: 1))
  }
}

// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import CountFiles
import Normalization
import Pipeline
import PreTokenization
import TestSupport
import Testing
import TextCore
import TokenFiles

/// What is handed over in memory gives the artefacts that files give.
@Suite struct HandedOverTests {
  let directory = TemporaryDirectory()

  /// Texts back to back, some of them empty.
  private func texts(_ count: Int, seed: Int) -> (text: [UInt8], ends: [Int]) {
    var generator = SeededGenerator(seed: seed)
    var text: [UInt8] = []
    var ends: [Int] = []
    for index in 0..<count {
      if index % 5 != 0 { text += RandomText.wellFormed(index % 400, using: &generator) }
      ends.append(text.count)
    }
    return (text, ends)
  }

  private func counter(_ name: String, threads: Int, tableBytes: Int? = nil) throws -> CountTexts {
    try CountTexts(
      output: "\(directory.path)/\(name)", overwrites: true, normalizer: .nfc, preTokenizer: .gpt2,
      sourceName: "s", memory: .standard, threadCount: threads, tableBytes: tableBytes)
  }

  private func content(_ name: String) throws -> [UInt8] {
    try readFile("\(directory.path)/\(name)").makeArray()
  }

  @Test(
    "counts do not depend on threads, memory or batches", arguments: [1, 3], [1, 20_000, 1 << 30])
  func counts(_ threads: Int, _ tableBytes: Int) throws {
    let (text, ends) = texts(600, seed: threads)
    // ---- The job over a file a text ----
    for index in 0..<ends.count {
      try directory.write(
        "in/\(1000 + index).txt", Array(text[(index == 0 ? 0 : ends[index - 1])..<ends[index]]))
    }
    let inputs = try CorpusInputs.resolve(["\(directory.path)/in"])
    _ = try CountJob(
      source: CorpusSource(inputs: inputs, options: CorpusOptions(documents: .file)),
      names: try SourceNames(inputs, argumentNames: ["s"]), normalizer: .nfc, preTokenizer: .gpt2,
      output: "\(directory.path)/job"
    ).run(JobContext())
    // ---- Texts in batches of every size ----
    var first: [UInt8]?
    for batch in [1, 7, 250, 600] {
      let counter = try counter("texts", threads: threads, tableBytes: tableBytes)
      for start in stride(from: 0, to: ends.count, by: batch) {
        let base = start == 0 ? 0 : ends[start - 1]
        let part = ends[start..<min(start + batch, ends.count)].map { $0 - base }
        try counter.add(
          text.span.extracting(base..<base + (part.last ?? 0)), documentEnds: part.span)
      }
      try counter.finish(JobContext(threadCount: threads))
      #expect(try rows("texts") == rows("job"))
      let made = try content("texts")
      #expect(made == first ?? made, "batches of \(batch)")
      first = made
      #expect(try directoryEntries(directory.path) == ["in", "job", "texts"])
    }
  }

  private func rows(_ name: String) throws -> [[UInt8]: Int64] {
    let reader = try CountFileReader("\(directory.path)/\(name)")
    var rows: [[UInt8]: Int64] = [:]
    var row = CountRow()
    while try reader.next(&row) { rows[row.pretoken.makeArray()] = row.columns[0].count }
    return rows
  }

  @Test("a counter that is dropped leaves nothing, and refuses what is there")
  func dropped() throws {
    do {
      let counter = try counter("texts", threads: 2, tableBytes: 1)
      let (text, ends) = texts(50, seed: 1)
      try counter.add(text.span, documentEnds: ends.span)
      #expect(throws: TextError.self) { _ = try self.counter("texts", threads: 1) }
    }
    #expect(try directoryEntries(directory.path) == [])
    let empty = try counter("texts", threads: 1)
    #expect(throws: TextError.self) { try empty.finish(JobContext()) }
  }

  @Test("ids that are handed over are written as they are, or refused whole")
  func written() throws {
    let path = "\(directory.path)/ids"
    func writer() throws -> TokenWriting {
      try TokenWriting(
        SinkOutput(format: .megatron, path: path), tokenizer: nil, maximumID: 999,
        limits: ShardLimits(tokens: 50), overwrites: false)
    }
    var documents: [[UInt32]] = []
    do {
      let writer = try writer()
      for size in 0..<40 {
        var batch = SampleBatch()
        for length in [size, 0, 1] {
          let ids = (0..<UInt32(length)).map { ($0 * 37 + UInt32(size)) % 1000 }
          documents.append(ids)
          batch.values.append(copying: ids.span)
          batch.endRun()
        }
        try writer.append(batch)
        var bad = SampleBatch()
        bad.values.append(1)
        bad.values.append(1000)
        bad.endRun()
        #expect(throws: TextError.self) { try writer.append(bad) }
      }
      let summary = try writer.finish()
      #expect(summary.documentCount == documents.count && summary.shardCount > 5)
    }
    var read: [[UInt32]] = []
    try TokenFileReader(path).forEachDocument { (_, ids) throws(TextError) in
      read.append(ids.indices.map { ids[$0] })
    }
    #expect(read == documents)
    #expect(throws: TextError.self) { _ = try writer() }
  }

  @Test("ids in memory are those appended, however the store grows")
  func stored() throws {
    // On both sides of where memory comes from the kernel.
    for (room, pieces) in [(0, 1), (0, 700), (100_000, 300), (300_000, 900)] {
      for type in [TokenType.uint16, .uint32] {
        var store = TokenStore(type: type, room: room)
        var expected: [UInt32] = []
        for piece in 0..<pieces {
          let ids = (0..<UInt32(piece * 5 % 4001)).map { ($0 * 31 + UInt32(piece)) % 65_536 }
          store.append(ids.span)
          expected += ids
        }
        var found = TokenBuffer()
        store.copy(0..<store.count, to: &found)
        #expect(found.makeArray() == expected)
      }
    }
  }
}

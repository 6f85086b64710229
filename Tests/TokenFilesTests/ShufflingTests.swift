// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

/// Documents with the numbers they had.
private typealias Emitted = [(number: Int, values: [UInt32])]

private func append(
  _ documents: ArraySlice<[UInt32]>, to shuffle: inout DocumentShuffle
) throws(TextError) {
  var ends: [Int] = []
  for document in documents { ends.append((ends.last ?? 0) + document.count) }
  try shuffle.append(documents: documents.flatMap { $0 }.span, ends: ends.span)
}

private func append(
  _ documents: [[UInt32]], to shuffle: inout DocumentShuffle, batch: Int
) throws(TextError) {
  for start in stride(from: 0, to: documents.count, by: batch) {
    try append(documents[start..<min(start + batch, documents.count)], to: &shuffle)
  }
}

private func emitted(_ shuffle: inout DocumentShuffle) throws(TextError) -> Emitted {
  var result: Emitted = []
  try shuffle.emit { (batch, numbers) throws(TextError) in
    for index in 0..<batch.count {
      result.append((numbers[index], batch.range(sample: index).map { batch.values[$0] }))
    }
  }
  return result
}

/// The order by its definition: all documents in memory, sorted by their keys.
private func expected(_ documents: [[UInt32]], seed: UInt64) -> Emitted {
  let order = DocumentOrder(seed: seed)
  return documents.indices.sorted { order.key($0) < order.key($1) }.map { ($0, documents[$0]) }
}

private func same(_ left: Emitted, _ right: Emitted) -> Bool {
  left.map(\.number) == right.map(\.number) && left.map(\.values) == right.map(\.values)
}

@Suite("Shuffling documents")
struct ShufflingTests {
  private static func documents(_ count: Int, _ maximum: UInt32, seed: UInt64) -> [[UInt32]] {
    var numbers = SeededNumbers(state: seed)
    return (0..<count).map { _ in
      let longest = [0, 4, 60, 900][Int.random(in: 0...3, using: &numbers)]
      return (0..<Int.random(in: 0...longest, using: &numbers)).map { _ in
        UInt32.random(in: 0...maximum, using: &numbers)
      }
    }
  }

  @Test("the order is that of the keys for any memory, batches and widths", arguments: 0..<3)
  func order(seed: UInt64) throws {
    let directory = TemporaryDirectory()
    for (count, maximum) in [(0, 9), (1, 9), (2, 70_000), (90, 70_000), (700, 65_535), (700, .max)]
      as [(Int, UInt32)]
    {
      let documents = Self.documents(count, maximum, seed: seed)
      let expected = expected(documents, seed: seed)
      // A document a bucket takes as many files as documents.
      for memory in [1, 5_000, 70_000, 1 << 22] where memory > 1 || count < 700 {
        for batch in [1, 7, 1000] where batch > 1 || memory == 5_000 {
          let path = "\(directory.path)/deep/s"
          var shuffle = try DocumentShuffle(
            directory: path, seed: seed, memoryBytes: memory, maximumValue: maximum)
          try append(documents, to: &shuffle, batch: batch)
          #expect(shuffle.documentCount == count)
          #expect(same(try emitted(&shuffle), expected), "memory \(memory), batch \(batch)")
          _ = consume shuffle
          #expect(kind(ofPath: path) == .missing)
        }
      }
    }
  }

  @Test("a document larger than memory, and than every buffer, comes out whole among small ones")
  func giants() throws {
    let directory = TemporaryDirectory()
    var documents = Self.documents(40, 65_535, seed: 3)
    documents[10] = (0..<300_000).map { UInt32($0 % 65_521) }
    documents[11] = (0..<150_000).map { UInt32($0 % 65_519) }
    for memory in [1, 1 << 12, 1 << 17, 1 << 24] {
      var shuffle = try DocumentShuffle(
        directory: directory.path + "/s", seed: 5, memoryBytes: memory, maximumValue: 65_535)
      try append(documents, to: &shuffle, batch: 9)
      #expect(same(try emitted(&shuffle), expected(documents, seed: 5)), "memory \(memory)")
    }
  }

  @Test("documents of several columns keep their runs, values up to 2³² − 1 among them")
  func columns() throws {
    let directory = TemporaryDirectory()
    let values: [UInt32] = [1, 2, 3, .max, 5, 6, 7]
    let ends = [2, 4, 4, 4, 4, 7]
    var runs: [Int: [[UInt32]]] = [:]
    var shuffle = try DocumentShuffle(
      directory: directory.path + "/s", seed: 1, memoryBytes: 64, columnCount: 2)
    try shuffle.append(documents: values.span, ends: ends.span)
    try shuffle.emit { (batch, numbers) throws(TextError) in
      for index in 0..<batch.count {
        runs[numbers[index]] = (0..<2).map { column in
          batch.range(sample: index, column: column).map { batch.values[$0] }
        }
      }
    }
    #expect(runs == [0: [[1, 2], [3, .max]], 1: [[], []], 2: [[], [5, 6, 7]]])
  }

  @Test(
    "a run that is stopped goes on from its checkpoint and gives the same, with other memory too")
  func checkpoints() throws {
    let documents = Self.documents(500, 70_000, seed: 8)
    for stops in [[0], [1], [250], [100, 101, 499], [500]] {
      for memory in [600, 1 << 17] {
        let directory = TemporaryDirectory()
        let path = directory.path + "/s"
        var checkpoint: DocumentShuffle.Checkpoint?
        for stop in stops {
          var shuffle = try DocumentShuffle(
            directory: path, seed: 2, memoryBytes: memory, resuming: checkpoint)
          let start = shuffle.documentCount
          try append(documents[start..<stop], to: &shuffle)
          // As a journal keeps it.
          let kept = try shuffle.checkpoint().json.serialized()
          let json = try JSONDocument(kept, path: "journal")
          let read: DocumentShuffle.Checkpoint = try #require(.init(json.root))
          checkpoint = read
          // Lost with the run: what came behind.
          try append(documents[stop...], to: &shuffle)
        }
        var shuffle = try DocumentShuffle(
          directory: path, seed: 2, memoryBytes: memory * 3, resuming: checkpoint)
        #expect(shuffle.documentCount == stops.last)
        try append(documents[shuffle.documentCount...], to: &shuffle)
        let expected = expected(documents, seed: 2)
        #expect(same(try emitted(&shuffle), expected))
        // The files stay until they are let go of: a run killed while emitting can begin again.
        #expect(kind(ofPath: path) == .directory)
        shuffle.removeFiles()
        _ = consume shuffle
        #expect(kind(ofPath: path) == .missing)
      }
    }
  }

  @Test("a checkpoint whose files are gone or cut, and one that is none, are refused")
  func lostFiles() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/s"
    var shuffle = try DocumentShuffle(directory: path, seed: 2, memoryBytes: 1 << 20)
    try append(Self.documents(100, 9, seed: 8), to: &shuffle, batch: 100)
    let checkpoint = try shuffle.checkpoint()
    _ = consume shuffle
    let names = try directoryEntries(path)
    #expect(!names.isEmpty)
    try directory.write("s/" + names[0], [1])
    let told = message(in: path) { () throws(TextError) in
      _ = try DocumentShuffle(
        directory: path, seed: 2, memoryBytes: 1 << 20, resuming: checkpoint)
    }
    #expect(
      told == "\(names[0]): byte 1: a file of the shuffle is not what was written; "
        + "start the job again from the beginning")
    var wrong = checkpoint
    wrong.bucketDocumentCounts[0] += 1
    let json = try JSONDocument(wrong.json.serialized(), path: "journal")
    #expect(DocumentShuffle.Checkpoint(json.root) == nil)
  }

  @Test("a bucket damaged on disk gives an error that names it, never a trap")
  func damage() throws {
    let documents = Self.documents(300, 65_535, seed: 4)
    var numbers = SeededNumbers(state: 6)
    for (memory, rounds) in [(2_000, 24), (1 << 17, 4)] {
      for _ in 0..<rounds {
        let directory = TemporaryDirectory()
        let path = directory.path + "/s"
        var shuffle = try DocumentShuffle(
          directory: path, seed: 2, memoryBytes: memory, maximumValue: 65_535)
        try append(documents, to: &shuffle, batch: 50)
        let checkpoint = try shuffle.checkpoint()
        _ = consume shuffle
        let names = try directoryEntries(path)
        let name = names[Int.random(in: 0..<names.count, using: &numbers)]
        var contents = try bytes("\(path)/\(name)")
        let place = Int.random(in: 0..<contents.count, using: &numbers)
        contents[place] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
        try directory.write("s/" + name, contents)
        var resumed = try DocumentShuffle(
          directory: path, seed: 2, memoryBytes: memory, maximumValue: 65_535,
          resuming: checkpoint)
        do {
          let found = try emitted(&resumed)
          // A flipped bit of an id or a number changes what is there, not how much.
          #expect(found.count == documents.count)
        } catch {
          #expect(error.code == .damagedArtefact)
        }
        resumed.removeFiles()
      }
    }
  }

  @Test("a disk that is full is told, and nothing is left")
  func fullDisk() throws {
    let directory = TemporaryDirectory()
    // A bucket whose file is a device that takes nothing.
    let path = directory.path + "/s"
    try createDirectory(path)
    directory.link("s/bucket-0.0", to: "/dev/full")
    directory.link("s/bucket-1.0", to: "/dev/full")
    let told = message(in: path) { () throws(TextError) in
      var shuffle = try DocumentShuffle(directory: path, seed: 2, memoryBytes: 4_000)
      try append(Self.documents(300, 9, seed: 8), to: &shuffle, batch: 10)
    }
    #expect(
      told.hasSuffix(
        "cannot be written (No space left on device); free some space and run again"))
    #expect(kind(ofPath: path) == .missing)
  }

  @Test("where a document goes is uniform, and two documents go there independently")
  func uniformity() {
    // Over 4,000 seeds, 16 documents: χ² of the place of each, and of each pair's places, 15 and 239
    // degrees of freedom. The bounds stand at more than six standard deviations.
    let count = 16
    var places = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    var pairs = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    let seeds = 4_000
    for seed in 0..<seeds {
      let order = DocumentOrder(seed: UInt64(seed))
      let sorted = (0..<count).sorted { order.key($0) < order.key($1) }
      for (place, document) in sorted.enumerated() { places[document][place] += 1 }
      for (place, document) in sorted.enumerated() where document == 0 {
        for (other, second) in sorted.enumerated() where second == 1 { pairs[place][other] += 1 }
      }
    }
    for document in 0..<count {
      let mean = Double(seeds) / Double(count)
      let statistic = places[document].reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      #expect(statistic / mean < 15 + 6 * (2 * 15.0).squareRoot())
      #expect(statistic / mean > 1)
    }
    let mean = Double(seeds) / Double(count * (count - 1))
    var statistic = 0.0
    for first in 0..<count {
      for second in 0..<count where second != first {
        statistic += (Double(pairs[first][second]) - mean) * (Double(pairs[first][second]) - mean)
      }
    }
    #expect(statistic / mean < 239 + 6 * (2 * 239.0).squareRoot())
  }
}

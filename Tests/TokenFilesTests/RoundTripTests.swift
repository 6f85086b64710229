// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Token files, written and read")
struct RoundTripTests {
  @Test("what is read is what was written", arguments: 0..<12 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    let directory = TemporaryDirectory()
    let prefix = directory.path + "/deep/er/c"
    var numbers = SeededNumbers(state: seed)
    for type in TokenFileFormat.megatron.types {
      for shardTokens in [nil, 1, 2, 7, 50, 10_000] as [Int?] {
        let documents = numbers.documents(maximumID: type.maximumID)
        let written = try writeSet(
          prefix, documents, type: type, shardTokens: shardTokens,
          batch: Int.random(in: 1...9, using: &numbers))
        #expect(try readSet(prefix) == documents)
        let reader = try TokenFileReader(prefix)
        #expect(try verifyTokenFiles(reader) == written)
        #expect(written.documentCount == documents.count)
        #expect(written.tokenCount == documents.joined().count)
        #expect(written.maximumID == documents.joined().max())
        #expect(reader.documentCount == documents.count)
        #expect(reader.tokenCount == written.tokenCount)
      }
    }
  }

  @Test("an index is the same however few lengths are held, and nothing else is left")
  func spilledLengths() throws {
    let directory = TemporaryDirectory()
    var numbers = SeededNumbers(state: 1)
    let documents = (0..<100).map { _ in
      [UInt32](repeating: 7, count: Int.random(in: 0...9, using: &numbers))
    }
    var indices: Set<[UInt8]> = []
    for held in [1, 2, 7, 99, 100, 101] {
      let path = directory.path + "/held-\(held)"
      var shards = ShardSettings(format: .megatron, type: .uint16, maximumID: 7)
      shards.heldLengths = held
      let sink = try makeTokenSink(
        SinkSettings(output: SinkOutput(format: .megatron, path: path), shards: shards))
      try append(documents, to: sink)
      #expect((kind(ofPath: path + ".lengths.partial") != .missing) == (held < documents.count))
      try publish(sink)
      #expect(kind(ofPath: path + ".lengths.partial") == .missing)
      indices.insert(try bytes(path + ".idx"))
    }
    #expect(indices.count == 1)
  }

  @Test("documents longer than every buffer come back, whole and in small batches alike")
  func longDocuments() throws {
    let directory = TemporaryDirectory()
    let block = ShardFile.blockByteCount
    for type in TokenFileFormat.megatron.types {
      let lengths = [block / type.width - 1, 2, 0, 3 * block, 1, block / type.width]
      let documents = lengths.enumerated().map { number, length in
        (0..<length).map { UInt32(truncatingIfNeeded: $0 * 7 + number) % 60_000 }
      }
      let paths = [1, 6].map { directory.path + "/\(type.name)-\($0)" }
      for (path, batch) in zip(paths, [1, 6]) {
        try writeSet(path, documents, type: type, batch: batch)
        #expect(try readSet(path) == documents)
      }
      for suffix in [".bin", ".idx"] {
        #expect(try bytes(paths[0] + suffix) == bytes(paths[1] + suffix))
      }
    }
  }

  @Test("a document opens the next shard if the current one would exceed the size with it")
  func shardBorders() throws {
    let directory = TemporaryDirectory()
    let lengths = [0, 2, 2, 1, 9, 0, 4, 4, 0, 1]
    let documents = lengths.map { [UInt32](repeating: 3, count: $0) }
    try writeSet(directory.path + "/c", documents, shardTokens: 4)
    let reader = try TokenFileReader(directory.path + "/c")
    #expect(reader.shards.map(\.tokenCount) == [4, 1, 9, 4, 4, 1])
    #expect(reader.shards.map(\.documentCount) == [3, 1, 2, 1, 2, 1])
    #expect(reader.shards[5].tokenPath == directory.path + "/c-00005.bin")
  }

  @Test("shares are of like size, and a limit holds beside them")
  func shares() throws {
    let documents = (0..<12).map { [UInt32($0), 7] }
    for (limit, count) in [(nil, 3), (6, 3), (4, 2)] as [(Int?, Int)] {
      let directory = TemporaryDirectory()
      var limits = ShardLimits(tokens: limit)
      limits.shares = .init(tokens: 24, count: count)
      let sink = try sink(directory.path + "/c", limits: limits)
      try append(documents, to: sink)
      try publish(sink)
      let sizes = try TokenFileReader(directory.path + "/c").shards.map(\.tokenCount)
      if limit == nil { #expect(sizes == [8, 8, 8]) }
      #expect(sizes.allSatisfy { $0 <= limit ?? 8 } && sizes.reduce(0, +) == 24)
    }
  }

  @Test("a set of a thousand shards keeps few files open")
  func manyShards() throws {
    let directory = TemporaryDirectory()
    let documents = (0..<1000).map { [UInt32($0), 7] }
    try writeSet(directory.path + "/c", documents, shardTokens: 2)
    #expect(try readSet(directory.path + "/c") == documents)
    #expect(try directoryEntries(directory.path).count == 2001)
  }

  @Test("the set is found by its prefix, its manifest and any of its files' names")
  func names() throws {
    let directory = TemporaryDirectory()
    let prefix = directory.path + "/c"
    let documents: [[UInt32]] = [[1, 2], [], [3]]
    try writeSet(prefix, documents)
    for suffix in ["", ".manifest.json", ".idx", ".bin"] {
      #expect(try readSet(prefix + suffix) == documents)
    }
    removeFile(prefix + ".manifest.json")
    #expect(try readSet(prefix) == documents)
    try writeSet(directory.path + "/d", documents, shardTokens: 2)
    removeFile(directory.path + "/d.manifest.json")
    #expect(try readSet(directory.path + "/d") == documents)
    #expect(try readSet(directory.path + "/d-00001.idx") == [[3]])
  }

  @Test("the manifest states the results and lists the files in a fixed order")
  func manifest() throws {
    let directory = TemporaryDirectory()
    try writeSet(directory.path + "/c", [[1, 2], [900]], shardTokens: 2)
    let text = try readFile(directory.path + "/c.manifest.json").makeString()
    #expect(
      text.contains(
        """
          "results": {
            "shards": 2,
            "documents": 2,
            "tokens": 3,
            "token_type": "uint16",
            "maximum_id": 900
          },
          "outputs": [
            {
              "name": "c-00000.bin",
              "bytes": 4,
        """))
    let names = try StoredManifest(path: directory.path + "/c.manifest.json").outputs.map(\.name)
    #expect(names == ["c-00000.bin", "c-00000.idx", "c-00001.bin", "c-00001.idx"])
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Formats of token files")
struct FormatTests {
  @Test("every format gives back what was written", arguments: TokenFileFormat.allCases)
  func roundTrip(format: TokenFileFormat) throws {
    var numbers = SeededNumbers(state: 11)
    for type in format.types {
      for shardTokens in [nil, 1, 7, 60] as [Int?] {
        let directory = TemporaryDirectory()
        let path = directory.path + "/c"
        var documents = numbers.documents(maximumID: type.maximumID) + [[0], [type.maximumID]]
        // Arrays of MDS are never empty; see the refusal below.
        if format == .mds, type != .int64 { documents.removeAll { $0.isEmpty } }
        let written = try writeSet(
          path, documents, format: format, type: type, shardTokens: shardTokens,
          batch: Int.random(in: 1...9, using: &numbers))
        #expect(try readSet(path) == documents)
        let reader = try TokenFileReader(path)
        #expect(reader.format == format)
        #expect(try verifyTokenFiles(reader) == written)
        #expect(format.isDirectory || reader.tokenCount == documents.joined().count)
        // By the files alone, told which format it is.
        removeFile(SinkOutput(format: format, path: path).names.manifest)
        var found: [[UInt32]] = []
        let bare = try TokenFileReader(path, format: format)
        try bare.forEachDocument { (_, ids) throws(TextError) in
          found.append(ids.indices.map { ids[$0] })
        }
        #expect(found == documents)
      }
    }
  }

  @Test(
    "a byte that is not what it was is found without the manifest, or changes an id at most",
    arguments: TokenFileFormat.allCases)
  func damage(format: TokenFileFormat) throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/c"
    let documents: [[UInt32]] = [[1, 2, 3], [], [4, 5], [6]]
      .map { $0.isEmpty && format.isDirectory ? [9] : $0 }
    try writeSet(path, documents, format: format, type: format.types[0])
    removeFile(SinkOutput(format: format, path: path).names.manifest)
    let files = try TokenFileReader(path, format: format).paths
    let total = documents.joined().count
    for file in files {
      let whole = try bytes(file)
      for place in whole.indices {
        for change in [1, 0x80, 0xFF] as [UInt8] {
          var broken = whole
          broken[place] ^= change
          try put(file, broken.span)
          let (tokens, said) = read(path, format)
          // Where a document ends may move: an index has no second source.
          #expect(said != nil || tokens == total, "\(file) \(place)")
        }
      }
      for count in whole.indices {
        let cut = Array(whole[..<count])
        try put(file, cut.span)
        let (tokens, said) = read(path, format)
        #expect(
          said != nil || format.canBeCut(baseName(file)) || tokens == total, "\(file) \(count)")
      }
      try put(file, whole.span)
    }
  }

  /// How many tokens the set has, or what is said of it.
  private func read(_ path: String, _ format: TokenFileFormat) -> (tokens: Int, said: String?) {
    var tokens = 0
    do throws(TextError) {
      try TokenFileReader(path, format: format).forEachDocument { (_, ids) throws(TextError) in
        tokens += ids.count
      }
      return (tokens, nil)
    } catch {
      return (tokens, error.description)
    }
  }

  @Test("what a format cannot hold is refused before a byte is written")
  func limits() throws {
    let tooMany = message { () throws(TextError) in
      _ = try ShardLimits(tokens: 1 << 31).completed(for: .llmC)
    }
    #expect(
      tooMany == "shards of 2147483648 tokens, where llm.c files have at most 2147483647; "
        + "choose a smaller --shard-tokens")
    #expect(try ShardLimits().completed(for: .llmC).tokens == 100_000_000)
    let tooWide = message { () throws(TextError) in
      _ = try TokenType.choose(maximumID: 65_536, requested: .auto, format: .nanoGPT)
    }
    #expect(
      tooWide == "token id 65536 does not fit in uint16, whose largest is 65535; "
        + "use a vocabulary with smaller ids, or another format than nanogpt")
    var totals = ShardTotals()
    totals.tokenCount = Int(Int32.max) - 5
    let tooLong = message { () throws(TextError) in
      try FlatLayout(.llmC).check(length: 6, in: totals, path: "c.bin")
    }
    #expect(tooLong.hasPrefix("c.bin: more than 2147483647 tokens"))
    try FlatLayout(.llmC).check(length: 5, in: totals, path: "c.bin")
  }
}

extension TokenFileFormat {
  /// Whether what is left of a file that was cut may be what a smaller set has.
  fileprivate func canBeCut(_ name: String) -> Bool {
    self == .tfrecord || name.hasSuffix(".ds.metadata")
  }
}

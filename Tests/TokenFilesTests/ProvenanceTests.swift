// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Where documents come from")
struct ProvenanceTests {
  /// Ids and paths with everything that CSV quotes, and text that needs none.
  private static let hostile = [
    "", "plain", "a,b", "\"", "\"\"", "a\"b,c", "line\nend", "\r\n", ",", "말모이", " space ", "'",
  ]

  private func origins(_ count: Int) -> [DocumentOrigin] {
    (0..<count).map { number in
      DocumentOrigin(
        id: Self.hostile[number % Self.hostile.count],
        source: Self.hostile[number / Self.hostile.count % Self.hostile.count],
        location: number * 7)
    }
  }

  private func sink(
    _ path: String, _ format: TokenFileFormat, limits: ShardLimits,
    continuing state: JSONValue? = nil
  ) throws(TextError) -> any TokenSink {
    let type = format.types[0]
    return try makeTokenSink(
      SinkSettings(
        output: SinkOutput(format: format, path: path),
        shards: ShardSettings(
          format: format, type: type, maximumID: type.maximumID, keepsProvenance: true),
        limits: try limits.completed(for: format)),
      continuing: state)
  }

  private func append(
    _ documents: ArraySlice<[UInt32]>, _ origins: [DocumentOrigin], to sink: any TokenSink
  ) throws(TextError) {
    var batch = SampleBatch(columnCount: 2)
    for (document, origin) in zip(documents, origins[documents.indices]) {
      batch.values.append(copying: document.span)
      batch.endRun()
      DocumentOrigin.append(
        id: origin.id.utf8.span, source: origin.source.utf8.span, location: origin.location,
        to: &batch)
    }
    try sink.append(batch)
  }

  /// What the set at `path` says.
  private func read(
    _ path: String
  ) throws(TextError) -> (documents: [[UInt32]], origins: [DocumentOrigin?]) {
    var documents: [[UInt32]] = []
    var origins: [DocumentOrigin?] = []
    try TokenFileReader(path).forEachOrigin { (_, ids, row) throws(TextError) in
      documents.append(ids.indices.map { ids[$0] })
      origins.append(DocumentOrigin(row: row))
    }
    return (documents, origins)
  }

  private func documents(_ count: Int, _ format: TokenFileFormat) -> [[UInt32]] {
    var numbers = SeededNumbers(state: 5)
    var documents: [[UInt32]] = []
    while documents.count < count { documents += numbers.documents(maximumID: 60_000) }
    return documents.prefix(count).map { $0.isEmpty && format.isDirectory ? [7] : $0 }
  }

  @Test("what is written is read again, in every format", arguments: TokenFileFormat.allCases)
  func roundTrip(format: TokenFileFormat) throws {
    let documents = documents(150, format)
    let origins = origins(150)
    for limits in [ShardLimits(), ShardLimits(tokens: 200)] {
      let directory = TemporaryDirectory()
      let path = directory.path + "/c"
      let sink = try sink(path, format, limits: limits)
      for start in stride(from: 0, to: 150, by: 11) {
        try append(documents[start..<min(start + 11, 150)], origins, to: sink)
      }
      try publish(sink)
      let found = try read(path)
      #expect(found.documents == documents)
      #expect(found.origins == origins)
      try verifyTokenFiles(TokenFileReader(path))
    }
  }

  @Test("files of many members are the same for any batches, and are read again")
  func manyMembers() throws {
    let count = 20_000
    let documents = [[UInt32]](repeating: [1, 2], count: count)
    let origins = origins(count)
    var contents: [[UInt8]] = []
    for batch in [count, 999] {
      let directory = TemporaryDirectory()
      let path = directory.path + "/c"
      let sink = try sink(path, .megatron, limits: ShardLimits())
      for start in stride(from: 0, to: count, by: batch) {
        try append(documents[start..<min(start + batch, count)], origins, to: sink)
      }
      try publish(sink)
      #expect(try read(path).origins == origins)
      contents.append(try bytes(path + ".provenance.csv.gz"))
    }
    #expect(contents[0] == contents[1])
    let starts = contents[0].indices.dropLast(2).filter {
      contents[0][$0...].starts(with: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }
    #expect(starts.count > 1, "the test must have several members")
  }

  @Test(
    "going on from a checkpoint gives the same bytes, with origins and with shards filled at once",
    arguments: TokenFileFormat.allCases)
  func resumed(format: TokenFileFormat) throws {
    let documents = documents(9, format)
    let origins = origins(9)
    var balanced = ShardLimits()
    balanced.balanced = 2
    var kinds = [ShardLimits(), ShardLimits(tokens: 25)]
    if format != .mds && format != .litdata { kinds.append(balanced) }
    for limits in kinds {
      let whole = TemporaryDirectory()
      let undisturbed = try sink(whole.path + "/c", format, limits: limits)
      try append(documents[...], origins, to: undisturbed)
      try publish(undisturbed)
      let expected = try contents(ofDirectory: whole.path + (format.isDirectory ? "/c" : ""))
      for stop in 0...documents.count {
        let directory = TemporaryDirectory()
        let path = directory.path + "/c"
        let state: JSONValue
        do {
          let first = try sink(path, format, limits: limits)
          try append(documents[..<stop], origins, to: first)
          state = try stored(first.checkpoint())
          try append(documents[stop...], origins, to: first)
          first.keep()
        }
        let second = try sink(path, format, limits: limits, continuing: state)
        try append(documents[stop...], origins, to: second)
        try publish(second)
        #expect(
          try contents(ofDirectory: directory.path + (format.isDirectory ? "/c" : "")) == expected,
          "stopped after \(stop)")
      }
    }
  }

  /// Writes `documents` as a set without a manifest, with the rows of `others`.
  private func writeWithRows(
    of others: [[UInt32]], _ documents: [[UInt32]], in directory: String
  ) throws -> String {
    for (name, list) in [("own", documents), ("other", others)] {
      let sink = try sink("\(directory)/\(name)", .megatron, limits: ShardLimits())
      try append(list[...], origins(list.count), to: sink)
      try publish(sink)
    }
    let rows = try bytes(directory + "/other.provenance.csv.gz")
    try put(directory + "/own.provenance.csv.gz", rows.span)
    try removeManifest(directory + "/own")
    return directory + "/own"
  }

  @Test(
    "rows that are not those of the documents are found",
    arguments: [
      ([[1], [2, 3]], "has 2 rows, where there are more documents"),
      ([[1], [2], [3, 4]], "row 1 is of 1 tokens, where the document has 2"),
      ([[1], [2, 3], [4], []], "has more rows than the 3 documents"),
    ] as [([[UInt32]], String)])
  func wrongRows(others: [[UInt32]], fault: String) throws {
    let directory = TemporaryDirectory()
    let path = try writeWithRows(of: others, [[1], [2, 3], [4]], in: directory.path)
    let reader = try TokenFileReader(path)
    #expect(message { () throws(TextError) in try verifyTokenFiles(reader) }.contains(fault))
  }

  private func removeManifest(_ path: String) throws(TextError) {
    removeFile(path + ".manifest.json")
  }

  @Test("a side file cut off or garbled anywhere is refused in one line")
  func damaged() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/c"
    let sink = try sink(path, .olmo, limits: ShardLimits())
    try append([[1], [2, 3], [4]], origins(3), to: sink)
    try publish(sink)
    try removeManifest(path)
    let file = path + ".csv.gz"
    let whole = try bytes(file)
    for length in 1..<whole.count {
      try put(file, Array(whole[..<length]).span)
      let found = message { () throws(TextError) in
        try verifyTokenFiles(TokenFileReader(path, format: .olmo))
      }
      #expect(found.contains("c.csv.gz") || found.contains("c.npy"), "\(length): \(found)")
    }
    for text in ["1,2", "x,2,a,b,3\r\n", "2,1,a,b,3\r\n", "0,1,\"a,b,3\r\n", "1,4,a,b,3\r\n"] {
      try put(file, text.utf8.span)
      let found = message { () throws(TextError) in
        try verifyTokenFiles(TokenFileReader(path, format: .olmo))
      }
      #expect(found.contains("is not whole gzip"), "\(text): \(found)")
    }
  }
}

@Suite("Shards filled at once")
struct BalancedShardTests {
  @Test("every document goes to the shard with the fewest tokens", arguments: [1, 2, 5])
  func leastFilled(count: Int) throws {
    var numbers = SeededNumbers(state: 11)
    var documents: [[UInt32]] = []
    while documents.count < 60 { documents += numbers.documents(maximumID: 60_000) }
    var expected = [[[UInt32]]](repeating: [], count: count)
    for document in documents {
      let sizes = expected.map { $0.reduce(0) { $0 + $1.count } }
      expected[sizes.firstIndex(of: sizes.min()!)!].append(document)
    }
    let directory = TemporaryDirectory()
    var limits = ShardLimits()
    limits.balanced = count
    let sink = try sink(directory.path + "/c", limits: limits)
    for start in stride(from: 0, to: documents.count, by: 7) {
      try append(Array(documents[start..<min(start + 7, documents.count)]), to: sink)
    }
    try publish(sink)
    let reader = try TokenFileReader(directory.path + "/c")
    #expect(reader.shards.count == count)
    #expect(try readSet(directory.path + "/c") == expected.flatMap { $0 })
    let sizes = reader.shards.map(\.tokenCount)
    #expect(sizes.max()! - sizes.min()! <= documents.map(\.count).max()!)
  }

  @Test("what cannot be filled at once is refused")
  func refused() throws {
    var limits = ShardLimits()
    limits.balanced = 3
    #expect(
      message { () throws(TextError) in _ = try limits.completed(for: .mds) }.contains(
        "shards of mds wait in memory"))
    let directory = TemporaryDirectory()
    let sink = try sink(directory.path + "/c", limits: limits)
    try append([[1], [], [2]], to: sink)
    #expect(
      message { () throws(TextError) in _ = try publish(sink) }.contains(
        "fewer documents with tokens than the 3 shards"))
  }
}

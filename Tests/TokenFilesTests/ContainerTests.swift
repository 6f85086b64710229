// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Token files in containers: MDS, litdata, TFRecord")
struct ContainerTests {
  static let formats: [TokenFileFormat] = [.mds, .litdata, .tfrecord]

  let directory = TemporaryDirectory()
  var path: String { directory.path + "/c" }

  private func read() throws(TextError) -> [[UInt32]] {
    var documents: [[UInt32]] = []
    try TokenFileReader(path).forEachDocument { (number, ids) throws(TextError) in
      precondition(number == documents.count)
      documents.append(ids.indices.map { ids[$0] })
    }
    return documents
  }

  @Test("what is written is read, in every type and on any number of shards", arguments: formats)
  func roundTrip(format: TokenFileFormat) throws {
    var numbers = SeededNumbers(state: 7)
    for type in format.types {
      for shardTokens in [nil, 1, 30] as [Int?] {
        let documents = (0..<3).flatMap { _ in numbers.documents(maximumID: type.maximumID) }
          .map { $0.isEmpty && format == .mds ? [type.maximumID] : $0 }
        removeFile(path + "/manifest.json")
        try writeSet(path, documents, format: format, type: type, shardTokens: shardTokens)
        #expect(try read() == documents, "\(type), shards of \(shardTokens ?? 0)")
      }
    }
  }

  @Test("arrays of MDS say their length in one, two or four bytes")
  func longDocuments() throws {
    let documents = [1, 255, 256, 65_535, 65_536, 70_000].map { count in
      (0..<count).map { UInt32($0 % 60_000) }
    }
    for format in Self.formats {
      let path = directory.path + "/" + format.rawValue
      try writeSet(path, documents, format: format, type: format.types[0])
      var found: [[UInt32]] = []
      try TokenFileReader(path).forEachDocument { (_, ids) throws(TextError) in
        found.append(ids.indices.map { ids[$0] })
      }
      #expect(found == documents)
    }
  }

  @Test("an empty document is refused by MDS arrays, with the remedy, and written by the others")
  func emptyDocument() throws {
    let found = message(in: directory.path) { () throws(TextError) in
      try writeSet(path, [[1], [], [2]], format: .mds)
    }
    #expect(
      found
        == "c/shard.00000.mds: an empty document, which MDS arrays cannot hold; end documents with "
        + "--append-eod, or pass --token-type int64, stored as bytes")
    for (format, type) in [(.mds, .int64), (.litdata, .uint16), (.tfrecord, .int64)]
      as [(TokenFileFormat, TokenType)]
    {
      let path = directory.path + "/" + format.rawValue
      try writeSet(path, [[1], [], [2]], format: format, type: type)
      var count = 0
      try TokenFileReader(path).forEachDocument { (_, _) throws(TextError) in count += 1 }
      #expect(count == 3)
    }
  }

  @Test("shards larger than the offsets reach are refused before anything is written")
  func largeShards() throws {
    for format in [.mds, .litdata] as [TokenFileFormat] {
      let found = message { () throws(TextError) in
        _ = try ShardLimits(bytes: 1 << 32).completed(for: format)
      }
      #expect(found.contains("shards of 4294967296 bytes"))
      let usual = try ShardLimits().completed(for: format)
      #expect(usual.bytes == 64 << 20)
    }
  }

  @Test("shards keep to their bytes", arguments: formats)
  func shardBytes(format: TokenFileFormat) throws {
    let sink = try sink(
      path, format: format, type: format.types[0], limits: ShardLimits(bytes: 2000))
    try append((1...200).map { [UInt32](repeating: 5, count: $0 % 50 + 1) }, to: sink)
    let summary = try publish(sink)
    #expect(summary.shardCount > 3)
    let names = try directoryEntries(path).filter { !$0.hasSuffix(".json") }
    #expect(names.count == summary.shardCount)
    for name in names { #expect(try bytes(path + "/" + name).count <= 2000) }
  }

  @Test(
    "samples of several columns keep their columns", arguments: [TokenFileFormat.mds, .tfrecord])
  func columns(format: TokenFileFormat) throws {
    let columns = [
      SampleColumn("input_ids", .tokens), SampleColumn("attention_mask", .mask),
      SampleColumn("labels", .numbers),
    ]
    let sink = try makeTokenSink(
      SinkSettings(
        output: SinkOutput(format: format, path: path),
        shards: ShardSettings(
          format: format, type: format.types[0], maximumID: 60_000, columns: columns)))
    var batch = SampleBatch(columnCount: 3)
    for sample in 1...5 as ClosedRange<UInt32> {
      for index in 0..<sample { batch.values.append(sample * 1000 + index) }
      batch.endRun()
      for index in 0..<sample { batch.values.append(index % 2) }
      batch.endRun()
      for index in 0..<sample {
        batch.values.append(index == 0 ? SampleColumnKind.ignoredLabel : index)
      }
      batch.endRun()
    }
    try sink.append(batch)
    try publish(sink)
    #expect(
      try read() == (1...5).map { sample in (0..<sample).map { UInt32(sample * 1000 + $0) } })
  }

  @Test("every changed byte and every cut is found or changes nothing", arguments: formats)
  func damage(format: TokenFileFormat) throws {
    let documents: [[UInt32]] = [[1, 2, 3], [60_000], [4, 5]]
    try writeSet(path, documents, format: format, type: format.types[0])
    removeFile(path + "/manifest.json")
    // Ids are all that litdata's own files do not check.
    let isUnchecked = format == .litdata
    for name in try directoryEntries(path) {
      let file = path + "/" + name
      let sound = try bytes(file)
      for position in sound.indices {
        for change in [1, 0x40, 0x80, 0xFF] as [UInt8] {
          var damaged = sound
          damaged[position] ^= change
          try put(file, damaged.span)
          expectFoundOrHarmless(
            documents, counts: isUnchecked, "\(name): byte \(position) changed by \(change)")
        }
        try put(file, Array(sound[..<position]).span)
        // Between two records nothing of a TFRecord file tells that there were more.
        let isBorder = format == .tfrecord && (try? read().count) ?? 3 < 3
        if !isBorder {
          expectFoundOrHarmless(documents, counts: false, "\(name): cut to \(position)")
        }
      }
      try put(file, (sound + [0]).span)
      expectFoundOrHarmless(documents, counts: false, "\(name): one byte longer")
      try put(file, sound.span)
    }
    #expect(try read() == documents)
  }

  /// Expects the documents, or with `counts` as many of them, or an error that tells of damage.
  private func expectFoundOrHarmless(_ documents: [[UInt32]], counts: Bool, _ what: String) {
    do {
      let found = try read()
      #expect(found == documents || counts && found.count == documents.count, "\(what)")
    } catch {
      let known: [TextError.Code] = [.damagedArtefact, .fileNotFound, .readFailed]
      #expect(known.contains(error.code) && error.location != nil, "\(what): \(error)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Going on with unfinished token files")
struct ResumeTests {
  @Test(
    "a set resumed from a checkpoint after any document is the undisturbed one, byte for byte",
    arguments: TokenFileFormat.allCases)
  func resumed(format: TokenFileFormat) throws {
    var numbers = SeededNumbers(state: 42)
    var documents: [[UInt32]] = []
    while documents.count < 12 { documents += numbers.documents(maximumID: 60_000) }
    documents = documents.prefix(12).map { $0.isEmpty && format.isDirectory ? [7] : $0 }
    for shardTokens in [nil, 25] as [Int?] {
      let limits = try ShardLimits(tokens: shardTokens).completed(for: format)
      let whole = TemporaryDirectory()
      try writeSet(
        whole.path + "/c", documents, format: format, type: format.types[0],
        shardTokens: shardTokens)
      let expected = try contents(ofDirectory: format.isDirectory ? whole.path + "/c" : whole.path)
      for stop in 0...documents.count {
        let directory = TemporaryDirectory()
        let path = directory.path + "/c"
        var state: JSON?
        do {
          let first = try sink(path, format: format, type: format.types[0], limits: limits)
          try append(Array(documents[..<stop]), to: first)
          state = try first.checkpoint()
          // What comes behind the checkpoint was written, but is not known to be durable.
          try append(Array(documents[stop...]), to: first)
          if stop % 2 == 0 { _ = try first.finish(manifest: Manifest(kind: "k", toolVersion: "0")) }
          first.keep()
        }
        let second = try sink(
          path, format: format, type: format.types[0], limits: limits,
          continuing: try stored(try #require(state)))
        for document in documents[stop...] { try append([document], to: second) }
        try publish(second)
        #expect(
          try contents(ofDirectory: format.isDirectory ? path : directory.path) == expected,
          "stopped after \(stop)")
      }
    }
  }

  @Test(
    "partial files shorter than the state says are refused", arguments: TokenFileFormat.allCases)
  func torn(format: TokenFileFormat) throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/c"
    let limits = try ShardLimits().completed(for: format)
    let first = try sink(path, format: format, type: format.types[0], limits: limits)
    try append([[1, 2, 3], [4]], to: first)
    let state = try stored(first.checkpoint())
    let place = format.isDirectory ? path : directory.path
    for name in try directoryEntries(place) {
      let file = place + "/" + name
      let whole = try bytes(file)
      guard !whole.isEmpty else { continue }
      let torn = Array(whole.dropLast())
      try writeFile(file, torn.span)
      let found = message { () throws(TextError) in
        _ = try sink(
          path, format: format, type: format.types[0], limits: limits, continuing: state)
      }
      #expect(found.contains("where an earlier run wrote"), "\(name)")
      try writeFile(file, whole.span)
    }
  }

  @Test("masks beside the ids are gone on with", arguments: [TokenFileFormat.datatrove, .olmo])
  func masks(format: TokenFileFormat) throws {
    let documents: [[UInt32]] = [[1, 2, 3], [], [4], [5, 6]]
    let suffix = format == .olmo ? ".mask" : ".ds.loss"
    func sink(_ path: String, _ state: JSONValue? = nil) throws(TextError) -> any TokenSink {
      try makeTokenSink(
        SinkSettings(
          output: SinkOutput(format: format, path: path),
          shards: ShardSettings(
            format: format, type: .uint16, maximumID: 9,
            columns: [.inputIDs, SampleColumn("loss_mask", .mask)])),
        continuing: state)
    }
    func append(_ documents: ArraySlice<[UInt32]>, to sink: any TokenSink) throws(TextError) {
      var batch = SampleBatch(columnCount: 2)
      for document in documents {
        batch.values.append(copying: document.span)
        batch.endRun()
        for id in document { batch.values.append(id % 2) }
        batch.endRun()
      }
      try sink.append(batch)
    }
    for stop in 0...documents.count {
      let directory = TemporaryDirectory()
      let path = directory.path + "/c"
      let state: JSONValue
      do {
        let first = try sink(path)
        try append(documents[..<stop], to: first)
        state = try stored(first.checkpoint())
        try append(documents[stop...], to: first)
        first.keep()
      }
      let second = try sink(path, state)
      try append(documents[stop...], to: second)
      try publish(second)
      #expect(try readSet(path) == documents)
      #expect(try bytes(path + suffix) == [1, 0, 1, 0, 1, 0])
      try verifyTokenFiles(TokenFileReader(path))
    }
  }

  @Test("a publication that was cut short anywhere is finished by doing it again")
  func publication() throws {
    let documents: [[UInt32]] = [[1], [2, 3], [], [4]]
    let whole = TemporaryDirectory()
    try writeSet(whole.path + "/c", documents, shardTokens: 2)
    let expected = try contents(ofDirectory: whole.path)
    for done in 0...expected.count {
      let directory = TemporaryDirectory()
      let sink = try sink(
        directory.path + "/c", limits: ShardLimits(tokens: 2))
      try append(documents, to: sink)
      var manifest = Manifest(kind: "token-files", toolVersion: "0")
      manifest.options = [("format", .string("megatron"))]
      let publication = try sink.finish(manifest: manifest).publication
      for path in (publication.files + [publication.manifest]).prefix(done) {
        try renamePath(path + ".partial", to: path)
      }
      let again = try #require(Publication(try stored(publication.json)))
      #expect(again == publication)
      try again.perform()
      try again.perform()
      #expect(try contents(ofDirectory: directory.path) == expected)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Loader indexes")
struct LoaderIndexesTests {
  @Test("numbers are those of numpy.random.RandomState")
  func generator() {
    // numpy.random.RandomState(seed).tomaxint is not used; these are randint(0, 2**32, dtype="u4").
    for (seed, expected) in [
      (0, [2_357_136_044, 2_546_248_239, 3_071_714_933]),
      (1234, [822_569_775, 2_137_449_171, 2_671_936_806]),
      (UInt32.max, [419_326_371, 479_346_978, 3_918_654_476]),
    ] as [(UInt32, [UInt32])] {
      var generator = MersenneTwister(seed: seed)
      #expect((0..<3).map { _ in generator.next32() } == expected)
    }
  }

  @Test("a shuffle is that of numpy.random.RandomState, also of part of an array")
  func shuffle() {
    var generator = MersenneTwister(seed: 1234)
    var values = TokenBuffer()
    for value in 0..<10 as Range<UInt32> { values.append(value) }
    generator.shuffle(&values, from: 0)
    #expect(values.makeArray() == [7, 2, 9, 1, 0, 8, 4, 5, 6, 3])
    generator.shuffle(&values, from: 4)
    #expect(values.makeArray().prefix(4) == [7, 2, 9, 1])
    #expect(values.makeArray().sorted() == Array(0..<10))
    generator.shuffle(&values, from: 10)
  }

  @Test("draws reach every number and nothing else, beyond 32 bits too")
  func bounds() {
    var generator = MersenneTwister(seed: 5)
    for maximum in [0, 1, 2, 6, 7, 8] {
      let drawn = Set((0..<400).map { _ in generator.below(orEqual: maximum) })
      #expect(drawn == Set(0...maximum))
    }
    for maximum in [0xFFFF_FFFF, 0x1_0000_0000, Int.max] {
      #expect((0..<100).allSatisfy { _ in generator.below(orEqual: maximum) <= maximum })
    }
  }

  @Test("weights that Megatron and GPT-NeoX refuse are refused")
  func splits() {
    for text in ["", "a", "0,0", "1,2,3,4", "1.2.3", "-"] {
      #expect(
        message { () throws(TextError) in _ = try MegatronSplits(text) }
          .hasPrefix("\"\(text)\" does not say how to split; "))
    }
    for text in ["", "a", "0,0", "1,,2", "1.2.3", "-1"] {
      #expect(
        message { () throws(TextError) in _ = try NeoXSplits(text) }
          .hasPrefix("\"\(text)\" does not say how to split; "))
    }
  }

  @Test("the description names the hash, and indexes are not replaced unasked")
  func description() throws {
    let directory = TemporaryDirectory()
    let prefix = directory.path + "/c"
    try writeSet(prefix, (0..<50).map { [UInt32](repeating: 3, count: $0) })
    var index = MegatronLoaderIndex(
      path: prefix, division: .weights(try MegatronSplits("9,1,0")), sequenceLength: 8, seed: 7,
      tokenizer: .object([("class", .string("토크나이저\u{7F}\u{8}\u{C}😀"))]))
    index.dataPath = "data/말뭉치"
    index.sampleCounts[0] = 10
    let text = index.description(.train).makeString()
    #expect(
      text == """
        {
            "class": "GPTDataset",
            "dataset_path": "data/\\ub9d0\\ubb49\\uce58",
            "num_samples": 10,
            "index_split": "train",
            "random_seed": 7,
            "sequence_length": 8,
            "split": "9,1,0",
            "split_matrix": [
                [
                    0,
                    0.9
                ],
                [
                    0.9,
                    1.0
                ],
                null
            ],
            "tokenizer": {
                "class": "\\ud1a0\\ud06c\\ub098\\uc774\\uc800\\u007f\\b\\f\\ud83d\\ude00"
            }
        }
        """)
    let summaries = try index.write()
    #expect(summaries.map(\.split) == ["train", "valid"])
    #expect(summaries.map(\.documentCount) == [45, 5])
    #expect(summaries[0].path.hasSuffix("/\(md5(text.utf8.span))-GPTDataset-train-"))
    #expect(try bytes(summaries[0].path + "description.txt") == Array(text.utf8))
    #expect(
      "/" + message { () throws(TextError) in _ = try index.write() }
        == "\(summaries[0].path)description.txt: already exists; pass --overwrite to replace it")
    index.overwrites = true
    #expect(try index.write() == summaries)
  }

  @Test("a split without tokens, a set without documents and a foreign id are refused")
  func refusals() throws {
    let directory = TemporaryDirectory()
    let prefix = directory.path + "/c"
    try writeSet(prefix, [[1, 2, 3], [], [9]])
    let index = MegatronLoaderIndex(
      path: prefix, division: .weights(try MegatronSplits("1,1,1")), sequenceLength: 8, seed: 7,
      tokenizer: .null)
    #expect(
      message(in: directory.path) { () throws(TextError) in _ = try index.write() }
        == "c.idx: the valid split has 0 tokens; give it a larger share, or none")
    let maps = NeoXLoaderIndex(
      path: prefix, division: .whole("train_0"), sequenceLength: 8, seed: 7,
      sampleCounts: [Int.max / 2])
    #expect(
      message(in: directory.path) { () throws(TextError) in _ = try maps.write() }
        .hasPrefix("c.idx: the train_0 split has 4 tokens, which cannot give"))
    var metrics = DeepSpeedMetrics(path: prefix, outputDirectory: directory.path + "/m")
    metrics.vocabularySize = 9
    #expect(
      message(in: directory.path) { () throws(TextError) in _ = try metrics.write() }
        == "c: document 2 has token id 9, outside the vocabulary of 9; give the size of the "
        + "vocabulary it was encoded with")
    try writeSet(directory.path + "/none", [])
    #expect(
      message(in: directory.path) { () throws(TextError) in
        _ = try DeepSpeedMetrics(
          path: directory.path + "/none", outputDirectory: directory.path + "/m"
        ).write()
      } == "none: no documents to analyse; name token files that hold some")
  }
}

/// Fixtures/deepspeed.json holds the digests of what DeepSpeed's DataAnalyzer wrote;
/// make_deepspeed_goldens.py remakes it.
@Suite("DeepSpeed's metric files")
struct DeepSpeedGoldenTests {
  private static func documents(_ count: Int, longest: Int, vocabulary: Int) -> [[UInt32]] {
    (0..<count).map { i in (0..<i * 37 % longest).map { UInt32((i * 7 + $0 * $0) % vocabulary) } }
  }

  @Test(
    "all files are byte-identical",
    arguments: [("small", 90, 31, 50), ("large", 450, 431, 300)])
  func identical(name: String, count: Int, longest: Int, vocabulary: Int) throws {
    let directory = TemporaryDirectory()
    let prefix = directory.path + "/c"
    let documents = Self.documents(count, longest: longest, vocabulary: vocabulary - 7)
    try writeSet(prefix, documents, shardTokens: 20_000)
    var metrics = DeepSpeedMetrics(path: prefix, outputDirectory: directory.path + "/m")
    metrics.vocabularySize = vocabulary
    let summaries = try metrics.write()
    #expect(summaries.map(\.metric) == [.seqlen, .vocabRarity])
    #expect(summaries.allSatisfy { $0.sampleCount == count })
    #expect(summaries[0].distinctCount == Set(documents.map(\.count)).count)
    var compared = 0
    for (file, digest) in try Self.goldens() where file.hasPrefix(name + "/") {
      let path = "\(directory.path)/m/\(file.dropFirst(name.count + 1))"
      #expect(try Self.digest(path) == digest, "\(file)")
      compared += 1
    }
    #expect(compared == 18)
    let names = try ["seqlen", "vocab_rarity", "total_vocab_freq"].flatMap {
      try directoryEntries("\(directory.path)/m/\($0)")
    }
    #expect(names.count == 18)
  }

  private static func digest(_ path: String) throws -> String {
    let contents = try readFile(path)
    return SHA256.hash(contents.span)
  }

  private static func goldens() throws -> [(String, String)] {
    let path = String(GoldenTests.fixtures) + "deepspeed.json"
    let text = try readFile(path)
    let document = try JSONDocument(text, path: path)
    return document.root.fields.map { ($0.name, $0.value.string ?? "") }
  }

  @Test("documents count up to the tokens that training takes")
  func truncation() throws {
    let directory = TemporaryDirectory()
    try writeSet(directory.path + "/c", [[1, 2, 3, 4], [1], [], [5, 6, 7]])
    var metrics = DeepSpeedMetrics(
      path: directory.path + "/c", outputDirectory: directory.path + "/m")
    metrics.maximumLength = 2
    metrics.metrics = [.seqlen]
    #expect(try metrics.write()[0].maximum == 2)
    #expect(
      try bytes(directory.path + "/m/seqlen/seqlen_sample_to_metric.bin") == [2, 1, 0, 2])
    #expect(
      try bytes(directory.path + "/m/seqlen/seqlen_index_to_sample.bin") == [2, 1, 0, 3])
  }
}

// SPDX-License-Identifier: Apache-2.0

import Normalization
import Pipeline
import PreTokenization
import TestSupport
import Testing
import TextCore
import TokenFiles
import TokenModels
import Tokenization
import Training
import VocabularyFiles

@Suite struct EncodeTextsTests {
  /// A tokenizer of `size` ids, 600 of them trained and the others unused.
  private static func tokenizer(size: Int, normalizer: Normalizer = .none) throws -> Tokenizer {
    var generator = SeededGenerator(seed: 0)
    var counts = PretokenCounts()
    for _ in 0..<2000 {
      counts.add(
        RandomText.wellFormed(2, using: &generator).span,
        occurrences: Int64.random(in: 1...30, using: &generator))
    }
    let options = TrainingOptions(vocabularySize: 600)
    let trained = try VocabularyLayout(options, BPETrainer(counts, options).train())
    let known = (0..<TokenID(trained.vocabulary.count)).map { id -> [UInt8]? in
      trained.vocabulary.bytes(of: id).makeArray()
    }
    let unused = [[UInt8]?](repeating: nil, count: size - known.count)
    let model = try BPEModel(
      vocabulary: Vocabulary(known + unused), rules: trained.rules, ignoresMerges: false)
    return Tokenizer(
      TokenizerDefinition(
        normalizer: normalizer, preTokenizer: .gpt2, model: model, addedTokens: []),
      sourceSHA256: "")
  }

  /// Documents back to back, some empty, now and then one longer than a block.
  private static func documents(seed: Int, count: Int) -> (text: [UInt8], ends: [Int]) {
    var generator = SeededGenerator(seed: seed)
    var text: [UInt8] = []
    var ends: [Int] = []
    for index in 0..<count {
      let pieces = index % 50 == 49 ? 40_000 : Int.random(in: 0..<200, using: &generator)
      if index % 7 != 0 { text += RandomText.wellFormed(pieces, using: &generator) }
      ends.append(text.count)
    }
    return (text, ends)
  }

  @Test("ids and ends are the encoder's", arguments: [1, 2, 3, 7], [Normalizer.none, .nfc])
  func sameAsEncoder(_ threads: Int, _ normalizer: Normalizer) throws {
    let tokenizer = try Self.tokenizer(size: 600, normalizer: normalizer)
    var texts = try EncodeTexts(tokenizer, threadCount: threads)
    // Again and again with one object: what the caches learned must not show.
    for (seed, count) in [(1, 120), (2, 0), (3, 1), (4, 300), (1, 120)] {
      let (text, ends) = Self.documents(seed: seed, count: count)
      let encoded = try texts.encode(text.span, documentEnds: ends.span)
      var reference = Encoder(tokenizer, cacheBytes: 0)
      var ids = TokenBuffer()
      var idEnds = GrowableBuffer<Int>()
      try reference.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
      var stored = TokenBuffer()
      encoded.ids.copy(0..<encoded.ids.count, to: &stored)
      #expect(encoded.ids.type == .uint16)
      #expect(stored.makeArray() == ids.makeArray())
      #expect(encoded.ends.makeArray() == idEnds.makeArray())
    }
  }

  @Test("empty documents by the hundred thousand keep their places", arguments: [1, 2])
  func emptyDocuments(_ threads: Int) throws {
    let tokenizer = try Self.tokenizer(size: 600)
    // One in a thousand has a letter, which is a pretoken and an id.
    let ends = (0..<300_000).map { $0 / 1000 }
    let text = [UInt8](repeating: 0x61, count: 299)
    var texts = try EncodeTexts(tokenizer, threadCount: threads)
    let encoded = try texts.encode(text.span, documentEnds: ends.span)
    #expect(encoded.ids.count == 299)
    #expect(encoded.ends.makeArray() == ends)
  }

  @Test("the width of the ids changes nothing but their storage", arguments: [1, 2])
  func widths(_ threads: Int) throws {
    let (text, ends) = Self.documents(seed: 5, count: 120)
    var all: [[UInt32]] = []
    for (size, type) in [(600, TokenType.uint16), (1 << 16, .uint16), (1 << 16 | 1, .int32)] {
      var texts = try EncodeTexts(try Self.tokenizer(size: size), threadCount: threads)
      let encoded = try texts.encode(text.span, documentEnds: ends.span)
      #expect(encoded.ids.type == type, "\(size) ids")
      var ids = TokenBuffer()
      encoded.ids.copy(0..<encoded.ids.count, to: &ids)
      all.append(ids.makeArray())
    }
    // Tokenizers of different sizes are trained alike here: only the unused ids differ.
    #expect(all[1] == all[0] && all[2] == all[0])
  }

  @Test("a store keeps its ids when it grows", arguments: TokenType.allCases)
  func growth(_ type: TokenType) {
    var store = TokenStore(type: type, room: 0)
    var expected: [UInt32] = []
    for length in [0, 1, 100_000, 3_000_000, 7] {
      let ids = (0..<length).map { UInt32(($0 * 7919 + length) & 0xFFFF) }
      store.append(ids.span)
      var stored = ByteBuffer()
      stored.append(ids: ids.span, as: type)
      store.append(stored: stored.span)
      expected += ids + ids
    }
    var ids = TokenBuffer()
    store.copy(0..<store.count, to: &ids)
    #expect(ids.makeArray() == expected)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Normalization
import PreTokenization
import TestSupport
import Testing
import TextCore
import TokenModels
import Tokenization
import Training
import VocabularyFiles

@Suite struct EncoderTests {
  /// A vocabulary with many tokens that hold half a syllable, as small Korean ones do.
  private static func tokenizer(seed: Int, size: Int, syllableSafe: Bool = false) throws
    -> Tokenizer
  {
    var generator = SeededGenerator(seed: seed)
    var counts = PretokenCounts()
    for _ in 0..<3000 {
      counts.add(
        word(using: &generator).span, occurrences: Int64.random(in: 1...30, using: &generator))
    }
    var options = TrainingOptions(vocabularySize: size)
    options.isSyllableSafe = syllableSafe
    let trained = try VocabularyLayout(options, BPETrainer(counts, options).train())
    let model = try BPEModel(
      vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: seed % 3 == 0)
    return Tokenizer(
      TokenizerDefinition(
        normalizer: .none, preTokenizer: .gpt2, model: model,
        addedTokens: []), sourceSHA256: "")
  }

  /// A pretoken-like word: perhaps a space, then syllables, most of them from a small set.
  private static func word(using generator: inout SeededGenerator) -> [UInt8] {
    var text = Bool.random(using: &generator) ? " " : ""
    for _ in 0..<Int.random(in: 1...5, using: &generator) {
      let point =
        Int.random(in: 0..<10, using: &generator) == 0
        ? UInt32.random(in: 0xAC00...0xD7A3, using: &generator)
        : 0xAC00 + UInt32.random(in: 0..<12, using: &generator) * 588
          + UInt32.random(in: 0..<6, using: &generator)
      if let scalar = Unicode.Scalar(point) { text.unicodeScalars.append(scalar) }
      if Int.random(in: 0..<25, using: &generator) == 0 { text += "a" }
    }
    return Array(text.utf8)
  }

  @Test("Korean merged from whole syllables is as merged from bytes", arguments: 0..<12)
  func syllableUnits(_ seed: Int) throws {
    // Random syllables make random pairs of halves: the hardest case for starting from characters.
    let tokenizer = try Self.tokenizer(
      seed: seed, size: [300, 400, 700, 1500][seed % 4], syllableSafe: seed % 5 == 4)
    let model = tokenizer.definition.model
    let reference = ReferenceBPE(model)
    var scratch = BPEScratch()
    var generator = SeededGenerator(seed: 100 + seed)
    for _ in 0..<20_000 {
      let word = Self.word(using: &generator)
      var ids = TokenBuffer()
      model.encode(word.span, to: &ids, scratch: &scratch)
      guard ids.makeArray() == reference.encode(word.span) else {
        Issue.record("\(String(decoding: word, as: UTF8.self))")
        return
      }
    }
  }

  @Test(
    "the cache's size and content never change the ids", arguments: [0, 4096, 1 << 16, 1 << 22])
  func cacheSizes(_ cacheBytes: Int) throws {
    let tokenizer = try Self.tokenizer(seed: 1, size: 600)
    let reference = ReferenceTokenizer(tokenizer)
    var warm = Encoder(tokenizer, cacheBytes: cacheBytes)
    for seed in 0..<400 {
      var generator = SeededGenerator(seed: seed)
      // Many documents in one call, empty ones among them, of short, long and very long pretokens.
      var text: [UInt8] = []
      var ends: [Int] = []
      for _ in 0..<Int.random(in: 0...12, using: &generator) {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: break
        case 1: text += RandomText.illFormed(30, using: &generator)
        default:
          for _ in 0..<Int.random(in: 1...9, using: &generator) {
            let word = Self.word(using: &generator)
            text += Int.random(in: 0..<12, using: &generator) == 0 ? word + word.dropFirst() : word
          }
        }
        ends.append(text.count)
      }
      var ids = TokenBuffer()
      var idEnds = GrowableBuffer<Int>()
      try warm.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
      var expected: [UInt32] = []
      var expectedEnds: [Int] = []
      var start = 0
      for end in ends {
        expected += try reference.ids(Array(text[start..<end]))
        expectedEnds.append(expected.count)
        start = end
      }
      #expect(ids.makeArray() == expected, "seed \(seed)")
      #expect(idEnds.makeArray() == expectedEnds, "seed \(seed)")
    }
  }

  @Test("pretokens that differ in one bit never share their ids", arguments: [0, 1 << 14])
  func likePretokens(_ cacheBytes: Int) throws {
    let tokenizer = try Self.tokenizer(seed: 1, size: 600)
    let reference = ReferenceTokenizer(tokenizer)
    var encoder = Encoder(tokenizer, cacheBytes: cacheBytes)
    // Letters alone, so that each text is one pretoken; few buckets, so that they meet.
    for length in 1...34 {
      let word = (0..<length).map { UInt8(ascii: "a") + UInt8($0 * 7 % 16) }
      var text: [UInt8] = []
      var ends: [Int] = []
      for round in 0..<3 {
        for position in 0..<length {
          for bit in [UInt8(1), 2, 4, 8, 32] {
            var other = round == 1 ? [0x20] + word : word
            other[position + (round == 1 ? 1 : 0)] ^= bit
            text += other
            ends.append(text.count)
          }
        }
      }
      var ids = TokenBuffer()
      var idEnds = GrowableBuffer<Int>()
      try encoder.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
      var expected: [UInt32] = []
      var start = 0
      for end in ends {
        expected += try reference.ids(Array(text[start..<end]))
        start = end
      }
      #expect(ids.makeArray() == expected, "\(length) bytes")
    }
  }

  @Test("documents with special tokens keep their ends")
  func specialTokenEnds() throws {
    let tokenizer = try makeTokenizer()
    var encoder = Encoder(tokenizer, parsingSpecialTokens: true)
    let documents = ["학교<|end|>", "", "<|end|>", "<|end|><|endoftext|>가", "나"]
    var text: [UInt8] = []
    let ends = documents.map { document in
      text += Array(document.utf8)
      return text.count
    }
    var ids = TokenBuffer()
    var idEnds = GrowableBuffer<Int>()
    try encoder.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
    var start = 0
    for (document, end) in zip(documents, idEnds.makeArray()) {
      let own = Array(ids.makeArray()[start..<end])
      #expect(try own == tokenizer.encode(document, parsingSpecialTokens: true))
      start = end
    }
    #expect(start == ids.count)
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels

@Suite struct BPEModelTests {
  /// A model of `ruleCount` random merges, many of which overlap: few different bytes, tokens made
  /// of tokens; now and then a rule whose parts rank above it.
  private func randomModel(
    seed: Int, ruleCount: Int, shufflingRanks: Bool, ignoresMerges: Bool = false
  ) throws -> BPEModel {
    var generator = SeededGenerator(seed: seed)
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    let letters = Array("ab ".utf8)
    var pool = letters.map { UInt32($0) }
    var rules: [(UInt32, UInt32, UInt32)] = []
    var known = Set(tokens)
    while rules.count < ruleCount {
      guard let left = pool.randomElement(using: &generator),
        let right = pool.randomElement(using: &generator)
      else { break }
      let bytes = tokens[Int(left)] + tokens[Int(right)]
      guard bytes.count < 12, known.insert(bytes).inserted else { continue }
      tokens.append(bytes)
      pool.append(UInt32(tokens.count - 1))
      rules.append((left, right, UInt32(tokens.count - 1)))
    }
    var ranks = Array(0..<UInt32(rules.count))
    if shufflingRanks { ranks.shuffle(using: &generator) }
    return try BPEModel(
      vocabulary: Vocabulary(tokens),
      rules: zip(rules, ranks).map { MergeRule($0.0, $0.1, merged: $0.2, rank: $1) },
      ignoresMerges: ignoresMerges)
  }

  private func encode(_ model: BPEModel, _ text: [UInt8], _ scratch: inout BPEScratch) -> [TokenID]
  {
    var ids = TokenBuffer()
    model.encode(text.span, to: &ids, scratch: &scratch)
    return ids.makeArray()
  }

  /// A model of random merges of bytes of a few syllables, the space among them: whole characters,
  /// halves, and halves joined across borders.
  private func randomHangulModel(seed: Int, ruleCount: Int, shufflingRanks: Bool) throws -> BPEModel
  {
    var generator = SeededGenerator(seed: seed)
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    var known: [[UInt8]: UInt32] = [:]
    for (id, token) in tokens.enumerated() { known[token] = UInt32(id) }
    var rules: [(UInt32, UInt32, UInt32)] = []
    let text = Array("가각 나 다a닭 é가나다漢각나あ字가닭다aüé 나가漢 字あ".utf8)
    // Merges of what is adjacent in a text: so that most of them apply.
    while rules.count < ruleCount {
      let length = Int.random(in: 2...8, using: &generator)
      let start = Int.random(in: 0...text.count - length, using: &generator)
      let token = Array(text[start..<start + length])
      let cut = Int.random(in: 1..<length, using: &generator)
      guard let left = known[Array(token[..<cut])], let right = known[Array(token[cut...])],
        !rules.contains(where: { $0.0 == left && $0.1 == right })
      else { continue }
      let id = known[token] ?? UInt32(tokens.count)
      if known[token] == nil {
        tokens.append(token)
        known[token] = id
      }
      rules.append((left, right, id))
    }
    var ranks = Array(0..<UInt32(rules.count))
    if shufflingRanks { ranks.shuffle(using: &generator) }
    return try BPEModel(
      vocabulary: Vocabulary(tokens),
      rules: zip(rules, ranks).map { MergeRule($0.0, $0.1, merged: $0.2, rank: $1) },
      ignoresMerges: false)
  }

  /// The same by way of the cache, which keeps nothing here.
  private func encodeAsPretoken(_ model: BPEModel, _ bytes: [UInt8]) -> [TokenID] {
    var encoder = PretokenEncoder(model, cacheBytes: 0)
    var text = ByteBuffer()
    text.append(copying: bytes.span)
    var ids = TokenBuffer()
    var idEnds = GrowableBuffer<Int>()
    encoder.encode(
      text, pretokenEnds: [UInt32(bytes.count)].span, documentEnds: [1].span, to: &ids,
      idEnds: &idEnds)
    return ids.makeArray()
  }

  @Test("starting from whole characters gives what bytes give", arguments: [false, true])
  func characters(shufflingRanks: Bool) throws {
    var scratch = BPEScratch()
    for seed in 0..<700 {
      let model = try randomHangulModel(
        seed: seed, ruleCount: 10 + seed % 40, shufflingRanks: shufflingRanks)
      let reference = ReferenceBPE(model)
      var generator = SeededGenerator(seed: seed + 5000)
      for length in stride(from: 1 + seed % 3, through: 40, by: 3) {
        let characters = Array("가각나다닭a b漢字あéü😀\u{D7A3}\u{D7A4}\u{2FFF}\u{7FF}\u{800}")
        var text = Array(
          String(
            (0..<length / 4 + 1).map { _ in characters.randomElement(using: &generator) ?? "가" }
          )
          .utf8)
        if length % 3 == 0 { text.insert(0x20, at: 0) }
        if length % 7 == 0 { text.removeLast() }
        let expected = reference.encode(text.span)
        let told = Comment(rawValue: "seed \(seed), \(String(decoding: text, as: UTF8.self))")
        #expect(encode(model, text, &scratch) == expected, told)
        #expect(encodeAsPretoken(model, text) == expected, told)
      }
    }
  }

  @Test("both searches give what the definition gives", arguments: [false, true])
  func likeReference(shufflingRanks: Bool) throws {
    var scratch = BPEScratch()
    for seed in 0..<60 {
      let model = try randomModel(
        seed: seed, ruleCount: 40, shufflingRanks: shufflingRanks, ignoresMerges: seed % 4 == 0)
      let reference = ReferenceBPE(model)
      var generator = SeededGenerator(seed: seed + 1000)
      // Lengths on both sides of the limit between the two searches.
      for length in [0, 1, 2, 3, 5, 8, 13, 40, 95, 96, 97, 98, 150, 300] {
        let text = (0..<length).map { _ in Array("aab b".utf8).randomElement(using: &generator) ?? 0
        }
        #expect(
          encode(model, text, &scratch) == reference.encode(text.span),
          "seed \(seed), length \(length)")
      }
    }
  }

  @Test("ids decode to the bytes they came from")
  func roundTrip() throws {
    let model = try randomModel(seed: 7, ruleCount: 50, shufflingRanks: false)
    var scratch = BPEScratch()
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: seed)
      let text = RandomText.illFormed(20, using: &generator)
      var output = ByteBuffer()
      try model.vocabulary.decode(encode(model, text, &scratch).span, to: &output)
      #expect(output.makeArray() == text)
    }
  }

  @Test("a megabyte of one character, or of random ones, is encoded")
  func hostile() throws {
    let tokens: [[UInt8]] =
      (UInt8.min...UInt8.max).map { [$0] } + ["aa", "aaaa", "ab"].map { Array($0.utf8) }
    let rules = [
      MergeRule(97, 97, merged: 256, rank: 0), MergeRule(256, 256, merged: 257, rank: 1),
      MergeRule(97, 98, merged: 258, rank: 2),
    ]
    let model = try BPEModel(vocabulary: Vocabulary(tokens), rules: rules, ignoresMerges: false)
    var scratch = BPEScratch()
    var generator = SeededGenerator(seed: 0)
    let texts = [
      [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20),
      (0..<1 << 20).map { _ in Array("ab".utf8).randomElement(using: &generator) ?? 0 },
    ]
    for text in texts {
      let ids = encode(model, text, &scratch)
      #expect(ids.count < text.count)
      var output = ByteBuffer()
      try model.vocabulary.decode(ids.span, to: &output)
      #expect(output.makeArray() == text)
    }
  }

  @Test("ranks without merges join as tiktoken joins them")
  func rankedTokens() throws {
    var scratch = BPEScratch()
    for seed in 0..<300 {
      var generator = SeededGenerator(seed: seed)
      // Any strings at all: some can only be a whole pretoken, some have lower ranks than their parts.
      var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
      var known = Set(tokens)
      for _ in 0..<30 {
        let length = Int.random(in: 2...5, using: &generator)
        let token = (0..<length).map { _ in Array("ab".utf8).randomElement(using: &generator) ?? 0 }
        if known.insert(token).inserted { tokens.append(token) }
      }
      let model = try BPEModel(rankedTokens: Vocabulary(tokens))
      let rankOf = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, UInt32($0)) })
      for length in 1...14 {
        let text = (0..<length).map { _ in Array("ab".utf8).randomElement(using: &generator) ?? 0 }
        #expect(
          encode(model, text, &scratch) == tiktokenEncode(text, rankOf), "seed \(seed): \(text)")
      }
    }
  }

  /// tiktoken's rule as it reads: a whole token stays whole; else join the adjacent parts whose
  /// bytes together have the lowest rank.
  private func tiktokenEncode(_ text: [UInt8], _ rankOf: [[UInt8]: UInt32]) -> [UInt32] {
    if let id = rankOf[text] { return [id] }
    var parts = text.map { [$0] }
    while true {
      var best: (index: Int, rank: UInt32)?
      for index in 0..<max(parts.count - 1, 0) {
        if let rank = rankOf[parts[index] + parts[index + 1]], best.map({ rank < $0.rank }) ?? true
        {
          best = (index, rank)
        }
      }
      guard let best else { return parts.map { rankOf[$0] ?? .max } }
      parts.replaceSubrange(
        best.index...best.index + 1, with: [parts[best.index] + parts[best.index + 1]])
    }
  }

  @Test("the alphabet has a printable character for every byte, in GPT-2's order")
  func alphabet() {
    #expect(Set(ByteAlphabet.codePoints).count == 256)
    #expect(ByteAlphabet.bytesInOrder.first == UInt8(ascii: "!"))
    #expect(ByteAlphabet.spelling(of: Array(" 한\n".utf8)) == "ĠíķľĊ")
    let all = Array(UInt8.min...UInt8.max)
    #expect(ByteAlphabet.bytes(spelledBy: ByteAlphabet.spelling(of: all)) == all)
    #expect(ByteAlphabet.bytes(spelledBy: "한") == nil)
  }

  @Test("a vocabulary without a byte is refused")
  func missingByte() {
    let tokens: [[UInt8]?] = (UInt8(1)...UInt8.max).map { [$0] }
    #expect(throws: TextError.self) {
      try BPEModel(vocabulary: Vocabulary(tokens), rules: [], ignoresMerges: false)
    }
  }
}

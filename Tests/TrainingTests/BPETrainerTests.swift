// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels
import Training

@Suite struct BPETrainerTests {
  /// Counts of random words over `alphabet`; small counts and few letters, so that ties abound.
  private func randomCounts(_ seed: Int, _ alphabet: [String]) -> PretokenCounts {
    var generator = SeededGenerator(seed: seed)
    var counts = PretokenCounts()
    for _ in 0..<Int.random(in: 1...40, using: &generator) {
      let length = Int.random(in: 1...9, using: &generator)
      let word = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "" }.joined()
      counts.add(word.utf8.span, occurrences: Int64.random(in: 1...4, using: &generator))
    }
    return counts
  }

  private static let alphabets: [[String]] = [
    ["a", "b"], ["a"], ["ㅋ", "ㅠ", " "], ["가", "나", "다", " ", "1"], ["e\u{301}", "é", "👍", "!"],
  ]

  @Test("the merges are those of counting anew at every step", arguments: alphabets)
  func likeReference(_ alphabet: [String]) throws {
    for seed in 0..<300 {
      var options = TrainingOptions(vocabularySize: 256 + 30)
      options.isSyllableSafe = seed % 3 == 1
      options.minimumFrequency = Int64(seed % 4)
      if seed % 5 == 2 { options.maximumTokenBytes = 6 }
      if seed % 5 == 3 { options.maximumTokenCharacters = 2 }
      if seed % 6 == 4 { options.requiredCharacters = ["나", "힣", "a", "é", "👍"] }
      if seed % 7 == 3 {
        options.specialTokens = ["<|endoftext|>", "aab"]
        options.vocabularySize += 2
      }
      let counts = randomCounts(seed, alphabet)
      let trained = try BPETrainer(counts, options).train()
      #expect(try trained == referenceTrain(counts, options), "seed \(seed)")
    }
  }

  /// Pieces of characters, whole ones that hold a byte several times, and runs: what stands on both
  /// sides of the edges of units.
  private static let byteAlphabets: [[[UInt8]]] = [
    [[0x90], [0xF0, 0x90, 0x90, 0x90], [0x20]],
    [[0xF0, 0x90, 0x90, 0x90], [0x90, 0x90], [0x61]],
    [[0xEA, 0xB0, 0x80], [0xEA], [0xB0], [0x80], [0x20]],
    [[0x20], [0x61], [0x20, 0x20]],
    [[0x80], [0xC2, 0x80], [0xE2, 0x80, 0x80], [0xC0, 0x80]],
  ]

  @Test("merges across and inside characters, well-formed or not", arguments: byteAlphabets)
  func likeReferenceOnBytes(_ alphabet: [[UInt8]]) throws {
    for seed in 0..<400 {
      var generator = SeededGenerator(seed: seed)
      var counts = PretokenCounts()
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let length = Int.random(in: 1...(seed % 2 == 0 ? 6 : 24), using: &generator)
        let word = (0..<length).flatMap { _ in alphabet.randomElement(using: &generator) ?? [] }
        counts.add(word.span, occurrences: Int64.random(in: 1...4, using: &generator))
      }
      let options = TrainingOptions(vocabularySize: 256 + 40)
      let trained = try BPETrainer(counts, options).train()
      #expect(try trained == referenceTrain(counts, options), "seed \(seed)")
    }
  }

  @Test("a training that goes on behind some merges ends like one that made them itself")
  func resuming() throws {
    for seed in 0..<60 {
      let counts = randomCounts(seed, Self.alphabets[seed % Self.alphabets.count])
      var options = TrainingOptions(vocabularySize: 256 + 30)
      if seed % 3 == 0 { options.isSyllableSafe = true }
      if seed % 4 == 0 {
        options.specialTokens = ["<s>"]
        options.vocabularySize += 1
      }
      if seed % 5 == 0 { options.requiredCharacters = ["나", "힣"] }
      let whole = try BPETrainer(counts, options).train()
      for count in 0...whole.pairs.count {
        let resumed = try BPETrainer(counts, options, after: whole.prefix(count)).train()
        #expect(resumed == whole)
      }
      // More merges than are wanted now.
      options.vocabularySize -= 10
      let fewer = try BPETrainer(counts, options, after: whole).train()
      #expect(fewer == whole.prefix(options.mergeLimit))
    }
  }

  /// Counts of the parts of `counts` that begin with a space or at the start: what an ordinary rule
  /// makes of what spans words.
  private func wordCounts(_ counts: borrowing PretokenCounts) -> PretokenCounts {
    var words = PretokenCounts()
    for index in 0..<counts.count {
      var word: [UInt8] = []
      for byte in counts.bytes(index).makeArray() {
        if byte == 0x20, !word.isEmpty {
          words.add(word.span, occurrences: counts.occurrences(index))
          word = []
        }
        word.append(byte)
      }
      words.add(word.span, occurrences: counts.occurrences(index))
    }
    return words
  }

  private static let spacedAlphabets: [[String]] = [
    ["a", "b", " a", " b"], ["가", "나", " 가", " 나", " ", "다"], ["ㅋ", " ㅋ", "ㅠ"],
  ]

  @Test("a second stage makes the merges of counting anew", arguments: spacedAlphabets)
  func secondStage(_ alphabet: [String]) throws {
    for seed in 0..<60 {
      var first = TrainingOptions(vocabularySize: 300)
      first.specialTokens = ["<s>"]
      if seed % 3 == 1 { first.maximumTokenWords = 2 }
      if seed % 5 == 1 { first.isSyllableSafe = true }
      if seed % 7 == 1 { first.requiredCharacters = ["나", "힣"] }
      let second = first
      first.maximumMerges = seed % 20
      let counts = randomCounts(seed, alphabet)
      let prefix = try BPETrainer(wordCounts(counts), first).train()
      #expect(prefix.pairs.count <= seed % 20)
      let trained = try BPETrainer(counts, second, after: prefix, isSecondStage: true).train()
      #expect(
        try trained == referenceTrain(counts, second, after: prefix, isSecondStage: true),
        "seed \(seed)")
      #expect(trained.prefix(prefix.pairs.count) == prefix)
    }
  }

  @Test("a pretoken as long as a document is cut where a second stage says")
  func longPretoken() throws {
    let limit = BPETrainer.secondStageWordLimit
    for length in [limit - 1, limit, limit + 1, 3 * limit, 3 * limit + 1] {
      var generator = SeededGenerator(seed: length)
      let words = ["ab", " ab", " c", "d"]
      let text = (0..<length).map { _ in words.randomElement(using: &generator) ?? "" }.joined()
      var counts = PretokenCounts()
      counts.add(text.utf8.span, occurrences: 2)
      var options = TrainingOptions(vocabularySize: 256 + 24)
      options.maximumMerges = 4
      let prefix = try BPETrainer(wordCounts(counts), options).train()
      options.maximumMerges = nil
      let trained = try BPETrainer(counts, options, after: prefix, isSecondStage: true).train()
      #expect(try trained == referenceTrain(counts, options, after: prefix, isSecondStage: true))
    }
  }

  @Test("no token has more words than are allowed")
  func words() throws {
    for limit in 1...4 {
      var options = TrainingOptions(vocabularySize: 400)
      options.maximumTokenWords = limit
      var counts = PretokenCounts()
      counts.add("가 나 다 라 마 바 사  아   자 ".utf8.span, occurrences: 3)
      counts.add(" 가 나 다 라 마 바 사".utf8.span, occurrences: 2)
      let layout = try VocabularyLayout(options, BPETrainer(counts, options).train())
      let words = (256..<UInt32(layout.vocabulary.count)).map { id in
        layout.vocabulary.bytes(of: id).makeArray().split(separator: 0x20).count
      }
      #expect(words.max() == limit)
      #expect(layout.superwordCount == words.count { $0 > 1 })
    }
  }

  @Test("the order in which pretokens are counted changes nothing")
  func orderOfCounts() throws {
    for seed in 0..<100 {
      let counts = randomCounts(seed, Self.alphabets[3])
      var reversed = PretokenCounts()
      for index in (0..<counts.count).reversed() {
        reversed.add(counts.bytes(index), occurrences: counts.occurrences(index))
      }
      let options = TrainingOptions(vocabularySize: 300)
      #expect(
        try BPETrainer(counts, options).train() == BPETrainer(reversed, options).train()
      )
    }
  }

  @Test("a pretoken of one repeated letter counts overlapping pairs and merges from the left")
  func repeatedLetter() throws {
    var counts = PretokenCounts()
    // aaaaaaa → aa aa aa a → aaaa aa a; then two pairs occur once, and aa has the lower id.
    counts.add("aaaaaaa".utf8.span, occurrences: 1)
    let options = TrainingOptions(vocabularySize: 259)
    let trained = try BPETrainer(counts, options).train()
    let layout = VocabularyLayout(options, trained)
    let tokens = layout.rules.map { layout.vocabulary.bytes(of: $0.merged).count }
    #expect(tokens == [2, 4, 3])
    #expect(trained.frequencies == [6, 2, 1])
  }

  @Test("syllable-safe tokens are whole characters or bytes inside one")
  func syllableSafe() throws {
    for seed in 0..<200 {
      var options = TrainingOptions(vocabularySize: 330)
      options.isSyllableSafe = true
      let counts = randomCounts(seed, ["가", "각", "나", " ", "é", "👍"])
      let trained = try VocabularyLayout(options, BPETrainer(counts, options).train())
      for id in 0..<UInt32(trained.vocabulary.count) {
        let token = trained.vocabulary.bytes(of: id)
        if isWellFormedUTF8(token) { continue }
        // Inside one character: at most one lead byte, at the front, and no whole character.
        let leads = token.indices.filter { token[$0] < 0x80 || token[$0] >= 0xC0 }
        #expect(leads.isEmpty || leads == [0], "\(token.makeArray())")
        #expect(token.count <= 3)
      }
    }
  }

  @Test("counts of two tables add up")
  func merging() {
    for seed in 0..<100 {
      var left = randomCounts(seed, Self.alphabets[3])
      let right = randomCounts(seed + 1, Self.alphabets[3])
      var expected: [String: Int64] = [:]
      for index in 0..<left.count {
        expected[String(decodingUTF8: left.bytes(index)), default: 0] += left.occurrences(index)
      }
      for index in 0..<right.count {
        expected[String(decodingUTF8: right.bytes(index)), default: 0] += right.occurrences(index)
      }
      left.merge(right)
      var found: [String: Int64] = [:]
      for index in 0..<left.count {
        found[String(decodingUTF8: left.bytes(index))] = left.occurrences(index)
      }
      #expect(found == expected)
    }
  }

  @Test("a table holds more pretokens than it began with")
  func growth() {
    var counts = PretokenCounts()
    for round in 0..<2 {
      for number in 0..<20_000 {
        counts.add("낱말\(number)".utf8.span, occurrences: Int64(round + 1))
      }
    }
    #expect(counts.count == 20_000)
    #expect(counts.total == 60_000)
  }

  @Test("wrong options are refused in one line")
  func wrongOptions() {
    func message(_ options: TrainingOptions) -> String? {
      do throws(TextError) {
        try options.check()
        return nil
      } catch {
        return error.description
      }
    }
    var options = TrainingOptions(vocabularySize: 256)
    #expect(message(options) == nil)
    options.specialTokens = ["<s>"]
    #expect(
      message(options)
        == "vocabulary size 256 is below the alphabet: 256 bytes and 1 special tokens; ask for at least 257"
    )
    options = TrainingOptions(vocabularySize: 300)
    options.specialTokens = ["<s>", "<s>"]
    #expect(
      message(options) == "a special token is empty or named twice; name each special token once")
    options.specialTokens = ["a"]
    #expect(
      message(options) == "special token \"a\" is spelled like a byte token; give it a longer name")
  }
}

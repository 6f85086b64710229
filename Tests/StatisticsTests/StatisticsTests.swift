// SPDX-License-Identifier: Apache-2.0

import Statistics
import TestSupport
import Testing
import TextCore
import TokenModels

@Suite struct StatisticsTests {
  private func statistics(_ text: String) -> TextStatistics {
    var statistics = TextStatistics()
    statistics.add(text.utf8.span, TextMeasure(text.utf8.span))
    return statistics
  }

  @Test("characters are code points without line ends; eojeols are runs without white space")
  func counts() {
    let sample = statistics(" 학교에서는\u{3000}아이들이\u{A0}뛰어\r\n놀았다.\n\n끝 \r")
    #expect(sample.characters == 21)
    #expect(sample.eojeols == 5)
    #expect(sample.syllables == 15)
    #expect(statistics("").emptyDocuments == 1)
    #expect(statistics("   ").eojeols == 0)
    #expect(statistics("한글").bytes == 6)
  }

  @Test("eojeols and characters are those of the standard library's properties")
  func likeTheStandardLibrary() {
    for seed in 0..<2000 {
      var generator = SeededGenerator(seed: seed)
      let bytes = RandomText.wellFormed(30, using: &generator)
      let text = String(decoding: bytes, as: UTF8.self)
      let words = text.unicodeScalars.split { $0.properties.isWhitespace }.count
      let lines = text.replacing("\r\n", with: "\n").unicodeScalars.count { $0 != "\n" }
      let syllables = text.unicodeScalars.count { (0xAC00...0xD7A3).contains($0.value) }
      #expect(
        (statistics(text).eojeols, statistics(text).characters, statistics(text).syllables)
          == (words, lines, syllables), "seed \(seed)")
    }
  }

  @Test("statistics of parts add up to those of the whole")
  func merging() {
    let texts = ["가 나", "", "다라\n마", "ㅋㅋㅋ!"]
    let traits = TokenTraits(
      Vocabulary((0..<10).map { [UInt8](repeating: $0, count: 1) }), mayDiffer: false)
    var whole = CorpusTally([traits])
    var parts = CorpusStatistics(vocabularySizes: [10])
    func add(_ text: String, _ ids: [UInt32], to tally: inout CorpusTally) {
      let measure = TextMeasure(text.utf8.span)
      tally.text.add(text.utf8.span, measure)
      tally.tokenizers[0].add(text.utf8.span, measure, ids: ids.span, traits)
    }
    var tallies = CorpusTally([traits])
    for (index, text) in texts.enumerated() {
      let ids = (0..<UInt32(index)).map { $0 % 10 }
      add(text, ids, to: &whole)
      var part = CorpusTally([traits])
      add(text, ids, to: &part)
      parts.merge(part)
      tallies.merge(part)
    }
    var merged = CorpusStatistics(vocabularySizes: [10])
    merged.merge(tallies)
    #expect(merged.text == parts.text)
    #expect(merged.tokenizers[0].tokenCounts == parts.tokenizers[0].tokenCounts)
    #expect(merged.tokenizers[0].edges == parts.tokenizers[0].edges)
    var all = CorpusStatistics(vocabularySizes: [10])
    all.merge(whole)
    #expect(all.tokenizers[0].tokens == 6)
    #expect(parts.tokenizers[0].tokenCounts == all.tokenizers[0].tokenCounts)
    #expect(parts.tokenizers[0].lengths == all.tokenizers[0].lengths)
    #expect(parts.tokenizers[0].edges == all.tokenizers[0].edges)
    #expect(all.tokenizers[0].vocabularyUsed == 0.3)
    #expect(all.tokenizers[0].topTokens(2).map(\.id) == [0, 1])
    #expect(parts.text == all.text)
  }

  @Test("a length falls in the class whose bounds hold it")
  func histogram() {
    for length in 0...5000 {
      var histogram = LengthHistogram()
      histogram.add(length)
      #expect(LengthHistogram.bounds(histogram.counts.count - 1).contains(length))
      #expect(histogram.counts.reduce(0, +) == 1)
    }
  }
}

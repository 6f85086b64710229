// SPDX-License-Identifier: Apache-2.0

import Statistics
import TestSupport
import Testing
import TextCore

@Suite struct StatisticsTests {
  private func statistics(_ text: String) -> CorpusStatistics {
    var statistics = CorpusStatistics()
    statistics.add(text.utf8.span, ids: nil)
    return statistics
  }

  @Test("characters are code points without line ends; eojeols are runs without white space")
  func counts() {
    let sample = statistics(" 학교에서는\u{3000}아이들이\u{A0}뛰어\r\n놀았다.\n\n끝 \r")
    #expect(sample.characters == 21)
    #expect(sample.eojeols == 5)
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
      #expect(statistics(text).eojeols == words, "seed \(seed)")
      #expect(eojeolCount(text.utf8.span) == words, "seed \(seed)")
      #expect(statistics(text).characters == lines, "seed \(seed)")
    }
  }

  @Test("statistics of parts add up to those of the whole")
  func merging() {
    let texts = ["가 나", "", "다라\n마", "ㅋㅋㅋ!"]
    var whole = CorpusStatistics(vocabularySize: 10)
    var parts = CorpusStatistics(vocabularySize: 10)
    for (index, text) in texts.enumerated() {
      let ids = (0..<UInt32(index)).map { $0 % 10 }
      whole.add(text.utf8.span, ids: ids.span)
      var part = CorpusStatistics(vocabularySize: 10)
      part.add(text.utf8.span, ids: ids.span)
      parts.merge(part)
    }
    #expect(whole.tokens == 6)
    #expect(parts.tokenCounts == whole.tokenCounts)
    #expect(parts.lengths == whole.lengths)
    #expect(whole.vocabularyUsed == 0.3)
    #expect(whole.topTokens(2).map(\.id) == [0, 1])
    #expect((parts.bytes, parts.eojeols) == (whole.bytes, whole.eojeols))
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

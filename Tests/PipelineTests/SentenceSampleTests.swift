// SPDX-License-Identifier: Apache-2.0

import Pipeline
import Testing
import TextCore

@Suite struct SentenceSampleTests {
  private struct Document {
    var text: String
    var source: Int
    var line: Int
    var rank: UInt64
  }

  /// Documents of `sourceCount` sources, some of them without a sentence.
  private func documents(_ sourceCount: Int, seed: UInt64) -> [Document] {
    (0..<300).map { index in
      let rank = finalised(UInt64(index) &+ seed)
      let text = index % 7 == 0 ? "too short 가" : "이것은 \(index)번째 문서의 한글 문장입니다."
      return Document(
        text: text, source: Int(rank >> 7) % sourceCount, line: index, rank: finalised(rank))
    }
  }

  private func sample(_ documents: some Sequence<Document>, count: Int) -> SentenceSample {
    var sample = SentenceSample(count: count)
    for document in documents {
      sample.add(
        document.text.utf8.span, source: "source\(document.source)", path: "path",
        line: document.line,
        rank: document.rank)
    }
    return sample
  }

  @Test(arguments: [1, 3, 12, 50], [1, 2, 5, 100])
  func everyDivisionOfTheCorpusGivesTheSame(_ sourceCount: Int, _ parts: Int) {
    for seed in 0..<5 {
      let documents = documents(sourceCount, seed: UInt64(seed))
      let whole = sample(documents, count: 12).sentences
      #expect(whole.count == 12)
      #expect(sample(documents.reversed(), count: 12).sentences == whole)
      var merged = SentenceSample(count: 12)
      for part in (0..<parts).reversed() {
        let taken = documents.enumerated().filter { $0.offset % parts == part }.map(\.element)
        merged.merge(sample(taken, count: 12))
      }
      #expect(merged.sentences == whole)
    }
  }

  @Test func manySourcesHaveASentenceEach() {
    let sentences = sample(documents(40, seed: 1), count: 12).sentences
    let ranked = documents(40, seed: 1)
    let sources = sentences.map { sentence in ranked[sentence.line].source }
    #expect(Set(sources).count == 12)
  }

  @Test func fewSourcesShareThePlaces() {
    let ranked = documents(3, seed: 1)
    let sources = sample(ranked, count: 12).sentences.map { ranked[$0.line].source }
    for source in 0..<3 { #expect(sources.count { $0 == source } == 4) }
  }

  @Test func nothingIsWantedOrThere() {
    #expect(sample(documents(3, seed: 1), count: 0).sentences.isEmpty)
    #expect(SentenceSample(count: 12).sentences.isEmpty)
  }

  @Test(arguments: [
    ("짧다", nil), ("", nil), ("an English line only\nand another", nil),
    ("  나는 밥을 먹고 학교에 간다  \n다음", "나는 밥을 먹고 학교에 간다"),
    ("# title\r\n나는 밥을 먹고 학교에 간다", "나는 밥을 먹고 학교에 간다"),
    (String(repeating: "가", count: 1000), nil),
  ])
  func theFirstFittingLineIsTaken(_ text: String, _ sentence: String?) {
    #expect(SentenceSample.sentence(of: text.utf8.span) == sentence)
  }

  @Test func longLinesAreCutAtASpace() throws {
    for length in 1...60 {
      let word = String(repeating: "가", count: length)
      let text = String(repeating: word + " ", count: 200)
      guard let sentence = SentenceSample.sentence(of: text.utf8.span) else {
        #expect(word.utf8.count >= SentenceSample.mostBytes)
        continue
      }
      #expect(sentence.utf8.count <= SentenceSample.mostBytes)
      #expect(sentence.split(separator: " ").allSatisfy { $0 == word })
    }
  }

  @Test func illFormedLinesAreLeftOut() {
    let bytes = Array("나는 밥을 먹고 ".utf8) + [0xEA, 0xB0] + Array("학교에 간다\n너는 국을 먹고 학교에 간다".utf8)
    #expect(SentenceSample.sentence(of: bytes.span) == "너는 국을 먹고 학교에 간다")
  }
}

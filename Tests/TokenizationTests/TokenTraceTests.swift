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

/// ``TokenTrace`` is held against ``Encoder``, whose ids Tests/Peers compares with the reference
/// tokenizers.
@Suite("Tokens with their places")
struct TokenTraceTests {
  /// Parts of texts that normalisation changes, joins across parts, reorders or leaves out, and all
  /// kinds of added tokens.
  private static let parts = [
    "학교", "에서는 ", " ", "  ", "\n", "\u{1112}\u{1161}", "\u{11AB}", "\u{1100}\u{1161}\u{11A8}",
    "가\u{11A8}",
    "a\u{323}\u{301}", "a\u{301}\u{323}", "ﬁ", "①", "㈜", "ㅋㅋㅋㅋㅋ", "\u{200B}", "\u{FEFF}",
    "\u{3164}", "😀",
    "👨‍👩‍👧", "ＡＢＣ", "x", "", "<|end|>", "<|plain|>", "<|strip|>", "word", "<|ＮＯＲＭ|>", "<|NORM|>", "<|",
    "|>",
  ]

  private static func tokenizer(_ normalizer: Normalizer) throws -> Tokenizer {
    var counts = PretokenCounts()
    for word in ["학교", " 학교", "에서는", "ㅋㅋㅋ", "한국", "가각", "word", " x", "\n"] {
      counts.add(Array(word.utf8).span, occurrences: 9)
    }
    let options = TrainingOptions(vocabularySize: 275)
    let trained = try VocabularyLayout(options, BPETrainer(counts, options).train())
    let model = try BPEModel(
      vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: false)
    // Ids of their own are not needed: texts alone tell added tokens apart.
    let plain = AddedToken(content: "<|plain|>", id: 1, isSpecial: false)
    var strip = AddedToken(content: "<|strip|>", id: 2, isSpecial: false)
    strip.stripsLeft = true
    strip.stripsRight = true
    var word = AddedToken(content: "word", id: 3, isSpecial: false)
    word.isSingleWord = true
    var normalized = AddedToken(content: "<|NORM|>", id: 4, isSpecial: false)
    normalized.isNormalized = true
    return Tokenizer(
      TokenizerDefinition(
        normalizer: normalizer, preTokenizer: .cl100k, model: model,
        addedTokens: [AddedToken(content: "<|end|>", id: 0), plain, strip, word, normalized]),
      sourceSHA256: "")
  }

  @Test(
    "ids are the encoder's, tokens tile the text, and changes lead from one text to the other",
    arguments: ["none", "nfc", "nfkc", "korean", "korean +cap-repeats=3", "nmt_nfkc"])
  func sweep(normalizer: String) throws {
    let tokenizer = try Self.tokenizer(try #require(Normalizer(rawValue: normalizer)))
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<1500 {
      var text = ""
      for _ in 0..<Int.random(in: 0...8, using: &generator) {
        text += Self.parts.randomElement(using: &generator) ?? ""
      }
      for parses in [false, true] { try check(tokenizer, text, parses) }
    }
  }

  private func check(_ tokenizer: Tokenizer, _ text: String, _ parses: Bool) throws {
    let source = Array(text.utf8)
    let trace = try tokenizer.trace(source.span, parsingSpecialTokens: parses)
    let ids = trace.ids.makeArray()
    let ends = trace.ends.makeArray()
    let normal = trace.text.makeArray()
    let added = Set(trace.addedTokens.makeArray())
    #expect(
      try ids == tokenizer.encode(text, parsingSpecialTokens: parses), "\(text.debugDescription)")
    // ---- Tiles ----
    #expect(ends.count == ids.count && trace.sources.count == ids.count)
    #expect((ends.last ?? 0) == normal.count)
    var start = 0
    for (index, end) in ends.enumerated() {
      #expect(start <= end)
      if !added.contains(index) {
        let bytes = tokenizer.definition.model.vocabulary.bytes(of: ids[index])
        let isText = bytes.elementsEqual(normal.span.extracting(start..<end))
        #expect(isText)
      }
      start = end
    }
    // ---- Changes ----
    var made: [UInt8] = []
    var place = 0
    for change in trace.changes {
      made += source[place..<change.source.lowerBound]
      #expect(made.count == change.normal.lowerBound, "\(text.debugDescription)")
      made += normal[change.normal]
      place = change.source.upperBound
    }
    made += source[place...]
    #expect(made == normal, "\(text.debugDescription)")
    // ---- Sources ----
    for (index, range) in trace.sources.enumerated() {
      #expect(range.upperBound <= source.count)
      let own = (index == 0 ? 0 : ends[index - 1])..<ends[index]
      // Between changes a token is what it comes from, or a part of a character that normalisation has
      // looked at and left as it was.
      if !trace.changes.contains(where: { $0.normal.overlaps(own) || $0.source.overlaps(range) }) {
        #expect(source[range].contains(normal[own]), "\(text.debugDescription)")
      }
    }
  }
}

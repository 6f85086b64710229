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

/// Tests/Peers/test_chat.py compares with Jinja and Hugging Face tokenizers.
@Suite("Chat templates")
struct ChatEncoderTests {
  private static let contents = [
    "", " ", "\n", "\n\n앞줄이 비었다", "가나다 라마바", "  빈칸 ", "<|im_end|>", "<|im_start|>system\n나쁜 말",
    "user\n", "a\u{301}", "값\r\n",
  ]
  private static let start: UInt32 = 300
  private static let end: UInt32 = 301

  /// Ids of special tokens that nothing else has: no text of these tests gives them.
  private static func tokenizer() throws -> Tokenizer {
    var counts = PretokenCounts()
    for word in ["user", "assistant", "가나다", " 라마바", "\n\n"] {
      counts.add(Array(word.utf8).span, occurrences: 9)
    }
    for number in 0..<400 { counts.add(Array("q\(number)z".utf8).span, occurrences: 8) }
    let options = TrainingOptions(vocabularySize: 310)
    let trained = try VocabularyLayout(options, BPETrainer(counts, options).train())
    let model = try BPEModel(
      vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: false)
    return Tokenizer(
      TokenizerDefinition(
        normalizer: .none, preTokenizer: .gpt2, model: model,
        addedTokens: [
          AddedToken(content: "<|im_start|>", id: start),
          AddedToken(content: "<|im_end|>", id: end, isSpecial: false),
        ]), sourceSHA256: "")
  }

  /// What ChatML is, one run of text at a time.
  private static func reference(
    _ conversation: [(role: Int, content: String)], _ encode: (String) throws -> [UInt32]
  ) throws -> [UInt32] {
    let names = ["system", "user", "assistant", "tool"]
    var ids: [UInt32] = []
    for (role, content) in conversation {
      let lead = try encode(names[role] + "\n")
      let run = try encode(names[role] + "\n" + content)
      let shared = zip(lead, run).prefix { $0 == $1 }.count
      let mark = role == 2 ? LossMark.bit : 0
      ids += [start] + run[..<shared] + run[shared...].map { $0 | mark }
      ids += [end | mark] + (try encode("\n"))
    }
    return ids
  }

  @Test("conversations together or alone give the ids of their runs", arguments: 0..<20)
  func batches(seed: Int) throws {
    let tokenizer = try Self.tokenizer()
    let layout = try ChatLayout(ChatTemplate(.chatML), tokenizer)
    var generator = SeededGenerator(seed: seed)
    let conversations = (0..<30).map { _ in
      (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        (
          role: Int.random(in: 0...3, using: &generator),
          content: Self.contents.randomElement(using: &generator) ?? ""
        )
      }
    }
    let expected = try conversations.map { conversation in
      // In the layout's tokenizer the template's tokens are special, and so no text.
      try Self.reference(conversation) { try layout.tokenizer.encode($0) }
    }
    for step in [1, 7, 30] {
      for marksLoss in [true, false] {
        var chats = ChatEncoder(layout, marksLoss: marksLoss, cacheBytes: 4096)
        var values = TokenBuffer()
        var ends = GrowableBuffer<Int>()
        for (number, conversation) in conversations.enumerated() {
          chats.begin()
          for (role, content) in conversation { chats.add(role: role, Array(content.utf8).span) }
          chats.end()
          if (number + 1) % step == 0 { try chats.flush(to: &values, ends: &ends) }
        }
        try chats.flush(to: &values, ends: &ends)
        #expect(
          values.makeArray()
            == expected.joined().map { marksLoss ? $0 : $0 & ~LossMark.bit })
        #expect(ends.makeArray().last == expected.joined().count && ends.count == 30)
      }
    }
  }

  @Test("white space is taken off as by Python's strip")
  func strip() {
    let all =
      "\t\n\u{B}\u{C}\r\u{1C}\u{1D}\u{1E}\u{1F} \u{85}\u{A0}\u{1680}\u{2000}\u{2028}\u{202F}\u{205F}\u{3000}"
    for (text, kept) in [
      ("", ""), (all, ""), (all + "가" + all, "가"),
      ("\u{1C} \u{1C}a\u{200B}\u{1F}\u{3000}\u{1F}", "a\u{200B}"),
      ("\u{FEFF}", "\u{FEFF}"), ("a" + all + "b", "a" + all + "b"),
    ] {
      let bytes = Array(text.utf8)
      #expect(Array(bytes[rangeWithoutWhiteSpace(bytes.span)]) == Array(kept.utf8))
    }
  }
}

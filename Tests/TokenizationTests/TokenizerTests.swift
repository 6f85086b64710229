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

/// A small tokenizer trained on a few Korean sentences.
func makeTokenizer(
  _ normalizer: Normalizer = .nfc, special: [String] = ["<|endoftext|>", "<|end|>", "[MASK]"]
) throws -> Tokenizer {
  let text = """
    학교에서는 아이들이 뛰어놀았다. 학교에 가는 아이들은 학교가 좋다고 했다. 아이들이 학교에서 웃었다 ㅋㅋㅋㅋ
    The school's children don't play at school in 2021, they play at home in 2022!
    """
  var counts = PretokenCounts()
  let bytes = Array(text.utf8)
  let ends = PreTokenizer.gpt2.ends(of: bytes.span)
  var start = 0
  for end in ends.makeArray() {
    counts.add(bytes.span.extracting(start..<Int(end)))
    start = Int(end)
  }
  var options = TrainingOptions(vocabularySize: 400)
  options.specialTokens = special
  let trained = try VocabularyLayout(options, BPETrainer(counts, options).train())
  let model = try BPEModel(
    vocabulary: trained.vocabulary, rules: trained.rules, ignoresMerges: false)
  let added = special.enumerated().map { AddedToken(content: $1, id: UInt32($0)) }
  return Tokenizer(
    TokenizerDefinition(
      normalizer: normalizer, preTokenizer: .gpt2, model: model, addedTokens: added),
    sourceSHA256: "")
}

/// Normalise, cut and merge by the reference implementations.
struct ReferenceTokenizer {
  let definition: TokenizerDefinition
  let model: ReferenceBPE

  init(_ tokenizer: Tokenizer) {
    definition = tokenizer.definition
    model = ReferenceBPE(definition.model)
  }

  func ids(_ bytes: [UInt8]) throws -> [UInt32] {
    var normal = ByteBuffer()
    try definition.normalizer.append(bytes.span, to: &normal)
    var start = 0
    return definition.preTokenizer.referenceEnds(of: normal.span).flatMap { end in
      defer { start = end }
      return model.encode(normal.span.extracting(start..<end))
    }
  }
}

@Suite struct TokenizerTests {
  @Test(
    "ids are those of the reference implementations",
    arguments: [Normalizer.none, .nfc, Normalizer(.korean)])
  func likeReference(_ normalizer: Normalizer) throws {
    let tokenizer = try makeTokenizer(normalizer)
    let reference = ReferenceTokenizer(tokenizer)
    for seed in 0..<2000 {
      var generator = SeededGenerator(seed: seed)
      let text = RandomText.illFormed(30, using: &generator)
      #expect(try tokenizer.encode(bytes: text) == reference.ids(text), "seed \(seed)")
    }
  }

  @Test("without a normaliser any bytes come back")
  func roundTrip() throws {
    let tokenizer = try makeTokenizer(.none)
    #expect(try tokenizer.decodeBytes(tokenizer.encode(bytes: Array(0...255))) == Array(0...255))
    for seed in 0..<2000 {
      var generator = SeededGenerator(seed: seed)
      let text = RandomText.illFormed(40, using: &generator)
      #expect(try tokenizer.decodeBytes(tokenizer.encode(bytes: text)) == text)
    }
  }

  @Test("special tokens are parsed on request only, the leftmost and longest first")
  func specialTokens() throws {
    let tokenizer = try makeTokenizer()
    let text = "학교<|endoftext|>가<|end|>[MASK]<|endof"
    #expect(!(try tokenizer.encode(text)).contains { $0 < 3 })
    let ids = try tokenizer.encode(text, parsingSpecialTokens: true)
    #expect(ids.filter { $0 < 3 } == [0, 1, 2])
    #expect(try tokenizer.decode(ids) == text)
    #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test("special tokens that begin alike, or inside each other, are found as a plain search does")
  func nestedSpecialTokens() throws {
    let special = [
      "<<|", "<|", "<|a|>", "<|a", "<|ab|>", "a|", "|>", ">>", "<<<<<<", "가", "가나", "나다",
    ]
    let tokenizer = try makeTokenizer(.none, special: special)
    let letters: [Character] = Array(special.joined()) + [" ", "x"]
    for seed in 0..<300 {
      var generator = SeededGenerator(seed: seed)
      let text = (0..<40).map { _ in letters.randomElement(using: &generator) ?? " " }
      // ---- The leftmost, longest match, by trying all of them everywhere ----
      var expected: [UInt32] = []
      var rest = text[...]
      var plain = ""
      while let first = rest.first {
        let matches = special.enumerated().filter { String(rest).hasPrefix($0.element) }
        if let match = matches.max(by: { $0.element.utf8.count < $1.element.utf8.count }) {
          expected += try tokenizer.encode(plain) + [UInt32(match.offset)]
          plain = ""
          rest = rest.dropFirst(match.element.count)
        } else {
          plain.append(first)
          rest = rest.dropFirst()
        }
      }
      expected += try tokenizer.encode(plain)
      #expect(try tokenizer.encode(String(text), parsingSpecialTokens: true) == expected)
    }
  }

  @Test("an id that no token has is refused")
  func unknownID() throws {
    let tokenizer = try makeTokenizer()
    #expect(throws: TextError.self) { try tokenizer.decode([1_000_000]) }
  }

  @Test(
    "a vocabulary written to a file and read back encodes alike", arguments: ["json", "tiktoken"])
  func files(_ format: String) throws {
    let tokenizer = try makeTokenizer(.none)
    let directory = TemporaryDirectory()
    let path = directory.path + "/tokenizer." + format
    let contents =
      format == "json"
      ? TokenizerJSON.write(tokenizer.definition) : TiktokenFile.write(tokenizer.definition)
    try writeFile(path, contents.span)
    for place in [path, directory.path] {
      let loaded = try Tokenizer.load(place, preTokenizer: "gpt2")
      #expect(loaded.sourceSHA256 == SHA256.hash(contents.span))
      for seed in 0..<500 {
        var generator = SeededGenerator(seed: seed)
        let text = RandomText.illFormed(30, using: &generator)
        #expect(try loaded.encode(bytes: text) == tokenizer.encode(bytes: text), "seed \(seed)")
      }
    }
    if format == "json" {
      let again = try Tokenizer.load(path)
      #expect(again.definition.addedTokens == tokenizer.definition.addedTokens)
      #expect(TokenizerJSON.write(again.definition).makeArray() == contents.makeArray())
    }
  }
}

@Suite struct AddedTokenTests {
  /// The small tokenizer with `[MASK]` as a token of other kinds, and a template.
  private func makeTokenizer(_ change: (inout AddedToken) -> Void) throws -> Tokenizer {
    var definition = try TokenizationTests.makeTokenizer().definition
    change(&definition.addedTokens[2])
    definition.template = SpecialTokenTemplate(before: [0], after: [1, 0])
    return Tokenizer(definition, sourceSHA256: "")
  }

  @Test("a token that is not special is always found, with the white space it takes")
  func alwaysFound() throws {
    let plain = try makeTokenizer { $0.isSpecial = false }
    #expect(try plain.encode("가[MASK]<|end|>").firstIndex(of: 2) == 1)
    #expect(!(try plain.encode("가[MASK]<|end|>").contains(1)))
    let stripping = try makeTokenizer {
      ($0.isSpecial, $0.stripsLeft, $0.stripsRight) = (false, true, true)
    }
    #expect(try stripping.encode("가 \u{3000}[MASK]\n 나") == stripping.encode("가[MASK]나"))
    let single = try makeTokenizer { ($0.isSpecial, $0.isSingleWord) = (false, true) }
    #expect(!(try single.encode("가[MASK]").contains(2)))
    #expect(try single.encode("-[MASK] 가").contains(2))
  }

  @Test("a token of normalised text is found in text that only becomes it")
  func normalized() throws {
    for isNormalized in [false, true] {
      let tokenizer = try makeTokenizer {
        ($0.content, $0.isSpecial, $0.isNormalized) = ("각", false, isNormalized)
      }
      #expect(try tokenizer.encode("\u{1100}\u{1161}\u{11A8}").contains(2) == isNormalized)
      #expect(try tokenizer.encode("각") == [2])
    }
  }

  @Test("every document of a batch gets the tokens of the template, on request")
  func template() throws {
    let tokenizer = try makeTokenizer { _ in }
    let texts = ["학교", "", "가나"].map { Array($0.utf8) }
    let wanted = try texts.map { [0] + (try tokenizer.encode(bytes: $0)) + [1, 0] }
    for (text, ids) in zip(texts, wanted) {
      #expect(try tokenizer.encode(bytes: text, addingSpecialTokens: true) == ids)
    }
    var encoder = Encoder(tokenizer, addingSpecialTokens: true)
    var ids = TokenBuffer()
    var ends = GrowableBuffer<Int>()
    let bytes = texts.flatMap { $0 }
    for _ in 0..<2 {
      try encoder.encode(
        bytes.span, documentEnds: [texts[0].count, texts[0].count, bytes.count].span, to: &ids,
        idEnds: &ends)
    }
    #expect(ids.makeArray() == (wanted + wanted).flatMap { $0 })
    #expect(ends.count == 6 && ends[5] == ids.count && ends[0] == wanted[0].count)
  }

  @Test("a rank file needs its pre-tokenizer named, and only a known name will do")
  func namedPreTokenizer() throws {
    let directory = TemporaryDirectory()
    let contents = TiktokenFile.write(try TokenizationTests.makeTokenizer(.none).definition)
    try directory.write("a.tiktoken", contents.makeArray())
    for name in [nil, "gpt5"] {
      #expect(throws: TextError.self) {
        try Tokenizer.load(directory.path, preTokenizer: name)
      }
    }
    for rule in PreTokenizer.allCases {
      let loaded = try Tokenizer.load(directory.path, preTokenizer: rule.rawValue)
      #expect(loaded.definition.preTokenizer == rule)
    }
  }
}

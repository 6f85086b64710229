// SPDX-License-Identifier: Apache-2.0

internal import PreTokenization
package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// How a tokenizer treats numbers and white space, found out by having it cut some.
package struct TokenizerPolicies: Sendable {
  /// How numbers of up to twelve digits become pretokens.
  package enum DigitCuts: String, Sendable {
    case single
    /// In threes from the left; from the right.
    case threes
    case threesFromRight = "threes_from_right"
    /// Not at all.
    case whole
    case other
  }

  package var digitCuts = DigitCuts.other
  /// The most digits that a token of digits has, a space before them aside.
  package private(set) var longestDigits = 0
  /// How many of the 10, 100, 1,000 and 10,000 numbers of one to four digits are one token.
  package private(set) var wholeNumbers: [Int] = []
  /// Whether the space before a word, a number, a punctuation mark goes with it.
  package var gluesSpaceToWords = false
  package var gluesSpaceToNumbers = false
  package var gluesSpaceToPunctuation = false
  /// Whether two words with a space between can be in one token.
  package var joinsWords = false
  /// Whether a line end goes with the punctuation before it, and two line ends with each other.
  package var gluesLineEnds = false
  package var joinsLineEnds = false
  /// Tokens of nothing but spaces, and the most spaces of one; the same of line ends.
  package var spaceTokens = 0
  package var longestSpaces = 0
  package var lineEndTokens = 0
  package var longestLineEnds = 0
  /// Tokens that begin with a space before something else.
  package var spaceLedTokens = 0
  /// Tokens with white space between other characters.
  package var superwordTokens = 0
  /// For 1 to 16 spaces between two words, how many tokens begin with one of them.
  package var tokensOfSpaces: [Int] = []

  /// The policies of `tokenizer`.
  ///
  /// - Throws: `normalizationFailed`.
  package init(_ tokenizer: Tokenizer) throws(TextError) {
    findPretokens(tokenizer.definition.preTokenizer)
    countTokens(tokenizer)
    try encodeNumbers(tokenizer)
    tokensOfSpaces = try (1...16).map { (count) throws(TextError) in
      let ids = try tokenizer.encode("가" + String(repeating: " ", count: count) + "나")
      return ids.count { tokenizer.definition.model.vocabulary.bytes(of: $0)[0] == 0x20 }
    }
  }

  // MARK: - By the pre-tokenizer

  private mutating func findPretokens(_ rule: PreTokenizer) {
    func edges(_ text: String) -> [Int] {
      let ends = rule.ends(of: text.utf8.span)
      return (0..<ends.count - 1).map { Int(ends[$0]) }
    }
    let rules: [(DigitCuts, (Int) -> [Int])] = [
      (.single, { Array(1..<$0) }),
      (.threes, { Array(stride(from: 3, to: $0, by: 3)) }),
      (.threesFromRight, { length in (1..<length).filter { (length - $0) % 3 == 0 } }),
      (.whole, { _ in [] }),
    ]
    for (cuts, expected) in rules
    where (1...12).allSatisfy({ edges(String("123456789012".prefix($0))) == expected($0) }) {
      digitCuts = cuts
      break
    }
    gluesSpaceToWords = edges("가 나") == [3]
    joinsWords = edges("가 나").isEmpty
    gluesSpaceToNumbers = edges("가 1") == [3]
    gluesSpaceToPunctuation = edges("가 !") == [3]
    gluesLineEnds = !edges("가!\n나").contains(4)
    joinsLineEnds = !edges("가\n\n나").contains(4)
  }

  // MARK: - By the vocabulary

  private mutating func countTokens(_ tokenizer: Tokenizer) {
    let vocabulary = tokenizer.definition.model.vocabulary
    let added = Set(tokenizer.definition.addedTokens.map(\.id))
    for id in 0..<TokenID(vocabulary.count) where !added.contains(id) {
      let token = vocabulary.bytes(of: id)
      if token.isEmpty { continue }
      var counts = (spaces: 0, lineEnds: 0, digits: 0)
      for place in token.indices {
        switch token[place] {
        case 0x20: counts.spaces += 1
        case 0x0A, 0x0D: counts.lineEnds += 1
        case 0x30...0x39: counts.digits += 1
        default: break
        }
      }
      if counts.spaces == token.count {
        spaceTokens += 1
        longestSpaces = max(longestSpaces, token.count)
      } else if token[0] == 0x20 {
        spaceLedTokens += 1
      }
      if counts.lineEnds == token.count {
        lineEndTokens += 1
        longestLineEnds = max(longestLineEnds, token.count)
      }
      let isLed = token[0] == 0x20 && counts.spaces == 1
      if counts.digits == token.count - (isLed ? 1 : 0) {
        longestDigits = max(longestDigits, counts.digits)
      }
      superwordTokens += Int(TokenTraits.Trait(token).isSuperword)
    }
  }

  private mutating func encodeNumbers(_ tokenizer: Tokenizer) throws(TextError) {
    var encoder = Encoder(tokenizer, cacheBytes: 1 << 20)
    var limit = 10
    for length in 1...4 {
      var text = ByteBuffer()
      var ends = GrowableBuffer<Int>()
      for number in 0..<limit {
        let digits = String(number)
        text.append(String(repeating: "0", count: length - digits.count) + digits)
        ends.append(text.count)
      }
      var ids = TokenBuffer()
      var idEnds = GrowableBuffer<Int>()
      try encoder.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
      wholeNumbers.append((0..<limit).count { idEnds[$0] - ($0 == 0 ? 0 : idEnds[$0 - 1]) == 1 })
      limit *= 10
    }
  }
}

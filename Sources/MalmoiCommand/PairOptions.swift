// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import TextCore
import TokenFiles
import Tokenization
import VocabularyFiles

/// How BERT's pairs of sentences are made.
struct PairOptions: ParsableArguments {
  @Option(help: "Of bert: the share of tokens that are to be predicted (default: 0.15).")
  var maskRate: Double?

  @Option(help: "Of bert: the most tokens to be predicted in a sequence (default: 20).")
  var maxPredictions: Int?

  @Option(help: "Of bert: the share of pairs of a shorter, random length (default: 0.1).")
  var shortRate: Double?

  @Option(
    help: "Of bert: how often the documents are used, each time with other masks (default: 10).")
  var duplicates: Int?

  @Flag(
    help: """
      Of bert: mask words (eojeols) as wholes; tokens that begin with no space continue one.
      """)
  var wholeWords = false

  @Option(help: "Of bert: the special token before a pair (default: [CLS]).")
  var clsToken: String?

  @Option(help: "Of bert: the special token behind each sentence (default: [SEP]).")
  var sepToken: String?

  @Option(help: "Of bert: the special token in place of those to be predicted (default: [MASK]).")
  var maskToken: String?

  /// The first option that is given, nil if there is none.
  private var given: String? {
    let options: [(String, Bool)] = [
      ("--mask-rate", maskRate != nil), ("--max-predictions", maxPredictions != nil),
      ("--short-rate", shortRate != nil), ("--duplicates", duplicates != nil),
      ("--whole-words", wholeWords), ("--cls-token", clsToken != nil),
      ("--sep-token", sepToken != nil), ("--mask-token", maskToken != nil),
    ]
    return options.first { $0.1 }?.0
  }

  func check(isUsed: Bool) throws {
    if !isUsed, let given { throw ValidationError("\(given) needs --pack bert.") }
  }

  /// The settings of pairs of `length` tokens.
  ///
  /// - Throws: `invalidArgument` for tokens that `tokenizer` lacks, or that texts could spell.
  func pairs(
    length: Int, windowSequences: Int, seed: UInt64, for tokenizer: Tokenizer
  ) throws(TextError) -> SentencePairs {
    let separator = try EncodeJob.specialToken(named: sepToken ?? "[SEP]", of: tokenizer)
    if tokenizer.addedTokens.tokens.contains(where: { $0.id == separator && !$0.isSpecial }) {
      throw TextError(
        .invalidArgument,
        "\"\(sepToken ?? "[SEP]")\" is no special token, so that texts can spell it",
        remedy: "make it special in tokenizer.json")
    }
    var pairs = SentencePairs(
      length: length, separator: separator,
      classifierID: try EncodeJob.specialToken(named: clsToken ?? "[CLS]", of: tokenizer),
      separatorID: separator,
      maskID: try EncodeJob.specialToken(named: maskToken ?? "[MASK]", of: tokenizer),
      vocabularySize: tokenizer.vocabularySize)
    if let maskRate { pairs.maskRate = maskRate }
    if let maxPredictions { pairs.maximumPredictions = maxPredictions }
    if let shortRate { pairs.shortRate = shortRate }
    if let duplicates { pairs.repetitions = duplicates }
    if wholeWords { pairs.continuations = continuations(of: tokenizer) }
    pairs.windowTokens = windowSequences.multipliedReportingOverflow(by: length).partialValue
    pairs.seed = seed
    return pairs
  }
}

/// The ids of `tokenizer` that continue a word: those of text that begins with no white space.
private func continuations(of tokenizer: Tokenizer) -> TokenSet {
  var found = TokenSet()
  let added = TokenSet(tokenizer.addedTokens.tokens.map(\.id))
  for id in 0..<UInt32(tokenizer.vocabularySize) where !added.contains(id) {
    // Vocabularies may have ids without a token.
    let first = (try? tokenizer.decodeBytes([id]))?.first
    if let first, first != 0x20, !(0x09...0x0D).contains(first) { found.insert(id) }
  }
  return found
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenModels

/// What vocabulary to train.
package struct TrainingOptions: Sendable {
  /// The number of ids wanted, the 256 bytes and all tokens that are not trained included.
  package var vocabularySize: Int
  /// Tokens that training does not see, in the order of their ids: from 0, but for those with an id.
  package var specialTokens: [String] = []
  /// Special tokens that have their ids already.
  package var placedTokens: [TokenID: String] = [:]
  /// The last so many ids hold no bytes and no merges, only tokens with an id and unused ones.
  package var reservedLastIDs = 0
  /// Special tokens among these, by their distance from the end of the vocabulary: 1 is the last id.
  package var lastTokens: [Int: String] = [:]
  /// Tokens behind the special ones that are always found in text.
  package var userSymbols: [String] = []
  /// The number of tokens `<unused0>`, `<unused1>`, … behind these.
  package var unusedTokens = 0
  /// The vocabulary is filled up with unused tokens to a multiple of this.
  package var sizeMultiple = 1
  /// The vocabulary is filled up with unused tokens to at least this size.
  package var paddedSize: Int?
  /// Pairs that occur less often are not merged.
  package var minimumFrequency: Int64 = 1
  /// Longer tokens are not made.
  package var maximumTokenBytes: Int?
  /// Tokens of more characters, each begun one counted, are not made.
  package var maximumTokenCharacters: Int?
  /// Tokens of more words, parts between spaces, are not made.
  package var maximumTokenWords: Int?
  /// Whether every token is whole characters, or bytes inside one character.
  package var isSyllableSafe = false
  /// Characters that get a token of their own before any pair is counted.
  package var requiredCharacters: [Unicode.Scalar] = []

  package init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

  /// The special tokens that have an id, whichever way it is counted.
  package var tokensWithIDs: [TokenID: String] {
    var tokens = placedTokens
    for (distance, token) in lastTokens where distance <= vocabularySize {
      tokens[TokenID(vocabularySize - distance)] = token
    }
    return tokens
  }

  /// The first of the ids that no trained token has.
  private var trainedEnd: Int { vocabularySize - reservedLastIDs }

  /// The ids that are not for merges.
  package var alphabetSize: Int {
    256 + specialTokens.count + placedTokens.keys.count { $0 < trainedEnd } + userSymbols.count
      + unusedTokens + reservedLastIDs
  }

  /// No more merges are made, though there be room for them.
  package var maximumMerges: Int?

  /// The most merges that are made.
  package var mergeLimit: Int { min(vocabularySize - alphabetSize, maximumMerges ?? .max) }

  /// The name of an unused token.
  package static func unusedName(_ number: Int) -> String { "<unused\(number)>" }

  /// The tokens that are not trained.
  package var addedContents: [String] {
    specialTokens + tokensWithIDs.sorted { $0.key < $1.key }.map(\.value) + userSymbols
      + (0..<unusedTokens).map(Self.unusedName)
  }

  /// Checks that the options make sense together.
  ///
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package func check() throws(TextError) {
    guard vocabularySize >= alphabetSize else {
      throw TextError(
        .vocabularyTooSmall,
        "vocabulary size \(vocabularySize) is below the alphabet: 256 bytes and "
          + "\(alphabetSize - 256) special tokens\(reservedLastIDs > 0 ? " and reserved ids" : "")",
        remedy: "ask for at least \(alphabetSize)")
    }
    let added = addedContents
    guard Set(added).count == added.count, !added.contains("") else {
      throw TextError(
        .invalidArgument, "a special token is empty or named twice",
        remedy: "name each special token once")
    }
    for token in added {
      guard let bytes = ByteAlphabet.bytes(spelledBy: token), bytes.count == 1 else { continue }
      throw TextError(
        .invalidArgument, "special token \"\(token)\" is spelled like a byte token",
        remedy: "give it a longer name")
    }
    try checkRequiredCharacters()
    try checkLastIDs()
    if let high = placedTokens.keys.max(), high >= vocabularySize {
      throw TextError(
        .invalidArgument,
        "id \(high) of \"\(placedTokens[high] ?? "")\" is not below the "
          + "vocabulary size \(vocabularySize)",
        remedy: "choose a lower id or a larger vocabulary")
    }
  }

  /// Checks the tokens at the end of the vocabulary, and how far it is filled up.
  private func checkLastIDs() throws(TextError) {
    for (distance, token) in lastTokens.sorted(by: { $0.key < $1.key }) {
      guard distance >= 1, distance <= reservedLastIDs else {
        throw TextError(
          .invalidArgument, "\"\(token)\" does not lie among the reserved last ids",
          remedy: "reserve at least \(max(distance, 1)), or give it another id")
      }
      let id = vocabularySize - distance
      guard placedTokens[TokenID(id)] == nil else {
        throw TextError(
          .invalidArgument, "id \(id) is given to two special tokens",
          remedy: "choose another for one of them")
      }
    }
    if let paddedSize, paddedSize < vocabularySize {
      throw TextError(
        .invalidArgument,
        "a vocabulary of \(vocabularySize) ids cannot be filled up to \(paddedSize)",
        remedy: "ask for at least \(vocabularySize)")
    }
  }

  /// Checks that every required character can have its token.
  private func checkRequiredCharacters() throws(TextError) {
    var tokens = TrainedTokens(self)
    let pairs = tokens.pairs(making: requiredCharacters, after: [])
    // Those that a first stage has no room for are made by the second.
    guard pairs.count <= vocabularySize - alphabetSize else {
      throw TextError(
        .vocabularyTooSmall,
        "vocabulary size \(vocabularySize) has no room for the required characters",
        remedy: "ask for at least \(alphabetSize + pairs.count)")
    }
    for pair in pairs {
      guard tokens.allows(pair) else {
        throw TextError(
          .invalidArgument, "a required character makes a token that another option rules out",
          remedy: "allow longer tokens, or rename the special token spelled like it")
      }
      _ = tokens.append(pair)
    }
  }
}

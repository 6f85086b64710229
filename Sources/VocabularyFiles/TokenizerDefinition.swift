// SPDX-License-Identifier: Apache-2.0

package import Morphology
package import Normalization
package import PreTokenization
internal import TextCore
package import TokenModels

// Vocabulary files: the one door through which vocabularies go in and out. Each format is one file
// here that turns bytes on disk into a TokenizerDefinition, or back; what a format cannot hold, or
// what we cannot do, is an error that names the part, never a silent approximation.

/// A string that stands outside BPE: a special token, as a rule.
///
/// The flags mean what they mean to Hugging Face tokenizers.
package struct AddedToken: Hashable, Sendable {
  package var content: String
  package var id: TokenID
  /// Whether it is found in text on request only, and decoding may leave it out; others are always
  /// found.
  package var isSpecial: Bool
  /// Whether it is looked for in the text as normalised, not as given.
  package var isNormalized = false
  /// Whether it takes the white space before it, and behind it.
  package var stripsLeft = false
  package var stripsRight = false
  /// Whether it is found only where no word character stands beside it.
  package var isSingleWord = false

  package init(content: String, id: TokenID, isSpecial: Bool = true) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
  }
}

/// The special tokens that stand before and behind a text where they are asked for.
package struct SpecialTokenTemplate: Hashable, Sendable {
  package var before: [TokenID] = []
  package var after: [TokenID] = []

  package var isEmpty: Bool { before.isEmpty && after.isEmpty }

  package init(before: [TokenID] = [], after: [TokenID] = []) {
    self.before = before
    self.after = after
  }
}

/// The morphemes at whose boundaries pretokens are cut before they are encoded.
package struct MorphemeRule: Sendable {
  package var model: EojeolModel
  package var boundaries: MorphemeBoundaries

  package init(model: EojeolModel, boundaries: MorphemeBoundaries) {
    self.model = model
    self.boundaries = boundaries
  }
}

/// All that makes a tokenizer, as vocabulary files hold it.
package struct TokenizerDefinition: Sendable {
  package var normalizer: Normalizer
  package var preTokenizer: PreTokenizer
  /// Where morphemes count in encoding; nil where no token needs to end with one.
  package var morphemes: MorphemeRule?
  package var model: BPEModel
  /// In the order of their ids.
  package var addedTokens: [AddedToken]
  package var template = SpecialTokenTemplate()

  package init(
    normalizer: Normalizer, preTokenizer: PreTokenizer, model: BPEModel, addedTokens: [AddedToken]
  ) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.addedTokens = addedTokens
  }
}

/// The names of a vocabulary's files in its directory.
package enum VocabularyFileNames {
  package static let tokenizerJSON = "tokenizer.json"
  package static let tokenizerConfig = "tokenizer_config.json"
  package static let tiktoken = "tokenizer.tiktoken"
  package static let manifest = "manifest.json"
  package static let morphemes = "morphemes.eojeols"
}

extension PreTokenizer {
  /// The names of all, for messages.
  package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension TextError {
  static func unsupported(_ part: String, _ path: String) -> TextError {
    TextError(
      .unsupportedTokenizer, "\(part) is not supported", at: .init(path: path),
      remedy:
        "byte-level BPE is, with NFC, NFKC or no normalisation and the pre-tokenizer of one of "
        + PreTokenizer.names)
  }

  static func malformed(_ what: String, _ path: String, line: Int? = nil) -> TextError {
    TextError(
      .malformedVocabulary, what, at: .init(path: path, line: line),
      remedy: "check that the file is complete")
  }
}

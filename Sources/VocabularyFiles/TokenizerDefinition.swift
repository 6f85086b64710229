// SPDX-License-Identifier: Apache-2.0

package import Normalization
package import PreTokenization
internal import TextCore
package import TokenModels

// Vocabulary files: the one door through which vocabularies go in and out. Each format is one file
// here that turns bytes on disk into a TokenizerDefinition, or back; what a format cannot hold, or
// what we cannot do, is an error that names the part, never a silent approximation.

/// A string that stands outside BPE: a special token, as a rule.
package struct AddedToken: Hashable, Sendable {
  package var content: String
  package var id: TokenID
  /// Whether decoding may leave it out.
  package var isSpecial: Bool

  package init(content: String, id: TokenID, isSpecial: Bool = true) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
  }
}

/// All that makes a tokenizer, as vocabulary files hold it.
package struct TokenizerDefinition: Sendable {
  package var normalizer: Normalizer
  package var preTokenizer: PreTokenizer
  package var model: BPEModel
  /// In the order of their ids.
  package var addedTokens: [AddedToken]

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
}

extension TextError {
  static func unsupported(_ part: String, _ path: String) -> TextError {
    TextError(
      .unsupportedTokenizer, "\(part) is not supported", at: .init(path: path),
      remedy: "byte-level BPE with GPT-2's pre-tokenizer and no or NFC normalisation is")
  }

  static func malformed(_ what: String, _ path: String, line: Int? = nil) -> TextError {
    TextError(
      .malformedVocabulary, what, at: .init(path: path, line: line),
      remedy: "check that the file is complete")
  }
}

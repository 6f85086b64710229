// SPDX-License-Identifier: Apache-2.0

internal import Morphology
internal import TextCore

// Morphemes at whose boundaries text is cut are a field of the pre_tokenizer: Hugging Face tokenizers
// passes over fields there that it does not know, and only there. It then cuts as if there were none.

extension TokenizerJSON {
  static let morphemesField = "malmoi_morphemes"

  static func morphemesJSON(_ rule: MorphemeRule) -> JSON {
    .object([
      ("boundaries", .string(rule.boundaries.rawValue)),
      ("model", .string(VocabularyFileNames.morphemes)), ("xxh3", .string(rule.model.checksum)),
    ])
  }

  /// The morphemes that `value`, the pre_tokenizer of the file `path`, asks for; their model lies beside
  /// the file.
  static func readMorphemes(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> MorphemeRule? {
    guard let field = value?[morphemesField], !field.isNull else { return nil }
    guard let name = field["model"]?.string, !name.isEmpty, !name.contains("/"),
      let checksum = field["xxh3"]?.string
    else { throw .malformed("\(morphemesField) names no model or checksum", path) }
    guard let boundaries = field["boundaries"]?.string.flatMap(MorphemeBoundaries.init(rawValue:))
    else {
      throw .malformed("\(morphemesField) has boundaries that this version does not know", path)
    }
    let model = try EojeolModel(directoryPrefix(ofPath: path) + name)
    guard model.checksum == checksum else {
      throw TextError(
        .malformedVocabulary, "is another eojeol model than \(path) was trained with",
        at: .init(path: model.path), remedy: "copy the model that was written beside the tokenizer")
    }
    return MorphemeRule(model: model, boundaries: boundaries)
  }
}

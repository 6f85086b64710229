// SPDX-License-Identifier: Apache-2.0

internal import Normalization
internal import PreTokenization
package import TextCore
internal import TokenModels

/// Hugging Face tokenizers' `tokenizer.json`: read with merges as pairs or as strings, written with
/// pairs.
package enum TokenizerJSON {
  /// The definition in `text`, the contents of the file `path`.
  ///
  /// - Throws: `malformedVocabulary`; `unsupportedTokenizer`, naming the part.
  package static func read(
    _ text: borrowing ByteBuffer, path: String
  ) throws(TextError) -> TokenizerDefinition {
    let root = try JSONDocument(text, path: path).root
    guard root.kind == .object, let model = root["model"] else {
      throw .malformed("no \"model\" in it: not a tokenizer.json", path)
    }
    for part in ["truncation", "padding"] where !(root[part]?.isNull ?? true) {
      throw .unsupported("\"\(part)\"", path)
    }
    try checkDecoder(root["decoder"], path)
    let template = try readTemplate(root["post_processor"], path)
    let addedTokens = try readAddedTokens(root["added_tokens"], path)
    var definition = TokenizerDefinition(
      normalizer: try readNormalizer(root["normalizer"], path),
      preTokenizer: try readPreTokenizer(root["pre_tokenizer"], path),
      model: try readModel(model, addedTokens, path),
      addedTokens: addedTokens)
    definition.template = template
    definition.morphemes = try readMorphemes(root["pre_tokenizer"], path)
    let size = definition.model.vocabulary.count
    for id in template.before + template.after where Int(id) >= size {
      throw .malformed("the post_processor names id \(id), beyond the vocabulary", path)
    }
    return definition
  }

  static func typeName(_ value: JSONValue) -> String {
    value["type"]?.string.map { "\"\($0)\"" } ?? "without a type"
  }

  /// A decoder may be absent or ByteLevel, in a Sequence or not.
  private static func checkDecoder(_ value: JSONValue?, _ path: String) throws(TextError) {
    guard let value, !value.isNull else { return }
    switch value["type"]?.string {
    case "ByteLevel": return
    case "Sequence":
      for part in value["decoders"]?.elements ?? [] { try checkDecoder(part, path) }
    default: throw .unsupported("decoder \(typeName(value))", path)
    }
  }

  private static func readAddedTokens(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for item in value?.elements ?? [] {
      guard let content = item["content"]?.string, !content.isEmpty,
        let id = item["id"]?.integer.flatMap({ TokenID(exactly: $0) })
      else { throw .malformed("an added token has no content or id", path) }
      func flag(_ name: String, absent: Bool = false) -> Bool { item[name]?.bool ?? absent }
      let isSpecial = flag("special")
      var token = AddedToken(content: content, id: id, isSpecial: isSpecial)
      token.isNormalized = flag("normalized", absent: !isSpecial)
      token.stripsLeft = flag("lstrip")
      token.stripsRight = flag("rstrip")
      token.isSingleWord = flag("single_word")
      tokens.append(token)
    }
    return tokens.sorted { $0.id < $1.id }
  }
}

// MARK: - The special tokens around a text

extension TokenizerJSON {
  /// What a post-processor adds to a single text; ByteLevel adds nothing.
  private static func readTemplate(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> SpecialTokenTemplate {
    guard let value, !value.isNull else { return SpecialTokenTemplate() }
    switch value["type"]?.string {
    case "ByteLevel": return SpecialTokenTemplate()
    case "TemplateProcessing": return try readSingleTemplate(value, path)
    case "Sequence":
      var template = SpecialTokenTemplate()
      for part in value["processors"]?.elements ?? [] {
        let next = try readTemplate(part, path)
        if !next.isEmpty, !template.isEmpty {
          throw .unsupported("post_processor \"Sequence\" of two templates", path)
        }
        if !next.isEmpty { template = next }
      }
      return template
    default: throw .unsupported("post_processor \(typeName(value))", path)
    }
  }

  private static func readSingleTemplate(
    _ value: JSONValue, _ path: String
  ) throws(TextError) -> SpecialTokenTemplate {
    var template = SpecialTokenTemplate()
    var isBehindText = false
    for piece in value["single"]?.elements ?? [] {
      if let sequence = piece["Sequence"] {
        if isBehindText || sequence["id"]?.string != "A" {
          throw .unsupported("post_processor \"TemplateProcessing\" of another form", path)
        }
        isBehindText = true
        continue
      }
      guard let name = piece["SpecialToken"]?["id"]?.string,
        let numbers = value["special_tokens"]?[name]?["ids"]?.elements, !numbers.isEmpty
      else { throw .malformed("the post_processor's template lacks a special token", path) }
      for number in numbers {
        guard let id = number.integer.flatMap({ TokenID(exactly: $0) }) else {
          throw .malformed("the post_processor's \"\(name)\" has an id that is no number", path)
        }
        if isBehindText { template.after.append(id) } else { template.before.append(id) }
      }
    }
    guard isBehindText else { throw .malformed("the post_processor's template has no text", path) }
    return template
  }
}

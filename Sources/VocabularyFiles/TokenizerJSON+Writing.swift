// SPDX-License-Identifier: Apache-2.0

internal import PreTokenization
package import TextCore
internal import TokenModels

extension TokenizerJSON {
  /// The `tokenizer.json` of `definition`, field for field as Hugging Face tokenizers writes it.
  package static func write(_ definition: TokenizerDefinition) -> ByteBuffer {
    JSON.object([
      ("version", .string("1.0")),
      ("truncation", .null),
      ("padding", .null),
      ("added_tokens", .array(definition.addedTokens.map(addedTokenJSON))),
      ("normalizer", normalizerJSON(definition.normalizer)),
      ("pre_tokenizer", preTokenizerJSON(definition.preTokenizer, definition.morphemes)),
      ("post_processor", templateJSON(definition)),
      ("decoder", byteLevelJSON(usesRegex: true)),
      ("model", modelJSON(definition)),
    ]).serialized()
  }

  private static func addedTokenJSON(_ token: AddedToken) -> JSON {
    .object([
      ("id", .integer(Int(token.id))), ("content", .string(token.content)),
      ("single_word", .bool(token.isSingleWord)), ("lstrip", .bool(token.stripsLeft)),
      ("rstrip", .bool(token.stripsRight)), ("normalized", .bool(token.isNormalized)),
      ("special", .bool(token.isSpecial)),
    ])
  }

  private static func templateJSON(_ definition: TokenizerDefinition) -> JSON {
    let template = definition.template
    if template.isEmpty { return .null }
    func name(_ id: TokenID) -> String {
      definition.addedTokens.first { $0.id == id }?.content
        ?? ByteAlphabet.spelling(of: definition.model.vocabulary.bytes(of: id).makeArray())
    }
    func piece(_ kind: String, _ name: String, _ type: Int = 0) -> JSON {
      .object([(kind, .object([("id", .string(name)), ("type_id", .integer(type))]))])
    }
    let before = template.before.map { piece("SpecialToken", name($0)) }
    let after = template.after.map { piece("SpecialToken", name($0)) }
    let ids = Set(template.before + template.after).sorted()
    return .object([
      ("type", .string("TemplateProcessing")),
      ("single", .array(before + [piece("Sequence", "A")] + after)),
      (
        "pair",
        .array(before + [piece("Sequence", "A")] + after + [piece("Sequence", "B", 1)])
      ),
      (
        "special_tokens",
        .object(
          ids.map { id in
            (
              name(id),
              .object([
                ("id", .string(name(id))), ("ids", .array([.integer(Int(id))])),
                ("tokens", .array([.string(name(id))])),
              ])
            )
          })
      ),
    ])
  }

  private static func modelJSON(_ definition: TokenizerDefinition) -> JSON {
    let model = definition.model
    let added = Dictionary(uniqueKeysWithValues: definition.addedTokens.map { ($0.id, $0.content) })
    func spelling(_ id: TokenID) -> String {
      added[id] ?? ByteAlphabet.spelling(of: model.vocabulary.bytes(of: id).makeArray())
    }
    let vocabulary = (0..<TokenID(model.vocabulary.count)).compactMap { id in
      model.vocabulary.bytes(of: id).isEmpty ? nil : (spelling(id), JSON.integer(Int(id)))
    }
    let merges = model.rules.map { rule in
      JSON.array([.string(spelling(rule.pair.left)), .string(spelling(rule.pair.right))])
    }
    return .object([
      ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null),
      ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
      ("fuse_unk", .bool(false)), ("byte_fallback", .bool(false)),
      ("ignore_merges", .bool(model.ignoresMerges)),
      ("vocab", .object(vocabulary)), ("merges", .array(merges)),
    ])
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Normalization
internal import PreTokenization
package import TextCore
internal import TokenModels

extension TokenizerJSON {
  /// The `tokenizer.json` of `definition`, field for field as Hugging Face tokenizers writes it.
  package static func write(_ definition: TokenizerDefinition) -> ByteBuffer {
    let byteLevel = JSON.object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
      ("trim_offsets", .bool(true)), ("use_regex", .bool(true)),
    ])
    let normalizer: JSON =
      switch definition.normalizer {
      case .none: .null
      case .nfc: .object([("type", .string("NFC"))])
      }
    return JSON.object([
      ("version", .string("1.0")),
      ("truncation", .null),
      ("padding", .null),
      ("added_tokens", .array(definition.addedTokens.map(addedTokenJSON))),
      ("normalizer", normalizer),
      ("pre_tokenizer", byteLevel),
      ("post_processor", .null),
      ("decoder", byteLevel),
      ("model", modelJSON(definition)),
    ]).serialized()
  }

  private static func addedTokenJSON(_ token: AddedToken) -> JSON {
    .object([
      ("id", .integer(Int(token.id))), ("content", .string(token.content)),
      ("single_word", .bool(false)), ("lstrip", .bool(false)), ("rstrip", .bool(false)),
      ("normalized", .bool(false)), ("special", .bool(token.isSpecial)),
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

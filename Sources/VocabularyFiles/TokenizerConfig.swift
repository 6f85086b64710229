// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// `tokenizer_config.json`: what the transformers library wants beside a `tokenizer.json`.
package enum TokenizerConfig {
  /// The role that a well-known special token plays.
  private static let roles: [(role: String, names: [String])] = [
    ("bos_token", ["<s>", "[BOS]", "<bos>", "<|begin_of_text|>"]),
    ("eos_token", ["</s>", "[EOS]", "<eos>", "<|endoftext|>", "<|end_of_text|>"]),
    ("unk_token", ["<unk>", "[UNK]"]),
    ("pad_token", ["<pad>", "[PAD]", "<|padding|>"]),
    ("cls_token", ["[CLS]"]), ("sep_token", ["[SEP]"]), ("mask_token", ["<mask>", "[MASK]"]),
  ]

  /// The file for `definition`.
  package static func write(_ definition: TokenizerDefinition) -> ByteBuffer {
    var fields: [(String, JSON)] = [
      ("tokenizer_class", .string("PreTrainedTokenizerFast")),
      ("add_prefix_space", .bool(false)),
      ("clean_up_tokenization_spaces", .bool(false)),
    ]
    for (role, names) in roles {
      if let name = names.first(where: { name in
        definition.addedTokens.contains { $0.content == name }
      }) {
        fields.append((role, .string(name)))
      }
    }
    return JSON.object(fields).serialized()
  }

  /// The token that ends documents, if the special tokens of `definition` have a well-known one.
  package static func endOfDocument(_ definition: TokenizerDefinition) -> AddedToken? {
    let names = roles.first { $0.role == "eos_token" }?.names ?? []
    for name in names {
      if let token = definition.addedTokens.first(where: { $0.content == name }) { return token }
    }
    return nil
  }
}

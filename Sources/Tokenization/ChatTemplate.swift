// SPDX-License-Identifier: Apache-2.0

/// How a conversation is written as one text: what stands before and behind the content of each role.
///
/// The texts name special tokens as they are spelled; only those in ``specialTokens`` are taken for
/// tokens, and everything else, contents above all, is plain text.
package struct ChatTemplate: Sendable, Equatable {
  /// What stands around the contents of one role.
  package struct Role: Sendable, Equatable {
    package var name: String
    package var prefix: String
    package var suffix: String
    /// Whether a model learns what the role says: its content, and the suffix up to its first special
    /// token, which ends the turn.
    package var isLearnt: Bool

    package init(_ name: String, prefix: String, suffix: String, isLearnt: Bool? = nil) {
      self.name = name
      self.prefix = prefix
      self.suffix = suffix
      self.isLearnt = isLearnt ?? (name == "assistant")
    }
  }

  /// What every conversation begins with.
  package var beginning = ""
  /// What a system's turn says that comes first where a conversation does not begin with one; nil leaves
  /// it out.
  package var defaultSystem: String?
  /// The roles that messages may have.
  package var roles: [Role]
  /// The special tokens that the texts of the template name.
  package var specialTokens: [String]
  /// Whether white space at both ends of contents is left out, as by Jinja's `trim`.
  package var trimsContents = false

  package init(roles: [Role], specialTokens: [String]) {
    self.roles = roles
    self.specialTokens = specialTokens
  }
}

// MARK: - Those of well-known models

extension ChatTemplate {
  /// The templates that are built in.
  package enum Name: String, Sendable, CaseIterable {
    /// ChatML, as Qwen and others have it, without a system's turn of its own.
    case chatML = "chatml"
    /// Llama 3; what tools say has the header that Llama 3.1 gives it.
    case llama3
    /// EXAONE 3.5, whose user's turns end without a token.
    case exaone
  }

  /// The template called `name`.
  package init(_ name: Name) {
    let names = ["system", "user", "assistant", "tool"]
    switch name {
    case .chatML:
      self.init(
        roles: names.map { Role($0, prefix: "<|im_start|>\($0)\n", suffix: "<|im_end|>\n") },
        specialTokens: ["<|im_start|>", "<|im_end|>"])
    case .llama3:
      self.init(
        roles: names.map { name in
          let header = name == "tool" ? "ipython" : name
          return Role(
            name, prefix: "<|start_header_id|>\(header)<|end_header_id|>\n\n",
            suffix: "<|eot_id|>")
        },
        specialTokens: [
          "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
        ])
      beginning = "<|begin_of_text|>"
      trimsContents = true
    case .exaone:
      self.init(
        roles: names.dropLast().map { name in
          Role(name, prefix: "[|\(name)|]", suffix: name == "user" ? "\n" : "[|endofturn|]\n")
        },
        specialTokens: ["[|system|]", "[|user|]", "[|assistant|]", "[|endofturn|]"])
      defaultSystem = ""
    }
  }
}

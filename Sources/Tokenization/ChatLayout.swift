// SPDX-License-Identifier: Apache-2.0

package import TextCore
internal import VocabularyFiles

/// A chat template cut into the ids of a tokenizer and the text between them.
package struct ChatLayout: Sendable {
  enum Part: Sendable {
    case token(AddedToken)
    case text([UInt8])
  }

  struct Role: Sendable {
    var prefix: [Part]
    /// The suffix up to its first token, that included: where the role is learnt, it is learnt too.
    var ending: [Part]
    /// What follows in the suffix.
    var rest: [Part]
    var isLearnt: Bool
  }

  let beginning: [Part]
  let roles: [Role]
  /// The number of "system", and what it says in conversations without it.
  let defaultSystem: (role: Int, content: [UInt8])?
  let systemRole: Int?
  let trimsContents: Bool
  /// The names of the roles; messages have the number of theirs.
  package let roleNames: [String]
  package let template: ChatTemplate
  /// The tokenizer, to whom the template's tokens are special: contents that spell one are text.
  package let tokenizer: Tokenizer

  /// `template` in the ids of `tokenizer`.
  ///
  /// - Throws: `invalidArgument` if the tokenizer lacks a token that the template names, or if the
  ///   template cannot tell what a model learns.
  package init(_ template: ChatTemplate, _ tokenizer: Tokenizer) throws(TextError) {
    var tokens: [AddedToken] = []
    for name in template.specialTokens {
      guard let token = tokenizer.addedTokens.tokens.first(where: { $0.content == name }) else {
        throw TextError(
          .invalidArgument,
          "the tokenizer has no special token \"\(name)\", which the chat template needs",
          remedy: "train it with --special-token '\(name)', or choose another template")
      }
      tokens.append(token)
    }
    let matcher = TokenMatcher(
      tokens.map { token in
        // What the token takes of the text beside it is taken where that is known.
        var bare = AddedToken(content: token.content, id: token.id)
        bare.isNormalized = token.isNormalized
        return (Array(token.content.utf8), bare)
      })
    func parts(_ text: String) -> [Part] {
      var pieces: [TokenMatcher.Piece] = []
      let bytes = Array(text.utf8)
      matcher.cut(bytes.span, parsingSpecialTokens: true, into: &pieces)
      return pieces.map { piece in
        if let token = tokens.first(where: { $0.id == piece.id }) { return .token(token) }
        return .text(Array(bytes[piece.range]))
      }
    }
    roles = template.roles.map { role in
      let suffix = parts(role.suffix)
      let end = suffix.firstIndex { $0.isToken }.map { $0 + 1 } ?? suffix.count
      return Role(
        prefix: parts(role.prefix), ending: Array(suffix[..<end]), rest: Array(suffix[end...]),
        isLearnt: role.isLearnt)
    }
    beginning = parts(template.beginning)
    trimsContents = template.trimsContents
    roleNames = template.roles.map(\.name)
    systemRole = roleNames.firstIndex(of: "system")
    defaultSystem =
      if let content = template.defaultSystem, let systemRole {
        (systemRole, Array(content.utf8))
      } else { nil }
    self.template = template
    var definition = tokenizer.definition
    for index in definition.addedTokens.indices
    where template.specialTokens.contains(definition.addedTokens[index].content) {
      definition.addedTokens[index].isSpecial = true
    }
    self.tokenizer = Tokenizer(definition, sourceSHA256: tokenizer.sourceSHA256)
    try check(template, tokenizer)
  }

  private func check(_ template: ChatTemplate, _ tokenizer: Tokenizer) throws(TextError) {
    func refusal(_ what: String, _ remedy: String) -> TextError {
      TextError(.invalidArgument, "the chat template \(what)", remedy: remedy)
    }
    if roles.isEmpty || roles.count > ChatLayout.maximumRoles || Set(roleNames).count < roles.count
    {
      throw refusal(
        "has no roles, or too many", "give it 1 to \(ChatLayout.maximumRoles), each once")
    }
    if !roles.contains(where: \.isLearnt) {
      throw refusal("has no role that a model learns", "set \"loss\" to true for one")
    }
    if template.defaultSystem != nil, systemRole == nil {
      throw refusal("has a \"default_system\", but no role \"system\"", "add the role")
    }
    for (name, role) in zip(roleNames, roles) {
      if role.isLearnt, role.ending.last?.isToken != true {
        throw refusal(
          "ends no turn of \"\(name)\" by a special token", "put one into its \"suffix\"")
      }
      if !(role.prefix + role.ending).contains(where: \.isToken) {
        throw refusal(
          "marks no turn of \"\(name)\" by a special token", "put one into its \"prefix\"")
      }
    }
    if tokenizer.vocabularySize > LossMark.maximumVocabularySize {
      throw refusal("cannot mark ids of so large a vocabulary", "train a smaller one")
    }
  }

  /// Roles are numbered in 7 bits.
  package static let maximumRoles = 128
}

extension ChatLayout.Part {
  var isToken: Bool { if case .token = self { true } else { false } }
}

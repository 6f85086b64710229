// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What `POST /api/tokenize` asks for.
package struct TokenizeRequest: Sendable, Equatable {
  /// Any text; it cannot hold what is not UTF-8.
  package var text = ""
  /// The tokenizers, by name, in the order of the answer.
  package var tokenizers: [String] = []
  /// Whether special tokens spelled out in the text become their ids.
  package var parsesSpecialTokens = false
  /// Whether the morphemes of the text are wanted.
  package var wantsMorphemes = false
  /// The most tokens of each tokenizer, and morphemes, that are listed; counts are of all.
  package var maximumTokens = Int.max

  package init(text: String = "", tokenizers: [String] = []) {
    self.text = text
    self.tokenizers = tokenizers
  }

  /// The request that `body` spells in JSON.
  ///
  /// - Throws: `badRecord`, naming the field.
  package init(json body: Span<UInt8>) throws(TextError) {
    var buffer = ByteBuffer(capacity: body.count)
    buffer.append(copying: body)
    let root: JSONValue
    do {
      root = try JSONDocument(buffer, path: "the request", code: .badRecord).root
    } catch {
      throw TextError(
        .badRecord, "the body is not valid JSON",
        remedy: "send an object in UTF-8, without half surrogates")
    }
    guard root.kind == .object else {
      throw TextError(.badRecord, "the body is no object", remedy: "send {\"text\": \"…\"}")
    }
    for (name, value) in root.fields { try set(name, value) }
  }

  private mutating func set(_ name: String, _ value: JSONValue) throws(TextError) {
    switch name {
    case "text": text = try Self.wanted(value.string, name, "a string")
    case "tokenizers":
      guard value.kind == .array else { throw Self.wrong(name, "an array of names") }
      tokenizers = []
      for element in value.elements {
        tokenizers.append(try Self.wanted(element.string, name, "an array of names"))
      }
    case "parse_special_tokens":
      parsesSpecialTokens = try Self.wanted(value.bool, name, "true or false")
    case "morphemes": wantsMorphemes = try Self.wanted(value.bool, name, "true or false")
    case "max_tokens":
      maximumTokens = try Self.wanted(value.integer, name, "a number")
      if maximumTokens < 0 { throw Self.wrong(name, "0 or more") }
    default:
      throw TextError(
        .badRecord, "there is no field \"\(name)\"",
        remedy: """
          the fields are text, tokenizers, parse_special_tokens, morphemes and max_tokens
          """)
    }
  }

  private static func wanted<Value>(
    _ value: Value?, _ name: String, _ kind: String
  ) throws(TextError) -> Value {
    guard let value else { throw wrong(name, kind) }
    return value
  }

  private static func wrong(_ name: String, _ kind: String) -> TextError {
    TextError(.badRecord, "the field \"\(name)\" has another type", remedy: "send \(kind)")
  }
}

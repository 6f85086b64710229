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
    try checkByteLevel(root["decoder"], "decoder", path)
    try checkByteLevel(root["post_processor"], "post_processor", path)
    let addedTokens = try readAddedTokens(root["added_tokens"], path)
    return TokenizerDefinition(
      normalizer: try readNormalizer(root["normalizer"], path),
      preTokenizer: try readPreTokenizer(root["pre_tokenizer"], path),
      model: try readModel(model, addedTokens, path),
      addedTokens: addedTokens)
  }

  private static func typeName(_ value: JSONValue) -> String {
    value["type"]?.string.map { "\"\($0)\"" } ?? "without a type"
  }

  /// A decoder or post-processor may be absent or ByteLevel: neither changes ids.
  private static func checkByteLevel(
    _ value: JSONValue?, _ part: String, _ path: String
  ) throws(TextError) {
    guard let value, !value.isNull, value["type"]?.string != "ByteLevel" else { return }
    throw .unsupported("\(part) \(typeName(value))", path)
  }

  private static func readNormalizer(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> Normalizer {
    guard let value, !value.isNull else { return .none }
    switch value["type"]?.string {
    case "NFC": return .nfc
    case "Sequence":
      let parts = value["normalizers"]?.elements ?? []
      if parts.isEmpty { return .none }
      if parts.count == 1 { return try readNormalizer(parts[0], path) }
    default: break
    }
    throw .unsupported("normalizer \(typeName(value))", path)
  }

  private static func readPreTokenizer(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> PreTokenizer {
    guard let value, !value.isNull else { throw .unsupported("no pre_tokenizer", path) }
    guard value["type"]?.string == "ByteLevel" else {
      throw .unsupported("pre_tokenizer \(typeName(value))", path)
    }
    if value["add_prefix_space"]?.bool ?? true {
      throw .unsupported("pre_tokenizer \"ByteLevel\" with add_prefix_space", path)
    }
    if !(value["use_regex"]?.bool ?? true) {
      throw .unsupported("pre_tokenizer \"ByteLevel\" without use_regex", path)
    }
    return .gpt2
  }

  private static func readAddedTokens(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for item in value?.elements ?? [] {
      guard let content = item["content"]?.string, !content.isEmpty,
        let id = item["id"]?.integer.flatMap({ TokenID(exactly: $0) })
      else { throw .malformed("an added token has no content or id", path) }
      for flag in ["single_word", "lstrip", "rstrip"] where item[flag]?.bool ?? false {
        throw .unsupported("added token \"\(content)\" with \(flag)", path)
      }
      let isSpecial = item["special"]?.bool ?? false
      tokens.append(AddedToken(content: content, id: id, isSpecial: isSpecial))
    }
    return tokens.sorted { $0.id < $1.id }
  }
}

// MARK: - The model

extension TokenizerJSON {
  private static func readModel(
    _ model: JSONValue, _ addedTokens: [AddedToken], _ path: String
  ) throws(TextError) -> BPEModel {
    guard model["type"]?.string ?? "BPE" == "BPE", model["merges"] != nil else {
      throw .unsupported("model \(typeName(model))", path)
    }
    if !(model["dropout"]?.isNull ?? true) { throw .unsupported("model with dropout", path) }
    for part in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model[part]?.string, !text.isEmpty {
        throw .unsupported("model with \(part) \"\(text)\"", path)
      }
    }
    let vocabulary = try readVocabulary(model["vocab"], addedTokens, path)
    return try at(path) { () throws(TextError) in
      try BPEModel(
        vocabulary: vocabulary, rules: try readMerges(model["merges"], vocabulary, path),
        ignoresMerges: model["ignore_merges"]?.bool ?? false)
    }
  }

  private static func readVocabulary(
    _ value: JSONValue?, _ addedTokens: [AddedToken], _ path: String
  ) throws(TextError) -> Vocabulary {
    let added = Dictionary(addedTokens.map { ($0.id, $0.content) }) { first, _ in first }
    var tokens: [[UInt8]?] = []
    func place(_ bytes: [UInt8], _ id: TokenID) throws(TextError) {
      // A gap of more than 2^20 unused ids is a broken file, not a vocabulary.
      guard Int(id) < tokens.count + 1 << 20 else { throw .malformed("id \(id) is absurd", path) }
      while tokens.count <= Int(id) { tokens.append(nil) }
      tokens[Int(id)] = bytes
    }
    for (spelling, number) in value?.fields ?? [] {
      guard let id = number.integer.flatMap({ TokenID(exactly: $0) }) else {
        throw .malformed("the id of token \"\(spelling)\" is not a number", path)
      }
      if added[id] == spelling { continue }
      guard let bytes = ByteAlphabet.bytes(spelledBy: spelling) else {
        throw .unsupported("token \"\(spelling)\" (not in the byte-level alphabet)", path)
      }
      try place(bytes, id)
    }
    for token in addedTokens { try place(Array(token.content.utf8), token.id) }
    return Vocabulary(tokens, added: Set(added.keys))
  }

  private static func readMerges(
    _ value: JSONValue?, _ vocabulary: Vocabulary, _ path: String
  ) throws(TextError) -> [MergeRule] {
    var rules: [MergeRule] = []
    for (rank, item) in (value?.elements ?? []).enumerated() {
      var parts = item.elements.compactMap(\.string)
      if let text = item.string {
        parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      }
      guard parts.count == 2, let left = ByteAlphabet.bytes(spelledBy: parts[0]),
        let right = ByteAlphabet.bytes(spelledBy: parts[1])
      else { throw .malformed("merge \(rank) is not two tokens", path) }
      guard let leftID = vocabulary.id(of: left.span), let rightID = vocabulary.id(of: right.span),
        let merged = vocabulary.id(of: (left + right).span)
      else { throw .malformed("merge \(rank) names a token that is not in the vocabulary", path) }
      rules.append(MergeRule(leftID, rightID, merged: merged, rank: UInt32(rank)))
    }
    // A pair listed twice has its last rank, as in the reference library.
    var lastRank: [TokenPair: UInt32] = [:]
    for rule in rules { lastRank[rule.pair] = rule.rank }
    return rules.filter { lastRank[$0.pair] == $0.rank }
  }

  /// Adds the file to errors that the model throws.
  private static func at<Result>(
    _ path: String, _ body: () throws(TextError) -> Result
  ) throws(TextError) -> Result {
    do {
      return try body()
    } catch {
      var located = error
      located.location = located.location ?? .init(path: path)
      throw located
    }
  }
}

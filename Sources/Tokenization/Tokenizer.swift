// SPDX-License-Identifier: Apache-2.0

internal import PreTokenization
public import TextCore
internal import TokenModels
package import VocabularyFiles

// Tokenisation: what users hold. A Tokenizer is the whole of normaliser, pre-tokenizer, model and
// special tokens; it is immutable and shared between threads. The work is done by an Encoder, one a
// thread, which owns the scratch storage.

/// Text to token ids and back, exactly as the reference tokenizers do it.
///
/// ```swift
/// let tokenizer = try Tokenizer.load("out/tokenizer")
/// let ids = try tokenizer.encode("학교에서는 아이들이 뛰어놀았다.")
/// let text = try tokenizer.decode(ids)
/// ```
public struct Tokenizer: Sendable {
  package let definition: TokenizerDefinition
  package let specialTokens: SpecialTokens
  /// SHA-256 of the file it was loaded from: its identity in manifests.
  package let sourceSHA256: String

  /// The tokenizer of `definition`.
  package init(_ definition: TokenizerDefinition, sourceSHA256: String) {
    self.definition = definition
    self.sourceSHA256 = sourceSHA256
    specialTokens = SpecialTokens(definition.addedTokens)
  }

  /// The number of ids, added tokens included; every id is below it.
  public var vocabularySize: Int { definition.model.vocabulary.count }

  /// The tokenizer at `path`: a directory with a `tokenizer.json` (or one `.tiktoken` file), or
  /// such a file.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedVocabulary`, `unsupportedTokenizer`.
  public static func load(_ path: String) throws(TextError) -> Tokenizer {
    let file = try vocabularyFile(path)
    let contents = try readFile(file)
    let hash = SHA256.hash(contents.span)
    let first = contents.span.indices.first { contents[$0] > 0x20 }
    if let first, contents[first] == UInt8(ascii: "{") {
      return Tokenizer(try TokenizerJSON.read(contents, path: file), sourceSHA256: hash)
    }
    return Tokenizer(
      try TiktokenFile.read(contents, path: file, preTokenizer: .gpt2), sourceSHA256: hash)
  }

  private static func vocabularyFile(_ path: String) throws(TextError) -> String {
    guard kind(ofPath: path) == .directory else { return path }
    let names = try directoryEntries(path)
    let tiktoken = names.filter { $0.hasSuffix(".tiktoken") }
    if names.contains(VocabularyFileNames.tokenizerJSON) {
      return path + "/" + VocabularyFileNames.tokenizerJSON
    }
    if tiktoken.count == 1 { return path + "/" + tiktoken[0] }
    throw TextError(
      .fileNotFound, "no tokenizer.json in it", at: .init(path: path),
      remedy: "name a directory made by \"malmoi train\" or a vocabulary file")
  }
}

// MARK: - One text at a time

extension Tokenizer {
  /// The ids of `text`.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in the text become their ids;
  ///     else they are plain text, as is safe for text from outside.
  /// - Returns: The ids, in the order of the text.
  /// - Throws: `normalizationFailed`.
  /// - Complexity: O(n log n) in the longest pretoken, else O(n).
  public func encode(
    _ text: String, parsingSpecialTokens: Bool = false
  ) throws(TextError) -> [UInt32] {
    try encode(bytes: Array(text.utf8), parsingSpecialTokens: parsingSpecialTokens)
  }

  /// The ids of any bytes, which need not be UTF-8; see ``encode(_:parsingSpecialTokens:)``.
  public func encode(
    bytes: [UInt8], parsingSpecialTokens: Bool = false
  ) throws(TextError) -> [UInt32] {
    var encoder = Encoder(
      self, parsingSpecialTokens: parsingSpecialTokens,
      cacheBytes: min(bytes.count, Encoder.defaultCacheBytes))
    var ids = TokenBuffer(capacity: bytes.count / 2)
    try encoder.encode(bytes.span, to: &ids)
    return ids.makeArray()
  }

  /// The bytes of `ids`, special tokens as their text.
  ///
  /// - Throws: `unknownToken`.
  public func decodeBytes(_ ids: [UInt32]) throws(TextError) -> [UInt8] {
    var bytes = ByteBuffer(capacity: ids.count * 4)
    try definition.model.vocabulary.decode(ids.span, to: &bytes)
    return bytes.makeArray()
  }

  /// The text of `ids`; bytes that are not UTF-8 show as U+FFFD.
  ///
  /// - Throws: `unknownToken`.
  public func decode(_ ids: [UInt32]) throws(TextError) -> String {
    String(decoding: try decodeBytes(ids), as: UTF8.self)
  }
}

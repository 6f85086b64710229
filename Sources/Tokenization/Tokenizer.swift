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
  package let addedTokens: AddedTokens
  /// SHA-256 of the file it was loaded from: its identity in manifests.
  package let sourceSHA256: String

  /// The tokenizer of `definition`.
  package init(_ definition: TokenizerDefinition, sourceSHA256: String) {
    self.definition = definition
    self.sourceSHA256 = sourceSHA256
    addedTokens = AddedTokens(definition.addedTokens, definition.normalizer)
  }

  /// The number of ids, added tokens included; every id is below it.
  public var vocabularySize: Int { definition.model.vocabulary.count }
}

// MARK: - One text at a time

extension Tokenizer {
  /// The ids of `text`.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in the text become their ids;
  ///     else they are plain text, as is safe for text from outside. Added tokens that are not
  ///     special always become their ids.
  ///   - addingSpecialTokens: Whether the special tokens that the tokenizer puts before and behind a
  ///     text are added.
  /// - Returns: The ids, in the order of the text.
  /// - Throws: `normalizationFailed`.
  /// - Complexity: O(n log n) in the longest pretoken, else O(n).
  public func encode(
    _ text: String, parsingSpecialTokens: Bool = false, addingSpecialTokens: Bool = false
  ) throws(TextError) -> [UInt32] {
    try encode(
      bytes: Array(text.utf8), parsingSpecialTokens: parsingSpecialTokens,
      addingSpecialTokens: addingSpecialTokens)
  }

  /// The ids of any bytes, which need not be UTF-8; see
  /// ``encode(_:parsingSpecialTokens:addingSpecialTokens:)``.
  public func encode(
    bytes: [UInt8], parsingSpecialTokens: Bool = false, addingSpecialTokens: Bool = false
  ) throws(TextError) -> [UInt32] {
    var encoder = Encoder(
      self, parsingSpecialTokens: parsingSpecialTokens,
      addingSpecialTokens: addingSpecialTokens,
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

  /// Appends the bytes of `ids` to `bytes`, special tokens as their text.
  ///
  /// - Throws: `unknownToken`, after the bytes of the ids before it.
  /// - Complexity: O(bytes written).
  package func decode(_ ids: Span<UInt32>, to bytes: inout ByteBuffer) throws(TextError) {
    try definition.model.vocabulary.decode(ids, to: &bytes)
  }

  /// The text of `ids`; bytes that are not UTF-8 show as U+FFFD.
  ///
  /// - Throws: `unknownToken`.
  public func decode(_ ids: [UInt32]) throws(TextError) -> String {
    String(decoding: try decodeBytes(ids), as: UTF8.self)
  }
}

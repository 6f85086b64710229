// SPDX-License-Identifier: Apache-2.0

package import Normalization
internal import PreTokenization
package import TextCore
internal import TokenModels
internal import VocabularyFiles

/// Encodes text with one ``Tokenizer``, reusing its storage from text to text; one a thread.
package struct Encoder: ~Copyable {
  private let tokenizer: Tokenizer
  private let parsesSpecialTokens: Bool
  private let normalizer: Normalizer
  private var normalText = ByteBuffer()
  private var ends = PretokenEnds()
  private var scratch = BPEScratch()

  /// An encoder of `tokenizer`; `normalizer` replaces the tokenizer's own where it is given.
  package init(
    _ tokenizer: Tokenizer, normalizer: Normalizer? = nil, parsingSpecialTokens: Bool = false
  ) {
    self.tokenizer = tokenizer
    self.normalizer = normalizer ?? tokenizer.definition.normalizer
    // With no special tokens there is nothing to look for.
    parsesSpecialTokens = parsingSpecialTokens && !tokenizer.specialTokens.tokens.isEmpty
  }

  /// Appends the ids of the document `text` to `ids`.
  ///
  /// - Throws: `normalizationFailed`.
  package mutating func encode(
    _ text: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    guard parsesSpecialTokens else { return try encodeOrdinary(text, to: &ids) }
    var start = 0
    while let match = tokenizer.specialTokens.firstMatch(in: text, from: start) {
      try encodeOrdinary(text.extracting(start..<match.range.lowerBound), to: &ids)
      ids.append(match.id)
      start = match.range.upperBound
    }
    try encodeOrdinary(text.extracting(start..<text.count), to: &ids)
  }

  private mutating func encodeOrdinary(
    _ text: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    guard normalizer != .none else { return encodeNormal(text, to: &ids) }
    var normal = ByteBuffer()
    swap(&normal, &normalText)
    normal.removeAll()
    try normalizer.append(text, to: &normal)
    encodeNormal(normal.span, to: &ids)
    swap(&normal, &normalText)
  }

  private mutating func encodeNormal(_ text: Span<UInt8>, to ids: inout TokenBuffer) {
    ends.removeAll()
    tokenizer.definition.preTokenizer.appendEnds(of: text, to: &ends)
    var start = 0
    for index in 0..<ends.count {
      let end = Int(ends[index])
      tokenizer.definition.model.encode(
        text.extracting(start..<end), to: &ids, scratch: &scratch)
      start = end
    }
  }
}

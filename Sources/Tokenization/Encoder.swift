// SPDX-License-Identifier: Apache-2.0

package import Normalization
internal import PreTokenization
package import TextCore
internal import TokenModels
internal import VocabularyFiles

/// Encodes text with one ``Tokenizer``, reusing its storage from text to text; one a thread.
///
/// Documents are normalised one by one, and cut and encoded together: a cache line that one
/// document waits for is requested while the one before is written.
package struct Encoder: ~Copyable {
  private let tokenizer: Tokenizer
  private let parsesSpecialTokens: Bool
  private let normalizer: Normalizer
  private var cutter: PretokenCutter
  private var pretokens: PretokenEncoder
  private var work = Work()

  /// Text on its way: normalised, not yet encoded.
  private struct Work: ~Copyable {
    var text = ByteBuffer()
    /// Where each document, or piece of one between special tokens, ends in the text.
    var documentEnds = GrowableBuffer<Int>()
    var pretokenEnds = PretokenEnds()
    /// For each document, the number of pretokens behind it.
    var documentPretokens = GrowableBuffer<Int>()
    var idEnds = GrowableBuffer<Int>()
  }

  /// The pretoken cache of a worker: more gains little, for one look-up in ten misses any cache.
  package static let defaultCacheBytes = 40 << 20

  /// An encoder of `tokenizer`.
  ///
  /// - Parameters:
  ///   - tokenizer: What to encode with.
  ///   - normalizer: Replaces the tokenizer's own where it is given.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in text become their ids.
  ///   - cacheBytes: The most that the pretoken cache may take; it never changes the ids.
  package init(
    _ tokenizer: Tokenizer, normalizer: Normalizer? = nil, parsingSpecialTokens: Bool = false,
    cacheBytes: Int = Encoder.defaultCacheBytes
  ) {
    self.tokenizer = tokenizer
    self.normalizer = normalizer ?? tokenizer.definition.normalizer
    // With no special tokens there is nothing to look for.
    parsesSpecialTokens = parsingSpecialTokens && !tokenizer.specialTokens.tokens.isEmpty
    cutter = PretokenCutter(tokenizer.definition.preTokenizer)
    pretokens = PretokenEncoder(tokenizer.definition.model, cacheBytes: cacheBytes)
  }

  /// Appends the ids of the document `text` to `ids`.
  ///
  /// - Throws: `normalizationFailed`.
  package mutating func encode(
    _ text: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    var ends = GrowableBuffer<Int>()
    try encode(text, documentEnds: [text.count].span, to: &ids, idEnds: &ends)
  }

  /// Appends the ids of documents to `ids`, and to `idEnds`, for each, the number of ids behind it.
  ///
  /// - Parameters:
  ///   - text: The documents, back to back.
  ///   - documentEnds: Where each ends in `text`.
  ///   - ids: Where the ids go.
  ///   - idEnds: Where the ends go.
  /// - Throws: `normalizationFailed`.
  package mutating func encode(
    _ text: Span<UInt8>, documentEnds: Span<Int>, to ids: inout TokenBuffer,
    idEnds: inout GrowableBuffer<Int>
  ) throws(TextError) {
    var start = 0
    for index in documentEnds.indices {
      let end = documentEnds[index]
      try addDocument(text.extracting(start..<end), to: &ids)
      start = end
      if work.text.count >= Self.flushBytes { flush(to: &ids, idEnds: &idEnds) }
    }
    flush(to: &ids, idEnds: &idEnds)
  }

  /// 64 KiB of text and its pretokens stay in the second-level cache between cutting and encoding.
  private static let flushBytes = 1 << 16

  /// Normalises a document.
  private mutating func addDocument(
    _ document: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    var start = 0
    while parsesSpecialTokens,
      let match = tokenizer.specialTokens.firstMatch(in: document, from: start)
    {
      try addPiece(document.extracting(start..<match.range.lowerBound))
      flush(to: &ids)
      // The piece was no document.
      work.idEnds.truncate(to: work.idEnds.count - 1)
      ids.append(match.id)
      start = match.range.upperBound
    }
    try addPiece(document.extracting(start..<document.count))
  }

  private mutating func addPiece(_ text: Span<UInt8>) throws(TextError) {
    try normalizer.append(text, to: &work.text)
    work.documentEnds.append(work.text.count)
  }

  /// Encodes the documents that wait, and gives their ends out.
  private mutating func flush(to ids: inout TokenBuffer, idEnds: inout GrowableBuffer<Int>) {
    flush(to: &ids)
    idEnds.append(copying: work.idEnds.span)
    work.idEnds.removeAll()
  }

  /// Cuts and encodes all that waits.
  private mutating func flush(to ids: inout TokenBuffer) {
    cut(work.text, work.documentEnds, &cutter, &work.pretokenEnds, &work.documentPretokens)
    encodePretokens(
      work.text, work.pretokenEnds, work.documentPretokens, &pretokens, &ids, &work.idEnds)
    work.text.removeAll()
    work.documentEnds.removeAll()
    work.pretokenEnds.removeAll()
    work.documentPretokens.removeAll()
  }
}

// The parts of the work come apart in these two, so that one can be read while others are written.

private func cut(
  _ text: borrowing ByteBuffer, _ documentEnds: borrowing GrowableBuffer<Int>,
  _ cutter: inout PretokenCutter, _ pretokenEnds: inout PretokenEnds,
  _ documentPretokens: inout GrowableBuffer<Int>
) {
  cutter.appendEnds(
    of: text, documentEnds: documentEnds.span, to: &pretokenEnds,
    documentPretokens: &documentPretokens)
}

private func encodePretokens(
  _ text: borrowing ByteBuffer, _ pretokenEnds: borrowing PretokenEnds,
  _ documentPretokens: borrowing GrowableBuffer<Int>, _ pretokens: inout PretokenEncoder,
  _ ids: inout TokenBuffer, _ idEnds: inout GrowableBuffer<Int>
) {
  pretokens.encode(
    text, pretokenEnds: pretokenEnds.span, documentEnds: documentPretokens.span, to: &ids,
    idEnds: &idEnds)
}

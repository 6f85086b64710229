// SPDX-License-Identifier: Apache-2.0

internal import Morphology
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
  private let addedTokens: AddedTokens
  private let parsesSpecialTokens: Bool
  /// Whether any added token may be found in text.
  private let findsTokens: Bool
  private let template: SpecialTokenTemplate
  private let normalizer: Normalizer
  private let recorder: NormalizationRecorder?
  private var cutter: PretokenCutter
  private var pretokens: PretokenEncoder
  private var work = Work()
  private var withoutTemplate = TokenBuffer()

  /// Text on its way: normalised, not yet encoded.
  private struct Work: ~Copyable {
    var text = ByteBuffer()
    /// Where each document, or piece of one between special tokens, ends in the text.
    var documentEnds = GrowableBuffer<Int>()
    var pretokenEnds = PretokenEnds()
    /// For each document, the number of pretokens behind it.
    var documentPretokens = GrowableBuffer<Int>()
    var idEnds = GrowableBuffer<Int>()
    /// Where tokens are looked for in normalised text: a part of a document at a time.
    var normalPart = ByteBuffer()
  }

  /// The pretoken cache of a worker: more gains little, for one look-up in ten misses any cache.
  package static let defaultCacheBytes = 40 << 20

  /// An encoder of `tokenizer`.
  ///
  /// - Parameters:
  ///   - tokenizer: What to encode with.
  ///   - normalizer: Replaces the tokenizer's own where it is given.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in text become their ids; other
  ///     added tokens always do.
  ///   - addingSpecialTokens: Whether every document gets the special tokens that the tokenizer puts
  ///     before and behind a text.
  ///   - cacheBytes: The most that the pretoken cache may take; it never changes the ids.
  ///   - recorder: Is told what normalisation changes, by the number of the document.
  package init(
    _ tokenizer: Tokenizer, normalizer: Normalizer? = nil, parsingSpecialTokens: Bool = false,
    addingSpecialTokens: Bool = false, cacheBytes: Int = Encoder.defaultCacheBytes,
    recorder: NormalizationRecorder? = nil
  ) {
    self.recorder = recorder
    self.tokenizer = tokenizer
    cutter = PretokenCutter(tokenizer.definition.preTokenizer)
    let own = tokenizer.definition.normalizer
    self.normalizer = normalizer ?? own
    addedTokens =
      self.normalizer == own
      ? tokenizer.addedTokens : AddedTokens(tokenizer.addedTokens.tokens, self.normalizer)
    parsesSpecialTokens = parsingSpecialTokens
    findsTokens = addedTokens.isSearchNeeded(parsingSpecialTokens: parsingSpecialTokens)
    template = addingSpecialTokens ? tokenizer.definition.template : SpecialTokenTemplate()
    pretokens = PretokenEncoder(
      tokenizer.definition.model, cacheBytes: cacheBytes,
      morphemes: tokenizer.definition.morphemes.map { ($0.model, $0.boundaries) })
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
    if template.isEmpty {
      return try encodePlain(text, documentEnds: documentEnds, to: &ids, idEnds: &idEnds)
    }
    // ---- The special tokens around every document ----
    let firstDocument = idEnds.count
    var plain = TokenBuffer()
    swap(&plain, &withoutTemplate)
    plain.removeAll()
    try encodePlain(text, documentEnds: documentEnds, to: &plain, idEnds: &idEnds)
    var start = 0
    for document in firstDocument..<idEnds.count {
      let end = idEnds[document]
      ids.append(copying: template.before.span)
      ids.append(copying: plain.span.extracting(start..<end))
      ids.append(copying: template.after.span)
      idEnds[document] = ids.count
      start = end
    }
    swap(&plain, &withoutTemplate)
  }

  private mutating func encodePlain(
    _ text: Span<UInt8>, documentEnds: Span<Int>, to ids: inout TokenBuffer,
    idEnds: inout GrowableBuffer<Int>
  ) throws(TextError) {
    var start = 0
    for index in documentEnds.indices {
      let end = documentEnds[index]
      recorder?.line = index
      try addDocument(text.extracting(start..<end), to: &ids)
      start = end
      if work.text.count >= Self.flushBytes || work.documentEnds.count >= Self.flushDocuments {
        flush(to: &ids, idEnds: &idEnds)
      }
    }
    flush(to: &ids, idEnds: &idEnds)
  }

  /// 64 KiB of text and its pretokens stay in the second-level cache between cutting and encoding.
  private static let flushBytes = 1 << 16
  /// The same for the numbers that are kept of every document, were all of them empty.
  private static let flushDocuments = 1 << 12

  /// Normalises a document.
  private mutating func addDocument(
    _ document: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    if findsTokens {
      try addPieces(of: document, to: &ids)
    } else {
      try normalizer.append(document, to: &work.text, recorder)
    }
    work.documentEnds.append(work.text.count)
  }

  /// Adds a document in which added tokens may stand.
  private mutating func addPieces(
    of document: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    var pieces: [TokenMatcher.Piece] = []
    addedTokens.raw.cut(document, parsingSpecialTokens: parsesSpecialTokens, into: &pieces)
    for piece in pieces {
      if let id = piece.id {
        flush(to: &ids)
        ids.append(id)
        continue
      }
      let text = document.extracting(piece.range)
      if addedTokens.normalized.isEmpty {
        try normalizer.append(text, to: &work.text, recorder)
      } else {
        try addNormalPieces(of: text, to: &ids)
      }
      if pieces.count > 1 { endPiece(to: &ids) }
    }
  }

  /// Adds text in which tokens may stand once it is normalised.
  private mutating func addNormalPieces(
    of text: Span<UInt8>, to ids: inout TokenBuffer
  ) throws(TextError) {
    work.normalPart.removeAll()
    try normalizer.append(text, to: &work.normalPart, recorder)
    var pieces: [TokenMatcher.Piece] = []
    addedTokens.normalized.cut(
      work.normalPart.span, parsingSpecialTokens: parsesSpecialTokens, into: &pieces)
    for piece in pieces {
      if let id = piece.id {
        flush(to: &ids)
        ids.append(id)
      } else {
        Self.append(work.normalPart, piece.range, to: &work.text)
        if pieces.count > 1 { endPiece(to: &ids) }
      }
    }
  }

  private static func append(
    _ part: borrowing ByteBuffer, _ range: Range<Int>, to text: inout ByteBuffer
  ) {
    text.append(copying: part.span.extracting(range))
  }

  /// Encodes a piece of a document, which is cut on its own, with the documents before it.
  private mutating func endPiece(to ids: inout TokenBuffer) {
    work.documentEnds.append(work.text.count)
    flush(to: &ids)
    // The piece was no document.
    work.idEnds.truncate(to: work.idEnds.count - 1)
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

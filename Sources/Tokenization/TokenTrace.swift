// SPDX-License-Identifier: Apache-2.0

package import Normalization
internal import PreTokenization
package import TextCore
internal import TokenModels
internal import VocabularyFiles

/// The tokens of one text with their places, for people to look at.
///
/// The ids are those of ``Encoder``. The tokens tile the normal text: each begins where the one before
/// it ends, a character may be made of several, and an added token stands as it is spelled in the text.
package struct TokenTrace: ~Copyable, Sendable {
  /// The text as it was cut: normalised, but for added tokens that are looked for before that.
  package fileprivate(set) var text = ByteBuffer()
  package fileprivate(set) var ids = GrowableBuffer<UInt32>()
  /// Where each token ends in ``text``.
  package fileprivate(set) var ends = GrowableBuffer<Int>()
  /// The bytes of the text as given that each token comes from.
  package fileprivate(set) var sources: [Range<Int>] = []
  /// The tokens that are added tokens, by their index.
  package fileprivate(set) var addedTokens = GrowableBuffer<Int>()
  /// What normalisation changed, in the order of the text.
  package fileprivate(set) var changes: [NormalizationChange] = []
}

extension Tokenizer {
  /// The tokens of `source` with their places.
  ///
  /// - Parameters:
  ///   - source: Any bytes.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in the text become their ids.
  /// - Returns: The tokens, and the text that they tile.
  /// - Throws: `normalizationFailed`.
  /// - Complexity: That of ``encode(bytes:parsingSpecialTokens:addingSpecialTokens:)``, and O(log c) a
  ///   token in the number of changes.
  package func trace(
    _ source: Span<UInt8>, parsingSpecialTokens: Bool
  ) throws(TextError) -> TokenTrace {
    var tracer = Tracer(self, textBytes: source.count)
    try tracer.add(source, parsingSpecialTokens)
    return tracer.trace
  }
}

/// Cuts a text as ``Encoder`` does, piece by piece, and keeps the places.
private struct Tracer: ~Copyable {
  private let tokenizer: Tokenizer
  private var cutter: PretokenCutter
  private var pretokens: PretokenEncoder
  var trace = TokenTrace()

  init(_ tokenizer: Tokenizer, textBytes: Int) {
    self.tokenizer = tokenizer
    let definition = tokenizer.definition
    cutter = PretokenCutter(definition.preTokenizer)
    pretokens = PretokenEncoder(
      definition.model, cacheBytes: min(textBytes * 2, Encoder.defaultCacheBytes),
      morphemes: definition.morphemes.map { ($0.model, $0.boundaries) })
  }

  mutating func add(_ source: Span<UInt8>, _ parsingSpecialTokens: Bool) throws(TextError) {
    for piece in cut(source, tokenizer.addedTokens.raw, parsingSpecialTokens) {
      let text = source.extracting(piece.range)
      if let id = piece.id {
        append(id, text, from: piece.range)
      } else {
        try addText(text, at: piece.range.lowerBound, parsingSpecialTokens)
      }
    }
  }

  /// Adds text without tokens that are looked for in the text as given, where it starts at `place`.
  private mutating func addText(
    _ source: Span<UInt8>, at place: Int, _ parsingSpecialTokens: Bool
  ) throws(TextError) {
    let normal = try NormalizedText(source, by: tokenizer.definition.normalizer)
    trace.changes += normal.changes(
      of: source, movedBy: (normal: trace.text.count, source: place))
    let text = normal.text.span
    for piece in cut(text, tokenizer.addedTokens.normalized, parsingSpecialTokens) {
      if let id = piece.id {
        append(
          id, text.extracting(piece.range), from: moved(normal.sourceRange(of: piece.range), place))
      } else {
        encode(piece.range, of: normal, at: place)
      }
    }
  }

  private func cut(
    _ text: Span<UInt8>, _ matcher: TokenMatcher, _ parsingSpecialTokens: Bool
  ) -> [TokenMatcher.Piece] {
    var pieces: [TokenMatcher.Piece] = []
    matcher.cut(text, parsingSpecialTokens: parsingSpecialTokens, into: &pieces)
    return pieces
  }

  private mutating func append(_ id: TokenID, _ text: Span<UInt8>, from source: Range<Int>) {
    trace.addedTokens.append(trace.ids.count)
    trace.text.append(copying: text)
    trace.ids.append(id)
    trace.ends.append(trace.text.count)
    trace.sources.append(source)
  }

  /// Encodes a piece of a normal text whose source starts at `place`.
  private mutating func encode(
    _ range: Range<Int>, of normal: borrowing NormalizedText, at place: Int
  ) {
    var part = ByteBuffer(capacity: range.count)
    part.append(copying: normal.text.span.extracting(range))
    var pretokenEnds = PretokenEnds()
    var pretokenCounts = GrowableBuffer<Int>()
    cutter.appendEnds(
      of: part, documentEnds: [part.count].span, to: &pretokenEnds,
      documentPretokens: &pretokenCounts)
    var ids = TokenBuffer()
    var idEnds = GrowableBuffer<Int>()
    pretokens.encode(
      part, pretokenEnds: pretokenEnds.span, documentEnds: pretokenCounts.span, to: &ids,
      idEnds: &idEnds)
    let vocabulary = tokenizer.definition.model.vocabulary
    let base = trace.text.count
    var end = 0
    for index in 0..<ids.count {
      let start = end
      end += vocabulary.bytes(of: ids[index]).count
      trace.ids.append(ids[index])
      trace.ends.append(base + end)
      let own = range.lowerBound + start..<range.lowerBound + end
      trace.sources.append(moved(normal.sourceRange(of: own), place))
    }
    precondition(end == part.count, "tokens that are not their text")
    trace.text.append(copying: part.span)
  }
}

private func moved(_ range: Range<Int>, _ distance: Int) -> Range<Int> {
  range.lowerBound + distance..<range.upperBound + distance
}

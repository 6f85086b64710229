// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import Statistics
internal import TextCore
internal import Tokenization
internal import VocabularyFiles

// The parts of a thread that measures. They are objects, for what cannot be copied cannot stand in an
// array; they are asked once a slice of documents.

/// Some documents as one normaliser makes them, back to back.
final class NormalTexts {
  let normalizer: Normalizer
  private var text = ByteBuffer()
  private var ends = GrowableBuffer<Int>()
  private var measures: [TextMeasure] = []

  init(_ normalizer: Normalizer) { self.normalizer = normalizer }

  /// Normalises and measures `documents` of `batch` in place of those before.
  func read(
    _ batch: borrowing DocumentBatch, _ documents: Range<Int>, _ recorder: NormalizationRecorder?
  ) throws(TextError) {
    text.removeAll()
    ends.removeAll()
    measures.removeAll(keepingCapacity: true)
    for index in documents {
      recorder?.line = index
      try normalizer.append(batch.document(index), to: &text, recorder)
      ends.append(text.count)
    }
    withDocuments { text, _ in measures.append(TextMeasure(text)) }
  }

  /// Calls `body` with each document and its number, from 0.
  private func withDocuments(_ body: (Span<UInt8>, Int) -> Void) {
    eachDocument(text, ends, body)
  }

  /// Counts the text of the documents, which are of `groupIndexes`.
  func count(_ groupIndexes: [Int], in groups: inout GroupedTallies) {
    withDocuments { text, index in
      groups.tallies[groupIndexes[index]].text.add(text, measures[index])
    }
  }

  /// Appends the ids of all documents, and where those of each end.
  func encode(
    _ encoder: inout Encoder, _ ids: inout TokenBuffer, _ idEnds: inout GrowableBuffer<Int>
  ) throws(TextError) {
    try encodeAll(text, ends, &encoder, &ids, &idEnds)
  }

  /// Calls `body` with each document, its measure and its number.
  func eachMeasured(_ body: (Span<UInt8>, TextMeasure, Int) -> Void) {
    withDocuments { text, index in body(text, measures[index], index) }
  }
}

// The parts of an object come apart in these, so that spans of one can be read while others change.

private func encodeAll(
  _ text: borrowing ByteBuffer, _ ends: borrowing GrowableBuffer<Int>, _ encoder: inout Encoder,
  _ ids: inout TokenBuffer, _ idEnds: inout GrowableBuffer<Int>
) throws(TextError) {
  try encoder.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
}

private func eachDocument(
  _ text: borrowing ByteBuffer, _ ends: borrowing GrowableBuffer<Int>,
  _ body: (Span<UInt8>, Int) -> Void
) {
  let bytes = text.span
  var start = 0
  for index in 0..<ends.count {
    body(bytes.extracting(start..<ends[index]), index)
    start = ends[index]
  }
}

/// What encodes and counts with one tokenizer.
final class TokenizerMeter {
  private var encoder: Encoder
  private let traits: TokenTraits
  /// The place of the text that it sees.
  let text: Int
  /// Whether the encoder normalises itself, for it looks for tokens in the text as given.
  private let encodesTextAsGiven: Bool
  private var ids = TokenBuffer()
  private var idEnds = GrowableBuffer<Int>()

  init(
    _ tokenizer: Tokenizer, _ traits: TokenTraits, text: Int, _ normalizer: Normalizer,
    cacheBytes: Int
  ) {
    encodesTextAsGiven = tokenizer.addedTokens.tokens.contains { !$0.isSpecial }
    encoder = Encoder(
      tokenizer, normalizer: encodesTextAsGiven ? normalizer : Normalizer.none,
      cacheBytes: cacheBytes)
    self.traits = traits
    self.text = text
  }

  /// Encodes `documents` of `batch`, whose normal form is `texts`, in place of those before.
  func encode(
    _ batch: borrowing DocumentBatch, _ documents: Range<Int>, _ texts: NormalTexts
  ) throws(TextError) {
    ids.removeAll()
    idEnds.removeAll()
    guard encodesTextAsGiven else { return try texts.encode(&encoder, &ids, &idEnds) }
    for index in documents {
      try encoder.encode(batch.document(index), to: &ids)
      idEnds.append(ids.count)
    }
  }

  /// Counts the tokens of the documents, which are of `groupIndexes`.
  func count(
    _ texts: NormalTexts, _ groupIndexes: [Int], tokenizer: Int,
    in groups: inout GroupedTallies
  ) {
    texts.eachMeasured { text, measure, index in
      add(
        text, measure, ids, index == 0 ? 0..<idEnds[0] : idEnds[index - 1]..<idEnds[index], traits,
        to: &groups.tallies[groupIndexes[index]].tokenizers[tokenizer])
    }
  }
}

private func add(
  _ text: Span<UInt8>, _ measure: TextMeasure, _ ids: borrowing TokenBuffer, _ range: Range<Int>,
  _ traits: TokenTraits, to tally: inout TokenTally
) {
  tally.add(text, measure, ids: ids.span.extracting(range), traits)
}

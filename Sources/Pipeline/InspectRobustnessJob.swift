// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import Statistics
package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// Measures what tokenizers make of a corpus that is written otherwise: in NFD, and without spaces.
package struct InspectRobustnessJob: Sendable {
  package var source: CorpusSource
  package var tokenizers: [Tokenizer]
  /// Replaces the tokenizers' own.
  package var normalizer: Normalizer?

  package init(source: CorpusSource, tokenizers: [Tokenizer], normalizer: Normalizer?) {
    self.source = source
    self.tokenizers = tokenizers
    self.normalizer = normalizer
  }

  /// Runs the job.
  ///
  /// - Returns: What was read, and what was found for each tokenizer.
  /// - Throws: What reading throws; `emptyCorpus`.
  package func run(
    _ context: JobContext
  ) throws(TextError) -> (account: CorpusAccount, variants: [VariantTokens]) {
    var source = try source.decidingSample(context)
    source.options.keepsMetadata = false
    var total = tokenizers.map { _ in VariantTokens() }
    let account = try passOver(
      source, context,
      makeWorker: { _ in
        VariantWorker(
          tokenizers.map { VariantMeter($0, normalizer, share: tokenizers.count) })
      },
      work: { (worker, batch) throws(TextError) in
        for index in 0..<batch.count { try worker.add(batch.document(index)) }
      },
      finish: { worker in
        for (index, meter) in worker.meters.enumerated() { total[index].merge(meter.found) }
      })
    try account.checkNotEmpty()
    return (account, total)
  }
}

/// A thread's part: a document in its variants, for each tokenizer.
private struct VariantWorker: ~Copyable {
  let meters: [VariantMeter]
  private var decomposed = ByteBuffer()

  init(_ meters: [VariantMeter]) { self.meters = meters }

  mutating func add(_ document: Span<UInt8>) throws(TextError) {
    decomposed.removeAll()
    // What is no UTF-8 has no other form.
    if isWellFormedUTF8(document) {
      try appendDecomposed(document, to: &decomposed)
    } else {
      decomposed.append(copying: document)
    }
    for meter in meters { try meter.add(document, decomposed) }
  }
}

/// What encodes with one tokenizer; an object, for what cannot be copied cannot stand in an array.
private final class VariantMeter {
  private(set) var found = VariantTokens()
  private let tokenizer: Tokenizer
  private let normalizer: Normalizer
  private var encoder: Encoder

  init(_ tokenizer: Tokenizer, _ normalizer: Normalizer?, share: Int) {
    self.tokenizer = tokenizer
    self.normalizer = normalizer ?? tokenizer.definition.normalizer
    encoder = Encoder(
      tokenizer, normalizer: normalizer, cacheBytes: Encoder.defaultCacheBytes / share)
  }

  func add(
    _ document: Span<UInt8>, _ decomposed: borrowing ByteBuffer
  ) throws(TextError) {
    var ids = TokenBuffer()
    try encoder.encode(document, to: &ids)
    found.tokens += ids.count
    if try decodes(ids, to: document) { found.exactDocuments += 1 }
    var otherIDs = TokenBuffer()
    try encoder.encode(decomposed.span, to: &otherIDs)
    found.decomposedTokens += otherIDs.count
    if try decodes(otherIDs, to: decomposed.span) { found.exactDecomposedDocuments += 1 }
    try addUnspaced(document, ids)
  }

  private func decodes(
    _ ids: borrowing TokenBuffer, to text: Span<UInt8>
  ) throws(TextError) -> Bool {
    var bytes = ByteBuffer()
    try tokenizer.decode(ids.span, to: &bytes)
    guard bytes.count == text.count else { return false }
    for index in text.indices where bytes[index] != text[index] { return false }
    return true
  }

  private func addUnspaced(
    _ document: Span<UInt8>, _ ids: borrowing TokenBuffer
  ) throws(TextError) {
    var normal = ByteBuffer()
    try normalizer.append(document, to: &normal, nil)
    var unspaced = ByteBuffer()
    for index in 0..<normal.count where normal[index] != 0x20 { unspaced.append(normal[index]) }
    var unspacedIDs = TokenBuffer()
    try encoder.encode(unspaced.span, to: &unspacedIDs)
    found.unspacedTokens += unspacedIDs.count
    let lengths = lengths(ids)
    let unspacedLengths = self.lengths(unspacedIDs)
    guard lengths.reduce(0, +) == normal.count, unspacedLengths.reduce(0, +) == unspaced.count
    else { return }
    found.compareEdges(of: normal.span, lengths, unspacedLengths)
  }

  private func lengths(_ ids: borrowing TokenBuffer) -> [Int] {
    let vocabulary = tokenizer.definition.model.vocabulary
    return (0..<ids.count).map { vocabulary.bytes(of: ids[$0]).count }
  }
}

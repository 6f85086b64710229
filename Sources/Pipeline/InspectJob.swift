// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import Statistics
package import TextCore
internal import TokenFiles
package import Tokenization
internal import VocabularyFiles

/// Measures a corpus, with a tokenizer or without.
package struct InspectCorpusJob: Sendable {
  package var source: CorpusSource
  package var tokenizer: Tokenizer?
  package var normalizer: Normalizer

  /// A job whose text is normalised as the tokenizer does it, or by `normalizer` where given.
  package init(source: CorpusSource, tokenizer: Tokenizer?, normalizer: Normalizer?) {
    self.source = source
    self.tokenizer = tokenizer
    self.normalizer = normalizer ?? tokenizer?.definition.normalizer ?? .nfc
  }

  /// Runs the job.
  ///
  /// - Throws: What reading throws; `emptyCorpus`.
  package func run(
    _ context: JobContext
  ) throws(TextError) -> (account: CorpusAccount, statistics: CorpusStatistics) {
    var source = try source.decidingSample(context)
    source.options.keepsMetadata = false
    var total = CorpusStatistics(vocabularySize: tokenizer?.vocabularySize ?? 0)
    let account = try passOver(
      source, context,
      makeWorker: { recorder in CorpusMeter(tokenizer, normalizer, recorder) },
      work: { (meter, batch) throws(TextError) in
        for index in 0..<batch.count {
          meter.recorder.line = index
          try meter.add(batch.document(index))
        }
      },
      finish: { meter in total.merge(meter.statistics) })
    try account.checkNotEmpty()
    return (account, total)
  }
}

/// A thread's part of measuring.
private struct CorpusMeter: ~Copyable {
  var statistics: CorpusStatistics
  private let normalizer: Normalizer
  let recorder: NormalizationRecorder
  private var encoder: Encoder?
  private var marks: EdgeMarks?
  /// Whether the encoder normalises itself, for it looks for tokens in the text as given.
  private let encodesTextAsGiven: Bool
  private var normalText = ByteBuffer()
  private var ids = TokenBuffer()

  init(_ tokenizer: Tokenizer?, _ normalizer: Normalizer, _ recorder: NormalizationRecorder) {
    self.recorder = recorder
    statistics = CorpusStatistics(vocabularySize: tokenizer?.vocabularySize ?? 0)
    self.normalizer = normalizer
    let encodesTextAsGiven = tokenizer?.addedTokens.tokens.contains { !$0.isSpecial } ?? false
    self.encodesTextAsGiven = encodesTextAsGiven
    marks = tokenizer.map { EdgeMarks($0) }
    // Otherwise the text is normalised once, here.
    encoder = tokenizer.map { tokenizer in
      Encoder(tokenizer, normalizer: encodesTextAsGiven ? normalizer : Normalizer.none)
    }
  }

  mutating func add(_ document: Span<UInt8>) throws(TextError) {
    normalText.removeAll()
    try normalizer.append(document, to: &normalText, recorder)
    ids.removeAll()
    if encodesTextAsGiven { try encoder?.encode(document, to: &ids) }
    try measure(normalText, &encoder, isEncoded: encodesTextAsGiven, &ids, &marks, &statistics)
  }
}

/// Measures a normalised document, which is encoded here unless it is already.
///
/// The parts of a meter come apart here, so that the text can be read while the rest changes.
private func measure(
  _ document: borrowing ByteBuffer, _ encoder: inout Encoder?, isEncoded: Bool,
  _ ids: inout TokenBuffer, _ marks: inout EdgeMarks?, _ statistics: inout CorpusStatistics
) throws(TextError) {
  let text = document.span
  if !isEncoded { try encoder?.encode(text, to: &ids) }
  if marks == nil {
    statistics.add(text, ids: nil)
  } else {
    marks?.add(text, ids: ids.span, to: &statistics)
  }
}

extension EdgeMarks {
  fileprivate mutating func add(
    _ text: Span<UInt8>, ids: Span<UInt32>, to statistics: inout CorpusStatistics
  ) {
    statistics.add(text, ids: ids, &self)
  }
}

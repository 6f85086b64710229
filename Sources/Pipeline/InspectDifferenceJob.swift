// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import Statistics
package import TextCore
package import Tokenization

/// Finds where two tokenizers cut a corpus otherwise, in one pass.
package struct InspectDifferenceJob: Sendable {
  package var source: CorpusSource
  package var first: Tokenizer
  package var second: Tokenizer
  /// What text both see; either normalises it further as it does.
  package var normalizer: Normalizer
  /// Lines kept each way.
  package var lines = 20

  package init(source: CorpusSource, first: Tokenizer, second: Tokenizer, normalizer: Normalizer) {
    self.source = source
    self.first = first
    self.second = second
    self.normalizer = normalizer
  }

  /// Runs the job.
  ///
  /// - Throws: What reading throws; `emptyCorpus`.
  package func run(
    _ context: JobContext
  ) throws(TextError) -> (account: CorpusAccount, difference: TextDifference) {
    var source = try source.decidingSample(context)
    source.options.keepsMetadata = false
    var total = TextDifference(lineLimit: lines)
    let account = try passOver(
      source, context,
      makeWorker: { recorder in DifferenceWorker(first, second, normalizer, recorder) },
      work: { (worker, batch) throws(TextError) in
        var difference = TextDifference(lineLimit: lines)
        for index in 0..<batch.count {
          worker.recorder.line = index
          try worker.add(
            batch.document(index), path: batch.path, line: batch.lines[index], to: &difference)
        }
        return difference
      },
      emit: { (difference) throws(TextError) in total.add(difference) })
    try account.checkNotEmpty()
    return (account, total)
  }
}

/// A thread's part of it.
private struct DifferenceWorker: ~Copyable {
  let recorder: NormalizationRecorder
  private let normalizer: Normalizer
  private var firstEncoder: Encoder
  private var secondEncoder: Encoder
  private var meter: DifferenceMeter
  private var text = ByteBuffer()
  private var first = TokenBuffer()
  private var second = TokenBuffer()

  init(
    _ first: Tokenizer, _ second: Tokenizer, _ normalizer: Normalizer,
    _ recorder: NormalizationRecorder
  ) {
    self.recorder = recorder
    self.normalizer = normalizer
    firstEncoder = Encoder(first)
    secondEncoder = Encoder(second)
    meter = DifferenceMeter(first, second)
  }

  mutating func add(
    _ document: Span<UInt8>, path: String, line: Int, to difference: inout TextDifference
  ) throws(TextError) {
    text.removeAll()
    try normalizer.append(document, to: &text, recorder)
    first.removeAll()
    second.removeAll()
    try encode(text, &firstEncoder, &first)
    try encode(text, &secondEncoder, &second)
    measure(text, first, second, &meter, path, line, &difference)
  }
}

// The parts of the worker come apart here, so that the text can be read while others change.

private func encode(
  _ text: borrowing ByteBuffer, _ encoder: inout Encoder, _ ids: inout TokenBuffer
) throws(TextError) {
  try encoder.encode(text.span, to: &ids)
}

private func measure(
  _ text: borrowing ByteBuffer, _ first: borrowing TokenBuffer, _ second: borrowing TokenBuffer,
  _ meter: inout DifferenceMeter, _ path: String, _ line: Int, _ difference: inout TextDifference
) {
  meter.add(
    text.span, first.span, second.span, path: path, pathLine: line, to: &difference)
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Morphology
package import Normalization
package import TextCore

/// Prints a corpus with its morphemes, line by line.
package struct MorphemesJob: Sendable {
  package var source: CorpusSource
  package var normalizer: Normalizer
  package var analysis: MorphemeAnalysis
  package var form: MorphemeForm

  package init(
    source: CorpusSource, normalizer: Normalizer, analysis: MorphemeAnalysis, form: MorphemeForm
  ) {
    self.source = source
    self.normalizer = normalizer
    self.analysis = analysis
    self.form = form
  }

  /// Runs the job; `write` gets the text in order.
  ///
  /// - Throws: What reading and `write` throw.
  package func run(
    _ context: JobContext, write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) -> CorpusAccount {
    let source = try source.decidingSample(context)
    return try passOver(
      source, context,
      makeWorker: { recorder in
        MorphemesWorker(recorder: recorder, printer: MorphemePrinter(analysis, form))
      },
      work: { (worker, batch) throws(TextError) in
        var output = ByteBuffer(capacity: batch.text.count * 2)
        for index in 0..<batch.count {
          worker.recorder.line = index
          try worker.append(batch.document(index), normalizer, to: &output)
        }
        return output
      },
      emit: { (output) throws(TextError) in try write(output.span) })
  }
}

private struct MorphemesWorker: ~Copyable {
  let recorder: NormalizationRecorder
  private var printer: MorphemePrinter
  private var text = ByteBuffer()

  init(recorder: NormalizationRecorder, printer: consuming MorphemePrinter) {
    self.recorder = recorder
    self.printer = printer
  }

  mutating func append(
    _ document: Span<UInt8>, _ normalizer: Normalizer, to output: inout ByteBuffer
  ) throws(TextError) {
    text.removeAll()
    try normalizer.append(document, to: &text, recorder)
    printLines(of: text, by: &printer, to: &output)
  }
}

// Apart from the worker, so that one part of it can be read while another is written.
private func printLines(
  of text: borrowing ByteBuffer, by printer: inout MorphemePrinter, to output: inout ByteBuffer
) {
  printer.append(text.span, to: &output)
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Morphology
package import Normalization
package import TextCore

/// Prints a corpus with its morphemes, line by line.
package struct MorphemesJob: Sendable {
  package var source: CorpusSource
  package var normalizer: Normalizer
  package var dictionary: MorphemeDictionary
  package var form: MorphemeForm

  package init(
    source: CorpusSource, normalizer: Normalizer, dictionary: MorphemeDictionary, form: MorphemeForm
  ) {
    self.source = source
    self.normalizer = normalizer
    self.dictionary = dictionary
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
        MorphemesWorker(recorder: recorder, printer: MorphemePrinter(dictionary, form))
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

/// How morphemes are printed: with bars between those of an eojeol, with the tag behind each as well, or
/// as JSON lines with the places of each in the text.
package enum MorphemeForm: Sendable { case bars, tags, jsonLines }

/// Writes lines with their morphemes; one a thread.
package struct MorphemePrinter: ~Copyable, Sendable {
  private let dictionary: MorphemeDictionary
  private let form: MorphemeForm
  private var analyzer: MorphemeAnalyzer
  private var morphemes = GrowableBuffer<Morpheme>()

  package init(_ dictionary: MorphemeDictionary, _ form: MorphemeForm) {
    self.dictionary = dictionary
    self.form = form
    analyzer = MorphemeAnalyzer(dictionary)
  }

  /// Appends each line of `document`, with a line feed behind it.
  package mutating func append(_ document: Span<UInt8>, to output: inout ByteBuffer) {
    var start = 0
    while start <= document.count {
      let end = endOfLine(document, from: start)
      appendLine(document.extracting(start..<end), to: &output)
      start = end + 1
    }
  }

  private mutating func appendLine(_ line: Span<UInt8>, to output: inout ByteBuffer) {
    morphemes.removeAll()
    analyzer.analyze(line, to: &morphemes)
    if form == .jsonLines { return appendJSON(line, to: &output) }
    var place = 0
    for index in 0..<morphemes.count {
      let morpheme = morphemes[index]
      if index > 0, morpheme.start == place { output.append(UInt8(ascii: "|")) }
      escape(line.extracting(place..<morpheme.end), to: &output)
      if form == .tags {
        output.append(UInt8(ascii: "/"))
        dictionary.appendTag(of: morpheme, to: &output)
      }
      place = morpheme.end
    }
    escape(line.extracting(place..<line.count), to: &output)
    output.append(0x0A)
  }

  /// Appends `text` with a backslash before what would be read as a mark.
  private func escape(_ text: Span<UInt8>, to output: inout ByteBuffer) {
    for index in text.indices {
      let byte = text[index]
      let isMark = byte == UInt8(ascii: "|") || byte == UInt8(ascii: "\\")
      if isMark || form == .tags && byte == UInt8(ascii: "/") { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
    }
  }

  private func appendJSON(_ line: Span<UInt8>, to output: inout ByteBuffer) {
    var listed: [JSON] = []
    var tag = ByteBuffer()
    for index in 0..<morphemes.count {
      let morpheme = morphemes[index]
      tag.removeAll()
      dictionary.appendTag(of: morpheme, to: &tag)
      listed.append(
        .array([.integer(morpheme.start), .integer(morpheme.end), .string(tag.makeString())]))
    }
    appendDocumentLine(line, fields: [("morphemes", .array(listed))], to: &output)
  }
}

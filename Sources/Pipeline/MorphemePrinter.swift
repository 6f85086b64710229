// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Morphology
package import TextCore

/// How morphemes are printed: with bars between those of an eojeol, with the tag behind each as well, or
/// as JSON lines with the places of each in the text.
package enum MorphemeForm: Sendable { case bars, tags, jsonLines }

/// Writes lines with their morphemes; one a thread.
package struct MorphemePrinter: ~Copyable, Sendable {
  private let form: MorphemeForm
  private var analyzer: LineAnalyzer
  private var morphemes = GrowableBuffer<Morpheme>()

  package init(_ analysis: MorphemeAnalysis, _ form: MorphemeForm) {
    self.form = form
    analyzer = LineAnalyzer(analysis)
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
      if form == .tags, analyzer.hasTag(morpheme) {
        output.append(UInt8(ascii: "/"))
        analyzer.appendTag(of: morpheme, to: &output)
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
      analyzer.appendTag(of: morpheme, to: &tag)
      listed.append(
        .array([
          .integer(morpheme.start), .integer(morpheme.end),
          analyzer.hasTag(morpheme) ? .string(tag.makeString()) : .null,
        ]))
    }
    appendDocumentLine(line, fields: [("morphemes", .array(listed))], to: &output)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import TextCore
package import TokenFiles
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// How documents are printed: as they are, each with a line feed behind it, as JSON lines, or as JSON
/// lines that tell where each piece of the text comes from.
package enum TextForm: Sendable { case plain, jsonLines, offsets }

/// Prints a corpus as it is read: documents, normalised.
package struct CatJob: Sendable {
  package var source: CorpusSource
  package var normalizer: Normalizer
  package var form: TextForm

  package init(source: CorpusSource, normalizer: Normalizer, form: TextForm) {
    self.source = source
    self.normalizer = normalizer
    self.form = form
  }

  /// Runs the job; `write` gets the text in order.
  ///
  /// - Throws: What reading and `write` throw.
  package func run(
    _ context: JobContext, write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) -> CorpusAccount {
    try passOver(
      source, context,
      makeWorker: { recorder in CatWorker(recorder: recorder) },
      work: { (worker, batch) throws(TextError) in
        var output = ByteBuffer(capacity: batch.text.count + batch.count)
        for index in 0..<batch.count {
          worker.recorder.line = index
          worker.text.removeAll()
          try normalizer.append(batch.document(index), to: &worker.text, worker.recorder)
          let place: [(String, JSON)] = [
            ("source", .string(batch.path)), ("line", .integer(batch.lines[index])),
          ]
          switch form {
          case .plain:
            output.append(copying: worker.text.span)
            output.append(0x0A)
          case .jsonLines:
            appendDocumentLine(worker.text.span, fields: place, to: &output)
          case .offsets:
            let offsets = try offsetFields(batch.document(index))
            appendDocumentLine(worker.text.span, fields: place + offsets, to: &output)
          }
        }
        return output
      },
      emit: { (output) throws(TextError) in try write(output.span) })
  }
}

/// A thread's part of printing.
private struct CatWorker: ~Copyable {
  let recorder: NormalizationRecorder
  var text = ByteBuffer()

  init(recorder: NormalizationRecorder) { self.recorder = recorder }
}

extension CatJob {
  /// Where the pieces of the normal text of `document` come from, in each unit.
  private func offsetFields(_ document: Span<UInt8>) throws(TextError) -> [(String, JSON)] {
    let normal = try NormalizedText(document, by: normalizer)
    return TextUnit.allCases.map { unit in
      let places = TextPlaces(normal.text.span, in: unit)
      let sourcePlaces = TextPlaces(document, in: unit)
      return (
        "\(unit.rawValue)",
        .array(
          normal.alignment.pieces.map { piece in
            .array(
              [
                places[piece.normal.lowerBound], places[piece.normal.upperBound],
                sourcePlaces[piece.source.lowerBound], sourcePlaces[piece.source.upperBound],
              ].map { .integer($0) })
          })
      )
    }
  }
}

/// Prints the documents of token files as text.
package struct DecodeJob {
  package var reader: TokenFileReader
  package var tokenizer: Tokenizer
  package var form: TextForm

  package init(reader: TokenFileReader, tokenizer: Tokenizer, form: TextForm) {
    self.reader = reader
    self.tokenizer = tokenizer
    self.form = form
  }

  /// Whether the files say that another tokenizer made them.
  package var isOfAnotherTokenizer: Bool {
    let stated = reader.manifest?.root["options"]?["tokenizer_sha256"]?.string
    return stated.map { $0 != tokenizer.sourceSHA256 } ?? false
  }

  /// Runs the job; `write` gets the text in order.
  ///
  /// What the manifest says that encoding added is left out: the end-of-document token, and the
  /// special tokens around every document.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`, `unknownToken` and what `write` throws.
  package func run(
    write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) {
    let options = reader.manifest?.root["options"]
    let endOfDocument = options?["end_of_document"]?.integer
    func ids(_ name: String) -> [UInt32] {
      options?[name]?.elements.compactMap { $0.integer.flatMap(UInt32.init(exactly:)) } ?? []
    }
    let before = ids("tokens_before")
    let after = ids("tokens_after")
    let vocabulary = tokenizer.definition.model.vocabulary
    var text = ByteBuffer()
    var output = ByteBuffer()
    try reader.forEachDocument { (number, ids) throws(TextError) in
      var ids = ids
      if let endOfDocument, !ids.isEmpty, Int(ids[ids.count - 1]) == endOfDocument {
        ids = ids.extracting(0..<ids.count - 1)
      }
      if ids.count >= before.count + after.count,
        before.indices.allSatisfy({ ids[$0] == before[$0] }),
        after.indices.allSatisfy({ ids[ids.count - after.count + $0] == after[$0] })
      {
        ids = ids.extracting(before.count..<ids.count - after.count)
      }
      switch form {
      case .plain:
        try vocabulary.decode(ids, to: &output)
        output.append(0x0A)
      case .jsonLines, .offsets:
        text.removeAll()
        try vocabulary.decode(ids, to: &text)
        appendDocumentLine(text.span, fields: [("document", .integer(number))], to: &output)
      }
      if output.count >= 1 << 16 {
        try write(output.span)
        output.removeAll()
      }
    }
    try write(output.span)
  }
}

/// Appends one JSON line with `fields` and the text; bytes that are not UTF-8 become U+FFFD, which
/// JSON requires.
private func appendDocumentLine(
  _ text: Span<UInt8>, fields: [(String, JSON)], to output: inout ByteBuffer
) {
  output.append("{")
  for (name, value) in fields {
    appendJSONString(name.utf8.span, to: &output)
    output.append(":")
    output.append(copying: value.serialized(indent: nil).span)
    output.append(",")
  }
  output.append("\"text\":")
  if isWellFormedUTF8(text) {
    appendJSONString(text, to: &output)
  } else {
    var repaired = ByteBuffer(capacity: text.count)
    _ = appendReplacingIllFormed(text, to: &repaired)
    appendJSONString(repaired.span, to: &output)
  }
  output.append("}\n")
}

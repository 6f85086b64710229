// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenFiles
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

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
  /// special tokens around every document; so is the id that the reader was told to end documents.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`, `unknownToken` and what `write` throws.
  package func run(
    write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) {
    let options = reader.manifest?.root["options"]
    let endOfDocument =
      options?["end_of_document"]?.integer
      ?? (reader.manifest == nil ? reader.endOfDocument.map { Int($0) } : nil)
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

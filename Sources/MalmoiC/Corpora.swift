// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import CorpusFiles
internal import Pipeline
internal import TextCore

/// A corpus that is being read, with its gate.
final class OpenCorpus {
  private let gate = Gate()
  private let reading: DocumentReading

  init(_ source: CorpusSource) { reading = DocumentReading(source) }

  func next() throws(TextError) -> MadeDocuments? {
    try gate.pass { () throws(TextError) in
      guard let batch = try reading.next() else { return nil }
      return MadeDocuments(batch)
    }
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_corpus_view>) {
    try? gate.pass { () throws(TextError) in
      let stored = reading.storedBytes
      unsafe view.pointee = malmoi_corpus_view(
        documents: Int64(reading.documentCount), rejected_records: Int64(reading.rejects.count),
        replaced_utf8_sequences: Int64(reading.replacedSequences),
        stored_bytes: Int64(stored.read), total_stored_bytes: Int64(stored.total ?? -1))
    }
  }

  func rejects() throws(TextError) -> MadeBytes {
    try gate.pass { () throws(TextError) in
      var lines = ByteBuffer()
      var ends = GrowableBuffer<Int>()
      for reject in reading.rejects.first {
        lines.append(copying: reject.error.description.utf8.span)
        ends.append(lines.count)
      }
      return MadeBytes(lines, ends: ends)
    }
  }
}

/// The documents of a block.
final class MadeDocuments {
  private let batch: DocumentBatch
  private let path: CString
  private let offsets: GrowableBuffer<Int64>
  private let lines: GrowableBuffer<Int64>
  private let ids: ByteBuffer
  private let idOffsets: GrowableBuffer<Int64>

  init(_ batch: consuming DocumentBatch) {
    path = CString(batch.path)
    offsets = makeOffsets(batch.ends)
    var lines = GrowableBuffer<Int64>(capacity: batch.count)
    var ids = ByteBuffer()
    var idOffsets = GrowableBuffer<Int64>(capacity: batch.count + 1)
    idOffsets.append(0)
    for index in 0..<batch.count {
      lines.append(Int64(batch.lines[index]))
      ids.append(copying: batch.metadata(.id, of: index))
      idOffsets.append(Int64(ids.count))
    }
    self.lines = lines
    self.ids = ids
    self.idOffsets = idOffsets
    self.batch = batch
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_documents_view>) {
    unsafe view.pointee = malmoi_documents_view(
      path: path.pointer, text: batch.text.elements, offsets: offsets.elements,
      lines: lines.elements, ids: ids.elements, id_offsets: idOffsets.elements,
      count: Int64(lines.count))
  }
}

/// What a caller's word means, of the values that an option has.
private func value<Value: RawRepresentable & CaseIterable>(
  _ word: String?, _ usual: Value, _ what: String
) throws(TextError) -> Value where Value.RawValue == String {
  guard let word else { return usual }
  if let value = Value(rawValue: word) { return value }
  throw TextError(
    .invalidArgument, "there is no \(what) \"\(word)\"",
    remedy: "choose one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
}

@c @implementation
public func malmoi_corpus_open(
  _ paths: UnsafePointer<UnsafePointer<CChar>>, _ count: Int,
  _ given: UnsafePointer<malmoi_corpus_options>?, _ corpus: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let chosen = unsafe try options(given, malmoi_corpus_options())
    var reading = CorpusOptions()
    reading.format = try value(unsafe text(chosen.format), .auto, "input format")
    reading.field = unsafe text(chosen.field) ?? reading.field
    reading.documents = try value(unsafe text(chosen.documents), .line, "unit of documents")
    if let name = unsafe text(chosen.charset) {
      guard let charset = Charset(name: name) else {
        throw TextError(
          .invalidArgument, "there is no charset \"\(name)\"",
          remedy: "name utf-8, cp949, johab, iso-2022-kr, utf-16le or utf-16be")
      }
      reading.charset = charset
    }
    let inputs = try CorpusInputs.resolve((0..<count).map { unsafe text(paths[$0]) })
    let source = CorpusSource(
      inputs: inputs, options: reading, isStrict: unsafe chosen.is_strict != 0)
    unsafe corpus.pointee = Handle.make(OpenCorpus(source))
  }
}

@c @implementation
public func malmoi_corpus_next(
  _ corpus: OpaquePointer, _ documents: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let next = unsafe try Handle<OpenCorpus>.object(corpus).next()
    unsafe documents.pointee = next.map { unsafe Handle.make($0) }
  }
}

@c @implementation
public func malmoi_documents_get(
  _ documents: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_documents_view>
) { unsafe Handle<MadeDocuments>.object(documents).fill(view) }

@c @implementation
public func malmoi_documents_free(_ documents: OpaquePointer?) {
  unsafe Handle<MadeDocuments>.free(documents)
}

@c @implementation
public func malmoi_corpus_get(
  _ corpus: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_corpus_view>
) { unsafe Handle<OpenCorpus>.object(corpus).fill(view) }

@c @implementation
public func malmoi_corpus_rejects(
  _ corpus: OpaquePointer, _ bytes: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    unsafe bytes.pointee = Handle.make(try Handle<OpenCorpus>.object(corpus).rejects())
  }
}

@c @implementation
public func malmoi_corpus_free(_ corpus: OpaquePointer?) { unsafe Handle<OpenCorpus>.free(corpus) }

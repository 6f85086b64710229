// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import Pipeline
internal import TextCore
internal import TokenFiles
internal import Tokenization

/// The format that a caller names.
private func format(named name: String) throws(TextError) -> TokenFileFormat {
  if let format = TokenFileFormat(rawValue: name) { return format }
  throw TextError(
    .invalidArgument, "there is no format \"\(name)\"",
    remedy: "choose one of " + TokenFileFormat.allCases.map(\.rawValue).joined(separator: ", "))
}

// MARK: - Writing

/// A writer of token files, with its gate.
final class SetWriter {
  private let gate = Gate()
  private let writing: TokenWriting
  private var isFinished = false

  init(_ writing: TokenWriting) { self.writing = writing }

  func append(_ documents: borrowing SampleBatch) throws(TextError) {
    try gate.pass { () throws(TextError) in
      try checkUnfinished(isFinished, "set of token files")
      try writing.append(documents)
    }
  }

  func finish() throws(TextError) {
    try gate.pass { () throws(TextError) in
      try checkUnfinished(isFinished, "set of token files")
      // Also if it fails: its files are gone then.
      isFinished = true
      _ = try writing.finish()
    }
  }
}

@c @implementation
public func malmoi_token_writer_create(
  _ name: UnsafePointer<CChar>, _ path: UnsafePointer<CChar>,
  _ given: UnsafePointer<malmoi_token_writer_options>?,
  _ writer: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let chosen = unsafe try options(given, malmoi_token_writer_options())
    guard unsafe chosen.shard_tokens >= 0 else {
      throw TextError(
        .invalidArgument, "shards of \(unsafe chosen.shard_tokens) tokens",
        remedy: "ask for 1 or more, or 0 for one shard")
    }
    let tokenizer = unsafe chosen.tokenizer.map {
      unsafe Handle<LoadedTokenizer>.object($0).tokenizer
    }
    let writing = try TokenWriting(
      SinkOutput(format: try format(named: unsafe text(name)), path: unsafe text(path)),
      tokenizer: tokenizer, maximumID: unsafe chosen.maximum_id == 0 ? 0xFFFF : chosen.maximum_id,
      limits: ShardLimits(tokens: unsafe chosen.shard_tokens == 0 ? nil : Int(chosen.shard_tokens)),
      overwrites: unsafe chosen.overwrites != 0)
    unsafe writer.pointee = Handle.make(SetWriter(writing))
  }
}

@c @implementation
public func malmoi_token_writer_append(
  _ writer: OpaquePointer, _ documents: UnsafePointer<malmoi_id_lists>
) -> malmoi_status {
  status { () throws(TextError) in
    let given = unsafe try givenIDs(documents)
    unsafe try Handle<SetWriter>.object(writer).append(given)
  }
}

@c @implementation
public func malmoi_token_writer_finish(_ writer: OpaquePointer) -> malmoi_status {
  status { () throws(TextError) in unsafe try Handle<SetWriter>.object(writer).finish() }
}

@c @implementation
public func malmoi_token_writer_free(_ writer: OpaquePointer?) {
  unsafe Handle<SetWriter>.free(writer)
}

// MARK: - Reading

/// A reader of token files, with its gate.
final class SetReader {
  private let gate = Gate()
  private let reader: TokenFileReader
  private let format: CString
  private var documents: DocumentStream

  init(_ reader: TokenFileReader) {
    self.reader = reader
    format = CString(reader.format.rawValue)
    documents = DocumentStream(reader)
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_token_reader_view>) {
    unsafe view.pointee = malmoi_token_reader_view(
      format: format.pointer, document_count: Int64(reader.documentCount),
      token_count: Int64(reader.tokenCount), shard_count: Int64(reader.shards.count))
  }

  func next(tokenCount: Int) throws(TextError) -> MadeIDs {
    try gate.pass { () throws(TextError) in
      var read = EncodeTexts.Encoded(type: .uint32, room: tokenCount)
      var ids = TokenBuffer()
      while read.ids.count < tokenCount, try documents.next(into: &ids) { read.append(ids.span) }
      return MadeIDs(read)
    }
  }
}

@c @implementation
public func malmoi_token_reader_open(
  _ path: UnsafePointer<CChar>, _ name: UnsafePointer<CChar>?, _ end_of_document: Int64,
  _ reader: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    guard end_of_document >= -1, end_of_document <= Int64(UInt32.max) else {
      throw TextError(
        .invalidArgument, "\(end_of_document) is no id", remedy: "give an id, or -1 for none")
    }
    let opened = try TokenFileReader(
      unsafe text(path), format: try (unsafe text(name)).map(format(named:)),
      endOfDocument: end_of_document < 0 ? nil : UInt32(end_of_document))
    unsafe reader.pointee = Handle.make(SetReader(opened))
  }
}

@c @implementation
public func malmoi_token_reader_get(
  _ reader: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_token_reader_view>
) { unsafe Handle<SetReader>.object(reader).fill(view) }

@c @implementation
public func malmoi_token_reader_next(
  _ reader: OpaquePointer, _ token_count: Int64, _ ids: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    unsafe ids.pointee = Handle.make(
      try Handle<SetReader>.object(reader).next(tokenCount: Int(max(token_count, 1))))
  }
}

@c @implementation
public func malmoi_token_reader_free(_ reader: OpaquePointer?) {
  unsafe Handle<SetReader>.free(reader)
}

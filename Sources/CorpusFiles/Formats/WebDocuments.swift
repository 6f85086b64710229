// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Makes documents of web pages, alone or in the records of a web archive.
///
/// Of an archive, conversion records are documents as they are; responses and resources are if they
/// were delivered (HTTP status 200 to 299) as HTML or plain text.
struct WebDocuments: ~Copyable, Sendable {
  private let keepsMetadata: Bool
  private var page = ByteBuffer()
  private var title = ByteBuffer()
  private var body = ByteBuffer()

  init(_ options: CorpusOptions) { keepsMetadata = options.keepsMetadata }

  /// Appends the document of the HTML page `html`, in any charset.
  mutating func appendPage(_ html: Span<UInt8>, _ record: Record, to batch: inout DocumentBatch) {
    appendText(ofHTML: html, contentType: html.extracting(0..<0), to: &batch)
    if keepsMetadata { batch.setMetadata(.title, title.span) }
    batch.endDocument(line: record.line, byteOffset: record.byteOffset)
  }

  /// Appends the document of a record of an archive, if it is one.
  mutating func appendRecord(
    _ bytes: Span<UInt8>, _ record: Record, to batch: inout DocumentBatch
  ) {
    guard let (end, isBlank) = WARCHeader.border(bytes), isBlank,
      let header = WARCHeader(bytes.extracting(0..<end))
    else { return batch.reject(record, "not the header of a WARC record") }
    title.removeAll()
    let content = bytes.extracting(end..<bytes.count)
    switch header.kind {
    case .conversion:
      batch.replacedSequences += appendReplacingIllFormed(content, to: &batch.text)
    case .resource:
      let type = bytes.extracting(header.contentType ?? 0..<0)
      guard appendText(content, contentType: type, to: &batch) else { return }
    case .response:
      guard let response = HTTPResponse(content) else {
        return batch.reject(record, "not an HTTP response")
      }
      guard response.isDelivered else { return }
      if let coding = response.contentCoding {
        return batch.reject(record, "a page compressed by \(coding) inside its record")
      }
      body.removeAll()
      response.appendBody(of: content, to: &body)
      var text = ByteBuffer()
      swap(&text, &body)
      let type = content.extracting(response.contentType ?? 0..<0)
      let isText = appendText(text.span, contentType: type, to: &batch)
      swap(&text, &body)
      guard isText else { return }
    case .other: return
    }
    if keepsMetadata {
      setField(.id, bytes, header.recordID, in: &batch)
      batch.setMetadata(.title, title.span)
      setField(.source, bytes, header.target, in: &batch)
      setField(.date, bytes, header.date, in: &batch)
    }
    batch.endDocument(line: record.line, byteOffset: record.byteOffset)
  }

  /// Takes the field at `range` of a header, which is ASCII where writers keep to the rules.
  private func setField(
    _ field: MetadataField, _ header: Span<UInt8>, _ range: Range<Int>?,
    in batch: inout DocumentBatch
  ) {
    batch.setMetadata(field) { output in
      _ = appendReplacingIllFormed(header.extracting(range ?? 0..<0), to: &output)
    }
  }

  /// Appends the text of a page that came as `contentType`; false if that is none.
  private mutating func appendText(
    _ content: Span<UInt8>, contentType: Span<UInt8>, to batch: inout DocumentBatch
  ) -> Bool {
    switch PageKind(contentType: contentType, content) {
    case .html: appendText(ofHTML: content, contentType: contentType, to: &batch)
    case .plain:
      batch.replacedSequences += appendPageInUTF8(
        content, contentType: contentType, to: &batch.text)
    case .other: return false
    }
    return true
  }

  private mutating func appendText(
    ofHTML html: Span<UInt8>, contentType: Span<UInt8>, to batch: inout DocumentBatch
  ) {
    page.removeAll()
    title.removeAll()
    batch.replacedSequences += appendPageInUTF8(html, contentType: contentType, to: &page)
    appendPageText(page, to: &batch.text, title: &title)
  }
}

/// What a page is, by its content type, else by how it begins.
private enum PageKind {
  case html, plain, other

  init(contentType: Span<UInt8>, _ content: Span<UInt8>) {
    var end = 0
    while end < contentType.count, contentType[end] != UInt8(ascii: ";"),
      !isBlankByte(contentType[end])
    {
      end += 1
    }
    if equalsIgnoringCase(contentType, 0..<end, "text/html")
      || equalsIgnoringCase(contentType, 0..<end, "application/xhtml+xml")
    {
      self = .html
    } else if equalsIgnoringCase(contentType, 0..<end, "text/plain") {
      self = .plain
    } else {
      self = end == 0 && looksLikeHTML(content) ? .html : .other
    }
  }
}

/// Whether `content` begins with what pages begin with.
func looksLikeHTML(_ content: Span<UInt8>) -> Bool {
  var start = matches(content, at: 0, "\u{FEFF}") ? 3 : 0
  while start < content.count, isBlankByte(content[start]) { start += 1 }
  for mark in ["<!doctype html", "<html", "<head", "<body"]
  where content.count - start >= mark.utf8.count {
    if equalsIgnoringCase(content, start..<start + mark.utf8.count, mark) { return true }
  }
  return false
}

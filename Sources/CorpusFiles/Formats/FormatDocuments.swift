// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The parallel half of every format but the plainest: records become documents with metadata.
///
/// A worker has one, and makes the parts that its files need when it meets them.
struct FormatDocuments: ~Copyable, Sendable {
  private let options: CorpusOptions
  private var conversations: ConversationDocuments?
  private var json: JSONDocuments?
  private var jsonFormat = RecordFormat.json
  private var separated: SeparatedDocuments?
  private var wikipedia: WikipediaDocuments?
  private var pages: WebDocuments?

  init(_ options: CorpusOptions) { self.options = options }

  /// Appends the documents of the record at `range` of `text`, and its rejects.
  ///
  /// - Returns: What is wrong with the record's JSON, if that is why there is no document.
  mutating func append(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ record: Record, format: RecordFormat,
    header: [UInt8], to batch: inout DocumentBatch
  ) -> String? {
    if let roles = options.chatRoles {
      var maker = conversations.take() ?? ConversationDocuments(roles: roles, options)
      let message = maker.append(text, range, record, to: &batch)
      conversations = consume maker
      return message
    }
    switch format {
    case .json, .jsonl, .modu, .aihub:
      var maker: JSONDocuments
      if jsonFormat == format, let made = json.take() {
        maker = made
      } else {
        maker = JSONDocuments(format, options)
        jsonFormat = format
      }
      let message = maker.append(text, range, record, to: &batch)
      json = consume maker
      return message
    case .csv, .tsv:
      var maker: SeparatedDocuments
      if let made = separated.take(), made.isFor(format, header) {
        maker = made
      } else {
        maker = SeparatedDocuments(format, header, options)
      }
      maker.append(text.span.extracting(range), record, to: &batch)
      separated = consume maker
    case .wikipedia:
      var maker = wikipedia.take() ?? WikipediaDocuments(options)
      maker.append(text.span.extracting(range), record, to: &batch)
      wikipedia = consume maker
    case .warc, .html:
      var maker = pages.take() ?? WebDocuments(options)
      if format == .warc {
        maker.appendRecord(text.span.extracting(range), record, to: &batch)
      } else {
        maker.appendPage(text.span.extracting(range), record, to: &batch)
      }
      pages = consume maker
    case .subtitle: appendSubtitles(text.span.extracting(range), record, to: &batch)
    case .text: preconditionFailure("plain text is no format of records")
    }
    return nil
  }
}

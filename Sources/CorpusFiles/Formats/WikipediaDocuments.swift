// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Makes documents of the pages of a MediaWiki dump: articles (namespace 0) that are no redirects.
///
/// Of a page with several revisions the last is taken.
struct WikipediaDocuments: ~Copyable, Sendable {
  private let keepsMetadata: Bool
  private var source = ByteBuffer()
  private var reducer = WikitextReducer()

  init(_ options: CorpusOptions) { keepsMetadata = options.keepsMetadata }

  /// Appends the document of the page `xml`, from `<page>` to `</page>`.
  mutating func append(_ xml: Span<UInt8>, _ record: Record, to batch: inout DocumentBatch) {
    let page = PageElements(xml)
    guard let namespace = page.namespace else { return batch.reject(record, "a page without <ns>") }
    guard xml.extracting(namespace).elementsEqual("0".utf8.span), !page.isRedirect,
      page.isWikitext
    else { return }
    guard let text = page.text else { return batch.reject(record, "a page without <text>") }
    source.removeAll()
    appendDecodingEntities(xml.extracting(text), to: &source)
    reducer.append(source, to: &batch.text)
    if keepsMetadata {
      batch.setMetadata(.id, xml.extracting(page.id ?? 0..<0))
      batch.setMetadata(.title) { output in
        appendDecodingEntities(xml.extracting(page.title ?? 0..<0), to: &output)
      }
      batch.setMetadata(.date, xml.extracting(page.timestamp ?? 0..<0))
    }
    batch.endDocument(line: record.line, byteOffset: record.byteOffset)
  }
}

/// Where the parts of a page stand in its XML.
private struct PageElements {
  private(set) var title: Range<Int>?
  private(set) var namespace: Range<Int>?
  private(set) var id: Range<Int>?
  private(set) var timestamp: Range<Int>?
  private(set) var text: Range<Int>?
  private(set) var isRedirect = false
  private(set) var isWikitext = true

  init(_ xml: Span<UInt8>) {
    var offset = 0
    while true {
      offset = firstOffset(of: UInt8(ascii: "<"), in: xml, from: offset)
      guard offset < xml.count else { return }
      guard let tag = Tag(xml, at: offset), !tag.isClosing else {
        offset += 1
        continue
      }
      offset = tag.end
      // What is in an element ends at the next tag, for text is escaped.
      let content = tag.end..<firstOffset(of: UInt8(ascii: "<"), in: xml, from: tag.end)
      if tag.isNamed("title", xml) {
        title = content
      } else if tag.isNamed("ns", xml) {
        namespace = content
      } else if tag.isNamed("id", xml) {
        // The page's own comes first; then those of revisions and authors.
        id = id ?? content
      } else if tag.isNamed("redirect", xml) {
        isRedirect = true
      } else if tag.isNamed("timestamp", xml) {
        timestamp = content
      } else if tag.isNamed("model", xml) {
        isWikitext = equalsIgnoringCase(xml, content, "wikitext")
      } else if tag.isNamed("text", xml) {
        text = tag.isSelfClosing ? tag.end..<tag.end : content
        offset = content.upperBound
      }
    }
  }
}

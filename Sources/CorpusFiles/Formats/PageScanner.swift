// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Finds the pages of a MediaWiki XML dump: what stands from `<page>` to `</page>`.
///
/// Text inside pages is escaped, so neither tag can stand in it. What stands between pages (the
/// site's description) holds no documents.
struct PageScanner: RecordScanning {
  private static let openingTag = "<page>"
  private static let closingTag = "</page>"

  mutating func scan(_ bytes: Span<UInt8>, isEnd: Bool, _ finds: inout RecordFinds) {
    var offset = finds.position
    while true {
      offset = firstOffset(of: UInt8(ascii: "<"), in: bytes, from: offset)
      // A tag that may go on in the next piece waits for it.
      guard bytes.count - offset >= Self.closingTag.utf8.count || isEnd && offset < bytes.count
      else { break }
      if finds.openStart == nil, matches(bytes, at: offset, Self.openingTag) {
        finds.openStart = offset
        offset += Self.openingTag.utf8.count
      } else if finds.openStart != nil, matches(bytes, at: offset, Self.closingTag) {
        offset += Self.closingTag.utf8.count
        finds.close(at: offset)
      } else {
        offset += 1
      }
    }
    finds.position = offset
    if isEnd { finds.fail("a page is opened, but never closed") }
  }
}

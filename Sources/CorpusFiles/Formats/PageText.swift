// SPDX-License-Identifier: Apache-2.0

internal import CXML
internal import TextCore

/// Appends the visible text of the HTML page `html`, in UTF-8, to `text`, and its title to `title`.
///
/// - Complexity: O(n); memory about ten times the page.
func appendPageText(
  _ html: borrowing ByteBuffer, to text: inout ByteBuffer, title: inout ByteBuffer
) {
  var found = unsafe cxml_text()
  var heading = unsafe cxml_text()
  let isDone = unsafe html.span.withUnsafeBufferPointer {
    unsafe cxml_page_text($0.baseAddress, $0.count, &found, &heading)
  }
  precondition(isDone, "no memory for a web page")
  unsafe append(&found, to: &text)
  unsafe append(&heading, to: &title)
}

/// Appends the UTF-8 of `bytes`, which are in the charset that iconv calls `charset`, to `output`.
///
/// - Returns: How many U+FFFD stand for bytes without a meaning; nil for an unknown charset.
func appendTranscoded(
  _ bytes: Span<UInt8>, from charset: String, to output: inout ByteBuffer
) -> Int? {
  var found = unsafe cxml_text()
  let replaced = unsafe bytes.withUnsafeBufferPointer { source in
    unsafe charset.withCString { name in
      unsafe cxml_transcode(name, source.baseAddress, source.count, &found)
    }
  }
  unsafe append(&found, to: &output)
  return replaced < 0 ? nil : Int(replaced)
}

/// Appends what the shim gave and gives it back.
private func append(_ text: inout cxml_text, to output: inout ByteBuffer) {
  // Safe: the shim's text is `count` bytes that live until they are freed here.
  if let bytes = unsafe text.bytes {
    unsafe output.append(copying: Span(_unsafeStart: bytes, count: text.count))
  }
  unsafe cxml_free(&text)
}

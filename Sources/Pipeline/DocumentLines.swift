// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Appends one JSON line with `fields` and the text; bytes that are not UTF-8 become U+FFFD, which
/// JSON requires.
func appendDocumentLine(
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

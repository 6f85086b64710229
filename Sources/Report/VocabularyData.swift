// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A vocabulary as the page's script reads it: JSON of three columns, by id.
///
/// Tokens that are not whole characters are arrays with their bytes in hexadecimal, ids without a token
/// 0. 200,000 tokens take some 3 MB.
struct VocabularyData {
  var index: Int
  var name: SeriesName
  var json: String

  init(_ index: Int, _ name: SeriesName, _ rows: VocabularyRows) {
    self.index = index
    self.name = name
    var output = ByteBuffer(capacity: rows.count * 16)
    output.append("{\"tokens\":[")
    for id in 0..<rows.count {
      if id > 0 { output.append(",") }
      Self.append(Array(rows.token(id)), rows.kinds[id], to: &output)
    }
    output.append("],\"counts\":[")
    for (id, count) in rows.counts.enumerated() {
      if id > 0 { output.append(",") }
      output.append(String(count))
    }
    output.append("],\"kinds\":\"")
    for kind in rows.kinds { output.append(UInt8(ascii: "a") + kind.rawValue) }
    output.append("\"}")
    json = inScript(output.span)
  }

  private static func append(
    _ token: [UInt8], _ kind: VocabularyRows.Kind, to output: inout ByteBuffer
  ) {
    if kind == .none {
      output.append("0")
    } else if isWellFormedUTF8(token.span) {
      appendJSONString(token.span, to: &output)
    } else {
      output.append("[\"")
      for byte in token {
        if byte < 16 { output.append("0") }
        output.append(String(byte, radix: 16, uppercase: true))
      }
      output.append("\"]")
    }
  }
}

/// `json` as it may stand in an element of script: without any `<`, so that nothing in it ends the element.
///
/// The character stands in strings alone, where its escape means the same.
func inScript(_ json: Span<UInt8>) -> String {
  var output = ByteBuffer(capacity: json.count + 64)
  var copied = 0
  for index in json.indices where json[index] == UInt8(ascii: "<") {
    output.append(copying: json.extracting(copied..<index))
    output.append("\\u003c")
    copied = index + 1
  }
  output.append(copying: json.extracting(copied..<json.count))
  return output.makeString()
}

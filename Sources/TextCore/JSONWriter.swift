// SPDX-License-Identifier: Apache-2.0

/// A JSON value to be written; objects keep the order of their fields.
package indirect enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  package static func == (left: JSON, right: JSON) -> Bool {
    left.serialized(indent: nil).makeArray() == right.serialized(indent: nil).makeArray()
  }

  /// The value as UTF-8 text: with `indent` spaces a level and a line for each field, or, without,
  /// on one line.
  package func serialized(indent: Int? = 2) -> ByteBuffer {
    var output = ByteBuffer(capacity: 1024)
    write(to: &output, indent: indent, level: 0)
    return output
  }

  private func write(to output: inout ByteBuffer, indent: Int?, level: Int) {
    switch self {
    case .null: output.append("null")
    case .bool(let value): output.append(value ? "true" : "false")
    case .integer(let value): output.append(String(value))
    case .double(let value): output.append(value.isFinite ? "\(value)" : "null")
    case .string(let value): appendJSONString(value.utf8.span, to: &output)
    case .array(let items):
      Self.writeList("[", "]", items.count, to: &output, indent, level) { index, output in
        items[index].write(to: &output, indent: indent, level: level + 1)
      }
    case .object(let fields):
      Self.writeList("{", "}", fields.count, to: &output, indent, level) { index, output in
        appendJSONString(fields[index].0.utf8.span, to: &output)
        output.append(indent == nil ? ":" : ": ")
        fields[index].1.write(to: &output, indent: indent, level: level + 1)
      }
    }
  }

  private static func writeList(
    _ open: String, _ close: String, _ count: Int, to output: inout ByteBuffer,
    _ indent: Int?, _ level: Int, _ item: (Int, inout ByteBuffer) -> Void
  ) {
    func breakLine(_ level: Int, _ output: inout ByteBuffer) {
      guard let indent else { return }
      output.append("\n")
      output.append(repeating: UInt8(ascii: " "), count: indent * level)
    }
    output.append(open)
    for index in 0..<count {
      if index > 0 { output.append(",") }
      breakLine(level + 1, &output)
      item(index, &output)
    }
    if count > 0 { breakLine(level, &output) }
    output.append(close)
  }
}

/// Appends well-formed UTF-8 `text` as a JSON string, quotes included (RFC 8259, section 7).
package func appendJSONString(_ text: Span<UInt8>, to output: inout ByteBuffer) {
  let digits: StaticString = "0123456789abcdef"
  func digit(_ value: UInt8) -> UInt8 { unsafe digits.utf8Start[Int(value)] }
  output.append(UInt8(ascii: "\""))
  var copied = 0
  for index in text.indices {
    let byte = text[index]
    let escape: UInt8
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): escape = byte
    case 0x0A: escape = UInt8(ascii: "n")
    case 0x0D: escape = UInt8(ascii: "r")
    case 0x09: escape = UInt8(ascii: "t")
    case ..<0x20: escape = UInt8(ascii: "u")
    default: continue
    }
    output.append(copying: text.extracting(copied..<index))
    output.append(UInt8(ascii: "\\"))
    output.append(escape)
    if escape == UInt8(ascii: "u") && byte < 0x20 {
      output.append("00")
      output.append(digit(byte >> 4))
      output.append(digit(byte & 15))
    }
    copied = index + 1
  }
  output.append(copying: text.extracting(copied..<text.count))
  output.append(UInt8(ascii: "\""))
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension JSON {
  /// The value as Python's `json.dumps(value, indent=4)` writes it: ASCII alone.
  func pythonText() -> ByteBuffer {
    let text = serialized(indent: 4)
    var output = ByteBuffer(capacity: text.count)
    var scalars = text.makeString().unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      switch scalar {
      case "\\": Self.appendEscape(&scalars, to: &output)
      case " "..."~", "\n": output.append(UInt8(scalar.value))
      // Outside strings there is nothing but ASCII.
      default: for unit in UTF16.encode(scalar) ?? .init() { append(escaped: unit, to: &output) }
      }
    }
    return output
  }

  /// Appends the escape whose backslash was read: Python has short ones for two more characters.
  private static func appendEscape(
    _ scalars: inout String.UnicodeScalarView.Iterator, to output: inout ByteBuffer
  ) {
    guard let kind = scalars.next() else { return }
    var escape = String(kind)
    if kind == "u" {
      for _ in 0..<4 { if let digit = scalars.next() { escape.unicodeScalars.append(digit) } }
    }
    switch escape {
    case "u0008": escape = "b"
    case "u000c": escape = "f"
    default: break
    }
    output.append("\\" + escape)
  }

  private func append(escaped unit: UInt16, to output: inout ByteBuffer) {
    let digits = String(unit, radix: 16)
    output.append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
  }
}

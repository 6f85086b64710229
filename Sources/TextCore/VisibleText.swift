// SPDX-License-Identifier: Apache-2.0

/// A token as a person can read it: a space is ␣, a control character its escape, and bytes that are
/// not whole characters stand in hexadecimal.
///
/// What would command a terminal or turn the direction of text is an escape too.
package func visible(_ bytes: [UInt8]) -> String {
  guard isWellFormedUTF8(bytes.span) else {
    return "<" + bytes.map { hexadecimal($0) }.joined(separator: " ") + ">"
  }
  return visible(String(decoding: bytes, as: UTF8.self), space: "␣")
}

/// `text` with its control characters as escapes, and `space` for each space.
package func visible(_ text: String, space: String = " ") -> String {
  text.unicodeScalars.map { scalar in
    switch scalar.value {
    case 0x20: space
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x09: "\\t"
    case 0..<0x20, 0x7F...0x9F: "\\x" + hexadecimal(UInt8(scalar.value))
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
      "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    default: String(scalar)
    }
  }.joined()
}

private func hexadecimal(_ byte: UInt8) -> String {
  let text = String(byte, radix: 16, uppercase: true)
  return text.count == 1 ? "0" + text : text
}

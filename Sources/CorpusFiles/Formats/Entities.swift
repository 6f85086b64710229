// SPDX-License-Identifier: Apache-2.0

internal import CXML
internal import TextCore

/// Appends the character that the reference at `offset` of `bytes` stands for: `&#44032;`, `&#xAC00;`,
/// `&amp;` and the other names of HTML 4.
///
/// - Returns: How many bytes the reference takes; 0 if there is none, and nothing is appended.
func appendEntity(
  _ bytes: Span<UInt8>, at offset: Int, to output: inout ByteBuffer
) -> Int {
  let maximumLength = 32
  var end = offset + 1
  while end < bytes.count, end - offset < maximumLength, bytes[end] != UInt8(ascii: ";") {
    end += 1
  }
  guard end < bytes.count, bytes[end] == UInt8(ascii: ";"), end > offset + 1 else { return 0 }
  guard let value = entityValue(bytes.extracting(offset + 1..<end)) else { return 0 }
  appendUTF8(value, to: &output)
  return end + 1 - offset
}

/// The code point of the reference `name`, which stands between `&` and `;`.
private func entityValue(_ name: Span<UInt8>) -> UInt32? {
  if name[0] == UInt8(ascii: "#") {
    let isHexadecimal = name.count > 1 && lowercased(name[1]) == UInt8(ascii: "x")
    var value: UInt32 = 0
    let digits = isHexadecimal ? 2..<name.count : 1..<name.count
    guard !digits.isEmpty, digits.count <= 8 else { return nil }
    for index in digits {
      guard let digit = hexadecimalValue(name[index]), isHexadecimal || digit < 10 else {
        return nil
      }
      value = value &* (isHexadecimal ? 16 : 10) &+ UInt32(digit)
    }
    // NUL and what is no character stay as they are spelled.
    return value == 0 || Unicode.Scalar(value) == nil ? nil : value
  }
  var terminated = name.makeArray()
  terminated.append(0)
  let value = unsafe terminated.withUnsafeBufferPointer {
    unsafe cxml_entity($0.baseAddress)
  }
  return value == 0 ? nil : value
}

/// Appends `bytes` with their character references replaced by what they stand for.
func appendDecodingEntities(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
  var offset = 0
  while offset < bytes.count {
    let mark = firstOffset(of: UInt8(ascii: "&"), in: bytes, from: offset)
    output.append(copying: bytes.extracting(offset..<mark))
    offset = mark
    guard mark < bytes.count else { return }
    let length = appendEntity(bytes, at: mark, to: &output)
    if length == 0 { output.append(bytes[mark]) }
    offset += max(length, 1)
  }
}

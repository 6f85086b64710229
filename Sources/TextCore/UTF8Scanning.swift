// SPDX-License-Identifier: Apache-2.0

internal import CSimdJSON

/// One step of decoding UTF-8.
@frozen
public struct DecodedScalar: Equatable, Sendable {
  /// The code point; U+FFFD where the bytes are ill-formed.
  public var value: UInt32
  /// How many bytes it takes: of ill-formed bytes, the maximal subpart that Unicode replaces by
  /// one U+FFFD (The Unicode Standard, section 3.9).
  public var byteCount: Int
  /// Whether the bytes are UTF-8.
  public var isWellFormed: Bool

  /// The step that the arguments describe.
  @inlinable
  public init(value: UInt32, byteCount: Int, isWellFormed: Bool) {
    self.value = value
    self.byteCount = byteCount
    self.isWellFormed = isWellFormed
  }
}

/// Decodes the code point that starts at `offset` of `bytes`; `offset` must be in range.
///
/// - Complexity: O(1).
@inlinable
public func decodeUTF8(_ bytes: Span<UInt8>, at offset: Int) -> DecodedScalar {
  let first = bytes[offset]
  if first < 0x80 { return DecodedScalar(value: UInt32(first), byteCount: 1, isWellFormed: true) }
  // The second byte's range excludes overlong forms, surrogates and values over U+10FFFF.
  let length: Int
  var low: UInt8 = 0x80
  var high: UInt8 = 0xBF
  switch first {
  case 0xC2...0xDF: length = 2
  case 0xE0: (length, low) = (3, 0xA0)
  case 0xED: (length, high) = (3, 0x9F)
  case 0xE1...0xEF: length = 3
  case 0xF0: (length, low) = (4, 0x90)
  case 0xF1...0xF3: length = 4
  case 0xF4: (length, high) = (4, 0x8F)
  default: return DecodedScalar(value: 0xFFFD, byteCount: 1, isWellFormed: false)
  }
  var value = UInt32(first) & (0x7F >> UInt32(length))
  for step in 1..<length {
    guard offset + step < bytes.count, case let byte = bytes[offset + step], low...high ~= byte
    else { return DecodedScalar(value: 0xFFFD, byteCount: step, isWellFormed: false) }
    value = value << 6 | UInt32(byte & 0x3F)
    (low, high) = (0x80, 0xBF)
  }
  return DecodedScalar(value: value, byteCount: length, isWellFormed: true)
}

/// Whether `bytes` are well-formed UTF-8, by simdjson.
///
/// - Complexity: O(n), several GB/s.
package func isWellFormedUTF8(_ bytes: Span<UInt8>) -> Bool {
  unsafe bytes.withUnsafeBufferPointer { unsafe csj_is_utf8($0.baseAddress, $0.count) }
}

/// The offset of the first ill-formed byte of `bytes`, or nil.
///
/// - Complexity: O(n).
package func firstIllFormedByte(_ bytes: Span<UInt8>) -> Int? {
  if isWellFormedUTF8(bytes) { return nil }
  var offset = 0
  while offset < bytes.count {
    let scalar = decodeUTF8(bytes, at: offset)
    if !scalar.isWellFormed { return offset }
    offset += scalar.byteCount
  }
  return nil
}

/// Appends `bytes` to `output` with each maximal ill-formed subpart replaced by U+FFFD, as
/// Python's `errors="replace"` does; returns the number of replacements.
///
/// - Complexity: O(n).
package func appendReplacingIllFormed(
  _ bytes: Span<UInt8>, to output: inout ByteBuffer
) -> Int {
  var replaced = 0
  var offset = 0
  var copied = 0
  while offset < bytes.count {
    let scalar = decodeUTF8(bytes, at: offset)
    if !scalar.isWellFormed {
      output.append(copying: bytes.extracting(copied..<offset))
      output.append("\u{FFFD}")
      copied = offset + scalar.byteCount
      replaced += 1
    }
    offset += scalar.byteCount
  }
  output.append(copying: bytes.extracting(copied..<bytes.count))
  return replaced
}

/// Appends the UTF-8 of the code point `value` to `output`; `value` must not be a surrogate.
package func appendUTF8(_ value: UInt32, to output: inout ByteBuffer) {
  func trail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (value >> shift) & 0x3F) }
  switch value {
  case ..<0x80:
    output.append(UInt8(value))
  case ..<0x800:
    output.append(UInt8(0xC0 | value >> 6))
    output.append(trail(0))
  case ..<0x1_0000:
    output.append(UInt8(0xE0 | value >> 12))
    output.append(trail(6))
    output.append(trail(0))
  default:
    output.append(UInt8(0xF0 | value >> 18))
    output.append(trail(12))
    output.append(trail(6))
    output.append(trail(0))
  }
}

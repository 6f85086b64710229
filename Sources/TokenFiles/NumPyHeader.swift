// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The header of a `.npy` file, as `numpy.save` writes it since NumPy 1.23.
///
/// Version 1.0 (NEP 1): magic, version, u16 length of the rest, a Python dictionary, spaces up to a
/// border of 64 bytes, a line feed. NumPy leaves room for the first number of the shape to grow to 21
/// digits, so that the header of an array of one dimension is as long for any count.
package struct NumPyHeader: Sendable, Equatable {
  /// Little-endian integers, by their type string.
  package enum Kind: String, Sendable, CaseIterable {
    case uint16 = "<u2"
    case int32 = "<i4"
    case uint32 = "<u4"
    case int64 = "<i8"
    case uint64 = "<u8"
  }

  /// Bytes of the header of an array of one dimension.
  package static let byteCount = 128
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]

  package var kind: Kind
  package var shape: [Int]
  /// The length of the first dimension.
  package var count: Int { shape[0] }

  /// The header of an array of one dimension.
  package init(_ kind: Kind, count: Int) { self.init(kind, shape: [count]) }

  /// The header of an array of one dimension or more.
  package init(_ kind: Kind, shape: [Int]) {
    self.kind = kind
    self.shape = shape
  }

  /// The kind of ids of `type`.
  package init(of type: TokenType, count: Int) {
    let kind: Kind =
      switch type {
      case .uint16: .uint16
      case .int32: .int32
      case .uint32: .uint32
      case .int64: .int64
      }
    self.init(kind, count: count)
  }

  /// The bytes of the header: ``byteCount`` of them for one dimension.
  package var bytes: [UInt8] {
    let numbers = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text =
      "{'descr': '\(kind.rawValue)', 'fortran_order': False, 'shape': (\(numbers)), }"
      + String(repeating: " ", count: max(0, 21 - String(count).utf8.count))
    // Magic, version and length take 10 bytes, the line feed one.
    let padding = 64 - (11 + text.utf8.count) % 64
    let length = text.utf8.count + padding + 1
    return Self.magic + [UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
      + [UInt8](repeating: UInt8(ascii: " "), count: padding) + [0x0A]
  }

  /// Reads the header of the file at `path`, of one dimension, which must be one that ``bytes`` makes.
  ///
  /// - Throws: `readFailed`; `damagedArtefact`.
  package init(path: String) throws(TextError) {
    var section = try FileSection(path, 0..<Self.byteCount)
    var bytes = ByteBuffer()
    try section.append(bytes: Self.byteCount, to: &bytes)
    let text = String(decodingUTF8: bytes.span.extracting(10..<Self.byteCount))
    let parts = text.split(separator: "'", omittingEmptySubsequences: false)
    let shape = text.split(separator: "(").last?.split(separator: ",").first
    guard parts.count > 3, let kind = Kind(rawValue: String(parts[3])),
      let count = shape.flatMap({ Int($0) }), count >= 0, String(count).utf8.count <= 21
    else { throw .damaged(path, byte: 0, "not a NumPy array of ids of one dimension") }
    self.init(kind, count: count)
    guard bytes.makeArray() == self.bytes else {
      throw .damaged(path, byte: 0, "not the NumPy header that its type and count make")
    }
  }
}

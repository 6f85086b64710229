// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The header of a `.npy` file of one dimension, as `numpy.save` writes it since NumPy 1.23.
///
/// Version 1.0 (NEP 1): magic, version, u16 length of the rest, a Python dictionary, spaces up to a
/// border of 64 bytes, a line feed. NumPy leaves room for the count to grow to 21 digits, so that a
/// header is as long for any count.
package struct NumPyHeader: Sendable, Equatable {
  /// Little-endian integers, by their type string.
  package enum Kind: String, Sendable, CaseIterable {
    case uint16 = "<u2"
    case int32 = "<i4"
    case uint32 = "<u4"
    case int64 = "<i8"
    case uint64 = "<u8"
  }

  package static let byteCount = 128
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]

  package var kind: Kind
  package var count: Int

  package init(_ kind: Kind, count: Int) {
    self.kind = kind
    self.count = count
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

  /// The ``byteCount`` bytes of the header.
  package var bytes: [UInt8] {
    let digits = String(count)
    let text =
      "{'descr': '\(kind.rawValue)', 'fortran_order': False, 'shape': (\(digits),), }"
      + String(repeating: " ", count: 21 - digits.utf8.count)
    var bytes = Self.magic + [UInt8(Self.byteCount - 10), 0] + Array(text.utf8)
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: Self.byteCount - 1 - bytes.count)
    return bytes + [0x0A]
  }

  /// Reads the header of the file at `path`, which must be one that ``bytes`` makes.
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

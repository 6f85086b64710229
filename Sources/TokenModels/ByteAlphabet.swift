// SPDX-License-Identifier: Apache-2.0

/// The 256 printable characters by which byte-level vocabularies spell bytes in text files
/// (GPT-2's `bytes_to_unicode`): 33–126, 161–172 and 174–255 stand for themselves, the other 68
/// bytes, in order, are U+0100 and on.
package enum ByteAlphabet {
  /// The code point of each byte.
  package static let codePoints: [UInt32] = {
    var next: UInt32 = 0x100
    return (0..<256).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return UInt32(byte)
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The bytes in the order of their characters: the order in which trainers give them ids.
  package static let bytesInOrder: [UInt8] =
    (0..<256).sorted { codePoints[$0] < codePoints[$1] }.map { UInt8($0) }

  private static let bytesOfCodePoints: [UInt32: UInt8] =
    Dictionary(uniqueKeysWithValues: codePoints.enumerated().map { ($1, UInt8($0)) })

  /// How `bytes` are spelled.
  package static func spelling(of bytes: some Sequence<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    for byte in bytes {
      if let scalar = Unicode.Scalar(codePoints[Int(byte)]) { scalars.append(scalar) }
    }
    return String(scalars)
  }

  /// The bytes that `text` spells, or nil if a character is not in the alphabet.
  package static func bytes(spelledBy text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = bytesOfCodePoints[scalar.value] else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

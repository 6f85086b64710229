// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How a stream of bytes is compressed; known by its first bytes, whatever its name.
enum Codec: Sendable {
  case zstd, gzip, bzip2, xz, lz4

  /// Enough bytes to know every codec by.
  static let magicBytes = 10

  private static let magics: [(bytes: [UInt8], codec: Codec)] = [
    ([0x1F, 0x8B, 0x08], .gzip),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
    ([0x04, 0x22, 0x4D, 0x18], .lz4),
  ]

  /// The codec of a stream that begins with `bytes`; nil if it has none.
  init?(magicOf bytes: Span<UInt8>) {
    if ZstdDecoder.recognises(bytes) {
      self = .zstd
    } else if Self.isBzip2(bytes) {
      self = .bzip2
    } else if let known = Self.magics.first(where: { bytes.begins(with: $0.bytes) }) {
      self = known.codec
    } else {
      return nil
    }
  }

  /// "BZh", the size of the blocks, and the mark of a block or of the end: text may begin "BZh9".
  private static func isBzip2(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 10, bytes.begins(with: Array("BZh".utf8)), 0x31...0x39 ~= bytes[3]
    else { return false }
    let mark = bytes.extracting(4..<10)
    return mark.begins(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
      || mark.begins(with: [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
  }
}

/// An archive of files; known by its first bytes.
enum Container: Sendable {
  case zip, tar, sevenZip

  /// Enough bytes to know every container by: a block of a tar archive.
  static let headerBytes = 512

  private static let magics: [(bytes: [UInt8], container: Container)] = [
    ([0x50, 0x4B, 0x03, 0x04], .zip),
    // An archive without members, and one that is cut into volumes of which this is the only one.
    ([0x50, 0x4B, 0x05, 0x06], .zip),
    ([0x50, 0x4B, 0x07, 0x08, 0x50, 0x4B, 0x03, 0x04], .zip),
    ([0x50, 0x4B, 0x30, 0x30, 0x50, 0x4B, 0x03, 0x04], .zip),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip),
  ]

  /// The container that begins with `bytes`, decompressed; nil if they are no container.
  init?(magicOf bytes: Span<UInt8>) {
    if let known = Self.magics.first(where: { bytes.begins(with: $0.bytes) }) {
      self = known.container
    } else if Self.isTar(bytes) {
      self = .tar
    } else {
      return nil
    }
  }

  /// Whether the checksum of a tar header holds (POSIX.1-2017, pax, "ustar Interchange Format"): the
  /// sum of its bytes, with its own field as spaces.
  private static func isTar(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= headerBytes, bytes[0] != 0 else { return false }
    let field = 148..<156
    var sum = 0
    for offset in 0..<headerBytes { sum += field.contains(offset) ? 0x20 : Int(bytes[offset]) }
    var stored = 0
    var hasDigit = false
    for offset in field {
      switch bytes[offset] {
      case 0x30...0x37:
        stored = stored << 3 | Int(bytes[offset] & 7)
        hasDigit = true
      case 0x20 where !hasDigit: break
      case 0x00, 0x20: return hasDigit && stored == sum
      default: return false
      }
    }
    return hasDigit && stored == sum
  }
}

extension Span where Element == UInt8 {
  func begins(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && extracting(0..<prefix.count).elementsEqual(prefix.span)
  }
}

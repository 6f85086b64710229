// SPDX-License-Identifier: Apache-2.0

/// The last field of a manifest of token files: a checksum of everything before it, so that a bit that
/// flips in the manifest is found as one in a shard is.
///
/// The bytes of a sealed manifest are those of the manifest without its last brace, then
/// `,\n  "seal": "xxh3:` with 16 hexadecimal digits of the bytes so far, then `"\n}`.
package enum ManifestSeal: Sendable, Equatable {
  case missing, sound, broken

  private static let opening: [UInt8] = Array(",\n  \"seal\": \"xxh3:".utf8)
  private static let closing: [UInt8] = Array("\"\n}".utf8)
  private static let digitCount = 16

  /// What `contents`, the bytes of a manifest, are sealed with.
  package init(of contents: Span<UInt8>) {
    let start = contents.count - Self.opening.count - Self.digitCount - Self.closing.count
    guard start >= 0, Self.isEqual(contents, at: start, Self.opening) else {
      self = .missing
      return
    }
    let digits = Array(Self.digits(of: contents.extracting(0..<start)).utf8)
    let isSound =
      Self.isEqual(contents, at: start + Self.opening.count, digits)
      && Self.isEqual(contents, at: contents.count - Self.closing.count, Self.closing)
    self = isSound ? .sound : .broken
  }

  private static func isEqual(_ contents: Span<UInt8>, at start: Int, _ bytes: [UInt8]) -> Bool {
    bytes.indices.allSatisfy { contents[start + $0] == bytes[$0] }
  }

  private static func digits(of bytes: Span<UInt8>) -> String {
    var checksum = XXH3()
    checksum.update(bytes)
    return checksum.digest()
  }

  /// Replaces the closing brace of `manifest` by the seal.
  package static func seal(_ manifest: inout ByteBuffer) {
    precondition(
      manifest.count >= 2 && manifest[manifest.count - 2] == 0x0A
        && manifest[manifest.count - 1] == 0x7D, "a manifest ends with its brace on a line")
    manifest.truncate(to: manifest.count - 2)
    let digits = digits(of: manifest.span)
    let tail = opening + Array(digits.utf8) + closing
    manifest.append(copying: tail.span)
  }
}

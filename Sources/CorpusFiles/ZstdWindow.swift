// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The bytes that decompressing an input needs to look back, as its first zstd frame states them; 0 for
/// files that are none, `unknown` for pipes and members of archives.
///
/// Later frames may state more: whoever counts on this sets ``CorpusOptions/maximumWindowBytes``. Up to
/// 8 MiB by default, 128 MiB and more with `--long`. Source: RFC 8878, 3.1.1.1.
package func zstdWindowBytes(ofInput path: String, unknown: Int) -> Int {
  guard path != CorpusInputs.standardInput, kind(ofPath: path) == .file else { return unknown }
  var head = ByteBuffer()
  // What cannot be read is told when its turn comes.
  guard let file = try? FileDescriptor.reading(path),
    (try? file.read(upTo: Container.headerBytes, into: &head, path: path)) != nil
  else { return 0 }
  let isArchive = Container(magicOf: head.span) != nil || FileNames.container(of: path) != nil
  return max(zstdWindowBytes(head.span) ?? 0, isArchive ? unknown : 0)
}

/// The same, of the first bytes of a file.
func zstdWindowBytes(_ head: Span<UInt8>) -> Int? {
  func number(_ offset: Int, _ length: Int) -> Int? {
    guard offset + length <= head.count else { return nil }
    return (0..<length).reduce(0) { $0 | Int(head[offset + $1]) << (8 * $1) }
  }
  guard number(0, 4) == 0xFD2F_B528, let descriptor = number(4, 1) else { return nil }
  if descriptor & 0x20 == 0 {
    // ---- Stated as an exponent and eighths ----
    guard let window = number(5, 1) else { return nil }
    let base = 1 << (10 + window >> 3)
    return base + base / 8 * (window & 7)
  }
  // ---- One segment: all of the content, whose size stands behind the dictionary ----
  let sizeOffset = 5 + [0, 1, 2, 4][descriptor & 3]
  switch descriptor >> 6 {
  case 0: return number(sizeOffset, 1)
  case 1: return number(sizeOffset, 2).map { $0 + 256 }
  case 2: return number(sizeOffset, 4)
  default: return number(sizeOffset, 7)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a character is for unknown words: char.bin.
struct CharacterKind: BitwiseCopyable, Equatable {
  // 18 bits: the kinds that it is of; 8: its first kind; 4: the longest unknown word in characters;
  // then whether characters of a kind make one word, and whether unknown words stand beside known ones.
  var bits: UInt32

  var first: Int { Int(bits >> 18 & 0xFF) }
  var length: Int { Int(bits >> 26 & 0xF) }
  var isGrouped: Bool { bits >> 30 & 1 != 0 }
  var isInvoked: Bool { bits >> 31 != 0 }

  /// Whether the two share a kind.
  func shares(_ other: CharacterKind) -> Bool { bits & other.bits & 0x3FFFF != 0 }
}

/// The kinds of all characters of the basic plane; others are of that of U+0000, as in MeCab.
struct CharacterKinds: Sendable {
  private let kinds: [CharacterKind]
  let names: [[UInt8]]
  /// The kind of what lies between words.
  let space: CharacterKind

  private static let nameBytes = 32
  private static let characterCount = 0xFFFF

  /// The kinds in the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  init(_ path: String) throws(TextError) {
    let file = try FileMapping(path)
    let count = file.count >= 4 ? Int(file.load(at: 0, as: UInt32.self)) : 0
    let start = 4 + count * Self.nameBytes
    guard count > 0, count <= 18, file.count == start + 4 * Self.characterCount else {
      throw .malformedDictionary("no table of \(Self.characterCount) characters", path)
    }
    names = (0..<count).map { index in
      let bytes = (0..<Self.nameBytes).map {
        file.load(at: 4 + index * Self.nameBytes + $0, as: UInt8.self)
      }
      return Array(bytes.prefix { $0 != 0 })
    }
    // The table ends before U+FFFF: there MeCab reads the zeros behind the file.
    let read = (0..<Self.characterCount).map {
      CharacterKind(bits: file.load(at: start + 4 * $0, as: UInt32.self))
    }
    kinds = read + [CharacterKind(bits: 0)]
    space = read[0x20]
    for (point, kind) in kinds.enumerated() where kind.first >= count {
      throw .malformedDictionary(
        "a kind without a name", path, byteOffset: start + 4 * min(point, Self.characterCount - 1))
    }
  }

  /// The kind of the character at `offset` of `text`, and its length in bytes, as MeCab reads UTF-8;
  /// behind the end stands U+0000.
  @inline(__always)
  func kind(of text: Span<UInt8>, at offset: Int) -> (kind: CharacterKind, byteCount: Int) {
    let left = text.count &- offset
    guard left > 0 else { return (kinds[0], 1) }
    let byte = Int(text[offset])
    if byte < 0x80 { return (kinds[byte], 1) }
    if left >= 3, byte & 0xF0 == 0xE0 {
      let point =
        (byte & 0x0F) &<< 12 | (Int(text[offset &+ 1]) & 0x3F) &<< 6 | Int(text[offset &+ 2]) & 0x3F
      return (kinds[point], 3)
    }
    if left >= 2, byte & 0xE0 == 0xC0 {
      return (kinds[(byte & 0x1F) &<< 6 | Int(text[offset &+ 1]) & 0x3F], 2)
    }
    for (length, pattern) in [(4, 0xF0), (5, 0xF8), (6, 0xFC)] {
      let mask = 0xFF << (7 - length) & 0xFF
      if left >= length, byte & mask == pattern { return (kinds[0], length) }
    }
    return (kinds[0], 1)
  }

  /// The end of the run of characters from `offset` on each of which shares a kind with the one before,
  /// the first with `kind`; and how many they are, and what the character behind them is.
  ///
  /// Of a longer run only `limit` characters.
  func endOfRun(
    of text: Span<UInt8>, from offset: Int, _ kind: CharacterKind, limit: Int = .max
  ) -> (end: Int, count: Int, next: CharacterKind, nextByteCount: Int) {
    var kind = kind
    var offset = offset
    var count = 0
    while true {
      let (next, byteCount) = self.kind(of: text, at: offset)
      if offset >= text.count || count == limit || !kind.shares(next) {
        return (offset, count, next, byteCount)
      }
      kind = next
      offset += byteCount
      count += 1
    }
  }
}

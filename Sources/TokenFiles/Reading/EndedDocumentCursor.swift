// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Streams documents that lie back to back, each up to the id that ends it, which it keeps; what lies
/// behind the last such id is the last document.
struct EndedDocumentCursor: ~Copyable {
  private static let blockTokens = 1 << 16

  private let type: StoredTokenType
  private let endOfDocument: UInt32
  private var tokens: FileSection
  /// Tokens that were not read yet.
  private var missing: Int
  private var block = TokenBuffer()
  /// Tokens of the block that were taken.
  private var taken = 0

  /// Opens the whole ids of `type` in `range` of the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(
    _ path: String, _ range: Range<Int>, _ type: StoredTokenType, _ endOfDocument: UInt32
  ) throws(TextError) {
    missing = range.count / type.width
    tokens = try FileSection(
      path, range.lowerBound..<range.lowerBound + missing * type.width)
    self.type = type
    self.endOfDocument = endOfDocument
  }

  /// Whether the first ids look like those of twice the width, whose higher halves are nearly nothing.
  ///
  /// Of 64 tokens of text, one in two is not below 16.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func looksTwiceAsWide() throws(TextError) -> Bool {
    try fill()
    let count = block.count / 2 * 2
    return count >= 64 && stride(from: 1, to: count, by: 2).allSatisfy { block[$0] < 16 }
  }

  /// Replaces `ids` by those of the next document; returns false if there is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    while taken < block.count || missing > 0 {
      if taken == block.count { try fill() }
      let end = endOfNext()
      let stop = end ?? block.count
      ids.append(copying: block.span.extracting(taken..<stop))
      taken = stop
      if end != nil { return true }
    }
    return !ids.isEmpty
  }

  /// The number of documents.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  /// - Complexity: O(n), and a block of memory whatever the documents' lengths.
  static func documentCount(
    _ path: String, _ range: Range<Int>, _ type: StoredTokenType, _ endOfDocument: UInt32
  ) throws(TextError) -> Int {
    var cursor = try EndedDocumentCursor(path, range, type, endOfDocument)
    var count = 0
    var isWithin = false
    while cursor.missing > 0 {
      try cursor.fill()
      while let end = cursor.endOfNext() {
        count += 1
        cursor.taken = end
        isWithin = false
      }
      if cursor.taken < cursor.block.count { isWithin = true }
    }
    return isWithin ? count + 1 : count
  }

  private mutating func fill() throws(TextError) {
    block.removeAll()
    taken = 0
    let step = min(missing, Self.blockTokens)
    try tokens.append(step, type, to: &block)
    missing -= step
  }

  /// Where, in the block, the document ends that begins or goes on at `taken`; nil if not in it.
  private func endOfNext() -> Int? {
    let ids = block.span
    var index = taken
    while index < ids.count {
      if ids[index] == endOfDocument { return index + 1 }
      index += 1
    }
    return nil
  }
}

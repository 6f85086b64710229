// SPDX-License-Identifier: Apache-2.0

/// A run of documents.
struct DocumentBlock: Sendable {
  var documents: Range<Int>
  var text: Range<Int>
}

/// Cuts documents into blocks, in order.
struct DocumentBlocks {
  private var next = DocumentBlock(documents: 0..<0, text: 0..<0)
  private let blockBytes: Int
  /// Where documents are empty, a bound for the ends of a block.
  private static let blockDocuments = 1 << 17

  /// Blocks of 512 KiB, at which handing on costs nothing beside encoding; smaller ones where
  /// there would be too few for all threads to end together, and for one thread, which hands
  /// nothing on: their ids stay in the second-level cache until they are stored.
  init(textBytes: Int, threadCount: Int) {
    blockBytes =
      threadCount == 1 ? 1 << 16 : min(max(textBytes / (threadCount * 8), 1 << 16), 1 << 19)
  }

  /// The next block, nil at the end.
  mutating func next(_ ends: Span<Int>) -> DocumentBlock? {
    let first = next.documents.upperBound
    guard first < ends.count else { return nil }
    let start = next.text.upperBound
    var last = first
    while last + 1 < ends.count && ends[last] - start < blockBytes
      && last - first < Self.blockDocuments
    { last += 1 }
    next = DocumentBlock(documents: first..<last + 1, text: start..<ends[last])
    return next
  }
}

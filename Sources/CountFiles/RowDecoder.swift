// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The rows of the blocks of one file, taken one by one.
struct RowDecoder: ~Copyable {
  /// The bytes of the block.
  var bytes = ByteBuffer()
  /// The rows of the block that were not taken yet.
  private(set) var count = 0
  private var position = 0
  private var isFirstOfBlock = true
  private var isFirst = true

  /// Begins a block of `rowCount` rows, whose bytes are to be appended.
  mutating func begin(_ rowCount: Int) {
    bytes.removeAll()
    count = rowCount
    position = 0
    isFirstOfBlock = true
  }

  /// Replaces the last row in `pretoken` and `columns` by the next one; returns what is wrong with it,
  /// if anything.
  mutating func next(
    sourceCount: Int, _ pretoken: inout ByteBuffer, _ columns: inout CountColumns
  ) -> String? {
    let fault = decode(
      bytes, &position, sharesPrevious: !isFirstOfBlock, isFirst: isFirst, sourceCount,
      &pretoken, &columns)
    isFirstOfBlock = false
    isFirst = false
    count -= 1
    if let fault { return fault }
    return count == 0 && position != bytes.count ? "a block has more than its rows" : nil
  }
}

/// Decodes the row at `position` of `bytes` from the last one; returns what is wrong with it, if
/// anything.
private func decode(
  _ bytes: borrowing ByteBuffer, _ position: inout Int, sharesPrevious: Bool, isFirst: Bool,
  _ sourceCount: Int, _ pretoken: inout ByteBuffer, _ columns: inout CountColumns
) -> String? {
  // ---- The pretoken ----
  guard let shared = bytes.varint(at: &position), let added = bytes.varint(at: &position),
    shared <= (sharesPrevious ? pretoken.count : 0), added <= bytes.count - position
  else { return "a row of a block is malformed" }
  let tail = bytes.span.extracting(position..<position + added)
  guard isFirst || isBehind(tail, pretoken.span.extracting(shared..<pretoken.count)) else {
    return "the rows are not in the order of their bytes"
  }
  pretoken.truncate(to: shared)
  pretoken.append(copying: tail)
  position += added
  // ---- Its counts ----
  guard let columnCount = bytes.varint(at: &position), columnCount > 0, columnCount <= sourceCount
  else { return "a row of a block has no counts" }
  columns.removeAll()
  var source = 0
  for _ in 0..<columnCount {
    guard let gap = bytes.varint(at: &position), let occurrences = bytes.varint(at: &position),
      occurrences > 0, gap < sourceCount - source
    else { return "a row of a block has impossible counts" }
    columns.append(CountColumn(source: source + gap, count: Int64(occurrences)))
    source += gap + 1
  }
  return nil
}

/// Whether `tail` comes behind `other`.
private func isBehind(_ tail: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
  let common = min(tail.count, other.count)
  for place in 0..<common where tail[place] != other[place] { return tail[place] > other[place] }
  return tail.count > other.count
}

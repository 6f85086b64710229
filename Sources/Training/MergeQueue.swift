// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// A max-heap of pairs by count.
///
/// Of equal counts the pair with the lower left id comes first, then the lower right id: that is the
/// whole tie-break.
struct MergeQueue: ~Copyable {
  struct Entry {
    var count: Int64
    var pair: TokenPair

    /// Whether this entry leaves the queue before `other`.
    func precedes(_ other: Entry) -> Bool {
      if count != other.count { return count > other.count }
      if pair.left != other.pair.left { return pair.left < other.pair.left }
      return pair.right < other.pair.right
    }
  }

  private var entries = GrowableBuffer<Entry>()

  /// Four children a node: half the levels of a binary heap, and the children share a cache line.
  private static let width = 4

  mutating func insert(_ pair: TokenPair, _ count: Int64) {
    let entry = Entry(count: count, pair: pair)
    entries.append(entry)
    var index = entries.count - 1
    while index > 0, case let parent = (index - 1) / Self.width,
      entry.precedes(entries[parent])
    {
      entries[index] = entries[parent]
      index = parent
    }
    entries[index] = entry
  }

  mutating func popFirst() -> Entry? {
    guard !entries.isEmpty else { return nil }
    let first = entries[0]
    let moved = entries[entries.count - 1]
    entries.truncate(to: entries.count - 1)
    if entries.isEmpty { return first }
    var index = 0
    while case let child = index * Self.width + 1, child < entries.count {
      var best = child
      for other in child + 1..<max(min(child + Self.width, entries.count), child + 1)
      where entries[other].precedes(entries[best]) {
        best = other
      }
      if !entries[best].precedes(moved) { break }
      entries[index] = entries[best]
      index = best
    }
    entries[index] = moved
    return first
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How often each distinct pretoken occurs: all that training needs to know of a corpus.
///
/// An open-addressing table over one arena of bytes. Distinct pretokens grow as N^0.75 with the
/// corpus (1.7 million in 256 MB of encyclopedia), each at 24 bytes beside its own.
package struct PretokenCounts: ~Copyable, Sendable {
  struct Entry {
    /// Where the bytes start in the arena.
    var offset: UInt64
    var byteCount: UInt32
    /// The upper half of the hash: compared before the bytes are.
    var tag: UInt32
    var count: Int64
  }

  private var arena = ByteBuffer()
  private var entries = GrowableBuffer<Entry>()
  /// Index of an entry + 1, or 0; the size is a power of two, at most half full.
  private var slots = GrowableBuffer<UInt32>()

  package init() { slots.append(repeating: 0, count: 1 << 12) }

  /// The number of distinct pretokens.
  package var count: Int { entries.count }

  /// The sum of all counts.
  package var total: Int64 {
    var sum: Int64 = 0
    for index in 0..<entries.count { sum += entries[index].count }
    return sum
  }

  /// The bytes of the pretoken `index`, in the order of first occurrence.
  @_lifetime(borrow self)
  package func bytes(_ index: Int) -> Span<UInt8> {
    let entry = entries[index]
    return arena.span.extracting(Int(entry.offset)..<Int(entry.offset) + Int(entry.byteCount))
  }

  /// The count of the pretoken `index`.
  package func occurrences(_ index: Int) -> Int64 { entries[index].count }

  /// Adds `occurrences` of `pretoken`.
  ///
  /// - Complexity: amortised O(`pretoken.count`).
  package mutating func add(_ pretoken: Span<UInt8>, occurrences: Int64 = 1) {
    let hash = hash64(pretoken)
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while case let found = slots[slot], found != 0 {
      let index = Int(found) - 1
      if entries[index].tag == tag, bytes(index).elementsEqual(pretoken) {
        entries[index].count += occurrences
        return
      }
      slot = (slot + 1) & mask
    }
    entries.append(
      Entry(
        offset: UInt64(arena.count), byteCount: UInt32(pretoken.count), tag: tag,
        count: occurrences))
    arena.append(copying: pretoken)
    slots[slot] = UInt32(entries.count)
    if entries.count * 2 > slots.count { growSlots() }
  }

  private mutating func growSlots() {
    let size = slots.count * 2
    slots = GrowableBuffer(capacity: size)
    slots.append(repeating: 0, count: size)
    for index in 0..<entries.count {
      var slot = Int(truncatingIfNeeded: hash64(bytes(index))) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = UInt32(index + 1)
    }
  }

  /// Adds all counts of `other`.
  package mutating func merge(_ other: borrowing PretokenCounts) {
    for index in 0..<other.count {
      add(other.bytes(index), occurrences: other.occurrences(index))
    }
  }
}

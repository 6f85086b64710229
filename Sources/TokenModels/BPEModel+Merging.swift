// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension BPEModel {
  /// Short pretokens: the parts lie in a flat array, the lowest rank is searched from the left,
  /// and a merge closes the gap.
  func encodeByLinearSearch(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    scratch.parts.removeAll()
    for index in pretoken.indices {
      scratch.parts.append(byteTokens.span[Int(pretoken[index])], pairs)
    }
    scratch.parts.merge(pairs)
    scratch.parts.append(to: &output)
  }

  /// Pretokens of Hangul and ASCII, as above but from whole characters; false if they might be
  /// joined by halves (see ``SyllableUnits``), and then nothing is written.
  func encodeByUnits(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) -> Bool {
    let units = units.units.span
    scratch.parts.removeAll()
    var offset = 0
    var left: UInt64 = 0
    while offset < pretoken.count {
      // ---- The unit at the offset ----
      let index: Int
      let byte = pretoken[offset]
      if byte >= 0x80 {
        guard let syllable = syllableIndex(pretoken, offset) else { return false }
        index = syllable
        offset &+= 3
      } else if byte == 0x20, offset == 0, let syllable = syllableIndex(pretoken, 1) {
        index = SyllableUnits.spacedOffset &+ syllable
        offset = 4
      } else {
        index = SyllableUnits.asciiOffset &+ Int(byte)
        offset &+= 1
      }
      let unit = units[index]
      if unit.count == 0 || left & unit.right != 0 { return false }
      left = unit.left
      // ---- Its parts ----
      scratch.parts.append(unit.ids.0, pairs)
      if unit.count > 1 { scratch.parts.append(unit.ids.1, pairs) }
      if unit.count > 2 { scratch.parts.append(unit.ids.2, pairs) }
    }
    scratch.parts.merge(pairs)
    scratch.parts.append(to: &output)
    return true
  }

  /// The number of the Hangul syllable at `offset`, counted from U+AC00, or nil.
  @inline(__always)
  private func syllableIndex(_ text: Span<UInt8>, _ offset: Int) -> Int? {
    guard offset &+ 2 < text.count else { return nil }
    let first = text[offset]
    let second = text[offset &+ 1]
    let third = text[offset &+ 2]
    guard first & 0xF0 == 0xE0, second & 0xC0 == 0x80, third & 0xC0 == 0x80 else { return nil }
    // Safe: 16 bits at most.
    let point = Int(first & 0x0F) &<< 12 | Int(second & 0x3F) &<< 6 | Int(third & 0x3F)
    let index = point &- SyllableUnits.firstSyllable
    return index >= 0 && index < SyllableUnits.syllableCount ? index : nil
  }

  /// Long pretokens: the parts are a linked list, the pairs wait in a heap by (rank, position).
  ///
  /// An entry whose pair has changed since is known by its rank and dropped.
  func encodeByHeap(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    let count = pretoken.count
    let end = UInt32(count)
    scratch.prepareList(count)
    for index in pretoken.indices { scratch.ids[index] = byteTokens[Int(pretoken[index])] }
    for index in 0..<count - 1 { renewPair(at: UInt32(index), &scratch) }
    while let (rank, left) = scratch.heap.popFirst() {
      guard scratch.ranks[Int(left)] == rank else { continue }
      // ---- Join the part with its right neighbour ----
      let right = scratch.next[Int(left)]
      scratch.ids[Int(left)] =
        pairs.lookUp(scratch.ids[Int(left)], scratch.ids[Int(right)]).merged
      scratch.ranks[Int(right)] = PairTable.none
      let after = scratch.next[Int(right)]
      scratch.next[Int(left)] = after
      if after < end { scratch.previous[Int(after)] = left }
      // ---- The pairs on either side are new ----
      renewPair(at: left, &scratch)
      if left > 0 { renewPair(at: scratch.previous[Int(left)], &scratch) }
    }
    var index: UInt32 = 0
    while index < end {
      output.append(scratch.ids[Int(index)])
      index = scratch.next[Int(index)]
    }
  }

  private func renewPair(at left: UInt32, _ scratch: inout BPEScratch) {
    let right = Int(scratch.next[Int(left)])
    let rank =
      right < scratch.ids.count
      ? pairs.lookUp(scratch.ids[Int(left)], scratch.ids[right]).rank : PairTable.none
    scratch.ranks[Int(left)] = rank
    if rank != PairTable.none { scratch.heap.insert(rank, left) }
  }
}

extension BPEScratch {
  /// A list of `count` parts in order.
  mutating func prepareList(_ count: Int) {
    heap.removeAll()
    ids.removeAll()
    ranks.removeAll()
    next.removeAll()
    previous.removeAll()
    ids.append(repeating: 0, count: count)
    ranks.append(repeating: PairTable.none, count: count)
    for index in 0..<UInt32(count) {
      next.append(index + 1)
      previous.append(index &- 1)
    }
  }
}

/// A binary min-heap of (rank, position) pairs, packed into one integer each.
struct MinHeap: ~Copyable, Sendable {
  private var entries = GrowableBuffer<UInt64>()

  mutating func removeAll() { entries.removeAll() }

  mutating func insert(_ rank: UInt32, _ position: UInt32) {
    let entry = UInt64(rank) << 32 | UInt64(position)
    entries.append(entry)
    var index = entries.count - 1
    while index > 0, case let parent = (index - 1) / 2, entries[parent] > entry {
      entries[index] = entries[parent]
      index = parent
    }
    entries[index] = entry
  }

  /// Removes and returns the entry of the lowest rank, the lowest position of equals.
  mutating func popFirst() -> (rank: UInt32, position: UInt32)? {
    guard !entries.isEmpty else { return nil }
    let first = entries[0]
    let moved = entries[entries.count - 1]
    entries.truncate(to: entries.count - 1)
    var index = 0
    while case var child = 2 * index + 1, child < entries.count {
      if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
      if entries[child] >= moved { break }
      entries[index] = entries[child]
      index = child
    }
    if !entries.isEmpty { entries[index] = moved }
    return (UInt32(first >> 32), UInt32(truncatingIfNeeded: first))
  }
}

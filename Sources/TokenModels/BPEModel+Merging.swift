// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension BPEModel {
  /// Short pretokens: the parts lie in a flat array, the lowest rank is searched from the left.
  func encodeByLinearSearch(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    scratch.parts.removeAll(pairs)
    for index in pretoken.indices {
      scratch.parts.append(byteTokens.span[Int(pretoken[index])], pairs)
    }
    _ = scratch.parts.merge(pairs)
    scratch.parts.append(to: &output)
  }

  /// Pretokens of Hangul and ASCII, as above but from whole characters; false if they might be
  /// joined by halves (see ``SyllableUnits``), and then nothing is written.
  func encodeByUnits(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) -> Bool {
    let units = units.units.span
    scratch.parts.removeAll(pairs)
    var offset = 0
    var left: UInt64 = 0
    while offset < pretoken.count {
      guard let (index, length) = SyllableUnits.unit(of: pretoken, at: offset) else { return false }
      let unit = units[index]
      if unit.count == 0 || left & unit.right != 0 { return false }
      left = unit.left
      offset &+= length
      scratch.parts.append(unit, pairs)
    }
    guard scratch.parts.merge(pairs) else { return false }
    scratch.parts.append(to: &output)
    return true
  }

  /// Pretokens of any characters: from whole ones where that is known to be the same, from bytes
  /// elsewhere; false if that is nowhere certain, and then nothing is written.
  ///
  /// Where two characters might be joined by halves, both are taken apart, and their neighbours too
  /// if those might be joined to any half of them.
  func encodeByUnitsAndBytes(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) -> Bool {
    units.findPieces(of: pretoken, &scratch.pieces)
    units.takeApart(&scratch.pieces)
    scratch.parts.removeAll(pairs)
    for index in 0..<scratch.pieces.count {
      let piece = scratch.pieces[index]
      if piece.isTakenApart {
        for byte in piece.start..<piece.start &+ piece.byteCount {
          scratch.parts.append(byteTokens.span[Int(pretoken[byte])], pairs)
        }
      } else {
        scratch.parts.append(units.units.span[piece.unit], pairs)
      }
    }
    guard scratch.parts.merge(pairs) else { return false }
    scratch.parts.append(to: &output)
    return true
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

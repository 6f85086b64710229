// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// Pretokens of kilobytes and megabytes: text without spaces, one character again and again, Base64.
//
// BPE always makes the merge of the lowest rank in the whole pretoken, but parts that never touch
// do not matter to each other. So a pretoken is merged window by window, each small enough for the
// nearest cache. What lies behind a window is unknown while it is merged, and only its last part
// touches that. No rule can join the last part to what follows before the turn of the lowest rank
// among the rules whose right side the text goes on with: up to there its state is certain, from
// there on it is not, and it leaves the window; the part before it is the last one then. What it
// is followed by can only have grown since, which rules out shorter right sides. The parts that
// are left when nothing remains to be done are what BPE over the whole pretoken gives, under any
// rules at all: no merge has crossed the end of the last of them, so the next window begins there
// as if the pretoken did.
//
// What comes of a window depends on its bytes, and on as many behind it as the right side of a rule
// can have. Where all of these repeat what stood at the window before, as in megabytes of spaces,
// so do the ids.

extension BPEModel {
  /// 256 bytes, whose parts and heap take 8 KiB; half and twice as many are as fast, 2,048 a sixth
  /// slower.
  private static let windowBytes = 256

  /// Appends the ids of a long pretoken.
  ///
  /// - Complexity: O(n) if the end of a window disturbs little of it, as in real text, else
  ///   O(n log n): a window that keeps less than half of its bytes is doubled. One that repeats the
  ///   window before costs a comparison.
  func encodeByWindows(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    var start = 0
    var size = Self.windowBytes
    // What the last window kept of its bytes; 0 if there is none of this size.
    var kept = 0
    // From `start` up to here, each byte equals the one `kept` bytes before it.
    var repeated = 0
    while start < pretoken.count {
      let end = min(start + size, pretoken.count)
      // ---- Does everything repeat that matters? ----
      let seen = start + size + rulesByLeft.longestRight
      if kept > 0 {
        while repeated < min(seen, pretoken.count), pretoken[repeated] == pretoken[repeated - kept]
        {
          repeated += 1
        }
      }
      // ---- Then the parts of the last window are those of this one, else they are made ----
      if kept == 0 || repeated < seen {
        let certain = mergeWindow(pretoken, start..<end, &scratch.window)
        if certain != kept { repeated = start }
        kept = certain
      }
      scratch.window.appendIDs(upTo: kept, to: &output)
      start += kept
      repeated = max(repeated, start)
      if kept < size / 2 {
        size *= 2
        kept = 0
      }
    }
  }

  /// Merges the window `range` of `pretoken`; returns how many of its bytes are certain.
  private func mergeWindow(
    _ pretoken: Span<UInt8>, _ range: Range<Int>, _ window: inout MergeWindow
  ) -> Int {
    // ---- Single bytes, and the ranks of their pairs ----
    window.removeAll()
    for index in range { window.append(byteTokens[Int(pretoken[index])]) }
    for index in 0..<UInt32(range.count - 1) { renewPair(at: index, &window) }
    // ---- Merge in the order of ranks; the end of the window has a rank too ----
    var end = UInt32(range.count)
    var last = end - 1
    var followingBytes = 1
    var endRank = rank(
      ofJoining: window[last].id, toTextOf: pretoken, at: range.upperBound, followingBytes)
    while true {
      let lowest = window.lowestPair(before: last)
      if let lowest, lowest.rank <= endRank {
        // Of equal ranks the left one goes first, and the pair lies left of the end.
        var left = lowest.position
        if window[left].next == last { last = left }
        while let next = join(at: left, end: end, last: last, &window) { left = next }
        if left != last { continue }
      } else {
        if endRank == PairTable.none { return Int(end) }
        followingBytes = Int(end - last)
        end = last
        if end == 0 { return 0 }
        last = window[last].previous
      }
      endRank = rank(
        ofJoining: window[last].id, toTextOf: pretoken, at: range.lowerBound + Int(end),
        followingBytes)
    }
  }

  /// Joins the pair at `left` and looks up the pairs that come of it.
  ///
  /// - Returns: Where the next pair of the same rank is, if it follows and nothing goes before it.
  private func join(
    at left: UInt32, end: UInt32, last: UInt32, _ window: inout MergeWindow
  ) -> UInt32? {
    let rank = window[left].pairRank
    let ledRank = window[window[left].next].pairRank
    window.join(at: left, end: end)
    var lowest = PairTable.none
    if left > 0 {
      let before = window[left].previous
      renewPair(at: before, &window)
      lowest = window[before].pairRank
    }
    if left == last { return nil }
    renewPair(at: left, &window)
    lowest = min(lowest, window[left].pairRank)
    // ---- A pair that the removed part stood for in the heap ----
    let next = window[left].next
    guard next < last, ledRank != PairTable.none, window[next].pairRank == ledRank,
      window[left].pairRank != ledRank
    else { return nil }
    if ledRank == rank, lowest > rank, window[next].next != last { return next }
    window.queuePair(at: next)
    return nil
  }

  /// Looks up the pair of the part at `left` and the part after it, which there must be.
  private func renewPair(at left: UInt32, _ window: inout MergeWindow) {
    let pair = pairs.lookUp(window[left].id, window[window[left].next].id)
    window.setPair(at: left, rank: pair.rank, merged: pair.merged)
  }

  /// The lowest rank of a rule that joins `left` to a token of at least `byteCount` bytes with which
  /// the text at `offset` of `pretoken` begins.
  private func rank(
    ofJoining left: TokenID, toTextOf pretoken: Span<UInt8>, at offset: Int, _ byteCount: Int
  ) -> UInt32 {
    for number in rulesByLeft.numbers(of: left) {
      let rule = rules[Int(rulesByLeft.order[number])]
      let right = vocabulary.bytes(of: rule.pair.right)
      if right.count >= byteCount, right.count <= pretoken.count - offset,
        pretoken.extracting(offset..<offset + right.count).elementsEqual(right)
      {
        return rule.rank
      }
    }
    return PairTable.none
  }
}

/// The rules by the part on their left, each part's in the order of their ranks.
struct RulesByLeft: Sendable {
  /// Places in the list of rules.
  let order: [UInt32]
  /// For each id, where its rules begin in `order`; one more than there are ids.
  private let starts: [UInt32]
  /// The bytes of the longest token on the right of a rule, 0 without rules.
  let longestRight: Int

  /// The order of `rules`, which are sorted by rank.
  init(_ rules: [MergeRule], _ vocabulary: Vocabulary) {
    let idCount = vocabulary.count
    var starts = [UInt32](repeating: 0, count: idCount + 1)
    for rule in rules { starts[Int(rule.pair.left) + 1] += 1 }
    for id in 0..<idCount { starts[id + 1] += starts[id] }
    self.starts = starts
    var order = [UInt32](repeating: 0, count: rules.count)
    for (index, rule) in rules.enumerated() {
      let left = Int(rule.pair.left)
      order[Int(starts[left])] = UInt32(index)
      starts[left] += 1
    }
    self.order = order
    longestRight = rules.reduce(0) { max($0, vocabulary.bytes(of: $1.pair.right).count) }
  }

  /// The places in `order` of the rules whose left part is `left`.
  func numbers(of left: TokenID) -> Range<Int> {
    Int(starts[Int(left)])..<Int(starts[Int(left) + 1])
  }
}

/// The parts of a window as a linked list by the byte at which they begin, and a heap of their pairs
/// by (rank, position).
///
/// A heap entry whose pair has changed since is known by its rank and dropped. Of parts in a row whose
/// pairs have the same rank, as in a run of spaces, only the first needs an entry: it leads the others.
struct MergeWindow: ~Copyable, Sendable {
  /// The part that begins at a byte, and its pair with the part after it.
  struct Part: BitwiseCopyable {
    var id: TokenID
    var next: UInt32
    var previous: UInt32
    var pairRank = PairTable.none
    var pairMerged: TokenID = 0
  }

  private var parts = GrowableBuffer<Part>()
  private var heap = MinHeap()

  mutating func removeAll() {
    parts.removeAll()
    heap.removeAll()
  }

  subscript(position: UInt32) -> Part { parts[Int(position)] }

  /// Appends a part of one byte.
  mutating func append(_ id: TokenID) {
    let position = UInt32(parts.count)
    parts.append(Part(id: id, next: position &+ 1, previous: position &- 1))
  }

  /// Gives the part at `left` a new pair.
  mutating func setPair(at left: UInt32, rank: UInt32, merged: TokenID) {
    parts[Int(left)].pairRank = rank
    parts[Int(left)].pairMerged = merged
    if rank == PairTable.none { return }
    let isLed = left > 0 && parts[Int(parts[Int(left)].previous)].pairRank == rank
    if !isLed { heap.insert(rank, left) }
  }

  /// Gives the pair at `left` an entry, now that none leads it.
  mutating func queuePair(at left: UInt32) { heap.insert(parts[Int(left)].pairRank, left) }

  /// The pair of the lowest rank, the leftmost of equals, of those that lie before `last`, or with
  /// it on their right.
  mutating func lowestPair(before last: UInt32) -> (rank: UInt32, position: UInt32)? {
    while let first = heap.first {
      if first.position < last, parts[Int(first.position)].pairRank == first.rank { return first }
      heap.removeFirst()
    }
    return nil
  }

  /// Joins the part at `left` with the part after it; both their pairs are unknown then.
  mutating func join(at left: UInt32, end: UInt32) {
    let right = parts[Int(left)].next
    let after = parts[Int(right)].next
    parts[Int(left)].id = parts[Int(left)].pairMerged
    parts[Int(left)].next = after
    parts[Int(left)].pairRank = PairTable.none
    parts[Int(right)].pairRank = PairTable.none
    if after < end { parts[Int(after)].previous = left }
  }

  /// Appends the ids of the parts that begin before `end`.
  func appendIDs(upTo end: Int, to output: inout TokenBuffer) {
    var position = 0
    while position < end {
      output.append(parts[position].id)
      position = Int(parts[position].next)
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

  /// The entry of the lowest rank, the lowest position of equals.
  var first: (rank: UInt32, position: UInt32)? {
    guard !entries.isEmpty else { return nil }
    return (UInt32(entries[0] >> 32), UInt32(truncatingIfNeeded: entries[0]))
  }

  /// Removes the first entry.
  ///
  /// The gap goes down to a leaf along the lower children, and the last entry, which mostly belongs
  /// that low, goes up from there: half the comparisons of moving it down.
  mutating func removeFirst() {
    let count = entries.count - 1
    let moved = entries[count]
    entries.truncate(to: count)
    guard count > 0 else { return }
    var heap = entries.mutableSpan
    var gap = 0
    while case let child = 2 &* gap &+ 1, child &+ 1 < count {
      let lower = heap[child &+ 1] < heap[child] ? child &+ 1 : child
      heap[gap] = heap[lower]
      gap = lower
    }
    if 2 &* gap &+ 1 == count &- 1 {
      heap[gap] = heap[count &- 1]
      gap = count &- 1
    }
    while gap > 0, case let parent = (gap &- 1) / 2, heap[parent] > moved {
      heap[gap] = heap[parent]
      gap = parent
    }
    heap[gap] = moved
  }
}

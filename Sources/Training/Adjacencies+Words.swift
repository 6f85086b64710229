// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension Adjacencies {
  /// Counts the unit types and all edges between units of `words`, which have not been merged yet.
  ///
  /// All edges are laid out by their left units, those of one by their right units: every bigram is
  /// entered once, with its words in order, instead of being looked up once an edge (there are five
  /// times as many edges as bigrams). Takes 8 bytes an edge meanwhile.
  mutating func countEdges(of words: borrowing WordList) {
    for unit in 0..<UInt32(types.count) { enter(unit) }
    // ---- How many edges each left unit has ----
    var ends = GrowableBuffer<Int>()
    ends.append(repeating: 0, count: types.count + 1)
    words.forEachEdge { left, _, _ in ends[Int(left) + 1] += 1 }
    for unit in 0..<types.count { ends[unit + 1] += ends[unit] }
    // ---- Right unit and word of each, by the left unit ----
    var edges = PageBuffer<UInt64>()
    edges.append(zeros: ends[types.count])
    words.forEachEdge { left, right, word in
      edges[ends[Int(left)]] = UInt64(right) << 32 | UInt64(word)
      ends[Int(left)] += 1
    }
    // ---- By the right unit; words stay in their order ----
    var sorting = RadixSort(keyLimit: types.count)
    var start = 0
    for left in 0..<UInt32(types.count) {
      let range = start..<ends[Int(left)]
      sorting.sort(&edges, range)
      addEdges(left, edges, range, words)
      start = range.upperBound
    }
  }

  private mutating func addEdges(
    _ left: UInt32, _ edges: borrowing PageBuffer<UInt64>, _ range: Range<Int>,
    _ words: borrowing WordList
  ) {
    var index = range.lowerBound
    while index < range.upperBound {
      let right = UInt32(edges[index] >> 32)
      let first = index
      var occurrences: Int64 = 0
      while index < range.upperBound, UInt32(edges[index] >> 32) == right {
        occurrences += words.occurrences(UInt32(truncatingIfNeeded: edges[index]))
        index += 1
      }
      addEdges(left, right, occurrences, edges, first..<index)
    }
  }
}

extension WordList {
  /// Calls `body` with the left and the right unit of each edge and its word, in order, as long as
  /// nothing has been merged.
  fileprivate func forEachEdge(_ body: (UInt32, UInt32, UInt32) -> Void) {
    var word = 0
    while word < end {
      var place = firstPlace(UInt32(word))
      var (left, isLast) = unit(place)
      while !isLast {
        place += 1
        let right: UInt32
        (right, isLast) = unit(place)
        body(left, right, UInt32(word))
        left = right
      }
      word = place + 1
    }
  }
}

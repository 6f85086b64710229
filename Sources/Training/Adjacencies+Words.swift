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
    for word in 0..<UInt32(words.count) {
      for place in words.range(word).dropLast() { ends[Int(words.firstSymbol(place)) + 1] += 1 }
    }
    for unit in 0..<types.count { ends[unit + 1] += ends[unit] }
    // ---- Right unit and word of each, by the left unit ----
    var edges = PageBuffer<UInt64>()
    edges.append(zeros: ends[types.count])
    for word in 0..<UInt32(words.count) {
      for place in words.range(word).dropLast() {
        let left = Int(words.firstSymbol(place))
        edges[ends[left]] = UInt64(words.firstSymbol(place + 1)) << 32 | UInt64(word)
        ends[left] += 1
      }
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

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension Adjacencies {
  /// Counts all edges between units of `words`, which have not been merged yet.
  ///
  /// All edges are laid out by their left units, those of one by their right units: every bigram is
  /// entered once, with its words in order, instead of being looked up once an edge (there are five
  /// times as many edges as bigrams). Takes 8 bytes an edge meanwhile.
  mutating func countEdges(of words: borrowing WordList) {
    // ---- How many edges each left unit has ----
    var ends = GrowableBuffer<Int>()
    ends.append(repeating: 0, count: types.count + 1)
    forEachEdge(of: words) { left, _, _ in ends[Int(left) + 1] += 1 }
    for unit in 0..<types.count { ends[unit + 1] += ends[unit] }
    // ---- Right unit and word of each, by the left unit ----
    var edges = PageBuffer<UInt64>()
    edges.append(zeros: ends[types.count])
    forEachEdge(of: words) { left, right, word in
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

  private func forEachEdge(
    of words: borrowing WordList, _ body: (UInt32, UInt32, UInt32) -> Void
  ) {
    for word in 0..<UInt32(words.count) {
      var left: UInt32?
      for place in words.range(word) {
        guard let right = words.symbol(place) else { break }
        if let left { body(left, right, word) }
        left = right
      }
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

/// Sorts ranges of 64-bit numbers by their upper halves, stably, a byte at a time.
struct RadixSort: ~Copyable {
  private let byteCount: Int
  private var scratch = GrowableBuffer<UInt64>()
  private var places = GrowableBuffer<Int>()

  /// - Parameter keyLimit: No upper half is as great.
  init(keyLimit: Int) {
    byteCount = (Int.bitWidth - max(keyLimit - 1, 1).leadingZeroBitCount + 7) / 8
    places.append(repeating: 0, count: 257)
  }

  mutating func sort(_ numbers: inout PageBuffer<UInt64>, _ range: Range<Int>) {
    if range.count < 2 { return }
    if range.count < 64 { return insertionSort(&numbers, range) }
    scratch.removeAll()
    scratch.append(repeating: 0, count: range.count)
    for byte in 0..<byteCount {
      let shift = UInt64(32 + 8 * byte)
      for value in 0..<257 { places[value] = 0 }
      for index in range { places[Int(numbers[index] >> shift & 0xFF) + 1] += 1 }
      for value in 0..<256 { places[value + 1] += places[value] }
      for index in range {
        let value = Int(numbers[index] >> shift & 0xFF)
        scratch[places[value]] = numbers[index]
        places[value] += 1
      }
      for index in 0..<range.count { numbers[range.lowerBound + index] = scratch[index] }
    }
  }

  private func insertionSort(_ numbers: inout PageBuffer<UInt64>, _ range: Range<Int>) {
    for index in range.dropFirst() {
      let number = numbers[index]
      var place = index
      while place > range.lowerBound, numbers[place - 1] >> 32 > number >> 32 {
        numbers[place] = numbers[place - 1]
        place -= 1
      }
      numbers[place] = number
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Several ordered streams of rows as one: the counts of a pretoken are added up, source by source.
///
/// - Complexity: O(log k) comparisons a row of k streams, nearly all of them of the first 16 bytes.
package struct CountMerge: ~Copyable {
  /// What becomes of the sources of one stream.
  package struct Stream {
    package var cursor: CountCursor
    /// For each source of the stream its number in the result, ascending; nil drops it.
    package var sources: [Int?]?

    /// A stream whose sources keep their numbers, unless `sources` gives other ones.
    package init(_ cursor: CountCursor, sources: [Int?]? = nil) {
      self.cursor = cursor
      self.sources = sources
    }
  }

  /// The place of a stream in the heap, with the start of its row to compare by.
  private struct Node: BitwiseCopyable {
    var high: UInt64
    var low: UInt64
    var byteCount: Int
    var stream: Int
  }

  private let streams: [Stream]
  /// The row of each stream.
  private var rows: FixedArray<CountRow>
  private var weights: [CountWeight?]
  private var heap = GrowableBuffer<Node>()
  private var isStarted = false
  /// The current row.
  package private(set) var pretoken = ByteBuffer()
  package private(set) var columns = CountColumns()
  private var spare = CountColumns()
  private var mapped = CountColumns()

  /// A merge of `streams`; `weights` are those of the sources of the result.
  package init(_ streams: [Stream], weights: [CountWeight?] = []) {
    self.streams = streams
    rows = FixedArray(count: streams.count) { CountRow() }
    self.weights = weights.contains { $0 != nil } ? weights : []
  }

  /// Goes to the next row, at first to the first; false behind the last.
  ///
  /// Rows without a count are left out.
  ///
  /// - Throws: What reading throws; `badRecord` for a count above 2⁶³ - 1.
  package mutating func advance() throws(TextError) -> Bool {
    if !isStarted { try start() }
    repeat {
      guard heap.count > 0 else { return false }
      try takeRow()
      try weigh()
    } while columns.isEmpty
    return true
  }

  private mutating func start() throws(TextError) {
    isStarted = true
    for stream in streams.indices where try streams[stream].cursor.next(&rows[stream]) {
      heap.append(node(stream))
    }
    for root in (0..<heap.count / 2).reversed() { sink(root) }
  }

  private mutating func takeRow() throws(TextError) {
    pretoken.assign(rows[heap[0].stream].pretoken)
    columns.removeAll()
    repeat {
      let stream = heap[0].stream
      try add(stream)
      if try streams[stream].cursor.next(&rows[stream]) {
        heap[0] = node(stream)
      } else {
        heap[0] = heap[heap.count - 1]
        heap.truncate(to: heap.count - 1)
      }
      sink(0)
    } while heap.count > 0 && isCurrent(heap[0])
  }

  private func isCurrent(_ node: Node) -> Bool {
    node.byteCount == pretoken.count
      && rows[node.stream].pretoken.hasEqualBytes(pretoken)
  }

  /// Adds the counts of the stream's row.
  private mutating func add(_ stream: Int) throws(TextError) {
    if streams[stream].sources == nil, columns.isEmpty {
      columns.assign(rows[stream].columns)
      return
    }
    let sources = streams[stream].sources
    mapped.removeAll()
    for place in 0..<rows[stream].columns.count {
      let column = rows[stream].columns[place]
      if let sources {
        guard let source = sources[Int(column.source)] else { continue }
        mapped.append(CountColumn(source: source, count: column.count))
      } else {
        mapped.append(column)
      }
    }
    // ---- Both ascend by source ----
    spare.removeAll()
    var own = 0
    var other = 0
    while own < columns.count || other < mapped.count {
      if other == mapped.count || own < columns.count && columns[own].source < mapped[other].source
      {
        spare.append(columns[own])
        own += 1
      } else if own == columns.count || mapped[other].source < columns[own].source {
        spare.append(mapped[other])
        other += 1
      } else {
        let sum = columns[own].count.addingReportingOverflow(mapped[other].count)
        if sum.overflow { throw Self.overflow }
        spare.append(CountColumn(source: Int(columns[own].source), count: sum.partialValue))
        own += 1
        other += 1
      }
    }
    swap(&spare, &columns)
  }

  private mutating func weigh() throws(TextError) {
    if weights.isEmpty { return }
    spare.removeAll()
    for place in 0..<columns.count {
      var column = columns[place]
      if let weight = weights[Int(column.source)] {
        guard let count = weight.applied(to: column.count) else { throw Self.overflow }
        column.count = count
      }
      if column.count > 0 { spare.append(column) }
    }
    swap(&spare, &columns)
  }

  /// The occurrences of the row in all sources.
  ///
  /// - Throws: `badRecord` above 2⁶³ - 1.
  package func occurrences() throws(TextError) -> Int64 {
    var total: Int64 = 0
    for place in 0..<columns.count {
      let sum = total.addingReportingOverflow(columns[place].count)
      if sum.overflow { throw Self.overflow }
      total = sum.partialValue
    }
    return total
  }

  private static var overflow: TextError {
    TextError(.badRecord, "the counts of a pretoken exceed 2^63 - 1 together")
  }
}

// MARK: - The heap

extension CountMerge {
  private func node(_ stream: Int) -> Node {
    makeNode(rows[stream].pretoken, stream)
  }

  private func makeNode(_ bytes: borrowing ByteBuffer, _ stream: Int) -> Node {
    var words: (UInt64, UInt64) = (0, 0)
    for place in 0..<min(bytes.count, 8) {
      words.0 |= UInt64(bytes[place]) << UInt64(56 - 8 * place)
    }
    for place in 8..<max(min(bytes.count, 16), 8) {
      words.1 |= UInt64(bytes[place]) << UInt64(120 - 8 * place)
    }
    return Node(high: words.0, low: words.1, byteCount: bytes.count, stream: stream)
  }

  private func precedes(_ left: Node, _ right: Node) -> Bool {
    if left.high != right.high { return left.high < right.high }
    if left.low != right.low { return left.low < right.low }
    if left.byteCount <= 16 || right.byteCount <= 16 {
      return left.byteCount != right.byteCount
        ? left.byteCount < right.byteCount : left.stream < right.stream
    }
    let bytes = (left.stream, right.stream)
    let count = min(left.byteCount, right.byteCount)
    for place in 16..<count {
      let own = rows[bytes.0].pretoken[place]
      let other = rows[bytes.1].pretoken[place]
      if own != other { return own < other }
    }
    return left.byteCount != right.byteCount
      ? left.byteCount < right.byteCount : left.stream < right.stream
  }

  private mutating func sink(_ root: Int) {
    var root = root
    while true {
      var child = 2 * root + 1
      if child >= heap.count { return }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      if !precedes(heap[child], heap[root]) { return }
      let node = heap[root]
      heap[root] = heap[child]
      heap[child] = node
      root = child
    }
  }
}

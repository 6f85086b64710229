// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Whole documents in sequences of a fixed length, so that none is cut that fits into one (Ding and
/// others 2024, "Fewer Truncations Improve Language Modeling": best-fit decreasing).
///
/// Documents longer than a sequence are cut into pieces of its length and a rest. Pieces are packed a
/// window at a time, the longest first, each into the fullest sequence that has room for it, and
/// sequences are padded. A window's sequences come in the order of their first pieces, and pieces in
/// the order of the documents, so that length decides nothing but who shares a sequence.
///
/// Memory: the window's ids, and at most 40 bytes a piece and 16 a token of a sequence's length.
package struct BestFit: Sendable, Equatable {
  /// The ids of a sequence.
  package var length: Int
  /// As many ids as fill so many sequences are packed together.
  package var windowSequences: Int

  /// At 1,024 sequences what the last of them lacks is 0.05 % of the window; a length of 4,096 makes
  /// that 16 MiB of ids.
  package static let defaultWindowSequences = 1024

  package init(length: Int, windowSequences: Int = BestFit.defaultWindowSequences) {
    self.length = length
    self.windowSequences = windowSequences
  }

  /// A window waits in memory, and in the journal of a run that is cut off.
  private static let maximumWindowTokens = 1 << 26

  private var windowTokens: Int { length * windowSequences }

  var fault: PackingFault? {
    guard (1...1 << 20).contains(windowSequences), windowTokens <= Self.maximumWindowTokens else {
      return PackingFault(
        "a window of \(windowSequences) sequences of \(length) tokens",
        "choose at least 1 and at most 2^20 sequences, and at most 2^26 tokens")
    }
    return nil
  }

  var fields: [(String, JSON)] {
    [("length", .integer(length)), ("window_sequences", .integer(windowSequences))]
  }
}

extension BestFit {
  func append(
    _ ids: Span<UInt32>, _ ends: Span<Int>, to output: inout SampleBatch,
    _ layout: borrowing SampleLayout, _ state: inout PackingState
  ) {
    var start = 0
    for index in ends.indices {
      let end = ends[index]
      if end - start > length { state.account.cutDocuments += 1 }
      while start < end {
        let pieceEnd = min(start + length, end)
        state.pending.append(copying: ids.extracting(start..<pieceEnd))
        state.partEnds.append(state.pending.count)
        start = pieceEnd
        if state.pending.count >= windowTokens { pack(to: &output, layout, &state) }
      }
    }
  }

  /// Packs the pieces that wait.
  ///
  /// - Complexity: O(n) in ids, and O(log L) a piece for sequences of length L.
  func pack(
    to output: inout SampleBatch, _ layout: borrowing SampleLayout, _ state: inout PackingState
  ) {
    let assignment = assign(state.partEnds.span)
    let order = piecesBySequence(assignment)
    var runEnds = GrowableBuffer<Int>()
    var used = 0
    for index in 0..<order.count {
      let piece = order[index]
      let range = Self.range(of: piece, state.partEnds.span)
      output.values.append(copying: state.pending.span.extracting(range))
      used += range.count
      runEnds.append(used)
      let isLast =
        index + 1 == order.count
        || assignment.sequences[order[index + 1]] != assignment.sequences[piece]
      if isLast {
        state.account.add(
          .padding,
          layout.finish(used: used, ends: runEnds.span, length: length, in: &output))
        runEnds.removeAll()
        used = 0
      }
    }
    state.clear()
  }

  private static func range(of piece: Int, _ ends: Span<Int>) -> Range<Int> {
    (piece == 0 ? 0 : ends[piece - 1])..<ends[piece]
  }

  /// Which sequence each piece is in.
  private struct Assignment: ~Copyable {
    var sequences = GrowableBuffer<Int>()
    var sequenceCount = 0
  }

  /// Best-fit decreasing; of equally full sequences the one that became so last.
  private func assign(_ ends: Span<Int>) -> Assignment {
    var assignment = Assignment()
    assignment.sequences.append(repeating: 0, count: ends.count)
    var spaces = SpaceIndex(capacity: length)
    let order = piecesByLength(ends)
    for index in 0..<order.count {
      let piece = order[index]
      let count = Self.range(of: piece, ends).count
      let sequence: Int
      let space: Int
      if count < length, let found = spaces.take(atLeast: count) {
        sequence = found.sequence
        space = found.space
      } else {
        sequence = assignment.sequenceCount
        space = length
        assignment.sequenceCount += 1
      }
      assignment.sequences[piece] = sequence
      if space > count { spaces.insert(sequence, space: space - count) }
    }
    return assignment
  }

  /// The pieces, longest first, equally long ones in their order (counting sort).
  private func piecesByLength(_ ends: Span<Int>) -> GrowableBuffer<Int> {
    var starts = GrowableBuffer<Int>()
    starts.append(repeating: 0, count: length + 1)
    for piece in 0..<ends.count { starts[length - Self.range(of: piece, ends).count] += 1 }
    return Self.sorted(ends.count, &starts) { length - Self.range(of: $0, ends).count }
  }

  /// The pieces by sequence, sequences in the order of their first pieces.
  private func piecesBySequence(_ assignment: borrowing Assignment) -> GrowableBuffer<Int> {
    var ranks = GrowableBuffer<Int>()
    ranks.append(repeating: -1, count: assignment.sequenceCount)
    var starts = GrowableBuffer<Int>()
    for piece in 0..<assignment.sequences.count {
      let sequence = assignment.sequences[piece]
      if ranks[sequence] < 0 {
        ranks[sequence] = starts.count
        starts.append(0)
      }
      starts[ranks[sequence]] += 1
    }
    return Self.sorted(assignment.sequences.count, &starts) { ranks[assignment.sequences[$0]] }
  }

  /// Indices below `count`, stably sorted by key; `starts` tells how many there are of each key, and
  /// is used up.
  private static func sorted(
    _ count: Int, _ starts: inout GrowableBuffer<Int>, by key: (Int) -> Int
  ) -> GrowableBuffer<Int> {
    var sum = 0
    for key in 0..<starts.count {
      let next = sum + starts[key]
      starts[key] = sum
      sum = next
    }
    var sorted = GrowableBuffer<Int>()
    sorted.append(repeating: 0, count: count)
    for index in 0..<count {
      let key = key(index)
      sorted[starts[key]] = index
      starts[key] += 1
    }
    return sorted
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Documents back to back, cut into samples of a fixed length wherever that falls (Brown and others
/// 2020, GPT-3).
///
/// With columns of positions and segments, which restart in every document, a trainer can keep
/// documents in a sample from attending to each other (Zeng and others 2021, PanGu-α). Positions
/// also restart where a sample begins within a document.
package struct Concatenation: Sendable, Equatable {
  /// What becomes of the ids at the end of the stream that fill no sample.
  package enum Tail: String, Sendable, CaseIterable {
    /// They are dropped, and counted.
    case dropped
    /// They make one more sample, padded.
    case padded
  }

  /// The ids that a sample has for itself.
  package var length: Int
  /// Whether a sample has `length + 1` ids, of which the first is the last of the sample before: then
  /// every id but the stream's first is the target of exactly one other.
  package var overlaps: Bool
  package var tail: Tail

  package init(length: Int, overlaps: Bool = false, tail: Tail = .dropped) {
    self.length = length
    self.overlaps = overlaps
    self.tail = tail
  }

  var shared: Int { overlaps ? 1 : 0 }
  /// The ids of a sample.
  var sampleLength: Int { length + shared }

  var fault: PackingFault? {
    length >= 1 ? nil : PackingFault("sequences of \(length) tokens", "choose at least 1")
  }

  var fields: [(String, JSON)] {
    [
      ("length", .integer(length)), ("overlaps", .bool(overlaps)),
      ("tail", .string(tail.rawValue)),
    ]
  }
}

extension Concatenation {
  // What waits is less than a sample: in `pending`, with the ids that it shares with the sample
  // before; in `partEnds`, where documents end in it, if that matters.

  func append(
    _ ids: Span<UInt32>, _ ends: Span<Int>, to output: inout SampleBatch,
    _ layout: borrowing SampleLayout, _ state: inout PackingState
  ) {
    if layout.isBare { return appendBare(ids, to: &output, &state) }
    var start = 0
    for index in ends.indices {
      add(ids.extracting(start..<ends[index]), to: &output, layout, &state)
      start = ends[index]
      let count = state.partEnds.count
      let last = count == 0 ? 0 : state.partEnds[count - 1]
      if layout.tellsDocumentsApart, state.pending.count > last {
        state.partEnds.append(state.pending.count)
      }
    }
  }

  /// The same where documents need not be told apart: whole samples straight from the batch.
  private func appendBare(
    _ ids: Span<UInt32>, to output: inout SampleBatch, _ state: inout PackingState
  ) {
    var cursor = 0
    // ---- The sample that waits ----
    if !state.pending.isEmpty {
      cursor = min(sampleLength - state.pending.count, ids.count)
      state.pending.append(copying: ids.extracting(0..<cursor))
      if state.pending.count < sampleLength { return }
      output.values.append(copying: state.pending.span)
      output.endRun()
      state.account.add(.overlap, shared)
      state.pending.removeAll()
      // At least one id was missing, so the shared one is in this batch.
      cursor -= shared
    }
    // ---- Whole samples ----
    while ids.count - cursor >= sampleLength {
      output.values.append(copying: ids.extracting(cursor..<cursor + sampleLength))
      output.endRun()
      state.account.add(.overlap, shared)
      cursor += length
    }
    // ---- What waits for more ----
    state.pending.append(copying: ids.extracting(cursor..<ids.count))
  }

  /// Adds ids of one document.
  private func add(
    _ ids: Span<UInt32>, to output: inout SampleBatch, _ layout: borrowing SampleLayout,
    _ state: inout PackingState
  ) {
    var cursor = 0
    while cursor < ids.count {
      let count = min(sampleLength - state.pending.count, ids.count - cursor)
      state.pending.append(copying: ids.extracting(cursor..<cursor + count))
      cursor += count
      if state.pending.count == sampleLength { write(to: &output, layout, &state) }
    }
  }

  /// Writes the sample that waits, padded if it is not full, and keeps what the next one shares.
  private func write(
    to output: inout SampleBatch, _ layout: borrowing SampleLayout, _ state: inout PackingState
  ) {
    let count = state.pending.count
    output.values.append(copying: state.pending.span)
    state.account.add(
      .padding,
      layout.finish(
        used: count, ends: state.partEnds.span, length: sampleLength, in: &output))
    state.partEnds.removeAll()
    state.pending.removeFirst(count - shared)
    state.account.add(.overlap, shared)
  }

  func finish(
    to output: inout SampleBatch, _ layout: borrowing SampleLayout, _ state: inout PackingState
  ) {
    // What the last sample would have shared with one that does not come, is shared no more.
    let carried = state.account.samplesOut > 0 ? min(shared, state.pending.count) : 0
    if tail == .padded, state.pending.count > carried {
      write(to: &output, layout, &state)
      state.account.add(.overlap, -shared)
    } else {
      state.account.add(.overlap, -carried)
      state.account.add(.remainder, state.pending.count - carried)
    }
    state.clear()
  }
}

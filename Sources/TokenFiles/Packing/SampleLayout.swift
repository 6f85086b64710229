// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Completes samples whose ids are written: padding, and the columns beside.
struct SampleLayout: ~Copyable, Sendable {
  private let columns: PackingColumns
  private let padding: UInt32
  private let marksLoss: Bool
  /// 0, 1, 2 and so on, from which positions are copied; as long as the longest sample.
  private let ramp: TokenBuffer

  init(_ plan: PackingPlan) {
    columns = plan.extraColumns
    padding = plan.padding ?? 0
    marksLoss = plan.marksLoss
    var ramp = TokenBuffer()
    if plan.extraColumns.contains(.positions) {
      for position in 0..<(plan.sampleLength ?? 0) { ramp.append(UInt32(position)) }
    }
    self.ramp = ramp
  }

  /// Whether samples are their ids and nothing else.
  var isBare: Bool { columns == [] }
  /// Whether it matters where documents end in a sample.
  var tellsDocumentsApart: Bool { !columns.isDisjoint(with: [.positions, .segments]) }

  /// Ends a sample whose ids are the last of `output`.
  ///
  /// - Parameters:
  ///   - used: How many ids it has so far.
  ///   - ends: Where its documents end in them, rising; what is behind the last end is a document,
  ///     too.
  ///   - length: How many ids it is to have.
  ///   - output: Where it stands.
  /// - Returns: How many ids of padding were added.
  func finish(
    used: Int, ends: Span<Int>, length: Int, in output: inout SampleBatch
  ) -> Int {
    let missing = length - used
    let start = output.values.count - used
    output.values.append(repeating: padding, count: missing)
    output.endRun()
    if columns.contains(.positions) {
      forEachRun(used, ends) { _, count in
        if count > ramp.count { return output.appendRamp(count) }
        output.values.append(copying: ramp.span.extracting(0..<count))
      }
      output.values.append(repeating: 0, count: missing)
      output.endRun()
    }
    if columns.contains(.segments) {
      forEachRun(used, ends) { number, count in
        output.values.append(repeating: UInt32(number), count: count)
      }
      output.values.append(repeating: 0, count: missing)
      output.endRun()
    }
    if columns.contains(.lossMask) {
      if marksLoss {
        moveMarks(from: start..<start + used, in: &output.values)
      } else {
        output.values.append(repeating: 1, count: used)
      }
      output.values.append(repeating: 0, count: missing)
      output.endRun()
    }
    return missing
  }

  /// Appends 1 for each of the ids at `range` that is marked, else 0, and takes the marks off.
  private func moveMarks(from range: Range<Int>, in values: inout TokenBuffer) {
    for index in range {
      values.append(values[index] & LossMark.bit == 0 ? 0 : 1)
      values[index] &= ~LossMark.bit
    }
  }

  /// Calls `body` with number (from 1) and length of each document of a sample.
  private func forEachRun(_ used: Int, _ ends: Span<Int>, _ body: (Int, Int) -> Void) {
    var start = 0
    var number = 0
    for index in 0...ends.count {
      let end = index < ends.count ? ends[index] : used
      if end == start { continue }
      number += 1
      body(number, end - start)
      start = end
    }
  }
}

extension SampleBatch {
  /// Appends 0, 1, 2 and so on.
  fileprivate mutating func appendRamp(_ count: Int) {
    for position in 0..<count { values.append(UInt32(position)) }
  }
}

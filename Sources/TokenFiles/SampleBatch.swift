// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Samples on their way into token files, back to back in one buffer.
///
/// A sample is a document of ids, a packed sequence, or the features of one training example: it
/// has one run of values for each of `columnCount` columns. Run `column` of sample `sample` ends
/// at `ends[sample * columnCount + column]` and begins where the run before it ends. With one
/// column this is the layout in which documents come from the encoder. Where the set keeps provenance,
/// one column more than the set's has the bytes that tell where each document comes from
/// (``DocumentOrigin``).
package struct SampleBatch: ~Copyable, Sendable {
  package let columnCount: Int
  package var values: TokenBuffer
  package var ends: GrowableBuffer<Int>

  /// An empty batch, with room for `valueCount` values of `sampleCount` samples.
  package init(columnCount: Int = 1, valueCount: Int = 0, sampleCount: Int = 0) {
    precondition(columnCount >= 1, "samples of no columns")
    self.columnCount = columnCount
    values = TokenBuffer(capacity: valueCount)
    ends = GrowableBuffer(capacity: sampleCount * columnCount)
  }

  /// The number of whole samples.
  package var count: Int { ends.count / columnCount }

  /// Forgets all samples and keeps their room.
  package mutating func removeAll() {
    values.removeAll()
    ends.removeAll()
  }

  /// Ends the run at hand, behind the last value.
  package mutating func endRun() { ends.append(values.count) }

  /// Appends all runs of sample `sample` of `other`, which has as many columns.
  package mutating func append(_ sample: Int, of other: borrowing SampleBatch) {
    precondition(columnCount == other.columnCount, "samples of other columns")
    for column in 0..<columnCount {
      values.append(
        copying: other.values.span.extracting(other.range(sample: sample, column: column)))
      endRun()
    }
  }

  /// Where run `column` of sample `sample` lies in ``values``.
  package func range(sample: Int, column: Int = 0) -> Range<Int> {
    let run = sample * columnCount + column
    return (run == 0 ? 0 : ends[run - 1])..<ends[run]
  }
}

/// What the values of a column are, which decides how a format stores them.
package enum SampleColumnKind: String, Sendable, CaseIterable {
  /// Token ids.
  case tokens
  /// 0 or 1 for each token: whether it counts in the loss.
  case mask
  /// 0 or 1, stored as floating-point numbers.
  case weights
  /// Small numbers: segment ids, positions, labels. The padding of labels is ``ignoredLabel``.
  case numbers

  /// Stands for −100, the label that losses leave out (PyTorch's `ignore_index`).
  package static let ignoredLabel = UInt32.max
}

/// A column of samples.
package struct SampleColumn: Sendable, Equatable {
  package var name: String
  package var kind: SampleColumnKind

  package init(_ name: String, _ kind: SampleColumnKind) {
    self.name = name
    self.kind = kind
  }

  /// The one column of plain documents and sequences.
  package static let inputIDs = SampleColumn("input_ids", .tokens)
}

// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
internal import Normalization
internal import PreTokenization
internal import Statistics
internal import TextCore
internal import Training

/// A thread's part of counting.
final class PretokenCounter {
  let number: Int
  let table = CountTable()
  /// Where the next documents come from.
  var source = 0
  /// Is told what normalisation changes.
  var recorder: NormalizationRecorder?
  private(set) var eojeols = 0
  private let countsEojeols: Bool
  private let normalizer: Normalizer
  private var cutter: PretokenCutter
  private var text = ByteBuffer()
  private var documentEnds = GrowableBuffer<Int>()
  private var pretokenEnds = PretokenEnds()
  private var documentPretokens = GrowableBuffer<Int>()
  private var runs: [String] = []
  private var runCount = 0

  /// Pretokens between two looks at the size of the table.
  private static let sliceCount = 4096

  init(
    _ normalizer: Normalizer, _ preTokenizer: PreTokenizer, number: Int, countsEojeols: Bool
  ) {
    self.normalizer = normalizer
    self.countsEojeols = countsEojeols
    self.number = number
    cutter = PretokenCutter(preTokenizer)
  }

  /// The name of the thread's next run of the part `name`.
  func nextRun(_ name: String) -> String {
    runs.append("\(name)-\(number)-\(runCount)")
    runCount += 1
    return runs[runs.count - 1]
  }

  func takeRuns() -> [String] {
    defer { runs = [] }
    return runs
  }

  /// Normalises a document, to be counted with others.
  func add(_ document: Span<UInt8>) throws(TextError) {
    let start = text.count
    try normalizer.append(document, to: &text, recorder)
    if countsEojeols { eojeols += TextMeasure(text.span.extracting(start..<text.count)).eojeols }
    documentEnds.append(text.count)
  }

  var isFull: Bool { text.count >= 1 << 16 }

  /// Counts the pretokens of the documents that were added; calls `spill` whenever the table takes
  /// more than `tableBytes`.
  func countAdded(
    _ tableBytes: Int, _ spill: (PretokenCounter) throws(TextError) -> Void
  ) throws(TextError) {
    cut(text, documentEnds, &cutter, &pretokenEnds, &documentPretokens)
    var first = 0
    while first < pretokenEnds.count {
      let last = min(first + Self.sliceCount, pretokenEnds.count)
      addPretokens(text, pretokenEnds, first..<last, source, &table.counts)
      if table.counts.byteCount > tableBytes { try spill(self) }
      first = last
    }
    text.removeAll()
    documentEnds.removeAll()
    pretokenEnds.removeAll()
    documentPretokens.removeAll()
  }
}

// The parts of a counter come apart in these two, so that one can be read while others are written.

private func cut(
  _ text: borrowing ByteBuffer, _ documentEnds: borrowing GrowableBuffer<Int>,
  _ cutter: inout PretokenCutter, _ pretokenEnds: inout PretokenEnds,
  _ documentPretokens: inout GrowableBuffer<Int>
) {
  cutter.appendEnds(
    of: text, documentEnds: documentEnds.span, to: &pretokenEnds,
    documentPretokens: &documentPretokens)
}

private func addPretokens(
  _ text: borrowing ByteBuffer, _ ends: borrowing PretokenEnds, _ range: Range<Int>,
  _ source: Int, _ counts: inout PretokenCounts
) { counts.add(pretokensOf: text, ends: ends, range: range, source: source) }

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import Parallelism
internal import PreTokenization
internal import Statistics
internal import Synchronization
internal import TextCore
internal import Training

/// Counts the pretokens of a corpus in bounded memory, on several threads.
///
/// Each thread has a table. One that is as large as it may be is sorted and becomes a run on disk.
struct PretokenCounting {
  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  /// Where runs go.
  let runs: CountRuns
  /// Makes the directory of the runs before the first one is written.
  let makeDirectory: @Sendable () throws(TextError) -> Void
  /// The most that the table of a thread may take.
  let tableBytes: Int
  private let counters: [PretokenCounter]

  init(
    normalizer: Normalizer, preTokenizer: PreTokenizer, runs: CountRuns, tableBytes: Int,
    threadCount: Int, countsEojeols: Bool = false,
    makeDirectory: @escaping @Sendable () throws(TextError) -> Void
  ) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.runs = runs
    self.makeDirectory = makeDirectory
    self.tableBytes = tableBytes
    counters = (0..<threadCount).map { number in
      PretokenCounter(normalizer, preTokenizer, number: number, countsEojeols: countsEojeols)
    }
  }

  /// The eojeols of all documents, where they are counted.
  var eojeols: Int { counters.reduce(0) { $0 + $1.eojeols } }

  /// The tables of the threads.
  var tables: [CountTable] { counters.map(\.table) }

  /// Counts `source`; its file `index` belongs to the source `sources[index]`, and its runs are named
  /// after `name`.
  ///
  /// - Throws: What reading and writing runs throw.
  func count(
    _ source: CorpusSource, sources: [Int], name: String, _ context: JobContext
  ) throws(TextError) -> CorpusAccount {
    let nextCounter = Atomic(0)
    return try passOver(
      source, context,
      makeWorker: { recorder in
        let counter = counters[nextCounter.wrappingAdd(1, ordering: .relaxed).oldValue]
        counter.recorder = recorder
        return counter
      },
      work: { (counter, batch) throws(TextError) in
        let spill = { (counter: PretokenCounter) throws(TextError) in
          try makeDirectory()
          try runs.spill(counter.table, as: counter.nextRun(name))
        }
        counter.source = sources[batch.fileIndex]
        for index in 0..<batch.count {
          counter.recorder?.line = index
          try counter.add(batch.document(index))
          // 64 KiB of text and its pretokens stay in the second-level cache between cutting and
          // counting.
          if counter.isFull { try counter.countAdded(tableBytes, spill) }
        }
        try counter.countAdded(tableBytes, spill)
      })
  }

  /// Sorts the tables, each on a thread.
  func sortTables() throws(TextError) {
    try inParallel { (counter) throws(TextError) in counter.table.counts.sort() }
  }

  /// Makes runs of all tables.
  func spillTables(name: String) throws(TextError) {
    try makeDirectory()
    try inParallel { (counter) throws(TextError) in
      if counter.table.counts.count > 0 {
        try runs.spill(counter.table, as: counter.nextRun(name))
      }
    }
  }

  /// Gives the memory of the tables back.
  func releaseTables() {
    for counter in counters { counter.table.counts = PretokenCounts() }
  }

  /// The names of the runs since the last call.
  func takeRuns() -> [String] { counters.flatMap { $0.takeRuns() } }

  private func inParallel(
    _ body: (PretokenCounter) throws(TextError) -> Void
  ) throws(TextError) {
    var next = 0
    try orderedParallelMap(
      threadCount: counters.count,
      claim: { () throws(TextError) -> Int? in
        next += 1
        return next <= counters.count ? next - 1 : nil
      },
      makeWorker: { () },
      work: { (_, index) throws(TextError) in try body(counters[index]) },
      emit: { (_: Void) in })
  }

  /// All counts in one table, where there are no runs and all are of one source.
  ///
  /// Each thread adds up the part of every table that falls to it by the hash; the parts have nothing
  /// in common.
  func total() throws(TextError) -> CountTable {
    if counters.count == 1 { return counters[0].table }
    let parts = counters.map { _ in CountTable() }
    try inParallel { (counter) throws(TextError) in
      for table in tables {
        mergePart(table.counts, counter.number, parts.count, into: &parts[counter.number].counts)
      }
    }
    for counter in counters { counter.table.counts = PretokenCounts() }
    let total = parts[0]
    for part in parts.dropFirst() {
      append(part.counts, to: &total.counts)
      part.counts = PretokenCounts()
    }
    return total
  }
}

private func mergePart(
  _ counts: borrowing PretokenCounts, _ part: Int, _ partCount: Int,
  into total: inout PretokenCounts
) { total.merge(counts, part: part, of: partCount) }

private func append(_ counts: borrowing PretokenCounts, to total: inout PretokenCounts) {
  total.append(distinct: counts)
}

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

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import Parallelism
internal import PreTokenization
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
          try writeRun(of: counter, name)
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

  /// Counts documents that are in memory.
  ///
  /// - Parameters:
  ///   - text: The documents, back to back.
  ///   - documentEnds: Where each ends in `text`.
  ///   - source: The number of their source.
  ///   - name: What the runs are named after.
  ///   - firstNumber: The number of the first of them, for what is noted of normalising.
  /// - Throws: `normalizationFailed`, what writing runs throws.
  func count(
    _ text: Span<UInt8>, documentEnds: Span<Int>, source: Int, name: String, firstNumber: Int
  ) throws(TextError) {
    var blocks = DocumentBlocks(textBytes: text.count, threadCount: counters.count)
    let nextCounter = Atomic(0)
    try orderedParallelMap(
      threadCount: counters.count,
      claim: { () throws(TextError) -> DocumentBlock? in blocks.next(documentEnds) },
      makeWorker: { counters[nextCounter.wrappingAdd(1, ordering: .relaxed).oldValue] },
      work: { (counter, block) throws(TextError) in
        let spill = { (counter: PretokenCounter) throws(TextError) in
          try writeRun(of: counter, name)
        }
        counter.source = source
        var start = block.text.lowerBound
        for index in block.documents {
          counter.recorder?.line = firstNumber + index
          try counter.add(text.extracting(start..<documentEnds[index]))
          start = documentEnds[index]
          if counter.isFull { try counter.countAdded(tableBytes, spill) }
        }
        try counter.countAdded(tableBytes, spill)
      },
      emit: { (_: Void) in })
  }

  private func writeRun(of counter: PretokenCounter, _ name: String) throws(TextError) {
    try makeDirectory()
    try runs.spill(counter.table, as: counter.nextRun(name))
  }

  /// Lets every thread note what normalising changes.
  func recordNormalization(path: String) {
    for counter in counters {
      let recorder = NormalizationRecorder()
      recorder.path = path
      counter.recorder = recorder
    }
  }

  /// What normalising has changed since ``recordNormalization(path:)``.
  func takeReceipt() -> NormalizationReceipt {
    var receipt = NormalizationReceipt()
    for counter in counters {
      if let recorder = counter.recorder { receipt.merge(recorder.takeReceipt()) }
    }
    return receipt
  }

  /// All rows in order: those of the tables, and of the runs so far and of `finishedRuns`.
  ///
  /// - Parameters:
  ///   - finishedRuns: Further runs.
  ///   - isKeeping: Whether `finishedRuns` stay on disk.
  ///   - fanIn: How many runs are merged at a time.
  ///   - context: Is asked whether to stop.
  /// - Returns: The rows, which stay on disk as long as they are read from there.
  /// - Throws: What reading and writing runs throw.
  func merged(
    with finishedRuns: [String] = [], keeping isKeeping: Bool = false, fanIn: Int,
    _ context: JobContext
  ) throws(TextError) -> CountMerge {
    var names = finishedRuns + takeRuns()
    if names.isEmpty {
      try sortTables()
      return CountMerge(tables.map { CountMerge.Stream(CountTableCursor($0)) })
    }
    try spillTables(name: "run-last")
    releaseTables()
    names += takeRuns()
    names = try runs.reduced(
      names, fanIn: fanIn, keeping: isKeeping ? Set(finishedRuns) : [],
      check: context.checkCancellation)
    // The output is no larger than what it is merged from.
    try runs.checkSpace(forMerging: names)
    return try runs.merge(names)
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

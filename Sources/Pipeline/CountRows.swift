// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
internal import TextCore
internal import Training

/// Pretokens and their counts, wherever they lie, to be read as often as needed.
enum CountRows {
  /// In memory, in no order, each pretoken once.
  case table(CountTable)
  /// In memory, sorted, by source; with the factors of the sources.
  case tables([CountTable], [CountWeight?])
  /// On disk.
  case runs(CountRuns, [String], [CountWeight?])
  /// Count files.
  case files([String], [String: CountWeight])

  /// Calls `body` with each distinct pretoken and its count, at least 1.
  ///
  /// - Throws: What reading and `body` throw.
  func forEach(
    _ body: (Span<UInt8>, Int64) throws(TextError) -> Void
  ) throws(TextError) {
    switch self {
    case .table(let table):
      try forEachRow(of: table.counts, body)
    case .tables(let tables, let weights):
      let streams = tables.map { CountMerge.Stream(CountTableCursor($0)) }
      try forEachRow(of: CountMerge(streams, weights: weights), body)
    case .runs(let runs, let names, let weights):
      try forEachRow(of: try runs.merge(names, weights: weights), body)
    case .files(let paths, let weights):
      try forEachRow(of: try CountFileSet(paths).merge(weights: weights), body)
    }
  }

  /// Gives back the memory of what is held there; nothing can be read afterwards.
  func release() {
    switch self {
    case .table(let table): table.counts = .init()
    case .tables(let tables, _): for table in tables { table.counts = .init() }
    case .runs, .files: break
    }
  }

  /// Removes what lies on disk for the time of the job; nothing can be read afterwards.
  func removeRuns() {
    if case .runs(let runs, let names, _) = self {
      for name in names { removeFile(runs.path(name)) }
    }
  }
}

private func forEachRow(
  of counts: borrowing PretokenCounts, _ body: (Span<UInt8>, Int64) throws(TextError) -> Void
) throws(TextError) {
  for index in 0..<counts.count where counts.occurrences(index) > 0 {
    try body(counts.bytes(index), counts.occurrences(index))
  }
}

private func forEachRow(
  of merge: consuming CountMerge, _ body: (Span<UInt8>, Int64) throws(TextError) -> Void
) throws(TextError) {
  while try merge.advance() { try body(merge.pretoken.span, try merge.occurrences()) }
}

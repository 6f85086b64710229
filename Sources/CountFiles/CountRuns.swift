// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import Training

/// A table of counts that several parts of a job refer to.
package final class CountTable {
  package var counts = PretokenCounts()

  package init() {}
}

/// The rows of a sorted table.
package final class CountTableCursor: CountCursor {
  private let table: CountTable
  private var next = 0

  /// The rows of `table`, which must be sorted and stay as it is.
  package init(_ table: CountTable) { self.table = table }

  package override func next(_ row: inout CountRow) throws(TextError) -> Bool {
    takeRow(table.counts, &next, &row.pretoken, &row.columns)
  }
}

/// Takes the row that begins at entry `next`; false behind the last.
///
/// The parts of a cursor come together here, for each touch of a part of an object is checked.
private func takeRow(
  _ counts: borrowing PretokenCounts, _ next: inout Int, _ pretoken: inout ByteBuffer,
  _ columns: inout CountColumns
) -> Bool {
  guard next < counts.count else { return false }
  pretoken.removeAll()
  pretoken.append(copying: counts.bytes(next))
  columns.removeAll()
  repeat {
    columns.append(CountColumn(source: counts.source(next), count: counts.occurrences(next)))
    next += 1
  } while next < counts.count && counts.bytes(next).elementsEqual(pretoken.span)
  return true
}

/// Sorted runs: count files for the time of a job, when memory does not hold all counts.
package struct CountRuns: Sendable {
  /// Where they lie.
  package let directory: String
  /// The names of the sources, in their order.
  package let sourceNames: [String]

  package init(directory: String, sourceNames: [String]) {
    self.directory = directory
    self.sourceNames = sourceNames
  }

  package func path(_ name: String) -> String { directory + "/" + name }

  /// Sorts `table`, writes it as the run `name`, and empties it.
  ///
  /// - Throws: `writeFailed`, before anything is written if the disk has no room for it.
  package func spill(_ table: CountTable, as name: String) throws(TextError) {
    try checkSpace(for: table.counts.byteCount)
    table.counts.sort()
    try write(CountMerge([.init(CountTableCursor(table))]), as: name)
    table.counts.removeAll()
  }

  /// Merges runs, at most `fanIn` at a time, until there are no more than `fanIn`; merged ones are
  /// removed, those of `kept` aside.
  ///
  /// - Parameters:
  ///   - names: The runs.
  ///   - fanIn: At least 2.
  ///   - kept: The runs that stay.
  ///   - check: Is called now and then; throws to stop.
  /// - Returns: The names of the runs that hold everything now.
  /// - Throws: `readFailed`, `damagedArtefact`, `writeFailed`, what `check` throws.
  package func reduced(
    _ names: [String], fanIn: Int, keeping kept: Set<String> = [],
    check: () throws(TextError) -> Void
  ) throws(TextError) -> [String] {
    precondition(fanIn >= 2, "a merge of fewer than two")
    var names = names
    var number = 0
    while names.count > fanIn {
      // ---- The smallest number that leads to whole merges behind it ----
      let batch = Array(names.prefix(min(fanIn, names.count - fanIn + 1)))
      try checkSpace(forMerging: batch)
      let merged = "merge-\(number)"
      number += 1
      try write(try merge(batch), as: merged, check: check)
      for name in batch where !kept.contains(name) { removeFile(path(name)) }
      names.removeFirst(batch.count)
      names.append(merged)
    }
    return names
  }

  /// The rows of all `names` together.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  package func merge(
    _ names: [String], weights: [CountWeight?] = []
  ) throws(TextError) -> CountMerge {
    let blocks = ZstdBlocks()
    var streams: [CountMerge.Stream] = []
    for name in names { streams.append(.init(try CountFileReader(path(name), blocks: blocks))) }
    return CountMerge(streams, weights: weights)
  }

  private func write(
    _ merge: consuming CountMerge, as name: String,
    check: () throws(TextError) -> Void = { () throws(TextError) in }
  ) throws(TextError) {
    var writer = try CountFileWriter(path(name), sourceCount: sourceNames.count)
    var rows = 0
    while try merge.advance() {
      try writer.append(merge.pretoken.span, merge.columns.span)
      rows += 1
      if rows & 0xFFFF == 0 { try check() }
    }
    try writer.publish { totals in
      var manifest = CountManifest(
        toolVersion: "", settings: CountSettings(options: []),
        sources: sourceNames.map { CountSource(name: $0) })
      manifest.totals = totals
      return manifest.manifest
    }
  }

  /// Refuses to merge runs into a file that might not fit on the disk.
  ///
  /// - Throws: `writeFailed`.
  package func checkSpace(forMerging names: [String]) throws(TextError) {
    try checkSpace(for: names.reduce(0) { $0 + (byteCount(ofPath: path($1)) ?? 0) })
  }

  /// Refuses to begin what would not fit on the disk.
  ///
  /// - Throws: `writeFailed`.
  package func checkSpace(for byteCount: Int) throws(TextError) {
    guard let free = freeBytes(ofDirectory: directory), free < byteCount else { return }
    throw TextError(
      .writeFailed,
      "\(byteCount >> 20) MiB are needed for sorted runs, \(free >> 20) MiB are free",
      at: .init(path: directory), remedy: "free some space and run again, or allow more --memory")
  }
}

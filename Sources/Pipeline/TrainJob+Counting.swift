// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import PreTokenization
internal import TextCore
internal import Training

extension TrainJob {
  /// The counts to train from.
  func count(_ context: JobContext) throws(TextError) -> Counted {
    switch input {
    case .text(let source, let names, let normalizer, let preTokenizer):
      try countText(source, names, normalizer, preTokenizer, context)
    case .counts(let paths, let normalizer, let preTokenizer):
      try readCounts(paths, normalizer, preTokenizer, context)
    }
  }

  // MARK: From text

  private func countText(
    _ source: CorpusSource, _ names: SourceNames, _ normalizer: Normalizer,
    _ preTokenizer: PreTokenizer, _ context: JobContext
  ) throws(TextError) -> Counted {
    // Sources are told apart only where that makes a difference.
    let isWeighted = !weights.isEmpty
    let weights = try names.weights(weights)
    let tableBytes = try memory.tableBytes(threadCount: context.threadCount)
    let directory = output + ".partial"
    // Runs that a killed run of this job has left are of no use; anything else is not ours.
    let isFree = ((try? directoryEntries(directory)) ?? []).allSatisfy {
      $0.hasPrefix("run-") || $0.hasPrefix("merge-")
    }
    let runs = CountRuns(directory: directory, sourceNames: isWeighted ? names.names : [""])
    defer {
      if isFree {
        CountingState.removeAll(directory, keeping: [])
        removeEmptyDirectory(directory)
      }
    }
    let counting = PretokenCounting(
      normalizer: normalizer, preTokenizer: preTokenizer, runs: runs, tableBytes: tableBytes,
      threadCount: context.threadCount,
      makeDirectory: { () throws(TextError) in
        guard isFree else {
          throw TextError(
            .outputExists, "is in the way of sorted runs", at: .init(path: directory),
            remedy: "remove it, or choose another output")
        }
        try createDirectory(directory)
      })
    let sources = isWeighted ? names.ofFile : names.ofFile.map { _ in 0 }
    let account = try counting.count(source, sources: sources, name: "run", context)
    // ---- In memory, if the parts and their sum fit there; else on disk ----
    var runNames = counting.takeRuns()
    let held = counting.tables.reduce(0) { $0 + $1.counts.byteCount }
    let fits = context.threadCount == 1 || held * 2 <= tableBytes * context.threadCount
    var table = CountTable()
    if runNames.isEmpty, !isWeighted, fits {
      table = try counting.total()
    } else if runNames.isEmpty, isWeighted {
      try counting.sortTables()
      let streams = counting.tables.map { CountMerge.Stream(CountTableCursor($0)) }
      try add(CountMerge(streams, weights: weights), to: table, context)
    } else {
      try counting.spillTables(name: "run")
      counting.releaseTables()
      runNames += counting.takeRuns()
      runNames = try runs.reduced(runNames, fanIn: memory.fanIn, check: context.checkCancellation)
      try add(try runs.merge(runNames, weights: weights), to: table, context)
    }
    return Counted(
      table: table, account: account, normalizer: normalizer, preTokenizer: preTokenizer,
      options: source.manifestOptions)
  }

  private func add(
    _ merge: consuming CountMerge, to table: CountTable, _ context: JobContext
  ) throws(TextError) {
    var rows = 0
    while try merge.advance() {
      try appendRow(of: merge, to: &table.counts)
      rows += 1
      if rows & 0xFFFF == 0 {
        try context.checkCancellation()
        context.progress(.mergingCounts(rows: rows))
      }
    }
  }

  // MARK: From count files

  private func readCounts(
    _ paths: [String], _ normalizer: Normalizer?, _ preTokenizer: PreTokenizer?,
    _ context: JobContext
  ) throws(TextError) -> Counted {
    let files = try CountFileSet(paths)
    guard let ownNormalizer = files.settings.normalizer,
      let ownPreTokenizer = files.settings.preTokenizer
    else { throw mismatch(files, "normalizer", "none that this version has") }
    if let normalizer, normalizer != ownNormalizer {
      throw mismatch(files, "normalizer", normalizer.rawValue)
    }
    if let preTokenizer, preTokenizer != ownPreTokenizer {
      throw mismatch(files, "pre_tokenizer", preTokenizer.rawValue)
    }
    let own = CountSettings(ownNormalizer, ownPreTokenizer)
    if let difference = files.settings.difference(from: own) {
      throw mismatch(files, difference.name, difference.other)
    }
    let table = CountTable()
    try add(try files.merge(weights: weights), to: table, context)
    var account = CorpusAccount()
    for path in paths {
      account.inputs.append(try digest(path, documents: files.documents(of: path)))
    }
    account.documents = files.sources.reduce(0) { $0 + $1.documents }
    account.replacedSequences = files.sources.reduce(0) { $0 + $1.replacedSequences }
    return Counted(
      table: table, account: account, normalizer: ownNormalizer, preTokenizer: ownPreTokenizer,
      options: [("input_format", .string(CountManifest.kind))])
  }

  private func mismatch(_ files: CountFileSet, _ name: String, _ wanted: String) -> TextError {
    TextError(
      .invalidArgument,
      "counted with \(name) \(files.settings[name] ?? "none"), where \(wanted) is wanted",
      at: .init(path: files.paths[0]), remedy: "count again, or train as it was counted")
  }

  private func digest(_ path: String, documents: Int) throws(TextError) -> Manifest.Input {
    let file = try FileDescriptor.reading(path)
    var hash = SHA256()
    var bytes = 0
    var buffer = ByteBuffer()
    while try file.read(upTo: 1 << 18, into: &buffer, path: path) > 0 {
      hash.update(buffer.span)
      bytes += buffer.count
      buffer.removeAll()
    }
    return Manifest.Input(
      path: path, byteCount: bytes, sha256: hash.finish(), documentCount: documents)
  }
}

private func appendRow(
  of merge: borrowing CountMerge, to counts: inout PretokenCounts
) throws(TextError) {
  counts.append(distinct: merge.pretoken.span, occurrences: try merge.occurrences())
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes samples as one set of shards of one kind, with a manifest.
final class ShardSet<Shard: ShardWriter & ~Copyable>: TokenSink {
  let names: TokenFileNames
  private let settings: ShardSettings
  private let limits: ShardLimits
  private var shard: Shard
  private var finished: [FinishedShard] = []
  /// Bytes of ids in finished shards.
  private var finishedTokens = 0
  /// Whether somebody goes on with the files after this value.
  private var isKept = false

  var type: TokenType { settings.type }
  var tokenByteCount: Int { (finishedTokens + shard.totals.tokenCount) * type.width }

  /// Starts the set, creating its directory, or goes on with it.
  ///
  /// - Throws: `writeFailed`, `invalidArgument`; `damagedArtefact` for files that are not in `state`.
  init(_ settings: SinkSettings, continuing state: JSONValue? = nil) throws(TextError) {
    names = settings.output.names
    self.settings = settings.shards
    limits = settings.limits
    try names.checkPath()
    if let state {
      guard let stored = ShardSetState(state) else {
        throw TextError(
          .damagedArtefact, "the state of an unfinished run is incomplete",
          at: .init(path: names.journal), remedy: "pass --restart to begin anew")
      }
      finished = stored.finished
      finishedTokens = finished.reduce(0) { $0 + $1.totals.tokenCount }
      isKept = true
      shard = try Shard(
        names.shard(limits.isLimited ? finished.count : nil), settings.shards, at: stored.current)
    } else {
      try createDirectory(String(names.directoryPrefix.dropLast()))
      shard = try Shard(names.shard(limits.isLimited ? 0 : nil), settings.shards)
    }
  }

  deinit {
    if isKept { return }
    for shard in finished { shard.discard() }
    for name in names.format.setFileNames {
      removeFile(names.directoryPrefix + name + ShardFile.partialSuffix)
    }
    removeFile(names.manifest + ShardFile.partialSuffix)
  }

  func keep() { isKept = true }

  /// Appends samples.
  ///
  /// A sample opens the next shard if the current one would exceed its limits with it, and both
  /// have tokens: an empty file of ids cannot be mapped by its readers.
  func append(_ samples: borrowing SampleBatch) throws(TextError) {
    let values = samples.values.span
    let ends = samples.ends.span
    let columnCount = samples.columnCount
    var runEnds = GrowableBuffer<Int>(capacity: columnCount)
    var start = 0
    for sample in 0..<samples.count {
      runEnds.removeAll()
      for column in 0..<columnCount { runEnds.append(ends[sample * columnCount + column] - start) }
      let count = runEnds[columnCount - 1]
      try openNextShard(before: count, tokens: runEnds[0])
      try shard.append(values.extracting(start..<start + count), ends: runEnds.span)
      start += count
    }
    precondition(start == values.count, "the last sample must end where the values end")
  }

  private func openNextShard(before valueCount: Int, tokens: Int) throws(TextError) {
    guard limits.isLimited, tokens > 0, shard.totals.tokenCount > 0 else { return }
    guard
      hasItsShare(with: tokens) || shard.totals.tokenCount + tokens > limits.tokens ?? .max
        || shard.byteCount(adding: valueCount) > limits.bytes ?? .max
    else { return }
    try finishShard()
    shard = try Shard(names.shard(finished.count), settings)
  }

  /// Whether a sample of `tokens` belongs to the next share: less than half of it would stand on this
  /// side of the border.
  private func hasItsShare(with tokens: Int) -> Bool {
    guard let shares = limits.shares, finished.count + 1 < shares.count else { return false }
    return finishedTokens + shard.totals.tokenCount + (tokens + 1) / 2
      > shares.end(of: finished.count)
  }

  private func finishShard() throws(TextError) {
    let done = try shard.finish()
    finished.append(done)
    finishedTokens += done.totals.tokenCount
  }
}

// MARK: - Durable

extension ShardSet where Shard: ~Copyable {
  func checkpoint() throws(TextError) -> JSON {
    let current = try shard.checkpoint()
    try synchronizeDirectory(ofPath: names.manifest)
    isKept = true
    return ShardSetState(finished: finished, current: current).json
  }

  func finish(
    manifest: consuming Manifest
  ) throws(TextError) -> (summary: TokenFileSummary, publication: Publication) {
    try finishShard()
    let setFiles = try writeSetFiles()
    var summary = self.summary
    summary.byteCount += setFiles.reduce(0) { $0 + $1.byteCount }
    let outputs = finished.flatMap(\.outputs) + setFiles
    let writtenFiles = outputs.map { names.directoryPrefix + $0.name }
    let published = outputs.map { output in
      var output = output
      output.name = names.published(output.name, shardCount: finished.count)
      return output
    }
    let files = published.map { names.directoryPrefix + $0.name }
    manifest.results += results(summary)
    manifest.outputs += published
    let named = Set(files)
    let written = Set(writtenFiles)
    // A shard's lengths are kept to the end if a checkpoint speaks of them: it may be gone back to.
    let stale =
      try names.found().filter { !named.contains($0) }
      + names.found(partial: true).filter {
        !written.contains(String($0.dropLast(ShardFile.partialSuffix.count)))
      }
    var json = manifest.json.serialized()
    ManifestSeal.seal(&json)
    try writeDurably(names.manifest + ShardFile.partialSuffix, json.span)
    return (
      summary,
      Publication(
        manifest: names.manifest, files: files, written: writtenFiles, stale: stale)
    )
  }

  /// Writes the files that the set has once, durable under partial names.
  private func writeSetFiles() throws(TextError) -> [Manifest.Output] {
    var outputs: [Manifest.Output] = []
    for (name, content) in setFiles(settings, finished) {
      var file = SideFile(try ShardFile(names.directoryPrefix + name))
      try file.append(bytes: content.span)
      outputs.append(try file.finish())
    }
    return outputs
  }

  private var summary: TokenFileSummary {
    var summary = TokenFileSummary(shardCount: finished.count)
    for shard in finished {
      summary.documentCount += shard.totals.documentCount
      summary.tokenCount += shard.totals.tokenCount
      summary.byteCount += shard.outputs.reduce(0) { $0 + $1.byteCount }
      summary.include(shard.totals.maximumID)
    }
    return summary
  }

  private func results(_ summary: TokenFileSummary) -> [(String, JSON)] {
    [
      ("shards", .integer(summary.shardCount)),
      ("documents", .integer(summary.documentCount)),
      ("tokens", .integer(summary.tokenCount)),
      ("token_type", .string(type.name)),
      ("maximum_id", summary.maximumID.map { .integer(Int($0)) } ?? .null),
    ]
  }
}

/// How far a set is, as a journal keeps it.
struct ShardSetState {
  var finished: [FinishedShard]
  var current: ShardState

  var json: JSON {
    .object([
      (
        "finished",
        .array(
          finished.map { shard in
            .object([
              ("path", .string(shard.path)), ("totals", shard.totals.json),
              ("outputs", .array(shard.outputs.map(\.json))), ("notes", .object(shard.notes)),
            ])
          })
      ),
      ("current", current.json),
    ])
  }

  init(finished: [FinishedShard], current: ShardState) {
    self.finished = finished
    self.current = current
  }

  init?(_ value: JSONValue) {
    guard let current = value["current"].flatMap(ShardState.init),
      let shards = value["finished"]?.elements
    else { return nil }
    self.current = current
    finished = []
    for shard in shards {
      guard let path = shard["path"]?.string,
        let totals = shard["totals"].flatMap(ShardTotals.init),
        let outputs = shard["outputs"]?.elements
      else { return nil }
      finished.append(
        FinishedShard(
          path: path, outputs: outputs.compactMap(Manifest.Output.init), totals: totals,
          notes: JSON.fields(of: shard["notes"]))
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes samples as one set of shards of one kind, with a manifest.
///
/// Shards are filled one after the other up to their limits, or, with `limits.balanced`, all at once:
/// then each sample goes to the one that has the fewest tokens, the first of several.
final class ShardSet<Shard: ShardWriter & ~Copyable>: TokenSink {
  let names: TokenFileNames
  private let settings: ShardSettings
  private let limits: ShardLimits
  /// The shard that is being filled, the last of all; or all of them.
  private var open: [OpenShard<Shard>] = []
  private var finished: [FinishedShard] = []
  /// Tokens of finished shards.
  private var finishedTokens = 0
  /// Whether somebody goes on with the files after this value.
  private var isKept = false

  var type: TokenType { settings.type }
  var tokenByteCount: Int {
    (finishedTokens + open.reduce(0) { $0 + $1.tokenCount }) * type.width
  }

  /// Starts the set, creating its directory, or goes on with it.
  ///
  /// - Throws: `writeFailed`, `invalidArgument`; `damagedArtefact` for files that are not in `state`.
  init(_ settings: SinkSettings, continuing state: JSONValue? = nil) throws(TextError) {
    names = settings.output.names
    self.settings = settings.shards
    limits = settings.limits
    try names.checkPath()
    let count = limits.balanced ?? 1
    if let state {
      guard let stored = ShardSetState(state), stored.open.count == count else {
        throw TextError(
          .damagedArtefact, "the state of an unfinished run is incomplete",
          at: .init(path: names.journal), remedy: "pass --restart to begin anew")
      }
      finished = stored.finished
      finishedTokens = finished.reduce(0) { $0 + $1.totals.tokenCount }
      isKept = true
      for state in stored.open { open.append(try openShard(at: state)) }
    } else {
      try createDirectory(String(names.directoryPrefix.dropLast()))
      for _ in 0..<count { open.append(try openShard()) }
    }
  }

  /// The next shard, new or as it was at `state`.
  private func openShard(at state: OpenShardState? = nil) throws(TextError) -> OpenShard<Shard> {
    let path = names.shard(limits.isLimited ? finished.count + open.count : nil)
    return try OpenShard(path, settings, at: state)
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
  /// - Throws: `writeFailed`, `badRecord`.
  func append(_ samples: borrowing SampleBatch) throws(TextError) {
    let values = samples.values.span
    let ends = samples.ends.span
    let columnCount = settings.columns.count
    let hasOrigins = samples.columnCount == columnCount + 1
    precondition(hasOrigins || samples.columnCount == columnCount, "samples of other columns")
    var runEnds = GrowableBuffer<Int>(capacity: columnCount)
    var start = 0
    for sample in 0..<samples.count {
      runEnds.removeAll()
      let run = sample * samples.columnCount
      for column in 0..<columnCount { runEnds.append(ends[run + column] - start) }
      let end = start + runEnds[columnCount - 1]
      let originEnd = hasOrigins ? ends[run + columnCount] : end
      try shard(for: runEnds[0], valueCount: end - start).append(
        values.extracting(start..<end), ends: runEnds.span,
        origin: values.extracting(end..<originEnd))
      start = originEnd
    }
    precondition(start == values.count, "the last sample must end where the values end")
  }

  /// The shard for a sample of `tokenCount` tokens and `valueCount` values.
  private func shard(
    for tokenCount: Int, valueCount: Int
  ) throws(TextError) -> OpenShard<Shard> {
    if limits.balanced != nil { return leastFilled }
    try openNextShard(before: valueCount, tokens: tokenCount)
    return open[0]
  }

  private var leastFilled: OpenShard<Shard> {
    var least = open[0]
    for shard in open where shard.tokenCount < least.tokenCount { least = shard }
    return least
  }

  /// Opens the next shard if the current one would exceed its limits with the sample, and both have
  /// tokens: an empty file of ids cannot be mapped by its readers.
  private func openNextShard(before valueCount: Int, tokens: Int) throws(TextError) {
    guard limits.isLimited, tokens > 0, open[0].tokenCount > 0 else { return }
    guard
      hasItsShare(with: tokens) || open[0].tokenCount + tokens > limits.tokens ?? .max
        || open[0].byteCount(adding: valueCount) > limits.bytes ?? .max
    else { return }
    try finishShards()
    open.append(try openShard())
  }

  /// Whether a sample of `tokens` belongs to the next share: less than half of it would stand on this
  /// side of the border.
  private func hasItsShare(with tokens: Int) -> Bool {
    guard let shares = limits.shares, finished.count + 1 < shares.count else { return false }
    return finishedTokens + open[0].tokenCount + (tokens + 1) / 2 > shares.end(of: finished.count)
  }

  func endShard() throws(TextError) {
    precondition(limits.inputBytes != nil, "shards that do not end with inputs")
    try finishShards()
    open.append(try openShard())
  }

  private func finishShards() throws(TextError) {
    for shard in open {
      let done = try shard.finish()
      finished.append(done)
      finishedTokens += done.totals.tokenCount
    }
    open = []
  }
}

// MARK: - Durable

extension ShardSet where Shard: ~Copyable {
  func checkpoint() throws(TextError) -> JSON {
    var states: [OpenShardState] = []
    for shard in open { states.append(try shard.checkpoint()) }
    try synchronizeDirectory(ofPath: names.manifest)
    isKept = true
    return ShardSetState(finished: finished, open: states).json
  }

  func finish(
    manifest: consuming Manifest
  ) throws(TextError) -> (summary: TokenFileSummary, publication: Publication) {
    try finishShards()
    try checkNoneIsEmpty()
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

  /// Refuses shards without a token beside others that have some.
  private func checkNoneIsEmpty() throws(TextError) {
    guard let wanted = limits.balanced, finishedTokens > 0,
      finished.contains(where: { $0.totals.tokenCount == 0 })
    else { return }
    throw TextError(
      .invalidArgument,
      "the corpus has fewer documents with tokens than the \(wanted) shards wanted",
      remedy: "choose a smaller --shards")
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
      if shard.totals.tokenCount == 0 { summary.emptyShardCount += 1 }
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

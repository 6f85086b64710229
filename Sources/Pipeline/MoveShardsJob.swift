// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenFiles

/// Joins sets of token files to one without copying an id: each shard of each set, in order, becomes a
/// shard of the result.
///
///   MovePlan        reads the manifests (``JoinedManifest``), names every file's new name
///   MoveJournal     what is to be moved, for a run that goes on with this one
///   MoveShardsJob   the steps
///
/// The steps, each of which can be repeated: everything is checked; the journal is written; each file
/// gets its new name beside the old one, by a link (where there are none, instead of the old one); the
/// manifest appears; the old names go, of each set the manifest last; the journal goes. So there is at
/// every moment a manifest of what is whole, and a file has one name at least.
package struct MoveShardsJob {
  package var sets: [String]
  package var output: String
  /// The format that the sets must have, where that is said.
  package var format: TokenFileFormat?
  package var overwrites = false
  package var restarts = false

  package init(sets: [String], output: String) {
    self.sets = sets
    self.output = output
  }

  /// What there is now.
  package struct Report: Sendable {
    package var format: TokenFileFormat
    package var files: TokenFileSummary
    package var tokenType: String
    /// Whether an earlier run had done everything.
    package var wasDone = false
  }

  /// Runs the job, or the rest of one that was not finished.
  ///
  /// - Throws: Before anything is moved: `fileNotFound`, `damagedArtefact`, `invalidArgument` for sets
  ///   that are missing, not whole or do not belong together, `outputExists`. Then `writeFailed`,
  ///   `interrupted`.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    let identity = MoveJournal.identity(sets, output)
    let saved = restarts ? nil : try MoveJournal.find(output, identity)
    if let saved {
      let names = TokenFileNames(format: saved.format, path: output)
      if kind(ofPath: names.manifest) != .missing {
        let locks = try OutputLocks([names])
        defer { withExtendedLifetime(locks) {} }
        do throws(TextError) {
          try removeSources(names, shardCounts: saved.shardCounts, context)
          return try report(of: names)
        } catch { throw Self.ending(error) }
      }
    } else if let names = namesIfDone() {
      // A run that was killed at its very end has left its lock.
      let locks = try OutputLocks([names])
      defer { withExtendedLifetime(locks) {} }
      var report = try report(of: names)
      report.wasDone = true
      return report
    }
    let plan = try MovePlan(sets, to: output, format: format, context)
    let locks = try OutputLocks([plan.names])
    defer { withExtendedLifetime(locks) {} }
    try MoveChecks(plan: plan, isContinued: saved != nil, overwrites: overwrites).run(context)
    if saved == nil {
      if overwrites { try removeOld(plan) }
      try MoveJournal(format: plan.names.format, shardCounts: plan.shardCounts)
        .write(plan.names, identity)
    }
    do throws(TextError) {
      try move(plan, context)
      try removeSources(plan.names, shardCounts: plan.shardCounts, context)
      return try report(of: plan.names)
    } catch { throw Self.ending(error) }
  }

  /// The error to end with in place of `error` once something was moved.
  private static func ending(_ error: TextError) -> TextError {
    guard error.code == .interrupted else { return error }
    return TextError(
      .interrupted, "interrupted; some files have their new names, and none is lost",
      remedy: "run the same command again to go on")
  }

  /// The output, if it is there and no set is.
  private func namesIfDone() -> TokenFileNames? {
    let places = [TokenFileFormat.megatron, .mds].map { TokenFileNames(format: $0, path: output) }
    guard let names = places.first(where: { kind(ofPath: $0.manifest) == .file }),
      sets.allSatisfy({ MovableSet.manifestPath(ofSet: $0) == nil })
    else { return nil }
    return names
  }

  private func report(of names: TokenFileNames) throws(TextError) -> Report {
    let manifest = try StoredManifest(path: names.manifest)
    let results = manifest.root["results"]
    var files = TokenFileSummary(
      shardCount: results?["shards"]?.integer ?? 0,
      documentCount: results?["documents"]?.integer ?? 0,
      tokenCount: results?["tokens"]?.integer ?? 0)
    files.byteCount = manifest.outputs.reduce(0) { $0 + $1.byteCount }
    let format = manifest.root["options"]?["format"]?.string.flatMap(TokenFileFormat.init)
    return Report(
      format: format ?? names.format, files: files,
      tokenType: results?["token_type"]?.string ?? "")
  }
}

// MARK: - The steps

extension MoveShardsJob {
  /// Removes a set that stands under the names of the output, its manifest first.
  private func removeOld(_ plan: MovePlan) throws(TextError) {
    removeFile(plan.names.manifest)
    var own: [String: String] = [:]
    try plan.forEachMove { (_, source, target) throws(TextError) in own[target] = source }
    for path in try plan.names.found() {
      if let source = own[path], FileIdentity(path: source) == FileIdentity(path: path) { continue }
      removeFile(path)
    }
  }

  private func move(_ plan: MovePlan, _ context: JobContext) throws(TextError) {
    let names = plan.names
    for (name, content) in plan.setFiles {
      try writeDurably(names.directoryPrefix + name + Publication.partialSuffix, content.span)
    }
    var json = plan.manifest.json.serialized()
    ManifestSeal.seal(&json)
    // The disk can run full here, and not later.
    try writeDurably(names.manifest + Publication.partialSuffix, json.span)
    try plan.forEachMove { (_, source, target) throws(TextError) in
      try context.checkCancellation()
      // It has its name already; the checks have found that it is this file.
      if kind(ofPath: target) != .missing { return }
      if try !linkFile(source, as: target) { try renamePath(source, to: target) }
    }
    let files = plan.setFiles.map { names.directoryPrefix + $0.name }
    try Publication(manifest: names.manifest, files: files, stale: []).perform()
  }

  /// Takes the old names away, of every set the manifest last, and then the journal.
  private func removeSources(
    _ names: TokenFileNames, shardCounts: [Int], _ context: JobContext
  ) throws(TextError) {
    let shardCount = shardCounts.reduce(0, +)
    var firstShard = 0
    for (path, count) in zip(sets, shardCounts) {
      try context.checkCancellation()
      let first = firstShard
      firstShard += count
      guard let manifestPath = MovableSet.manifestPath(ofSet: path) else { continue }
      let set = try MovableSet(try StoredManifest(path: manifestPath), names.format)
      let part = MovePlan.Part(set: set, manifestPath: manifestPath, firstShard: first)
      try part.forEachMove(to: names, shardCount) { (_, source, target) throws(TextError) in
        guard let identity = FileIdentity(path: source) else { return }
        if set.shardCount != count || identity != FileIdentity(path: target) {
          throw TextError(
            .outputExists, "was written again since its shards were moved", at: .init(path: source),
            remedy: "remove it, and run the same command again")
        }
      }
      part.removeFiles()
    }
    removeFile(names.journal)
  }
}

extension MovePlan.Part {
  /// Removes every name of the set, that of the manifest last.
  fileprivate func removeFiles() {
    for file in set.files { removeFile(set.path(of: file)) }
    for path in set.setFiles { removeFile(path) }
    removeFile(manifestPath)
    if set.names.format.isDirectory { removeEmptyDirectory(set.names.path) }
  }
}

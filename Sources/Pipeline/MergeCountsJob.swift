// SPDX-License-Identifier: Apache-2.0

package import CountFiles
package import TextCore

/// Adds count files up to one, without some sources, with weights for others.
package struct MergeCountsJob {
  package var paths: [String]
  package var output: String
  package var weights: [String: CountWeight] = [:]
  package var dropped: [String] = []
  package var minimumCount: Int?
  package var overwrites = false

  package init(paths: [String], output: String) {
    self.paths = paths
    self.output = output
  }

  /// Runs the job.
  ///
  /// - Throws: What reading and writing throw; `invalidArgument` for files that do not fit together.
  package func run(_ context: JobContext) throws(TextError) -> CountReport {
    try checkOutputFile(output, overwrites: overwrites)
    var files = try CountFileSet(paths)
    try files.drop(dropped)
    let merge = try files.merge(weights: weights)
    var manifest = CountManifest(
      toolVersion: toolVersion, settings: files.settings, sources: files.sources)
    for index in manifest.sources.indices {
      if let weight = weights[manifest.sources[index].name] {
        manifest.sources[index].weights.append(weight.text)
      }
    }
    (manifest.prunedPretokens, manifest.prunedOccurrences) = files.pruned
    manifest.minimumCount = minimumCount
    var report = try write(merge, manifest, to: output, context)
    report.repeatedInputs = files.repeatedInputs
    return report
  }
}

/// What became of counting, or of adding up counts.
package struct CountReport: Sendable {
  package var account = CorpusAccount()
  package var manifest: CountManifest
  /// The size of the file.
  package var byteCount: Int
  /// What this job has pruned.
  package var prunedPretokens: Int
  package var prunedOccurrences: Int
  package var repeatedInputs: [String] = []
  /// Input files that an earlier run had counted.
  package var resumedFiles = 0
}

/// Refuses to replace what is there.
///
/// - Throws: `outputExists`.
func checkOutputFile(_ path: String, overwrites: Bool) throws(TextError) {
  switch kind(ofPath: path) {
  case .missing: return
  case .file where overwrites: return
  case .file:
    throw TextError(
      .outputExists, "already exists", at: .init(path: path),
      remedy: "pass --overwrite to replace it, or choose another output")
  default:
    throw TextError(
      .outputExists, "is no file", at: .init(path: path), remedy: "choose another output")
  }
}

/// Writes the rows of `merge` with `manifest`, which gets their totals; rows that are rarer than its
/// minimum are left out.
func write(
  _ merge: consuming CountMerge, _ manifest: consuming CountManifest, to path: String,
  _ context: JobContext
) throws(TextError) -> CountReport {
  var writer = try CountFileWriter(path, sourceCount: manifest.sources.count)
  let minimum = Int64(manifest.minimumCount ?? 0)
  var pruned = (pretokens: 0, occurrences: 0)
  var rows = 0
  while try merge.advance() {
    if minimum > 0, case let total = try merge.occurrences(), total < minimum {
      pruned.pretokens += 1
      pruned.occurrences += Int(total)
    } else {
      try writer.append(merge.pretoken.span, merge.columns.span)
    }
    rows += 1
    if rows & 0xFFFF == 0 {
      try context.checkCancellation()
      context.progress(.mergingCounts(rows: rows))
    }
  }
  manifest.prunedPretokens += pruned.pretokens
  manifest.prunedOccurrences += pruned.occurrences
  manifest.totals = writer.totals
  let json = manifest.manifest
  let byteCount = try writer.publish { _ in json }
  return CountReport(
    manifest: manifest, byteCount: byteCount, prunedPretokens: pruned.pretokens,
    prunedOccurrences: pruned.occurrences)
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
package import Normalization
package import PreTokenization
package import TextCore
internal import Training

/// Counts the pretokens of a corpus into a count file, in bounded memory, and can be interrupted.
///
/// Input files are counted in groups. What a group has given lies in `OUTPUT.partial` as sorted runs
/// when the next one begins, so that a job that is stopped, or killed, goes on behind the last
/// finished group. A corpus of one group needs no disk if its counts fit in memory.
package struct CountJob: Sendable {
  package var source: CorpusSource
  package var names: SourceNames
  package var normalizer: Normalizer
  package var preTokenizer: PreTokenizer
  /// The count file to make.
  package var output: String
  package var overwrites = false
  /// Whether what an earlier run has counted is forgotten.
  package var restarts = false
  package var memory = MemoryBudget.standard
  package var minimumCount: Int?
  /// Whether inputs without a document are no mistake, as they are one part of a corpus.
  package var allowsEmpty = false
  /// About how many stored bytes make a group, a single larger file aside.
  package var groupBytes = CountJob.defaultGroupBytes
  /// Replaces the size of a thread's table that follows from the memory, where given.
  package var tableBytes: Int?

  /// 1 GiB: seconds to minutes of work to lose, and few runs.
  package static let defaultGroupBytes = 1 << 30

  package init(
    source: CorpusSource, names: SourceNames, normalizer: Normalizer, preTokenizer: PreTokenizer,
    output: String
  ) {
    self.source = source
    self.names = names
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.output = output
  }

  /// Runs the job.
  ///
  /// - Throws: Bad options and an existing output before anything is read; then what reading and
  ///   writing throw. Only finished groups are left behind in that case.
  package func run(_ context: JobContext) throws(TextError) -> CountReport {
    try checkOutputFile(output, overwrites: overwrites)
    if source.sample != nil {
      var job = self
      job.source = try source.decidingSample(context)
      return try job.run(context)
    }
    var source = source
    let shareBytes = try memory.tableBytes(
      threadCount: context.threadCount, reading: &source)
    let tableBytes = tableBytes ?? shareBytes
    let directory = output.lastIndex(of: "/").map { String(output[..<$0]) } ?? ""
    try createDirectory(directory)
    let groups = CountingGroups(source, names.ofFile.map { names.names[$0] }, groupBytes)
    let state = try CountingState(
      directory: output + ".partial", job: groups.identity(normalizer, preTokenizer),
      restarts: restarts)
    do throws(TextError) {
      let report = try run(state, groups, tableBytes, context)
      state.remove()
      return report
    } catch {
      guard state.finishedCount > 0 else {
        state.remove()
        throw error
      }
      // What the group that was not finished has written is of no use.
      state.removeUnfinished()
      guard error.code == .interrupted else { throw error }
      throw groups.interruption(of: state)
    }
  }

  private func run(
    _ state: CountingState, _ groups: CountingGroups, _ tableBytes: Int, _ context: JobContext
  ) throws(TextError) -> CountReport {
    let runs = CountRuns(directory: state.directory, sourceNames: names.names)
    let counting = PretokenCounting(
      normalizer: normalizer, preTokenizer: preTokenizer, runs: runs, tableBytes: tableBytes,
      threadCount: context.threadCount, makeDirectory: { () throws(TextError) in })
    let counted = try groups.count(
      by: counting, sources: names.ofFile, state, keepsSingleGroup: false, context)
    let account = counted.account
    if !allowsEmpty { try account.checkNotEmpty() }
    // ---- All counts together ----
    var manifest = CountManifest(
      toolVersion: toolVersion, settings: CountSettings(normalizer, preTokenizer),
      sources: sources(account))
    manifest.minimumCount = minimumCount
    let merge = try counting.merged(
      with: counted.runs, keeping: state.finishedCount > 0, fanIn: memory.fanIn, context)
    let place = state.directory + "/" + CountingState.outputName
    var report = try write(merge, manifest, to: place, context)
    try renamePath(place, to: output)
    report.account = account
    report.resumedFiles = counted.resumedFiles
    return report
  }

  private func sources(_ account: CorpusAccount) -> [CountSource] {
    var sources = names.names.map { name in
      var source = CountSource(name: name)
      source.reading = self.source.manifestOptions.map { name, value in
        if case .string(let text) = value { return (name, text) }
        return (name, value.serialized(indent: nil).makeString())
      }
      return source
    }
    for (index, input) in account.inputs.enumerated() {
      let source = names.ofFile[index]
      sources[source].inputs.append(input)
      sources[source].replacedSequences += account.losses[index].replacedSequences
      sources[source].rejectedRecords += account.losses[index].rejects
      sources[source].receipt.merge(account.losses[index].receipt)
      if account.losses[index].isDamaged { sources[source].damagedInputs.append(input.path) }
    }
    return sources
  }
}

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
    try checkCountOutput(output, overwrites: overwrites)
    let shareBytes = try memory.tableBytes(threadCount: context.threadCount)
    let tableBytes = tableBytes ?? shareBytes
    let directory = output.lastIndex(of: "/").map { String(output[..<$0]) } ?? ""
    try createDirectory(directory)
    let state = try CountingState(output: output, job: identity, restarts: restarts)
    let groups = groups
    var finished = 0
    do throws(TextError) {
      let report = try run(state, groups, tableBytes, &finished, context)
      state.remove()
      return report
    } catch {
      guard finished > 0 else {
        state.remove()
        throw error
      }
      // What the group that was not finished has written is of no use.
      _ = try? state.finishedGroups(groups.count)
      guard error.code == .interrupted else { throw error }
      let files = groups[finished - 1].upperBound
      throw TextError(
        .interrupted,
        "interrupted; \(files) of \(source.inputs.files.count) input files are counted and kept in "
          + state.directory, remedy: "run the same command again to go on")
    }
  }

  private func run(
    _ state: borrowing CountingState, _ groups: [Range<Int>], _ tableBytes: Int,
    _ finished: inout Int, _ context: JobContext
  ) throws(TextError) -> CountReport {
    // ---- What an earlier run has done ----
    var account = CorpusAccount()
    var runNames: [String] = []
    for group in try state.finishedGroups(groups.count) {
      account.merge(group.account)
      runNames += group.runs
      finished += 1
    }
    let resumedFiles = account.inputs.count
    account.ignoredFiles = source.inputs.ignored
    // ---- The other groups ----
    let runs = CountRuns(directory: state.directory, sourceNames: names.names)
    let counting = PretokenCounting(
      normalizer: normalizer, preTokenizer: preTokenizer, runs: runs, tableBytes: tableBytes,
      threadCount: context.threadCount, makeDirectory: { () throws(TextError) in })
    for number in finished..<groups.count {
      var part = source
      part.inputs = source.inputs[groups[number]]
      let groupName = "run-\(number)"
      let read = try counting.count(
        part, sources: Array(names.ofFile[groups[number]]), name: groupName,
        progress(context, before: groups[number].lowerBound))
      account.merge(read)
      if groups.count == 1 { continue }
      try counting.spillTables(name: groupName)
      let written = counting.takeRuns()
      try state.finish(group: number, read, runs: written)
      runNames += written
      finished += 1
    }
    try account.checkNotEmpty()
    // ---- All counts together ----
    var manifest = CountManifest(
      toolVersion: toolVersion, settings: CountSettings(normalizer, preTokenizer),
      sources: sources(account))
    manifest.minimumCount = minimumCount
    let merge = try merged(counting, runs, runNames, keeping: finished > 0, context)
    let place = state.directory + "/" + CountingState.outputName
    var report = try write(merge, manifest, to: place, context)
    try renamePath(place, to: output)
    report.account = account
    report.resumedFiles = resumedFiles
    return report
  }

  private func merged(
    _ counting: PretokenCounting, _ runs: CountRuns, _ finishedRuns: [String], keeping: Bool,
    _ context: JobContext
  ) throws(TextError) -> CountMerge {
    var names = finishedRuns + counting.takeRuns()
    if names.isEmpty {
      try counting.sortTables()
      return CountMerge(counting.tables.map { CountMerge.Stream(CountTableCursor($0)) })
    }
    try counting.spillTables(name: "run-last")
    counting.releaseTables()
    names += counting.takeRuns()
    names = try runs.reduced(
      names, fanIn: memory.fanIn, keeping: keeping ? Set(finishedRuns) : [],
      check: context.checkCancellation)
    return try runs.merge(names)
  }

  // MARK: Groups

  /// Files in their order, in groups that are closed when they are large enough.
  ///
  /// What cannot be read twice is never finished before the end.
  private var groups: [Range<Int>] {
    let files = source.inputs.files
    let sizes = files.map { path in
      path == CorpusInputs.standardInput ? nil : byteCount(ofPath: path)
    }
    if sizes.contains(where: { $0 == nil }) { return [0..<files.count] }
    var groups: [Range<Int>] = []
    var start = 0
    var total = 0
    for (index, size) in sizes.enumerated() {
      total += size ?? 0
      if total >= groupBytes || index == files.count - 1 {
        groups.append(start..<index + 1)
        start = index + 1
        total = 0
      }
    }
    return groups
  }

  /// All that decides the counts: two runs of which this is the same can share their work.
  private var identity: JSON {
    let files: [JSON] = zip(source.inputs.files, names.ofFile).map { path, name in
      let state = FileState(path: path)
      return .string(
        "\(path), \(state?.byteCount ?? -1) bytes, changed at \(state?.modified ?? -1), "
          + "source \(names.names[name])")
    }
    let settings = CountSettings(normalizer, preTokenizer).options
    return .object([
      ("malmoi_counting", .integer(1)), ("tool_version", .string(toolVersion)),
      ("options", .object(source.manifestOptions)),
      ("settings", .object(settings.map { ($0.0, $0.1.map { .string($0) } ?? .null) })),
      ("strict", .bool(source.isStrict)), ("group_bytes", .integer(groupBytes)),
      ("inputs", .array(files)),
    ])
  }

  private func progress(_ context: JobContext, before file: Int) -> JobContext {
    let sizes = source.inputs.files.map { byteCount(ofPath: $0) }
    let done = sizes[..<file].reduce(0) { $0 + ($1 ?? 0) }
    let total = sizes.contains { $0 == nil } ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }
    var part = context
    part.progress = { progress in
      guard case .reading(let bytes, _) = progress else { return context.progress(progress) }
      context.progress(.reading(bytes: done + bytes, of: total))
    }
    return part
  }

  private func sources(_ account: CorpusAccount) -> [CountSource] {
    var sources = names.names.map { name in
      var source = CountSource(name: name)
      source.reading = self.source.manifestOptions.map { name, value in
        if case .string(let text) = value { (name, text) } else { (name, "") }
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

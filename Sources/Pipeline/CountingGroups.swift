// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import PreTokenization
internal import TextCore

/// The files of a corpus in groups, which are counted one after the other: what a group has given is
/// on disk before the next one begins, so that a job that is stopped or killed goes on behind it.
struct CountingGroups {
  private var source: CorpusSource
  private let sourceNames: [String]
  private let groupBytes: Int
  /// Ranges of files; one that is not empty, at least.
  private let ranges: [Range<Int>]

  /// The largest window of a zstd frame that is read.
  var maximumWindowBytes: Int {
    get { source.options.maximumWindowBytes }
    set { source.options.maximumWindowBytes = newValue }
  }

  /// Files in their order, in groups that are closed when they are large enough.
  ///
  /// What cannot be read twice is never finished before the end.
  ///
  /// - Parameters:
  ///   - source: The corpus.
  ///   - sourceNames: The name of the source of each file.
  ///   - groupBytes: About how many stored bytes make a group, a single larger file aside.
  init(_ source: CorpusSource, _ sourceNames: [String], _ groupBytes: Int) {
    self.source = source
    self.sourceNames = sourceNames
    self.groupBytes = groupBytes
    let files = source.inputs.files
    let sizes = files.map { path in
      path == CorpusInputs.standardInput ? nil : byteCount(ofPath: path)
    }
    if sizes.contains(where: { $0 == nil }) {
      ranges = [0..<files.count]
      return
    }
    var ranges: [Range<Int>] = []
    var start = 0
    var total = 0
    for (index, size) in sizes.enumerated() {
      total += size ?? 0
      if total >= groupBytes || index == files.count - 1 {
        ranges.append(start..<index + 1)
        start = index + 1
        total = 0
      }
    }
    self.ranges = ranges
  }

  var isSingle: Bool { ranges.count <= 1 }

  /// All that decides the counts: two runs of which this is the same can share their work.
  func identity(
    _ normalizer: Normalizer, _ preTokenizer: PreTokenizer, countsEojeols: Bool = false
  ) -> JSON {
    let files: [JSON] = zip(source.inputs.files, sourceNames).map { path, name in
      let state = FileState(path: path)
      return .string(
        "\(path), \(state?.byteCount ?? -1) bytes, changed at \(state?.modified ?? -1), "
          + "source \(name)")
    }
    let settings = CountSettings(normalizer, preTokenizer).options
    return .object([
      ("malmoi_counting", .integer(1)), ("tool_version", .string(toolVersion)),
      ("options", .object(source.manifestOptions)),
      ("settings", .object(settings.map { ($0.0, $0.1.map { .string($0) } ?? .null) })),
      ("strict", .bool(source.isStrict)), ("group_bytes", .integer(groupBytes)),
      ("counts_eojeols", .bool(countsEojeols)), ("inputs", .array(files)),
    ])
  }

  /// Counts the groups that no earlier run has finished.
  ///
  /// - Parameters:
  ///   - counting: The tables, and the directory of the runs, which is that of `state`.
  ///   - sources: The number of the source of each file.
  ///   - state: What is finished.
  ///   - keepsSingleGroup: Whether the counts of a corpus of one group go to disk too.
  ///   - context: How to run.
  /// - Returns: What was read now and before; the names of the runs of finished groups.
  /// - Throws: What reading and writing runs throw.
  func count(
    by counting: PretokenCounting, sources: [Int], _ state: CountingState, keepsSingleGroup: Bool,
    _ context: JobContext
  ) throws(TextError) -> (account: CorpusAccount, eojeols: Int, runs: [String], resumedFiles: Int) {
    // ---- What an earlier run has done ----
    var account = CorpusAccount()
    var eojeols = 0
    var runs: [String] = []
    for group in try state.finishedGroups(ranges.count) {
      account.merge(group.account)
      eojeols += group.eojeols
      runs += group.runs
    }
    let resumedFiles = account.inputs.count
    account.ignoredInputs = source.inputs.ignored
    // ---- The other groups ----
    for number in state.finishedCount..<ranges.count {
      var part = source
      part.inputs = source.inputs[ranges[number]]
      part.options.keepsMetadata = false
      let name = "run-\(number)"
      let before = counting.eojeols
      let read = try counting.count(
        part, sources: Array(sources[ranges[number]]), name: name,
        progress(context, before: ranges[number].lowerBound))
      account.merge(read)
      eojeols += counting.eojeols - before
      if isSingle && !keepsSingleGroup { continue }
      try counting.spillTables(name: name)
      let group = CountedGroup(
        account: read, eojeols: counting.eojeols - before, runs: counting.takeRuns())
      try state.finish(group: number, group)
      runs += group.runs
    }
    return (account, eojeols, runs, resumedFiles)
  }

  /// What to tell of an interruption after some groups.
  func interruption(of state: CountingState) -> TextError {
    let files = ranges[state.finishedCount - 1].upperBound
    return TextError(
      .interrupted,
      "interrupted; \(files) of \(source.inputs.files.count) input files are counted and kept in "
        + state.directory, remedy: "run the same command again to go on")
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
}

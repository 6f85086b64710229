// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import PreTokenization
internal import TextCore
internal import Training

extension TrainJob {
  /// The counts to train from.
  func count(_ state: CountingState?, _ context: JobContext) throws(TextError) -> Counted {
    switch input {
    case .text(let source, let names, let normalizer, let preTokenizer):
      try countText(source, names, normalizer, preTokenizer, state, context)
    case .counts(let paths, let normalizer, let preTokenizer):
      try readCounts(paths, normalizer, preTokenizer)
    }
  }

  // MARK: From text

  /// Sources are told apart only where that makes a difference.
  private var isWeighted: Bool { !weights.isEmpty }

  /// The groups in which text is counted; nil if counts are given.
  var groups: CountingGroups? {
    guard case .text(let source, let names, _, _) = input else { return nil }
    let sources = names.ofFile.map { isWeighted ? names.names[$0] : "" }
    return CountingGroups(source, sources, groupBytes)
  }

  /// What an earlier run has counted, and where this one keeps its counts; nil for one group of files,
  /// which is counted in memory.
  ///
  /// - Throws: `outputExists` if something else lies there.
  func countingState() throws(TextError) -> CountingState? {
    let jobPath = partialDirectory + "/" + CountingState.jobName
    guard case .text(_, _, let normalizer, let preTokenizer) = input, let groups,
      !groups.isSingle || kind(ofPath: jobPath) == .file
    else {
      if restarts { clearPartialDirectory(keeping: []) }
      return nil
    }
    try makePartialDirectory()
    let state = try CountingState(
      directory: partialDirectory,
      job: groups.identity(normalizer, preTokenizer, countsEojeols: measuresTrainingText),
      restarts: restarts, sparing: [MergeCheckpoint.name])
    return groups.isSingle ? nil : state
  }

  /// Counts text; runs are named after `name`.
  func countText(
    _ source: CorpusSource, _ names: SourceNames, _ normalizer: Normalizer,
    _ preTokenizer: PreTokenizer, _ state: CountingState?, name: String = "run",
    _ context: JobContext
  ) throws(TextError) -> Counted {
    var source = source
    source.options.keepsMetadata = false
    let weights = try names.weights(weights)
    let tableBytes = try memory.tableBytes(
      threadCount: context.threadCount, reading: &source)
    let runs = CountRuns(
      directory: partialDirectory, sourceNames: isWeighted ? names.names : [""])
    let counting = PretokenCounting(
      normalizer: normalizer, preTokenizer: preTokenizer, runs: runs, tableBytes: tableBytes,
      threadCount: context.threadCount, countsEojeols: measuresTrainingText,
      makeDirectory: makePartialDirectory)
    let sources = isWeighted ? names.ofFile : names.ofFile.map { _ in 0 }
    var counted = Counted(
      rows: .runs(runs, [], weights), account: CorpusAccount(), normalizer: normalizer,
      preTokenizer: preTokenizer, options: source.manifestOptions)
    if let state, var groups {
      groups.maximumWindowBytes = source.options.maximumWindowBytes
      let result = try groups.count(
        by: counting, sources: sources, state, keepsSingleGroup: true, context)
      counting.releaseTables()
      let names = try runs.reduced(
        result.runs, fanIn: memory.fanIn, keeping: Set(result.runs),
        check: context.checkCancellation)
      counted.rows = .runs(runs, names, weights)
      counted.account = result.account
      counted.eojeols = isWeighted ? nil : result.eojeols
      counted.resumedFiles = result.resumedFiles
      return counted
    }
    let account = try counting.count(source, sources: sources, name: name, context)
    // ---- In memory, if the parts, their sum and the words made of it fit there; else on disk ----
    var runNames = counting.takeRuns()
    let held = counting.tables.reduce(0) { $0 + $1.counts.byteCount }
    // What is read again once merging has taken the memory waits on disk.
    let fits = !measuresTrainingText && held * 2 <= tableBytes * context.threadCount
    if runNames.isEmpty, !isWeighted, fits {
      counted.rows = .table(try counting.total())
    } else if runNames.isEmpty, isWeighted, fits {
      try counting.sortTables()
      counted.rows = .tables(counting.tables, weights)
    } else {
      try counting.spillTables(name: name)
      counting.releaseTables()
      runNames += counting.takeRuns()
      runNames = try runs.reduced(runNames, fanIn: memory.fanIn, check: context.checkCancellation)
      counted.rows = .runs(runs, runNames, weights)
    }
    counted.account = account
    counted.eojeols = isWeighted ? nil : counting.eojeols
    return counted
  }

  // MARK: From count files

  func readCounts(
    _ paths: [String], _ normalizer: Normalizer?, _ preTokenizer: PreTokenizer?
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
    var account = CorpusAccount()
    for path in paths {
      account.inputs.append(try digest(path, documents: files.documents(of: path)))
    }
    account.documents = files.sources.reduce(0) { $0 + $1.documents }
    for source in files.sources { account.receipt.merge(source.receipt) }
    account.replacedSequences = files.sources.reduce(0) { $0 + $1.replacedSequences }
    return Counted(
      rows: .files(paths, weights), account: account, normalizer: ownNormalizer,
      preTokenizer: ownPreTokenizer,
      options: [("input_format", .string(CountManifest.kind))])
  }

  private func mismatch(_ files: CountFileSet, _ name: String, _ wanted: String) -> TextError {
    let own = files.settings[name] ?? "none"
    let option = "--" + String(name.map { $0 == "_" ? "-" : $0 })
    let preset = self.preset.flatMap { use in
      use.settings.contains { $0.name == name } ? use.preset.name : nil
    }
    return TextError(
      .invalidArgument,
      preset.map { "counted with \(name) \(own), where preset \($0) has \(wanted)" }
        ?? "counted with \(name) \(own), where \(wanted) is wanted",
      at: .init(path: files.paths[0]),
      remedy: preset == nil
        ? "count again, or train as it was counted"
        : "count again with \(option) \(wanted), or pass \(option) \(own)")
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

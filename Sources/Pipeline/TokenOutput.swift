// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import TextCore
internal import TokenFiles

/// The sinks of a run, all written in one pass, and the journal by which a later run goes on.
///
/// Every so many bytes of ids all sinks are made durable, and then the journal says, in one atomic
/// step, how far they and the corpus are. A run that is killed, stopped or out of disk leaves partial
/// files and the journal; the same command cuts the files back to what the journal says, reads the
/// corpus up to there without encoding it, and goes on. Whole files get their names last, by steps
/// that the journal holds and that can be repeated.
struct TokenOutput: ~Copyable {
  /// 256 MiB of ids: a few seconds of work to lose, and one wait for the disk in as many.
  static let checkpointBytes = 256 << 20

  private let journal: Journal?
  private let locks: OutputLocks
  private var sinks: [any TokenSink] = []
  /// What an earlier run has left to be published, instead of sinks.
  private var leftToPublish: [FinishedSet]?
  private var progress = SavedProgress()
  private var isSaved = false
  /// Documents that the saved state has; ``progress`` may be ahead of it.
  private var savedDocuments = 0
  /// Whether the last state was saved because the run is to stop: what comes behind it is lost.
  private var isStopped = false
  private let checkpointBytes: Int
  private var nextCheckpoint: Int
  /// Where the pass goes on, if an earlier run has begun it.
  let position: PassPosition?
  /// What the earlier run has noted beside.
  let restored: JSONValue?
  /// What the stages between encoder and sinks need to go on; nothing if only publishing is left.
  let restoredStages: JSONValue?
  /// Documents that an earlier run has written.
  let resumedDocuments: Int

  /// Whether an earlier run has written everything, and only names are missing.
  var isWritten: Bool { leftToPublish != nil }

  /// Opens the sinks, or goes on with those of an unfinished run.
  ///
  /// - Parameters:
  ///   - settings: What to write; at least one.
  ///   - identity: What decides the result, nil if the input cannot be read twice: then there is no
  ///     journal.
  ///   - overwrites: Whether existing outputs are replaced.
  ///   - restarts: Whether an unfinished run is forgotten.
  ///   - checkpointBytes: After how many bytes of ids everything is made durable.
  /// - Throws: `outputExists`; `writeFailed`; `damagedArtefact` for partial files that the journal
  ///   does not describe.
  init(
    _ settings: [SinkSettings], identity: JobIdentity?, overwrites: Bool, restarts: Bool,
    checkpointBytes: Int = TokenOutput.checkpointBytes
  ) throws(TextError) {
    let names = settings.map(\.output.names)
    let locks = try OutputLocks(names)
    let journal = identity.map { Journal(path: names[0].journal, identity: $0) }
    let saved = restarts ? nil : try journal?.read()
    var sinks: [any TokenSink] = []
    if saved?.sets == nil {
      for name in names { try name.checkOutput(overwrite: overwrites) }
      for (index, settings) in settings.enumerated() {
        if saved == nil { try settings.output.names.removePartialFiles() }
        sinks.append(try makeTokenSink(settings, continuing: saved?.sinks[index]))
      }
      if saved == nil { removeFile(names[0].journal) }
    }
    self.journal = journal
    self.locks = locks
    self.sinks = sinks
    self.checkpointBytes = checkpointBytes
    leftToPublish = saved?.sets
    isSaved = saved != nil
    position = saved?.progress.position
    progress = saved?.progress ?? SavedProgress()
    restored = saved?.more
    restoredStages = saved?.sets == nil ? saved?.stages : nil
    resumedDocuments = progress.documents
    savedDocuments = progress.documents
    nextCheckpoint = sinks.reduce(0) { $0 + $1.tokenByteCount } + checkpointBytes
  }

  /// Appends samples to every sink.
  ///
  /// - Throws: `writeFailed`, `badRecord`.
  mutating func append(_ samples: borrowing SampleBatch) throws(TextError) {
    for sink in sinks { try sink.append(samples) }
  }

  /// Appends samples to the sinks of `range`.
  ///
  /// - Throws: `writeFailed`, `badRecord`.
  mutating func append(
    _ samples: borrowing SampleBatch, to range: Range<Int>
  ) throws(TextError) {
    // Only their names are missing.
    if leftToPublish != nil { return }
    for sink in sinks[range] { try sink.append(samples) }
  }

  /// Ends the shard that each sink is filling.
  ///
  /// - Throws: `writeFailed`.
  mutating func endShards() throws(TextError) {
    if leftToPublish != nil { return }
    for sink in sinks { try sink.endShard() }
  }
}

// MARK: - Going on later

extension TokenOutput {
  /// Notes how far the run is, and makes it durable if enough was written since the last time, or if
  /// the run is told to stop.
  ///
  /// - Parameters:
  ///   - done: How many blocks, or documents, of the input are done.
  ///   - documents: How many documents they have.
  ///   - receipts: What normalising changed in them, by input.
  ///   - isStopping: Whether the user wants the run to stop.
  ///   - waitingByteCount: Bytes that wait in stages before the sinks.
  ///   - more: What else a later run has to know.
  ///   - stages: Makes what waits in the stages durable, and tells what they need to go on.
  /// - Throws: `writeFailed`.
  mutating func note(
    done: Int, documents: Int, receipts: @autoclosure () -> [NormalizationReceipt] = [],
    isStopping: Bool, waitingByteCount: Int = 0, _ more: JSON = .null,
    stages: () throws(TextError) -> JSON = { () throws(TextError) in .null }
  ) throws(TextError) {
    guard let journal, leftToPublish == nil, !isStopped else { return }
    progress.position.blocks = done
    progress.documents = documents
    progress.more = more
    let written = sinks.reduce(waitingByteCount) { $0 + $1.tokenByteCount }
    let isDue = written >= nextCheckpoint
    // What an earlier run has saved is not saved again block by block.
    guard isDue || isStopping && done > position?.blocks ?? 0 else { return }
    progress.position.receipts = receipts()
    progress.stages = try stages()
    var states: [JSON] = []
    for sink in sinks { states.append(try sink.checkpoint()) }
    try journal.write(progress, .writing(states))
    isSaved = true
    savedDocuments = documents
    isStopped = isStopping
    nextCheckpoint = written + checkpointBytes
  }

  /// The error to end with in place of `error`: of an interruption, what is kept.
  func ending(_ error: TextError) -> TextError {
    guard error.code == .interrupted, isSaved else { return error }
    return TextError(
      .interrupted, "interrupted; what is written so far is kept",
      remedy: "run the same command again to go on behind document \(savedDocuments)")
  }
}

// MARK: - Publishing

extension TokenOutput {
  /// Completes all sets and gives their files their names.
  ///
  /// - Parameters:
  ///   - manifest: The manifest of the sink with a number, but for what the sink adds.
  ///   - whenDurable: Is called when nothing but the names is missing.
  /// - Throws: `writeFailed`.
  /// - Returns: What each sink has written.
  mutating func publish(
    manifest: (Int) -> Manifest, whenDurable: () -> Void = {}
  ) throws(TextError) -> [TokenFileSummary] {
    var sets = leftToPublish ?? []
    if leftToPublish == nil {
      for (index, sink) in sinks.enumerated() {
        sets.append(FinishedSet(try sink.finish(manifest: manifest(index))))
      }
      if let journal {
        try journal.write(progress, .publishing(sets))
        for sink in sinks { sink.keep() }
      }
    }
    whenDurable()
    for set in sets { try set.publication.perform() }
    journal?.remove()
    return sets.map(\.summary)
  }
}

/// Refuses two outputs that would write the same files.
///
/// - Throws: `invalidArgument`.
func checkDistinctOutputs(_ settings: [SinkSettings]) throws(TextError) {
  for (index, one) in settings.enumerated() {
    for other in settings[..<index] where one.output.names.path == other.output.names.path {
      throw TextError(
        .invalidArgument, "two outputs have the path \"\(one.output.path)\"",
        remedy: "give each a path of its own")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// What stands between the encoder and the sinks: documents are left out, repeated, divided among
/// splits and shuffled as the choices say, and then packed.
///
/// Decisions are made in the order of the corpus. What they need to know of documents before (the ids
/// seen, the tokens taken of each source, the documents that wait to be shuffled) survives a run that
/// is cut off, by ``checkpoint()``.
struct DocumentStages: ~Copyable {
  private let choices: DocumentChoices
  private let directory: String
  /// By split; nil for one that gets nothing.
  private var lanes: [SplitLane?] = [nil, nil, nil]
  private var seen: SeenIDs?
  private var mix: SourceMix?
  /// What was chosen so far, but for the sources.
  private var counts: ChoiceAccount

  /// The stages of a new run, or of one that goes on.
  ///
  /// - Parameters:
  ///   - choices: What is to be done.
  ///   - columnCount: The columns of documents: the ids, and, where they are kept, the origins.
  ///   - packing: How documents become samples, nil where they stay as they are.
  ///   - sinkCount: How many sinks each split has; those of one split stand together.
  ///   - directory: For temporary files; made if something needs them.
  ///   - maximumID: The largest id.
  ///   - restored: What an earlier run had chosen.
  ///   - state: What ``checkpoint()`` gave that run.
  /// - Throws: `writeFailed`, `readFailed`, `damagedArtefact`.
  init(
    _ choices: DocumentChoices, columnCount: Int = 1, packing: PackingPlan?, sinkCount: Int,
    directory: String, maximumID: UInt32, account restored: JSONValue?, state: JSONValue?
  ) throws(TextError) {
    self.choices = choices
    self.directory = directory
    counts = ChoiceAccount(restored, choices)
    if !choices.sources.isEmpty {
      mix = SourceMix(choices.sources, seed: choices.seed, continuing: counts.sources)
    }
    if choices.deduplicates {
      try createDirectory(directory)
      seen = try SeenIDs(
        directory + "/seen-ids", memoryBytes: choices.memoryBytes,
        continuing: state?["seen_bytes"]?.integer)
    }
    let splits = choices.splits.map { $0?.rawValue ?? 0 }
    for (place, split) in splits.enumerated() {
      let lane = SplitLane(
        sinks: place * sinkCount..<(place + 1) * sinkCount, columnCount: columnCount,
        packing: try PackingStage(packing, saved: state?["packers"]?[place]?.string))
      if let seed = choices.shuffleSeed {
        lane.shuffle = try DocumentShuffle(
          directory: "\(directory)/\(split)", seed: seed &+ UInt64(split),
          memoryBytes: choices.memoryBytes / splits.count, columnCount: columnCount,
          maximumValue: max(maximumID, UInt32(UInt8.max)),
          resuming: state?["shuffles"]?[place].flatMap { DocumentShuffle.Checkpoint($0) })
      }
      lanes[split] = lane
    }
  }

  /// What was chosen so far.
  var account: ChoiceAccount {
    var account = counts
    account.sources = mix?.accounts ?? []
    return account
  }

  /// Bytes that were put aside and are in no sink yet.
  var waitingByteCount: Int { lanes.reduce(0) { $0 + ($1?.shuffle?.byteCount ?? 0) } }

  private var isShuffling: Bool { choices.shuffleSeed != nil }
}

/// The documents of one split on their way.
private final class SplitLane {
  let sinks: Range<Int>
  var batch: SampleBatch
  var shuffle: DocumentShuffle?
  var packing: PackingStage

  init(sinks: Range<Int>, columnCount: Int, packing: consuming PackingStage) {
    self.sinks = sinks
    batch = SampleBatch(columnCount: columnCount)
    self.packing = packing
  }

  /// Hands the batch on and empties it.
  func flush(into output: inout TokenOutput) throws(TextError) {
    if batch.count > 0 {
      if shuffle == nil {
        try packing.append(batch, to: &output, sinks)
      } else {
        try shuffle?.append(documents: batch.values.span, ends: batch.ends.span)
      }
    }
    batch.removeAll()
  }

  func emit(into output: inout TokenOutput) throws(TextError) {
    try shuffle?.emit { (batch, _) throws(TextError) in
      try packing.append(batch, to: &output, sinks)
    }
    try packing.finish(to: &output, sinks)
  }
}

// MARK: - Documents

extension DocumentStages {
  /// Takes the next documents of the corpus.
  ///
  /// - Throws: `writeFailed`, `badRecord`; `invalidArgument` if there are more ids than memory holds.
  mutating func take(
    _ encoded: borrowing EncodedBatch, into output: inout TokenOutput
  ) throws(TextError) {
    if !choices.needsIdentities, !isShuffling, let lane = lanes[0] {
      return try lane.packing.append(encoded.samples, to: &output, lane.sinks)
    }
    for index in 0..<encoded.samples.count {
      let tokenCount = encoded.samples.range(sample: index).count
      var split = 0
      var copies = 1
      if choices.needsIdentities {
        let identity = DocumentIdentity(hash: encoded.identities[index])
        if try seen?.insert(identity) == false {
          counts.duplicates += 1
          continue
        }
        let source = choices.sources.isEmpty ? 0 : choices.sourceOfFile[encoded.fileIndex]
        copies = mix?.take(source, identity, tokenCount: tokenCount) ?? 1
        split = choices.split?.split(of: identity).rawValue ?? 0
      }
      counts.documents[split] += copies
      counts.tokens[split] += copies * tokenCount
      guard let lane = lanes[split] else { continue }
      for _ in 0..<copies { lane.batch.append(index, of: encoded.samples) }
    }
    for lane in lanes { try lane?.flush(into: &output) }
  }

  /// Hands on what has waited for the end of the corpus.
  ///
  /// - Throws: `writeFailed`, `readFailed`, `damagedArtefact`, `badRecord`, `interrupted`.
  func finish(into output: inout TokenOutput) throws(TextError) {
    for lane in lanes { try lane?.emit(into: &output) }
  }
}

// MARK: - Going on later

extension DocumentStages {
  /// Makes everything that waits durable; the value is what a later run needs to go on.
  ///
  /// - Throws: `writeFailed`.
  mutating func checkpoint() throws(TextError) -> JSON {
    var fields: [(String, JSON)] = []
    if let byteCount = try seen?.checkpoint() {
      fields.append(("seen_bytes", .integer(byteCount)))
    }
    if isShuffling {
      var shuffles: [JSON] = []
      for lane in lanes {
        if let checkpoint = try lane?.shuffle?.checkpoint() { shuffles.append(checkpoint.json) }
      }
      fields.append(("shuffles", .array(shuffles)))
    }
    var packers: [JSON] = []
    for lane in lanes {
      if let state = lane?.packing.state { packers.append(.string(state)) }
    }
    if !packers.isEmpty { fields.append(("packers", .array(packers))) }
    return .object(fields)
  }

  /// What packing has done with the tokens of each split that there is; nothing without packing.
  var packed: [PackingAccount] { lanes.compactMap { $0?.packing.account } }

  /// Lets go of everything; temporary files stay only if a checkpoint needs them.
  mutating func close() {
    for lane in lanes { lane?.shuffle = nil }
    seen = nil
    removeEmptyDirectory(directory)
  }

  /// Removes all temporary files: the outputs have their names.
  mutating func removeFiles() {
    for lane in lanes { lane?.shuffle?.removeFiles() }
    seen?.removeFile()
    close()
  }
}

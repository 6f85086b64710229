// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import TextCore
internal import TokenFiles

/// The file in which a run that writes token files notes how far it is, for the run after it.
///
/// It changes in one step and only after everything that it speaks of is durable.
struct Journal: Sendable {
  private static let version = 1

  let path: String
  private let job: JSON

  init(path: String, identity: JobIdentity) {
    self.path = path
    job = identity.json
  }

  /// What the sinks are in the middle of.
  enum Phase {
    /// The state of each sink.
    case writing([JSON])
    /// Everything is durable, and gets its names.
    case publishing([FinishedSet])
  }

  /// Replaces the journal.
  ///
  /// - Throws: `writeFailed`.
  func write(_ progress: SavedProgress, _ phase: Phase) throws(TextError) {
    let phaseField: (String, JSON) =
      switch phase {
      case .writing(let states): ("sinks", .array(states))
      case .publishing(let sets): ("sets", .array(sets.map(\.json)))
      }
    let json = JSON.object([
      ("malmoi_journal", .integer(Self.version)), ("job", job), ("progress", progress.json),
      phaseField,
    ])
    try writeFile(path, json.serialized().span)
    try synchronizeDirectory(ofPath: path)
  }

  /// What an unfinished run of the same job has noted, nil if there is none.
  ///
  /// - Throws: `outputExists` for that of another job; `damagedArtefact`, `readFailed`.
  func read() throws(TextError) -> SavedRun? {
    guard kind(ofPath: path) != .missing else { return nil }
    let root = try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
    guard root["malmoi_journal"]?.integer == Self.version, let stored = root["job"],
      let progress = root["progress"].flatMap(SavedProgress.init)
    else { throw damaged() }
    try JobIdentity(json: job).check(
      against: JSON(copying: stored).serialized().makeString(), path: path, what: "run")
    if let values = root["sets"]?.elements {
      let sets = values.compactMap(FinishedSet.init)
      guard sets.count == values.count else { throw damaged() }
      return SavedRun(
        progress: progress, more: root["progress"]?["more"], stages: nil, sinks: [], sets: sets)
    }
    guard let sinks = root["sinks"]?.elements else { throw damaged() }
    return SavedRun(
      progress: progress, more: root["progress"]?["more"], stages: root["progress"]?["stages"],
      sinks: sinks, sets: nil)
  }

  private func damaged() -> TextError {
    TextError(
      .damagedArtefact, "no journal of this version", at: .init(path: path),
      remedy: "pass --restart to begin anew")
  }

  /// Removes the journal: nothing is left to be done.
  func remove() { removeFile(path) }
}

/// What a journal holds.
struct SavedRun {
  var progress: SavedProgress
  var more: JSONValue?
  var stages: JSONValue?
  /// The state of each sink, none when only publishing is left.
  var sinks: [JSONValue]
  var sets: [FinishedSet]?
}

/// How far a run has come.
struct SavedProgress: Sendable {
  var position = PassPosition(blocks: 0, receipts: [])
  var documents = 0
  /// What was counted beside.
  var more = JSON.null
  /// What the stages between encoder and sinks need to go on.
  var stages = JSON.null

  init() {}

  var json: JSON {
    .object([
      ("blocks", .integer(position.blocks)), ("documents", .integer(documents)),
      ("normalization", .array(position.receipts.map { $0.json() })), ("more", more),
      ("stages", stages),
    ])
  }

  init?(_ value: JSONValue) {
    guard let blocks = value["blocks"]?.integer, let documents = value["documents"]?.integer,
      let receipts = value["normalization"]?.elements
    else { return nil }
    position = PassPosition(
      blocks: blocks, receipts: receipts.compactMap(NormalizationReceipt.init))
    self.documents = documents
  }
}

/// A set of which only the names are missing.
struct FinishedSet {
  var summary: TokenFileSummary
  var publication: Publication

  init(_ finished: (summary: TokenFileSummary, publication: Publication)) {
    (summary, publication) = finished
  }

  var json: JSON {
    .object([("summary", summary.json), ("publication", publication.json)])
  }

  init?(_ value: JSONValue) {
    guard let summary = value["summary"].flatMap(TokenFileSummary.init),
      let publication = value["publication"].flatMap(Publication.init)
    else { return nil }
    self.init((summary, publication))
  }
}

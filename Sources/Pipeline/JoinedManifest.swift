// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import TextCore
internal import TokenFiles

/// The manifest of a set that is put together of whole sets: the one that a single run over the inputs
/// of all of them would have written.
///
/// Inputs stand one behind the other, options must be the same, and of each result its own rule says
/// what it is of the whole (``JoinedResult``). What has no such rule is refused.
struct JoinedManifest {
  private let firstPath: String
  private let toolVersion: String
  private let options: [(String, JSON)]
  private var inputs: [Manifest.Input] = []
  private var results: [(name: String, value: JoinedResult)] = []
  private var inputPaths: Set<String> = []
  /// Where shards end with inputs, where those of the sets so far end.
  private var border: UnitBorder?
  private var lastPath: String

  /// What `manifest` says; others are to follow.
  ///
  /// - Throws: `invalidArgument` for options by which a set is no part of another; as ``add(_:)``.
  init(_ manifest: StoredManifest) throws(TextError) {
    firstPath = manifest.path
    lastPath = manifest.path
    toolVersion = manifest.root["tool_version"]?.string ?? ""
    options = Self.options(manifest)
    border = manifest.root["options"]?["shard_input_bytes"]?.integer.map {
      UnitBorder(unitBytes: max(0, $0))
    }
    try Self.refuseCrossing(manifest)
    for field in manifest.root["results"]?.fields ?? [] {
      guard let value = JoinedResult(field.name, field.value) else {
        throw Self.refusal(
          manifest, "has results of \"\(field.name)\", which cannot be added up")
      }
      results.append((field.name, value))
    }
    try takeInputs(manifest)
  }

  private static func options(_ manifest: StoredManifest) -> [(String, JSON)] {
    manifest.root["options"]?.fields.map { ($0.name, JSON(copying: $0.value)) } ?? []
  }

  private static func refusal(_ manifest: StoredManifest, _ what: String) -> TextError {
    TextError(
      .invalidArgument, what, at: .init(path: manifest.path),
      remedy: "join the sets without --move-shards")
  }

  /// Refuses options that made of a document what others around it decide.
  private static func refuseCrossing(_ manifest: StoredManifest) throws(TextError) {
    let options = manifest.root["options"]
    let crossing = [
      "deduplicate_ids", "documents_for", "split", "sources", "shuffle_seed", "balanced_shards",
      "shards",
    ]
    var found = crossing.first { options?[$0] != nil }
    if let sample = options?["sample"]?.string, sample != "all" { found = "sample" }
    if let packing = options?["packing"] {
      if !["documents", "fixed_length"].contains(packing["way"]?.string) { found = "packing" }
      if packing["fill_in_the_middle"]?.isNull == false { found = "fill_in_the_middle" }
    }
    guard let found else { return }
    throw refusal(manifest, "was written with \"\(found)\", which reaches beyond one set")
  }

  /// Adds what the manifest of the next set says.
  ///
  /// - Throws: `invalidArgument` for a set of other options, for one that has an input of another, and
  ///   where a shard of one run would not have ended; `damagedArtefact`.
  mutating func add(_ manifest: StoredManifest) throws(TextError) {
    try checkSame(manifest)
    let fields = manifest.root["results"]?.fields ?? []
    guard fields.map(\.name) == results.map(\.name) else {
      throw Self.refusal(manifest, "states other results than \(firstPath)")
    }
    for (index, field) in fields.enumerated() {
      guard let value = JoinedResult(field.name, field.value),
        results[index].value.add(value)
      else {
        throw Self.refusal(manifest, "states a \"\(field.name)\" that does not fit \(firstPath)")
      }
    }
    try takeInputs(manifest)
  }

  private func checkSame(_ manifest: StoredManifest) throws(TextError) {
    let version = manifest.root["tool_version"]?.string ?? ""
    guard version == toolVersion else {
      throw Self.refusal(
        manifest, "was written by version \(version), \(firstPath) by \(toolVersion)")
    }
    let own = Self.options(manifest)
    guard JSON.object(own) != .object(options) else { return }
    func text(_ options: [(String, JSON)], _ name: String) -> String {
      let value = options.first { $0.0 == name }?.1
      return value?.serialized(indent: nil).makeString() ?? "missing"
    }
    let names = options.map(\.0) + own.map(\.0)
    let name = names.first { text(own, $0) != text(options, $0) } ?? "order of options"
    throw Self.refusal(
      manifest,
      "was written otherwise than \(firstPath): \(name) is \(text(own, name)), there "
        + text(options, name))
  }

  private mutating func takeInputs(_ manifest: StoredManifest) throws(TextError) {
    if let border, !inputs.isEmpty, !border.isReached {
      throw TextError(
        .invalidArgument,
        "its last files hold \(border.byteCount) bytes, and the limit of --shard-input-bytes takes the "
          + "next file into their shard", at: .init(path: lastPath),
        remedy: "name the sets in the order of the corpus, whole units each")
    }
    for value in manifest.root["inputs"]?.elements ?? [] {
      guard let input = Manifest.Input(value) else {
        throw TextError(
          .damagedArtefact, "an entry of \"inputs\" is incomplete", at: .init(path: manifest.path),
          remedy: "encode it again")
      }
      guard inputPaths.insert(input.path).inserted else {
        throw Self.refusal(manifest, "has the input \(input.path), as another set has")
      }
      border?.add(input.byteCount)
      inputs.append(input)
    }
    lastPath = manifest.path
  }

  /// The totals of all sets.
  var summary: TokenFileSummary {
    func count(_ name: String) -> Int {
      guard case .sum(let count) = result(name) else { return 0 }
      return count
    }
    var summary = TokenFileSummary(
      shardCount: count("shards"), documentCount: count("documents"), tokenCount: count("tokens"))
    if case .largest(let id?) = result("maximum_id") { summary.include(UInt32(exactly: id)) }
    return summary
  }

  private func result(_ name: String) -> JoinedResult? { results.first { $0.name == name }?.value }

  /// The manifest of the joined set, which has the files `outputs`.
  func manifest(outputs: [Manifest.Output]) -> Manifest {
    var manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    manifest.inputs = inputs
    manifest.options = options
    manifest.results = results.map { ($0.name, $0.value.json) }
    manifest.outputs = outputs
    return manifest
  }
}

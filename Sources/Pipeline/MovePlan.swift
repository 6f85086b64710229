// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// What moving the shards of sets into one set amounts to.
///
/// Which file gets which name, and the files that are made anew. Making the plan reads the manifests, and
/// changes nothing.
struct MovePlan {
  /// A set and the number that its first shard gets.
  struct Part {
    var set: MovableSet
    var manifestPath: String
    var firstShard: Int
  }

  let names: TokenFileNames
  let parts: [Part]
  let manifest: Manifest
  /// The files that the set has once.
  let setFiles: [(name: String, content: [UInt8])]
  let summary: TokenFileSummary
  var shardCounts: [Int] { parts.map(\.set.shardCount) }

  /// The plan for joining the sets that `paths` name, at least one.
  ///
  /// - Throws: `fileNotFound` for a set without a manifest; `invalidArgument` for sets that do not belong
  ///   together; `damagedArtefact`, `readFailed`, `interrupted`.
  init(
    _ paths: [String], to output: String, format wanted: TokenFileFormat?, _ context: JobContext
  ) throws(TextError) {
    var sets = PlannedSets()
    for path in paths {
      try context.checkCancellation()
      try sets.add(path)
    }
    guard let joined = sets.joined, let format = sets.format else {
      throw TextError(.invalidArgument, "no sets to join", remedy: "name one or more")
    }
    if let wanted, wanted != format {
      throw TextError(
        .invalidArgument,
        "the sets are \(format.rawValue) files, and moved shards stay what they are",
        remedy: "leave out --format, or --move-shards")
    }
    names = TokenFileNames(format: format, path: output)
    parts = sets.parts
    var summary = joined.summary
    var outputs = sets.outputs(in: names)
    var files = SetFileJoin(names)
    for part in sets.parts { try files.add(part.set, firstShard: part.firstShard) }
    setFiles = files.contents(shardCount: sets.shardCount)
    for (name, content) in setFiles {
      var checksum = XXH3()
      checksum.update(content.span)
      outputs.append(
        Manifest.Output(
          name: name, byteCount: content.count, checksum: "xxh3:" + checksum.digest()))
    }
    summary.byteCount = outputs.reduce(0) { $0 + $1.byteCount }
    self.summary = summary
    manifest = joined.manifest(outputs: outputs)
  }

  /// Calls `body` with every file's path and the one that it gets.
  func forEachMove(
    _ body: (MovableSet.File, _ source: String, _ target: String) throws(TextError) -> Void
  ) throws(TextError) {
    for part in parts { try part.forEachMove(to: names, summary.shardCount, body) }
  }
}

extension MovePlan.Part {
  /// Calls `body` with every file's path and the one that it gets in a set of `shardCount` shards.
  func forEachMove(
    to names: TokenFileNames, _ shardCount: Int,
    _ body: (MovableSet.File, _ source: String, _ target: String) throws(TextError) -> Void
  ) throws(TextError) {
    for file in set.files {
      let name = set.name(of: file, in: names, firstShard: firstShard, shardCount: shardCount)
      try body(file, set.path(of: file), names.directoryPrefix + name)
    }
  }
}

/// The sets of a plan in the making.
private struct PlannedSets {
  var parts: [MovePlan.Part] = []
  var joined: JoinedManifest?
  var format: TokenFileFormat?
  var shardCount = 0
  /// Sizes and checksums of the files of all parts, as stated.
  private var outputs: [Manifest.Output] = []
  private var known: Set<FileIdentity> = []

  mutating func add(_ path: String) throws(TextError) {
    guard let manifestPath = MovableSet.manifestPath(ofSet: path) else {
      throw TextError(
        .fileNotFound, "no set of token files with a manifest", at: .init(path: path),
        remedy: "encode it first, or check the path")
    }
    if let identity = FileIdentity(path: manifestPath), !known.insert(identity).inserted {
      throw TextError(
        .invalidArgument, "named twice", at: .init(path: path), remedy: "name each set once")
    }
    let manifest = try Self.sealed(manifestPath)
    // Formats are options, so that what is joined has those of the first.
    if joined == nil { joined = try JoinedManifest(manifest) } else { try joined?.add(manifest) }
    if format == nil { format = try Self.format(of: manifest) }
    guard let format else { return }
    let set = try MovableSet(manifest, format)
    let setFileNames = Set(set.setFiles.map { baseName($0) })
    outputs += manifest.outputs.filter { !setFileNames.contains($0.name) }
    parts.append(
      MovePlan.Part(set: set, manifestPath: manifestPath, firstShard: shardCount))
    shardCount += set.shardCount
  }

  /// The files of all parts under the names that they get.
  func outputs(in names: TokenFileNames) -> [Manifest.Output] {
    var renamed = outputs
    var index = 0
    for part in parts {
      for file in part.set.files {
        renamed[index].name = part.set.name(
          of: file, in: names, firstShard: part.firstShard, shardCount: shardCount)
        index += 1
      }
    }
    return renamed
  }

  private static func sealed(_ path: String) throws(TextError) -> StoredManifest {
    let manifest = try StoredManifest(path: path)
    func damaged(_ what: String) -> TextError {
      TextError(
        .damagedArtefact, what, at: .init(path: path), remedy: "encode it again")
    }
    guard manifest.kind == "token-files" else {
      throw damaged("the manifest of another artefact (\(manifest.kind)), not of token files")
    }
    guard manifest.seal == .sound else {
      throw damaged("is not what its seal was made of, or has none")
    }
    return manifest
  }

  private static func format(of manifest: StoredManifest) throws(TextError) -> TokenFileFormat {
    let name = manifest.root["options"]?["format"]?.string ?? ""
    if let format = TokenFileFormat(rawValue: name) { return format }
    throw TextError(
      .damagedArtefact, "states the format \"\(name)\", which is not known",
      at: .init(path: manifest.path), remedy: "encode it again")
  }
}

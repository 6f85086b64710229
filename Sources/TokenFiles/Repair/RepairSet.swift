// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Repairs the shards of the set at `path`, and its manifest, if there is one that can be read.
///
/// The manifest afterwards states the files as they are, and what was done to them.
///
/// - Parameters:
///   - path: The prefix or directory, the manifest, or one of the files.
///   - hints: What to rely on where the files do not tell; what the manifest tells comes first.
/// - Returns: What was done, or with a trial what would be; nothing if all is sound.
/// - Throws: `fileNotFound` if there is no shard; what repairing a shard throws.
package func repairTokenFiles(
  _ path: String, _ hints: RepairHints
) throws(TextError) -> [RepairStep] {
  if let directory = repairableDirectory(path) {
    return try repairDirectory(directory, hints)
  }
  let stem = TokenFileNames.stem(ofPath: path)
  var steps: [RepairStep] = []
  let manifest = try readableManifest(TokenFileNames(path: stem).manifest, &steps)
  let format = try statedFormat(manifest) ?? hints.format ?? foundFormat(stem)
  guard format.family == .flat else { throw .damaged(stem, "no directory of \(format.rawValue)") }
  if format == .olmo {
    throw TextError(
      .invalidArgument, "files of the format olmo cannot be repaired", at: .init(path: stem),
      remedy: "make them again, or copy them again from where they are sound")
  }
  let shards = try repairableShards(TokenFileNames(format: format, path: stem))
  let hints = completed(hints, manifest)
  let suffix = FlatLayout(format).tokenSuffix
  for path in missingFiles(manifest)
  where path.hasSuffix(suffix) && !path.hasSuffix(FlatLayout.endsSuffix) {
    steps.append(RepairStep(path, "is missing: its documents are lost"))
  }
  for shard in shards {
    try refuseOrigins(shard, format, hints)
    steps += try repairShard(shard, format, hints)
  }
  guard let manifest, try isStale(manifest, steps) else { return steps }
  steps.append(RepairStep(manifest.path, "states the files as they are now"))
  if !hints.isTrial {
    let layout = FlatLayout(format)
    let names = shards.flatMap { shard in
      ([layout.tokenSuffix] + layout.sideSuffixes).map { baseName(shard + $0) }
    }
    // What the set has once stays listed.
    let others = manifest.outputs.map(\.name).filter { name in
      !format.shardSuffixes.contains { name.hasSuffix($0) }
        && kind(ofPath: manifest.directoryPrefix + name) == .file
    }
    try rewrite(
      manifest,
      try shards.map { (path) throws(TextError) in
        try TokenShard(path: path, format: format)
      }, outputs: names + others, steps)
  }
  return steps
}

private func repairShard(
  _ path: String, _ format: TokenFileFormat, _ hints: RepairHints
) throws(TextError) -> [RepairStep] {
  if case .megatron(let dialect) = FlatLayout(format) {
    return try repairMegatronShard(path, hints, dialect)
  }
  return try repairFlatShard(path, hints, format)
}

/// Refuses to change documents of a shard whose origins are told beside it: they would not fit any more.
private func refuseOrigins(
  _ shard: String, _ format: TokenFileFormat, _ hints: RepairHints
) throws(TextError) {
  let origins = format.provenancePath(ofShard: shard)
  var trial = hints
  trial.isTrial = true
  guard kind(ofPath: origins) != .missing else { return }
  let steps = try repairShard(shard, format, trial)
  guard steps.contains(where: { $0.what.hasPrefix("drops") || $0.what.hasPrefix("loses") }) else {
    return
  }
  throw originsDoNotFit(origins)
}

func originsDoNotFit(_ path: String) -> TextError {
  TextError(
    .damagedArtefact, "the origins of documents would not fit the repaired ids",
    at: .init(path: path), remedy: "move the file away, to go without them")
}

// MARK: - Directories

private func repairDirectory(
  _ directory: String, _ hints: RepairHints
) throws(TextError) -> [RepairStep] {
  let names = TokenFileNames(format: .mds, path: directory)
  var steps: [RepairStep] = []
  let manifest = try readableManifest(names.manifest, &steps)
  let stated = try statedFormat(manifest)
  guard let format = stated ?? hints.format ?? foundDirectoryFormat(directory) else {
    throw TextError(
      .fileNotFound, "no shards of MDS, litdata or TFRecord", at: .init(path: directory),
      remedy: "check the directory")
  }
  guard format.isDirectory else { throw .damaged(directory, "no prefix of \(format.rawValue)") }
  let hints = completed(hints, manifest)
  var repair =
    format == .tfrecord
    ? try repairRecordSet(directory, hints, ours: manifest != nil)
    : try repairChunkSet(directory, format, hints)
  steps += repair.steps
  for path in missingFiles(manifest) {
    let name = baseName(path)
    guard !format.setFileNames.contains(name), repair.leftOut.insert(name).inserted else {
      continue
    }
    steps.append(RepairStep(path, "is missing: its samples are lost"))
  }
  guard let manifest, try isStale(manifest, steps) else { return steps }
  steps.append(RepairStep(manifest.path, "states the files as they are now"))
  if !hints.isTrial {
    let set = try ContainerIndex(directory)
    let outputs = manifest.outputs.map(\.name).filter { !repair.leftOut.contains($0) }
    try rewrite(
      manifest, try set.shards.map { (shard) throws(TextError) in try TokenShard(shard, set) },
      outputs: outputs, steps)
  }
  return steps
}

/// The directory of a set of MDS, litdata or TFRecord that `path` names, whole or not: itself or one of
/// its files.
private func repairableDirectory(_ path: String) -> String? {
  if let found = TokenFileReader.directory(of: path) { return found }
  var directory = path
  let isFile =
    kind(ofPath: path) == .file
    || [TokenFileNames.directoryManifest, "index.json"].contains(baseName(path))
  if isFile { directory = directoryPrefix(ofPath: path) }
  while directory.count > 1, directory.hasSuffix("/") { directory = String(directory.dropLast()) }
  if directory.isEmpty { directory = "." }
  guard kind(ofPath: directory) == .directory,
    kind(ofPath: directory + TokenFileNames.manifestSuffix) == .missing,
    foundDirectoryFormat(directory) != nil
  else { return nil }
  return directory
}

/// The format of the shards in `directory`, nil if there are none.
private func foundDirectoryFormat(_ directory: String) -> TokenFileFormat? {
  let names = (try? directoryEntries(directory)) ?? []
  let endings: [(TokenFileFormat, String)] = [(.mds, ".mds"), (.litdata, ".bin"), (.tfrecord, "")]
  return endings.first { format, ending in
    let start = format == .litdata ? "chunk-" : format.shardPrefix
    return names.contains { $0.hasPrefix(start) && $0.hasSuffix(ending) }
  }?.0
}

// MARK: - Prefixes

private func repairableShards(_ names: TokenFileNames) throws(TextError) -> [String] {
  let layout = FlatLayout(names.format)
  let suffix = layout.tokenSuffix
  let found = try names.found().filter {
    $0.hasSuffix(suffix) && !$0.hasSuffix(FlatLayout.endsSuffix)
  }.map { String($0.dropLast(suffix.count)) }
  if found.isEmpty {
    throw TextError(
      .fileNotFound, "no token files: no \(suffix) of this prefix", at: .init(path: names.path),
      remedy: "check the prefix")
  }
  // An unnumbered shard is a set of its own, as for readers.
  return found.contains(names.path) ? [names.path] : found
}

/// The format that the files beginning with `stem` are of; Megatron's if nothing tells.
private func foundFormat(_ stem: String) -> TokenFileFormat {
  for path in [stem, TokenFileNames(path: stem).shard(0)] {
    if kind(ofPath: path + ".ds") != .missing { return .datatrove }
    if kind(ofPath: path + ".npy") != .missing {
      let rows = TokenFileFormat.olmo.provenancePath(ofShard: path)
      return kind(ofPath: rows) == .missing ? .numPy : .olmo
    }
    guard kind(ofPath: path + ".bin") != .missing, kind(ofPath: path + ".idx") == .missing else {
      continue
    }
    if (try? LLMCHeader(path: path + ".bin")) != nil { return .llmC }
    if kind(ofPath: path + FlatLayout.endsSuffix) != .missing { return .nanoGPT }
  }
  return .megatron
}

/// What the manifest lists and is not there.
private func missingFiles(_ manifest: StoredManifest?) -> [String] {
  guard let manifest else { return [] }
  return manifest.outputs.map { manifest.directoryPrefix + $0.name }.filter {
    kind(ofPath: $0) == .missing
  }
}

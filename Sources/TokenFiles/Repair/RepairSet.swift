// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Repairs the shards of the set at `path`, and its manifest, if there is one that can be read.
///
/// The manifest afterwards states the files as they are, and what was done to them.
///
/// - Parameters:
///   - path: The prefix, its manifest, or a `.idx` or `.bin` file.
///   - hints: What to rely on where the files do not tell; what the manifest tells comes first.
/// - Returns: What was done, or with a trial what would be; nothing if all is sound.
/// - Throws: `fileNotFound` if there is no shard; what repairing a shard throws.
package func repairTokenFiles(
  _ path: String, _ hints: RepairHints
) throws(TextError) -> [RepairStep] {
  if TokenFileReader.directory(of: path) != nil {
    throw cannotBeRepaired(try TokenFileReader(path).format, path)
  }
  let names = TokenFileNames(ofPath: path)
  let shards = try repairableShards(names)
  // A manifest that cannot be read is no help, and does not forbid to help the shards.
  var manifest: StoredManifest?
  var steps: [RepairStep] = []
  if kind(ofPath: names.manifest) != .missing {
    do throws(TextError) {
      manifest = try StoredManifest(path: names.manifest)
    } catch {
      steps.append(RepairStep(names.manifest, "cannot be read, and stays as it is: \(error.what)"))
    }
  }
  let hints = completed(hints, manifest)
  let format = try repairableFormat(manifest)
  let dialect: MegatronDialect = format == .deepSpeed ? .deepSpeed : .megatron
  for shard in shards { steps += try repairMegatronShard(shard, hints, dialect) }
  if let manifest {
    var isStale = !steps.isEmpty || manifest.seal != .sound
    if !isStale { isStale = try !isSound(manifest) }
    guard isStale else { return [] }
    steps.append(RepairStep(names.manifest, "states the files as they are now"))
    if !hints.isTrial { try rewrite(manifest, format, shards, steps) }
  }
  return steps
}

private func repairableShards(_ names: TokenFileNames) throws(TextError) -> [String] {
  let suffix = ".bin"
  let found = try names.found().filter { $0.hasSuffix(suffix) }.map {
    String($0.dropLast(suffix.count))
  }
  if found.isEmpty {
    throw TextError(
      .fileNotFound, "no token files: no .bin of this prefix", at: .init(path: names.path),
      remedy: "check the prefix")
  }
  // An unnumbered shard is a set of its own, as for readers.
  return found.contains(names.path) ? [names.path] : found
}

/// The format of the set, which must be one of Megatron's family.
private func repairableFormat(
  _ manifest: StoredManifest?
) throws(TextError) -> TokenFileFormat {
  guard let manifest, let name = manifest.root["options"]?["format"]?.string else {
    return .megatron
  }
  guard let format = TokenFileFormat(rawValue: name) else {
    throw .damaged(manifest.path, "states the format \"\(name)\", which is not known")
  }
  guard format.family == .flat, case .megatron = FlatLayout(format) else {
    throw cannotBeRepaired(format, manifest.path)
  }
  return format
}

private func cannotBeRepaired(_ format: TokenFileFormat, _ path: String) -> TextError {
  TextError(
    .invalidArgument, "files of the format \(format.rawValue) cannot be repaired",
    at: .init(path: path), remedy: "make them again, or copy them again from where they are sound")
}

private func completed(_ hints: RepairHints, _ manifest: StoredManifest?) -> RepairHints {
  var hints = hints
  if let id = manifest?.root["options"]?["end_of_document"]?.integer {
    hints.endOfDocument = UInt32(exactly: id)
  }
  if let name = manifest?.root["results"]?["token_type"]?.string {
    hints.type = TokenType(rawValue: name)
  }
  return hints
}

private func isSound(_ manifest: StoredManifest) throws(TextError) -> Bool {
  for output in manifest.outputs {
    let path = manifest.directoryPrefix + output.name
    guard kind(ofPath: path) == .file, try described(path) == output else { return false }
  }
  return true
}

/// The file at `path` as a manifest lists it.
private func described(_ path: String) throws(TextError) -> Manifest.Output {
  var checksum = XXH3()
  var byteCount = 0
  try forEachBlock(ofFile: path) { block in
    checksum.update(block)
    byteCount += block.count
  }
  return Manifest.Output(
    name: baseName(path), byteCount: byteCount, checksum: "xxh3:" + checksum.digest())
}

/// Replaces `manifest` by one of the shards as they are.
private func rewrite(
  _ manifest: StoredManifest, _ format: TokenFileFormat, _ shards: [String], _ steps: [RepairStep]
) throws(TextError) {
  var summary = TokenFileSummary(shardCount: shards.count)
  var outputs: [JSON] = []
  var ids = TokenBuffer()
  for path in shards {
    var cursor = try DocumentCursor(try TokenShard(path: path, format: format))
    while try cursor.next(into: &ids) {
      summary.documentCount += 1
      summary.tokenCount += ids.count
      summary.include(ids.span.largest)
    }
    for suffix in [".bin", ".idx"] { outputs.append(try described(path + suffix).json) }
  }
  let counts: [String: JSON] = [
    "shards": .integer(summary.shardCount), "documents": .integer(summary.documentCount),
    "tokens": .integer(summary.tokenCount),
    "maximum_id": summary.maximumID.map { .integer(Int($0)) } ?? .null,
  ]
  var results = manifest.root["results"]?.fields.map { ($0.name, JSON(copying: $0.value)) } ?? []
  results = results.filter { $0.0 != "repaired" }.map { ($0.0, counts[$0.0] ?? $0.1) }
  let done = steps.map { JSON.string("\(baseName($0.path)): \($0.what)") }
  results.append(("repaired", .array(done)))
  let fields = manifest.root.fields.filter { $0.name != "seal" }.map { field -> (String, JSON) in
    switch field.name {
    case "results": ("results", .object(results))
    case "outputs": ("outputs", .array(outputs))
    default: (field.name, JSON(copying: field.value))
    }
  }
  var json = JSON.object(fields).serialized()
  ManifestSeal.seal(&json)
  try writeFile(manifest.path, json.span)
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// What a repair takes from a set's manifest, and what it writes into it.

/// The manifest at `path`; one that cannot be read is no help, does not forbid to help the shards, and is
/// told in `steps`.
func readableManifest(
  _ path: String, _ steps: inout [RepairStep]
) throws(TextError) -> StoredManifest? {
  guard kind(ofPath: path) != .missing else { return nil }
  do throws(TextError) {
    return try StoredManifest(path: path)
  } catch {
    steps.append(RepairStep(path, "cannot be read, and stays as it is: \(error.what)"))
    return nil
  }
}

/// The format that the manifest states; Megatron's where it states none.
func statedFormat(_ manifest: StoredManifest?) throws(TextError) -> TokenFileFormat? {
  guard let manifest else { return nil }
  guard let name = manifest.root["options"]?["format"]?.string else { return .megatron }
  if let format = TokenFileFormat(rawValue: name) { return format }
  throw .damaged(manifest.path, "states the format \"\(name)\", which is not known")
}

/// `hints` with what the manifest tells in their place.
func completed(_ hints: RepairHints, _ manifest: StoredManifest?) -> RepairHints {
  var hints = hints
  if let id = manifest?.root["options"]?["end_of_document"]?.integer {
    hints.endOfDocument = UInt32(exactly: id)
  }
  if let name = manifest?.root["results"]?["token_type"]?.string {
    hints.type = TokenType(rawValue: name)
  }
  return hints
}

/// Whether the manifest states anything else than the files are after `steps`.
func isStale(_ manifest: StoredManifest, _ steps: [RepairStep]) throws(TextError) -> Bool {
  guard steps.isEmpty, manifest.seal == .sound else { return true }
  for output in manifest.outputs {
    let path = manifest.directoryPrefix + output.name
    guard kind(ofPath: path) == .file, try described(path) == output else { return true }
  }
  return false
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

/// Replaces `manifest` by one of the files `outputs` and the `shards` as they are.
func rewrite(
  _ manifest: StoredManifest, _ shards: [TokenShard], outputs: [String], _ steps: [RepairStep]
) throws(TextError) {
  var summary = TokenFileSummary(shardCount: shards.count)
  var ids = TokenBuffer()
  for shard in shards {
    var cursor = try DocumentCursor(shard)
    while try cursor.next(into: &ids) {
      summary.documentCount += 1
      summary.tokenCount += ids.count
      summary.include(ids.span.largest)
    }
  }
  var files: [JSON] = []
  for name in outputs { files.append(try described(manifest.directoryPrefix + name).json) }
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
    case "outputs": ("outputs", .array(files))
    default: (field.name, JSON(copying: field.value))
    }
  }
  var json = JSON.object(fields).serialized()
  ManifestSeal.seal(&json)
  try writeFile(manifest.path, json.span)
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Holds a set of token files against its manifest, its indexes and a vocabulary.
///
/// In this order: the manifest's seal, size and checksum of every file it lists, consistency of every
/// index, every id below `vocabularySize`, every document's edges and length, and the totals that the
/// manifest states. Without a manifest only what the indexes and the vocabulary tell is checked.
///
/// - Parameters:
///   - reader: The set.
///   - vocabularySize: Where given, every id must be below it.
///   - observe: Sees the number and ids of every document, in order.
/// - Returns: the totals found.
/// - Throws: `damagedArtefact` for the first fault, with its byte and document; `readFailed`.
/// - Complexity: O(bytes); each `.bin` is read twice where there is a manifest.
@discardableResult
package func verifyTokenFiles(
  _ reader: TokenFileReader, vocabularySize: Int? = nil,
  observe: (Int, Span<UInt32>) -> Void = { _, _ in }
) throws(TextError) -> TokenFileSummary {
  if let manifest = reader.manifest {
    try verifySeal(manifest)
    for output in manifest.outputs { try verify(output, of: manifest) }
  }
  let policy = DocumentPolicy(reader.manifest)
  var summary = TokenFileSummary(shardCount: reader.shards.count)
  for shard in reader.shards {
    let before = summary.tokenCount
    try verify(shard, vocabularySize, policy, &summary, observe)
    if summary.tokenCount == before { summary.emptyShardCount += 1 }
    summary.byteCount += shard.byteCount
  }
  for path in reader.setFiles { summary.byteCount += try fileSize(path) }
  if let manifest = reader.manifest { try verifyTotals(summary, manifest) }
  return summary
}

private func verifySeal(_ manifest: StoredManifest) throws(TextError) {
  switch manifest.seal {
  case .sound: return
  case .missing: throw .damaged(manifest.path, "has no seal at its end")
  case .broken: throw .damaged(manifest.path, "is not what its seal was made of")
  }
}

private func verify(
  _ output: Manifest.Output, of manifest: StoredManifest
) throws(TextError) {
  let path = manifest.directoryPrefix + output.name
  let size = try fileSize(path)
  guard size == output.byteCount else {
    throw .damaged(
      path, byte: min(size, output.byteCount),
      "\(size) bytes long, where the manifest states \(output.byteCount)")
  }
  var checksum = XXH3()
  try forEachBlock(ofFile: path) { checksum.update($0) }
  let found = "xxh3:" + checksum.digest()
  guard found == output.checksum else {
    throw .damaged(
      path, "the checksum is \(found), where the manifest states \(output.checksum)")
  }
}

private func verify(
  _ shard: TokenShard, _ vocabularySize: Int?, _ policy: DocumentPolicy,
  _ summary: inout TokenFileSummary, _ observe: (Int, Span<UInt32>) -> Void
) throws(TextError) {
  var cursor = try DocumentCursor(shard)
  var origins = try OriginCursor(shard)
  var ids = TokenBuffer()
  while try cursor.next(into: &ids) {
    try origins.next(tokenCount: ids.count)
    let largest = ids.span.largest
    if let vocabularySize, let largest, largest >= vocabularySize {
      let position = ids.span.indices.first { ids[$0] >= vocabularySize } ?? 0
      throw .damaged(
        shard.tokenPath,
        byte: cursor.tokenByteOffset - (ids.count - position) * shard.type.width,
        "document \(summary.documentCount) has token id \(ids[position]), "
          + "outside the vocabulary of \(vocabularySize)")
    }
    if let fault = policy.fault(of: ids.span) {
      throw .damaged(
        shard.tokenPath, byte: cursor.tokenByteOffset - ids.count * shard.type.width,
        "document \(summary.documentCount) \(fault)")
    }
    observe(summary.documentCount, ids.span)
    summary.documentCount += 1
    summary.tokenCount += ids.count
    summary.include(largest)
  }
  try origins.checkEnd()
}

private func verifyTotals(
  _ summary: TokenFileSummary, _ manifest: StoredManifest
) throws(TextError) {
  let totals = [("documents", summary.documentCount), ("tokens", summary.tokenCount)]
  for (name, found) in totals {
    guard let stated = manifest.root["results"]?[name]?.integer else {
      throw .damaged(manifest.path, "states no number of \(name)")
    }
    guard stated == found else {
      throw .damaged(manifest.path, "states \(stated) \(name), where the files hold \(found)")
    }
  }
}

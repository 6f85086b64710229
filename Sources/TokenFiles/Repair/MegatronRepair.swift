// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What repairing a file has changed, or would change.
package struct RepairStep: Sendable, Equatable {
  package var path: String
  package var what: String

  package init(_ path: String, _ what: String) {
    self.path = path
    self.what = what
  }
}

/// What a repair may rely on where the files themselves do not tell.
package struct RepairHints: Sendable {
  /// The id that ends every document.
  package var endOfDocument: UInt32?
  /// The type of the ids of a shard without an index.
  package var type: TokenType?
  /// The format of files without a manifest.
  package var format: TokenFileFormat?
  /// Whether nothing is written.
  package var isTrial: Bool

  package init(
    endOfDocument: UInt32? = nil, type: TokenType? = nil, format: TokenFileFormat? = nil,
    isTrial: Bool = false
  ) {
    self.endOfDocument = endOfDocument
    self.format = format
    self.type = type
    self.isTrial = isTrial
  }
}

/// Makes `path`.bin and `path`.idx agree again: the index is written anew for the documents that are
/// whole, and what lies behind them in the file of ids is cut off.
///
/// Documents are those of the index as far as it and the ids agree, then, if the end-of-document id is
/// known, those that it ends. The index is replaced in one step before the ids are cut: a crash between
/// the two leaves a shard that is repaired by repairing it again.
///
/// - Returns: What was done; nothing if the shard is sound.
/// - Throws: `fileNotFound`, `readFailed`, `writeFailed`; `damagedArtefact` if nothing tells where
///   documents end or how ids are stored.
package func repairMegatronShard(
  _ path: String, _ hints: RepairHints, _ dialect: MegatronDialect = .megatron
) throws(TextError) -> [RepairStep] {
  let tokenPath = path + ".bin"
  let indexPath = path + ".idx"
  let byteCount = try fileSize(tokenPath)
  var steps: [RepairStep] = []
  // ---- What the index still tells ----
  var salvaged = SalvagedDocuments(beside: path)
  var index: MegatronIndex?
  do throws(TextError) {
    let found = try MegatronIndex(path: indexPath, dialect: dialect)
    index = found
    try salvaged.append(of: found, upTo: byteCount)
  } catch {
    guard error.code == .damagedArtefact || error.code == .fileNotFound else { throw error }
    steps.append(RepairStep(indexPath, error.code == .fileNotFound ? "is missing" : error.what))
  }
  let type = try storedType(index, hints, dialect, indexPath)
  // ---- What the end-of-document id tells of the rest ----
  let known = salvaged.sequences.count
  if let endOfDocument = hints.endOfDocument {
    try salvaged.append(endingWith: endOfDocument, in: tokenPath, type, upTo: byteCount)
  } else if index == nil {
    throw TextError(
      .damagedArtefact, "no index tells where documents end", at: .init(path: indexPath),
      remedy: "name the id that ends them with --end-of-document")
  }
  // ---- What changes ----
  let lost = (index?.documentCount ?? known) - known
  if lost > 0 {
    steps.append(RepairStep(indexPath, "drops \(lost) documents whose ids are not there"))
  }
  let found = salvaged.sequences.count - known
  if found > 0 {
    steps.append(RepairStep(indexPath, "gets \(found) documents, found by their last id"))
  }
  let tail = byteCount - salvaged.byteCount
  if tail > 0 {
    steps.append(
      RepairStep(
        tokenPath,
        "loses its last \(tail) bytes, \(tail / type.width) tokens of no whole document"))
  }
  if steps.isEmpty || hints.isTrial { return steps }
  try writeIndex(salvaged, type, dialect, to: indexPath)
  try FileDescriptor.extending(tokenPath, keeping: salvaged.byteCount).synchronize(path: tokenPath)
  return steps
}

private func storedType(
  _ index: MegatronIndex?, _ hints: RepairHints, _ dialect: MegatronDialect, _ path: String
) throws(TextError) -> StoredTokenType {
  if let index { return index.type }
  if let type = hints.type.map({ StoredTokenType($0) }), type.code(dialect) != nil { return type }
  throw TextError(
    .damagedArtefact, "no index tells how ids are stored", at: .init(path: path),
    remedy: "name their type with --token-type")
}

private func writeIndex(
  _ documents: borrowing SalvagedDocuments, _ type: StoredTokenType, _ dialect: MegatronDialect,
  to path: String
) throws(TextError) {
  var file = SideFile(try ShardFile(path))
  try MegatronLayout(
    sequenceCount: documents.lengths.count, documentCount: documents.sequences.count
  ).writeIndex(
    type.code(dialect) ?? 0, width: type.width, documents.lengths, sequences: documents.sequences,
    to: &file)
  _ = try file.finish()
  try renamePath(path + ShardFile.partialSuffix, to: path)
}

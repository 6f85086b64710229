// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Makes the files of a shard of nanoGPT's, llm.c's, NumPy's or datatrove's agree again: the ends of
/// documents are written anew for those that are whole, what lies behind them in the file of ids is cut
/// off, and what states the number of ids states the right one.
///
/// Documents are those of the ends as far as these and the ids agree, then, if the end-of-document id is
/// known, those that it ends. A crash on the way leaves a shard that is repaired by repairing it again.
///
/// - Returns: What was done; nothing if the shard is sound.
/// - Throws: `fileNotFound`, `readFailed`, `writeFailed`; `damagedArtefact` if nothing tells where
///   documents end or how ids are stored.
func repairFlatShard(
  _ path: String, _ hints: RepairHints, _ format: TokenFileFormat
) throws(TextError) -> [RepairStep] {
  let layout = FlatLayout(format)
  let tokenPath = path + layout.tokenSuffix
  let endsPath = path + layout.endsSuffix
  let byteCount = try fileSize(tokenPath)
  var steps: [RepairStep] = []
  let header = try FlatRepairHeader(path, format, hints, &steps)
  let start = layout.headerByteCount
  let width = header.type.width
  // ---- What the ends still tell ----
  var salvaged = SalvagedDocuments(beside: path)
  var stated: Int?
  do throws(TextError) {
    let range = try layout.storedEnds(endsPath, &steps)
    stated = range.count / 8
    try salvaged.append(ofEnds: endsPath, range, upTo: (byteCount - start) / width, width: width)
  } catch {
    guard error.code == .damagedArtefact || error.code == .fileNotFound else { throw error }
    steps.append(RepairStep(endsPath, error.code == .fileNotFound ? "is missing" : error.what))
  }
  // ---- What the end-of-document id tells of the rest ----
  let known = salvaged.sequences.count
  if let endOfDocument = hints.endOfDocument {
    try salvaged.append(
      endingWith: endOfDocument, in: tokenPath, StoredTokenType(header.type),
      upTo: byteCount - start, from: start)
    if stated == nil, salvaged.sequences.count == 0, byteCount > start {
      throw TextError(
        .damagedArtefact, "no document in it ends with token id \(endOfDocument)",
        at: .init(path: tokenPath), remedy: "name the id that ends them with --end-of-document")
    }
  } else if stated == nil {
    throw TextError(
      .damagedArtefact, "nothing tells where documents end", at: .init(path: endsPath),
      remedy: "name the id that ends them with --end-of-document")
  }
  // ---- What changes ----
  let lost = (stated ?? known) - known
  if lost > 0 {
    steps.append(RepairStep(endsPath, "drops \(lost) documents whose ids are not there"))
  }
  let found = salvaged.sequences.count - known
  if found > 0 {
    steps.append(RepairStep(endsPath, "gets \(found) documents, found by their last id"))
  }
  let tail = byteCount - start - salvaged.byteCount
  if tail > 0 {
    steps.append(
      RepairStep(
        tokenPath, "loses its last \(tail) bytes, \(tail / width) tokens of no whole document"))
  }
  if let count = header.tokenCount, count != salvaged.tokenCount {
    steps.append(
      RepairStep(
        header.path, "states \(count) tokens, where whole documents have \(salvaged.tokenCount)"))
  }
  if steps.isEmpty { return [] }
  if format == .datatrove, kind(ofPath: path + ".ds.loss") != .missing {
    throw TextError(
      .damagedArtefact, "its loss mask would not fit the repaired ids",
      at: .init(path: path + ".ds.loss"), remedy: "move it away, and make it again afterwards")
  }
  if hints.isTrial { return steps }
  try layout.writeEnds(salvaged, to: endsPath)
  try header.write(tokenCount: salvaged.tokenCount, tokenPath, path, layout)
  return steps
}

/// What says how the ids of a shard are stored, and how many there are.
private struct FlatRepairHeader {
  var type: TokenType
  /// Nil where nothing states it.
  var tokenCount: Int?
  /// The file that says so.
  let path: String

  /// Reads it, or takes the type from `hints` where it cannot be read, and adds that to `steps`.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` if nothing tells the type.
  init(
    _ stem: String, _ format: TokenFileFormat, _ hints: RepairHints, _ steps: inout [RepairStep]
  ) throws(TextError) {
    let layout = FlatLayout(format)
    let tokenPath = stem + layout.tokenSuffix
    path = format == .datatrove ? stem + ".ds.metadata" : tokenPath
    let size = try fileSize(tokenPath)
    do throws(TextError) {
      let header = try layout.readHeader(tokenPath, size, besides: stem)
      guard let type = TokenType.allCases.first(where: { StoredTokenType($0) == header.type })
      else { preconditionFailure("a header of a type that is none of ours") }
      self.type = type
      tokenCount = header.tokenCount
    } catch {
      let isDamage = error.code == .damagedArtefact || error.code == .fileNotFound
      // A header that can be read, but is of no ids, is no damage.
      let isForeign = format == .numPy && (try? NumPyHeader(path: tokenPath)) != nil
      guard isDamage, !isForeign, size >= layout.headerByteCount else { throw error }
      guard let hinted = hints.type, format.types.contains(hinted) else {
        throw TextError(
          .damagedArtefact, "nothing tells how ids are stored: \(error.what)",
          at: .init(path: path), remedy: "name their type with --token-type")
      }
      type = hinted
      tokenCount = nil
      steps.append(RepairStep(path, error.code == .fileNotFound ? "is missing" : error.what))
    }
  }

  /// Cuts the ids behind `tokenCount` off, and states that number.
  ///
  /// - Throws: `readFailed`, `writeFailed`.
  func write(
    tokenCount: Int, _ tokenPath: String, _ stem: String, _ layout: FlatLayout
  ) throws(TextError) {
    if case .datatrove = layout {
      let first = (try? readFile(path).makeString())?.split(separator: "\n").first
      let name = first?.split(separator: "|").dropLast().joined(separator: "|") ?? ""
      let text = FlatLayout.metadata(
        tokenizer: name.isEmpty ? "malmoi" : name, width: type.width, tokenCount: tokenCount)
      try writeFile(path, Array(text.utf8).span)
    }
    let file = try FileDescriptor.extending(
      tokenPath, keeping: layout.headerByteCount + tokenCount * type.width)
    var totals = ShardTotals()
    totals.tokenCount = tokenCount
    let header = layout.header(of: totals, type)
    if !header.isEmpty { try file.overwrite(header.span, at: 0, path: tokenPath) }
    try file.synchronize(path: tokenPath)
  }
}

extension FlatLayout {
  /// Where in the file at `path` the whole ends of documents lie; what is wrong with their number is
  /// added to `steps`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `damagedArtefact` if it is no file of ends.
  fileprivate func storedEnds(
    _ path: String, _ steps: inout [RepairStep]
  ) throws(TextError) -> Range<Int> {
    let size = try fileSize(path)
    let start = endsHeaderByteCount
    var count = (size - start) / 8
    var isExact = (size - start) % 8 == 0
    if start > 0 {
      let header = try NumPyHeader(path: path)
      guard header.kind == .uint64 else {
        throw .damaged(path, byte: 0, "its header is not that of ends")
      }
      isExact = isExact && header.count == count
      count = min(count, header.count)
    }
    if !isExact {
      steps.append(RepairStep(path, "has not as many ends as its size or header says"))
    }
    return start..<start + 8 * count
  }

  /// Writes the ends of `documents` to `path` in one step.
  ///
  /// - Throws: `readFailed`, `writeFailed`.
  fileprivate func writeEnds(
    _ documents: borrowing SalvagedDocuments, to path: String
  ) throws(TextError) {
    var file = SideFile(try ShardFile(path))
    if endsHeaderByteCount > 0 {
      try file.append(bytes: NumPyHeader(.uint64, count: documents.lengths.count).bytes.span)
    }
    try Self.writeEnds(documents.lengths, to: &file)
    _ = try file.finish()
    try renamePath(path + ShardFile.partialSuffix, to: path)
  }
}

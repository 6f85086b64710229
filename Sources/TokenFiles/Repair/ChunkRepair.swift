// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a repair of a directory has done, or would do.
struct DirectoryRepair {
  var steps: [RepairStep] = []
  /// The names of files that are of the set no more.
  var leftOut: Set<String> = []
}

/// Makes the `index.json` of the set of MDS or litdata in `directory` agree with its shards.
///
/// An index that is missing or no JSON is made from the shards, each of which is read through. The last
/// shard is left out if it was cut off or is missing; any other fault is refused, as nothing tells what
/// the shard has held.
///
/// - Throws: `fileNotFound`, `readFailed`, `writeFailed`; `damagedArtefact` for shards that cannot be
///   helped, or if nothing tells how litdata's ids are stored; `invalidArgument` if an index is of
///   another format.
func repairChunkSet(
  _ directory: String, _ format: TokenFileFormat, _ hints: RepairHints
) throws(TextError) -> DirectoryRepair {
  let prefix = TokenFileNames(format: format, path: directory).directoryPrefix
  let indexPath = prefix + "index.json"
  var repair = DirectoryRepair()
  // ---- The shards ----
  let index = try StoredChunkIndex(indexPath, format)
  var shards: [ContainerIndex.Shard]
  var type = hints.type
  if index.fault == nil {
    let set = try ContainerIndex(directory)
    shards = set.shards
    type = set.type
  } else {
    repair.steps.append(RepairStep(indexPath, index.fault ?? ""))
    shards = try chunkFiles(prefix, format).map { ContainerIndex.Shard(path: $0) }
  }
  guard let type = format == .mds ? .int64 : type, format == .mds || format.types.contains(type)
  else {
    throw TextError(
      .damagedArtefact, "no index tells how ids are stored", at: .init(path: indexPath),
      remedy: "name their type with --token-type")
  }
  // ---- What they hold ----
  if let last = shards.last, let fault = try tornTail(last) {
    repair.steps.append(RepairStep(last.path, "is left out of the set: \(fault)"))
    repair.leftOut.insert(baseName(last.path))
    repair.leftOut.insert(baseName(format.provenancePath(ofShard: last.path)))
    shards.removeLast()
  }
  var found: [FinishedShard] = []
  for shard in shards { found.append(try scanned(shard, format, type)) }
  // ---- What changes ----
  if repair.steps.isEmpty { return repair }
  if index.fault != nil {
    repair.steps.append(
      RepairStep(
        indexPath,
        "is made of \(found.count) shards with "
          + "\(found.reduce(0) { $0 + $1.totals.documentCount }) samples"))
  }
  if hints.isTrial { return repair }
  try writeFile(indexPath, setFileText(try index.replacement(found, format, type)).span)
  return repair
}

/// Why the last shard of a set is left out; nil if it is as long as it says.
private func tornTail(_ shard: ContainerIndex.Shard) throws(TextError) -> String? {
  guard kind(ofPath: shard.path) != .missing else { return "it is missing" }
  let size = try fileSize(shard.path)
  // Where the index states its size, no other fault is one of an early end.
  if let stated = shard.byteCount {
    return size < stated ? "it has \(size) of its \(stated) bytes" : nil
  }
  guard size >= 8 else { return "it ends within its header" }
  var start = try FileSection(shard.path, 0..<8)
  let end = 4 * (Int(try start.next(UInt32.self)) + 2)
  guard size >= end else { return "it ends within its offsets" }
  var last = try FileSection(shard.path, end - 4..<end)
  let stated = Int(try last.next(UInt32.self))
  return size < stated ? "it has \(size) of its \(stated) bytes" : nil
}

/// What the shard holds, every sample read.
private func scanned(
  _ shard: ContainerIndex.Shard, _ format: TokenFileFormat, _ type: TokenType
) throws(TextError) -> FinishedShard {
  var cursor = try ContainerShardCursor(shard, format, type)
  var totals = ShardTotals()
  var ids = TokenBuffer()
  while try cursor.next(into: &ids) {
    totals.add(tokenCount: ids.count, largest: ids.span.largest)
  }
  var checksum = XXH64()
  if format == .mds { try forEachBlock(ofFile: shard.path) { checksum.update($0) } }
  let output = Manifest.Output(
    name: baseName(shard.path), byteCount: try fileSize(shard.path), checksum: "")
  return FinishedShard(
    path: shard.path, outputs: [output], totals: totals,
    notes: [("xxh64", .string(checksum.digest()))])
}

/// The shards in the directory `prefix` by their names and in their order: `shard.00000.mds`, and of
/// each of litdata's ranks `chunk-0-0.bin`.
///
/// - Throws: `fileNotFound` if there is none; `damagedArtefact` if one between them is missing.
private func chunkFiles(
  _ prefix: String, _ format: TokenFileFormat
) throws(TextError) -> [String] {
  let (start, end) = format == .mds ? ("shard.", ".mds") : ("chunk-", ".bin")
  var found: [(rank: Int, number: Int, name: String)] = []
  for name in try directoryEntries(prefix) where name.hasPrefix(start) && name.hasSuffix(end) {
    let numbers = name.dropFirst(start.count).dropLast(end.count).split(
      separator: "-", omittingEmptySubsequences: false
    ).map { Int($0) ?? -1 }
    guard numbers.count == (format == .mds ? 1 : 2), numbers.allSatisfy({ $0 >= 0 }) else {
      continue
    }
    found.append((numbers.count == 2 ? numbers[0] : 0, numbers[numbers.count - 1], name))
  }
  if found.isEmpty {
    throw TextError(
      .fileNotFound, "no shards: no \(start)*\(end) is there", at: .init(path: prefix),
      remedy: "check the directory")
  }
  found.sort { ($0.rank, $0.number) < ($1.rank, $1.number) }
  var expected = (rank: found[0].rank, number: 0)
  for shard in found {
    if shard.rank != expected.rank { expected = (shard.rank, 0) }
    guard shard.number == expected.number else {
      throw .damaged(prefix + shard.name, "a shard before it is missing")
    }
    expected.number += 1
  }
  return found.map { prefix + $0.name }
}

/// The `index.json` of a set, if it is one.
private struct StoredChunkIndex {
  private var root: JSONValue?
  private let path: String
  /// Why it is of no use; nil if it is an index.
  let fault: String?

  /// - Throws: `readFailed`; `invalidArgument` if it is one of another format.
  init(_ path: String, _ format: TokenFileFormat) throws(TextError) {
    self.path = path
    guard kind(ofPath: path) != .missing else {
      fault = "is missing"
      return
    }
    do throws(TextError) {
      root = try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
    } catch {
      guard error.code == .damagedArtefact else { throw error }
      fault = error.what
      return
    }
    let key = format == .mds ? "shards" : "chunks"
    if root?[key] == nil, root?["shards"] != nil || root?["chunks"] != nil {
      throw TextError(
        .invalidArgument, "the index of another format than \(format.rawValue)",
        at: .init(path: path), remedy: "name the format of the set")
    }
    fault = root?[key] == nil ? "is no index of \(format.rawValue)" : nil
    if fault != nil { root = nil }
  }

  /// The index of the shards that are kept: what it said of them, or what they themselves tell.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  func replacement(
    _ shards: [FinishedShard], _ format: TokenFileFormat, _ type: TokenType
  ) throws(TextError) -> JSON {
    if let root {
      return .object(
        root.fields.map { name, value in
          guard name == "shards" || name == "chunks" else { return (name, JSON(copying: value)) }
          return (name, .array(value.elements.prefix(shards.count).map { JSON(copying: $0) }))
        })
    }
    if format == .litdata { return litdataIndex(type, shards) }
    var entries: [JSON] = []
    for shard in shards {
      let table = try OffsetCursor(shard.path).configuration
      var text = ByteBuffer()
      var section = try FileSection(shard.path, table)
      try section.append(bytes: table.count, to: &text)
      let configuration = try JSONDocument(text, path: shard.path, code: .damagedArtefact).root
      let fields = JSON.fields(of: configuration).map { field -> (String, JSON) in
        switch field.0 {
        case "hashes": ("hashes", .array([.string("xxh64")]))
        // The file that is here is not compressed.
        case "compression": ("compression", .null)
        default: field
        }
      }
      entries.append(mdsEntry(fields, shard))
    }
    return mdsIndex(entries)
  }
}

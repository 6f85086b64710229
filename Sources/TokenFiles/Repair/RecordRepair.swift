// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Cuts a record that was not written to its end off each file of the set of TFRecords in `directory`,
/// and writes `info.train.json` and `stats.train.json` anew.
///
/// These two are those of the records if the set is `ours`; of another writer they are left alone as long
/// as they can be read and no record was lost.
///
/// - Throws: `fileNotFound` for a set whose files are not all there; `readFailed`, `writeFailed`;
///   `damagedArtefact` for a record that is there and not sound.
func repairRecordSet(
  _ directory: String, _ hints: RepairHints, ours: Bool
) throws(TextError) -> DirectoryRepair {
  let prefix = TokenFileNames(format: .tfrecord, path: directory).directoryPrefix
  let set = try ContainerIndex(directory)
  var repair = DirectoryRepair()
  var totals = RecordTotals()
  var kept: [(path: String, byteCount: Int)] = []
  for shard in set.shards {
    let size = try fileSize(shard.path)
    let whole = try totals.addRecords(of: shard.path, size)
    guard whole < size else { continue }
    let origins = TokenFileFormat.tfrecord.provenancePath(ofShard: shard.path)
    if kind(ofPath: origins) != .missing { throw originsDoNotFit(origins) }
    repair.steps.append(
      RepairStep(
        shard.path, "loses its last \(size - whole) bytes, a record that does not end in it"))
    kept.append((shard.path, whole))
  }
  // ---- The files of the set ----
  let names = TokenFileFormat.tfrecord.setFileNames
  let stored = names.map { name -> JSONValue? in
    guard let bytes = try? readFile(prefix + name) else { return nil }
    return (try? JSONDocument(bytes, path: prefix + name, code: .damagedArtefact))?.root
  }
  let isThere = names.contains { kind(ofPath: prefix + $0) == .file }
  var changed: [(path: String, content: [UInt8])] = []
  let contents = totals.setFiles(set.shards.count, keeping: stored[0])
  for (number, name) in names.enumerated() where ours || isThere {
    let path = prefix + name
    let content = setFileText(contents[number])
    let isStale = ours || stored[number] == nil || (number == 1 && !kept.isEmpty)
    guard isStale, (try? readFile(path).makeArray()) != content else { continue }
    let fault =
      kind(ofPath: path) == .missing
      ? "is missing" : stored[number] == nil ? "is no JSON" : "states other totals"
    repair.steps.append(
      RepairStep(path, "\(fault), and is made of \(totals.exampleCount) records"))
    changed.append((path, content))
  }
  if hints.isTrial { return repair }
  for (path, byteCount) in kept {
    try FileDescriptor.extending(path, keeping: byteCount).synchronize(path: path)
  }
  for (path, content) in changed { try writeFile(path, content.span) }
  return repair
}

/// What the records of a set hold.
private struct RecordTotals {
  private(set) var exampleCount = 0
  private var features: [FeatureTotals] = []
  private var maximumID: UInt32 = 0

  /// Adds the whole records of the file at `path` of `size` bytes; returns the bytes that they have.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` for a fault that is not an early end.
  mutating func addRecords(of path: String, _ size: Int) throws(TextError) -> Int {
    var cursor = try RecordShardCursor(path)
    var ids = TokenBuffer()
    do throws(TextError) {
      while try cursor.next(into: &ids) {
        exampleCount += 1
        maximumID = max(maximumID, ids.span.largest ?? 0)
        for (name, count) in cursor.valueCounts() { include(name, count) }
      }
    } catch {
      guard error.code == .damagedArtefact,
        try Self.endsWithinRecord(path, cursor.wholeByteCount..<size)
      else { throw error }
    }
    return cursor.wholeByteCount
  }

  private mutating func include(_ name: String, _ count: Int) {
    let place = features.firstIndex { $0.name == name } ?? features.count
    if place == features.count { features.append(FeatureTotals(name: name)) }
    features[place].valueCount += count
    features[place].longest = max(features[place].longest, count)
  }

  /// Whether the bytes in `range` are the start of one record.
  private static func endsWithinRecord(
    _ path: String, _ range: Range<Int>
  ) throws(TextError) -> Bool {
    guard range.count >= 12 else { return true }
    var start = try FileSection(path, range)
    var length = ByteBuffer()
    try start.append(bytes: 8, to: &length)
    guard try start.next(UInt32.self) == CRC32C.masked(length.span) else { return false }
    return length.span.load(at: 0, as: UInt64.self) > UInt64(max(0, range.count - 16))
      || range.count < 16
  }

  /// `info.train.json`, with the features that the `stored` one names, and `stats.train.json`.
  func setFiles(_ shardCount: Int, keeping stored: JSONValue?) -> [JSON] {
    var features = features
    let names = stored?["features"]?.fields.map(\.name) ?? (features.isEmpty ? ["targets"] : [])
    for name in names where !features.contains(where: { $0.name == name }) {
      features.append(FeatureTotals(name: name))
    }
    var info = seqioInfo(features.map(\.name), maximumID: maximumID, shardCount: shardCount)
    if let stored, stored["features"] != nil {
      info = .object(
        stored.fields.map { field in
          let isCount = field.name == "num_shards"
          return (field.name, isCount ? .integer(shardCount) : JSON(copying: field.value))
        })
    }
    return [info, seqioStatistics(exampleCount, features)]
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The shards of a directory of MDS, litdata or TFRecord files, ours or those of another writer.
struct ContainerIndex {
  /// One shard with what the set's index says of it.
  struct Shard: Sendable {
    var path: String
    /// Nil where no index tells.
    var sampleCount: Int?
    var tokenCount: Int?
    var byteCount: Int?
    /// MDS's own checksum, 16 hexadecimal digits.
    var xxh64: String?
  }

  let format: TokenFileFormat
  let shards: [Shard]
  /// How litdata's ids are stored.
  let type: TokenType

  /// Opens the set in `directory`.
  ///
  /// - Throws: `fileNotFound` if it is none of the three, `readFailed`, `damagedArtefact`.
  init(_ directory: String) throws(TextError) {
    let names = TokenFileNames(format: .mds, path: directory)
    let indexPath = names.directoryPrefix + "index.json"
    guard kind(ofPath: indexPath) != .missing else {
      format = .tfrecord
      type = .int64
      shards = try Self.recordShards(names.directoryPrefix)
      return
    }
    let root = try JSONDocument(readFile(indexPath), path: indexPath, code: .damagedArtefact).root
    if let chunks = root["chunks"] {
      format = .litdata
      type = try Self.litdataType(root, indexPath)
      shards = try chunks.elements.map { (chunk) throws(TextError) in
        Shard(
          path: names.directoryPrefix + (try Self.fileName(chunk["filename"], indexPath)),
          sampleCount: try Self.count(chunk["chunk_size"], indexPath),
          tokenCount: try Self.count(chunk["dim"], indexPath))
      }
    } else {
      guard let shards = root["shards"], root["version"]?.integer == 2 else {
        throw .damaged(indexPath, "the index of neither MDS nor litdata")
      }
      format = .mds
      type = .int64
      self.shards = try shards.elements.map { (shard) throws(TextError) in
        let raw = shard["raw_data"]
        guard shard["compression"]?.string == nil else {
          throw .damaged(indexPath, "its shards are compressed, which is not read here")
        }
        return Shard(
          path: names.directoryPrefix + (try Self.fileName(raw?["basename"], indexPath)),
          sampleCount: try Self.count(shard["samples"], indexPath),
          byteCount: try Self.count(raw?["bytes"], indexPath),
          xxh64: raw?["hashes"]?["xxh64"]?.string)
      }
    }
  }
}

// MARK: - What the index says

extension ContainerIndex {
  private static func fileName(
    _ value: JSONValue?, _ path: String
  ) throws(TextError) -> String {
    guard let name = value?.string, !name.isEmpty, !name.contains("/"), !name.contains("\0") else {
      throw .damaged(path, "lists a shard whose name is not that of a file beside it")
    }
    return name
  }

  private static func count(_ value: JSONValue?, _ path: String) throws(TextError) -> Int {
    guard let count = value?.integer, count >= 0 else {
      throw .damaged(path, "lists a shard without its number of samples, tokens or bytes")
    }
    return count
  }

  private static func litdataType(
    _ root: JSONValue, _ path: String
  ) throws(TextError) -> TokenType {
    switch root["config"]?["data_format"]?.elements.first?.string {
    case "no_header_tensor:20": return .uint16
    case "no_header_tensor:15", "no_header_tensor:16": return .int32
    case "no_header_tensor:17", "no_header_tensor:18": return .int64
    case let format:
      throw .damaged(path, "its data format is \(format ?? "missing"), not one of token ids")
    }
  }

  /// The shards of `train.tfrecord-nnnnn-of-nnnnn` in `directory`: all that the names promise.
  private static func recordShards(_ directory: String) throws(TextError) -> [Shard] {
    let prefix = TokenFileFormat.tfrecord.shardPrefix
    var names: [Int: String] = [:]
    var counts: Set<Int> = []
    for name in try directoryEntries(directory) where name.hasPrefix(prefix) {
      let parts = name.dropFirst(prefix.count).split(
        separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1] == "of", let number = Int(parts[0]),
        let count = Int(parts[2])
      else { continue }
      names[number] = name
      counts.insert(count)
    }
    guard counts == [names.count], (0..<names.count).allSatisfy({ names[$0] != nil }) else {
      throw TextError(
        .fileNotFound, "no index.json, and not all files of a train.tfrecord-00000-of-nnnnn",
        at: .init(path: directory), remedy: "check the directory, or copy the set again")
    }
    return (0..<names.count).compactMap { names[$0] }.map { Shard(path: directory + $0) }
  }
}

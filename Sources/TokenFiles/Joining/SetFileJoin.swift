// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The files that a set has once, joined of those of its parts: the indexes of MDS and litdata, in which
/// every shard has an entry, and what seqio's files sum up of TFRecords.
///
/// What else stands in them must be the same in all parts, and is taken from the first.
package struct SetFileJoin {
  private let target: TokenFileNames
  /// The fields of each file, in the order of `setFileNames`; of the first part, but for what is joined.
  private var fields: [[(String, JSON)]] = []
  /// What the indexes say of each shard.
  private var entries: [JSON] = []

  /// The files of the set `target`.
  package init(_ target: TokenFileNames) { self.target = target }

  /// Takes in the files of `set`, the shards of which become `firstShard` and on.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` for files that are not as the manifest has it, or of other
  ///   settings.
  package mutating func add(_ set: MovableSet, firstShard: Int) throws(TextError) {
    let isFirst = fields.isEmpty
    for (place, path) in set.setFiles.enumerated() {
      let root = try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
      var own = root.fields.map { ($0.name, JSON(copying: $0.value)) }
      if let list = listName {
        try addEntries(root[list]?.elements ?? [], of: set, firstShard: firstShard, path)
        own = own.map { ($0.0, $0.0 == list ? .null : $0.1) }
      }
      if isFirst { fields.append(own) } else { try addFields(own, to: place, path) }
    }
  }

  /// The contents of the files of a set of `shardCount` shards, with their names.
  package func contents(shardCount: Int) -> [(name: String, content: [UInt8])] {
    zip(target.format.setFileNames, fields).map { name, fields in
      let joined = fields.map { name, value -> (String, JSON) in
        if name == listName { return (name, .array(entries)) }
        return (name, isShardCount(name) ? .integer(shardCount) : value)
      }
      return (name, setFileText(.object(joined)))
    }
  }

  /// The field of an index with an entry for each shard.
  private var listName: String? {
    switch target.format {
    case .mds: "shards"
    case .litdata: "chunks"
    default: nil
    }
  }

  private func isShardCount(_ name: String) -> Bool {
    target.format == .tfrecord && name == "num_shards"
  }

  private mutating func addFields(
    _ own: [(String, JSON)], to place: Int, _ path: String
  ) throws(TextError) {
    guard own.map(\.0) == fields[place].map(\.0) else {
      throw .damaged(path, "has other fields than that of the first set")
    }
    for (index, (name, value)) in own.enumerated() where !isShardCount(name) {
      let known = fields[place][index].1
      if case (.integer(let count), .integer(let other)) = (known, value), isStatistics(place) {
        fields[place][index].1 = .integer(
          name.hasSuffix("_max_tokens") ? max(count, other) : count + other)
      } else if known != value {
        throw .damaged(path, "has another \"\(name)\" than that of the first set")
      }
    }
  }

  /// Whether the file at `place` counts examples and values.
  private func isStatistics(_ place: Int) -> Bool {
    target.format == .tfrecord && target.format.setFileNames[place].hasPrefix("stats")
  }

  private mutating func addEntries(
    _ own: [JSONValue], of set: MovableSet, firstShard: Int, _ path: String
  ) throws(TextError) {
    let suffix = ChunkLayout.suffix(of: target.format)
    for (shard, entry) in own.enumerated() {
      let name = set.names.fileName(ofShard: shard, suffix: suffix, shardCount: own.count)
      let new = target.fileName(ofShard: firstShard + shard, suffix: suffix, shardCount: 0)
      entries.append(renamed(JSON(copying: entry), name, as: new))
    }
    guard own.count == set.shardCount else {
      throw .damaged(path, "has \(own.count) shards, the manifest \(set.shardCount)")
    }
  }

  /// `value` with the file name `new` wherever it had `old`.
  private func renamed(_ value: JSON, _ old: String, as new: String) -> JSON {
    guard case .object(let fields) = value else { return value }
    return .object(
      fields.map { name, value in
        let isName = ["basename", "filename"].contains(name) && value == .string(old)
        return (name, isName ? .string(new) : renamed(value, old, as: new))
      })
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The files that a set of `settings` has once beside its `shards`, with their contents.
///
/// They are the same for the same shards: none holds a time.
func setFiles(
  _ settings: ShardSettings, _ shards: [FinishedShard]
) -> [(name: String, content: [UInt8])] {
  let contents: [JSON] =
    switch settings.format {
    case .mds: [mdsIndex(settings, shards)]
    case .litdata: [litdataIndex(settings.type, shards)]
    case .tfrecord: [seqioInfo(settings, shards), seqioStatistics(settings, shards)]
    default: []
    }
  return zip(settings.format.setFileNames, contents).map { name, content in
    (name, setFileText(content))
  }
}

/// `content` as the bytes of a file of a set.
func setFileText(_ content: JSON) -> [UInt8] {
  var text = content.serialized()
  text.append("\n")
  return text.makeArray()
}

/// `index.json` as `streaming/base/format/mds/reader.py` wants it.
private func mdsIndex(_ settings: ShardSettings, _ shards: [FinishedShard]) -> JSON {
  let fields = MDSLayout(settings).fields
  return mdsIndex(shards.map { mdsEntry(fields, $0) })
}

/// The index of shards of these entries.
func mdsIndex(_ entries: [JSON]) -> JSON {
  .object([("shards", .array(entries)), ("version", .integer(2))])
}

/// What the index says of a shard, of whose configuration `fields` are.
func mdsEntry(_ fields: [(String, JSON)], _ shard: FinishedShard) -> JSON {
  let output = shard.outputs[0]
  return .object(
    fields + [
      (
        "raw_data",
        .object([
          ("basename", .string(output.name)), ("bytes", .integer(output.byteCount)),
          ("hashes", .object([("xxh64", shard.note("xxh64"))])),
        ])
      ),
      ("samples", .integer(shard.totals.documentCount)), ("zip_data", .null),
    ])
}

/// `index.json` as litdata's `BinaryWriter` gives it for a `TokensLoader`, but for the time.
func litdataIndex(_ type: TokenType, _ shards: [FinishedShard]) -> JSON {
  let chunks = shards.map { shard -> JSON in
    // The whole file's, as litdata writes it from 0.2.40 on at the latest: what downloads a chunk in parts
    // asks for so many bytes.
    .object([
      ("chunk_bytes", .integer(shard.outputs[0].byteCount)),
      ("chunk_size", .integer(shard.totals.documentCount)),
      ("dim", .integer(shard.totals.tokenCount)), ("filename", .string(shard.outputs[0].name)),
    ])
  }
  // The places of the types in litdata's table of torch types; it has no uint32.
  let code =
    switch type {
    case .uint16: 20
    case .int32: 16
    case .int64: 18
    case .uint32: preconditionFailure("litdata has no unsigned 32-bit ids")
    }
  return .object([
    ("chunks", .array(chunks)),
    (
      "config",
      .object([
        ("chunk_bytes", .integer(TokenFileFormat.litdata.usualShardBytes ?? 0)),
        ("chunk_size", .null),
        ("compression", .null), ("data_format", .array([.string("no_header_tensor:\(code)")])),
        (
          "data_spec",
          .string(#"[1, {"type": null, "context": null, "children_spec": []}]"#)
        ),
        ("encryption", .null), ("item_loader", .string("TokensLoader")),
      ])
    ),
    ("updated_at", .string("0")),
  ])
}

/// `info.train.json`: what seqio needs to read the features.
private func seqioInfo(_ settings: ShardSettings, _ shards: [FinishedShard]) -> JSON {
  seqioInfo(storedNames(settings), maximumID: settings.maximumID, shardCount: shards.count)
}

/// The same for features of these names.
func seqioInfo(_ names: [String], maximumID: UInt32, shardCount: Int) -> JSON {
  let type = maximumID <= TokenType.int32.maximumID ? "int32" : "int64"
  let features = names.map { name in
    (name, JSON.object([("dtype", .string(type)), ("shape", .array([.null]))]))
  }
  return .object([
    ("features", .object(features)), ("num_shards", .integer(shardCount)),
    ("seqio_version", .string("0.0.0")),
  ])
}

/// `stats.train.json`: examples and values; end-of-document tokens count, unlike in seqio's own.
private func seqioStatistics(_ settings: ShardSettings, _ shards: [FinishedShard]) -> JSON {
  let columns = storedNames(settings).map { name in
    FeatureTotals(
      name: name, valueCount: shards.reduce(0) { $0 + count($1.note(name + "_tokens")) },
      longest: shards.map { count($0.note(name + "_max_tokens")) }.max() ?? 0)
  }
  return seqioStatistics(shards.reduce(0) { $0 + $1.totals.documentCount }, columns)
}

/// The values of a feature: all, and the most of one example.
struct FeatureTotals: Sendable {
  var name: String
  var valueCount = 0
  var longest = 0
}

/// The same for examples of these features.
func seqioStatistics(_ exampleCount: Int, _ features: [FeatureTotals]) -> JSON {
  var fields: [(String, JSON)] = [("examples", .integer(exampleCount))]
  for feature in features {
    fields.append((feature.name + "_max_tokens", .integer(feature.longest)))
    fields.append((feature.name + "_tokens", .integer(feature.valueCount)))
  }
  return .object(fields)
}

private func storedNames(_ settings: ShardSettings) -> [String] {
  settings.columns.map { settings.format.storedName(of: $0, in: settings.columns) }
}

private func count(_ note: JSON) -> Int {
  if case .integer(let count) = note { return count }
  return 0
}

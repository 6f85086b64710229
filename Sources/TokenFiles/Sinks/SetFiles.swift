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
    case .litdata: [litdataIndex(settings, shards)]
    case .tfrecord: [seqioInfo(settings, shards), seqioStatistics(settings, shards)]
    default: []
    }
  return zip(settings.format.setFileNames, contents).map { name, content in
    var text = content.serialized()
    text.append("\n")
    return (name, text.makeArray())
  }
}

/// `index.json` as `streaming/base/format/mds/reader.py` wants it.
private func mdsIndex(_ settings: ShardSettings, _ shards: [FinishedShard]) -> JSON {
  let layout = MDSLayout(settings)
  let entries = shards.map { shard -> JSON in
    let output = shard.outputs[0]
    return .object(
      layout.fields + [
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
  return .object([("shards", .array(entries)), ("version", .integer(2))])
}

/// `index.json` as litdata's `BinaryWriter` gives it for a `TokensLoader`, but for the time.
private func litdataIndex(_ settings: ShardSettings, _ shards: [FinishedShard]) -> JSON {
  let chunks = shards.map { shard -> JSON in
    .object([
      ("chunk_bytes", shard.note("item_bytes")),
      ("chunk_size", .integer(shard.totals.documentCount)),
      ("dim", .integer(shard.totals.tokenCount)), ("filename", .string(shard.outputs[0].name)),
    ])
  }
  // The places of the types in litdata's table of torch types; it has no uint32.
  let code =
    switch settings.type {
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
        ("chunk_bytes", .integer(settings.format.usualShardBytes ?? 0)), ("chunk_size", .null),
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
  let type = settings.maximumID <= TokenType.int32.maximumID ? "int32" : "int64"
  let features = storedNames(settings).map { name in
    (name, JSON.object([("dtype", .string(type)), ("shape", .array([.null]))]))
  }
  return .object([
    ("features", .object(features)), ("num_shards", .integer(shards.count)),
    ("seqio_version", .string("0.0.0")),
  ])
}

/// `stats.train.json`: examples and values; end-of-document tokens count, unlike in seqio's own.
private func seqioStatistics(_ settings: ShardSettings, _ shards: [FinishedShard]) -> JSON {
  var fields: [(String, JSON)] = [
    ("examples", .integer(shards.reduce(0) { $0 + $1.totals.documentCount }))
  ]
  for name in storedNames(settings) {
    let totals = shards.map { count($0.note(name + "_tokens")) }
    let longest = shards.map { count($0.note(name + "_max_tokens")) }
    fields.append((name + "_max_tokens", .integer(longest.max() ?? 0)))
    fields.append((name + "_tokens", .integer(totals.reduce(0, +))))
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

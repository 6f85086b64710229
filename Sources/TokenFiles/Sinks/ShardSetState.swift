// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How far a set is, as a journal keeps it.
struct ShardSetState {
  var finished: [FinishedShard]
  /// The shards in the making.
  var open: [OpenShardState]

  var json: JSON {
    .object([
      (
        "finished",
        .array(
          finished.map { shard in
            .object([
              ("path", .string(shard.path)), ("totals", shard.totals.json),
              ("outputs", .array(shard.outputs.map(\.json))), ("notes", .object(shard.notes)),
            ])
          })
      ),
      ("open", .array(open.map(\.json))),
    ])
  }

  init(finished: [FinishedShard], open: [OpenShardState]) {
    self.finished = finished
    self.open = open
  }

  init?(_ value: JSONValue) {
    guard let states = value["open"]?.elements, let shards = value["finished"]?.elements
    else { return nil }
    open = states.compactMap(OpenShardState.init)
    guard open.count == states.count else { return nil }
    finished = []
    for shard in shards {
      guard let path = shard["path"]?.string,
        let totals = shard["totals"].flatMap(ShardTotals.init),
        let outputs = shard["outputs"]?.elements
      else { return nil }
      finished.append(
        FinishedShard(
          path: path, outputs: outputs.compactMap(Manifest.Output.init), totals: totals,
          notes: JSON.fields(of: shard["notes"]))
      )
    }
  }
}

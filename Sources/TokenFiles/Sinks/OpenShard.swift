// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A shard in the making with the file of its documents' origins, where they are kept.
final class OpenShard<Shard: ShardWriter & ~Copyable> {
  private var writer: Shard
  private var provenance: ProvenanceWriter?

  /// Begins the shard `path`, which is a path without extension, or goes on with it.
  ///
  /// - Throws: `writeFailed`; with a state also `readFailed`, and `damagedArtefact` if less is there.
  init(
    _ path: String, _ settings: ShardSettings, at state: OpenShardState? = nil
  ) throws(TextError) {
    let originsPath = settings.format.provenancePath(ofShard: path)
    if let state {
      writer = try Shard(path, settings, at: state.writer)
      if let origins = state.provenance {
        provenance = try ProvenanceWriter(originsPath, at: origins)
      }
    } else {
      writer = try Shard(path, settings)
      if settings.keepsProvenance { provenance = try ProvenanceWriter(originsPath) }
    }
  }

  var tokenCount: Int { writer.totals.tokenCount }

  func byteCount(adding valueCount: Int) -> Int { writer.byteCount(adding: valueCount) }

  /// Appends one sample: `values`, whose run in column `c` ends at `ends[c]`, and its origin, which may be
  /// empty.
  ///
  /// - Throws: `writeFailed`; `badRecord` for a sample too long for the format.
  func append(
    _ values: Span<UInt32>, ends: Span<Int>, origin: Span<UInt32>
  ) throws(TextError) {
    try writer.append(values, ends: ends)
    try provenance?.append(tokenCount: ends[0], origin: origin)
  }

  /// Makes all samples so far durable, and says how to go on from here.
  ///
  /// - Throws: `writeFailed`.
  func checkpoint() throws(TextError) -> OpenShardState {
    OpenShardState(writer: try writer.checkpoint(), provenance: try provenance?.checkpoint())
  }

  /// Completes the files and makes them durable, still under partial names.
  ///
  /// - Throws: `writeFailed`.
  func finish() throws(TextError) -> FinishedShard {
    var finished = try writer.finish()
    if let origins = try provenance?.finish() { finished.outputs.append(origins) }
    return finished
  }
}

/// How far a shard in the making is.
struct OpenShardState {
  var writer: ShardState
  var provenance: ProvenanceState?

  var json: JSON {
    .object([("files", writer.json), ("provenance", provenance?.json ?? .null)])
  }

  init(writer: ShardState, provenance: ProvenanceState?) {
    self.writer = writer
    self.provenance = provenance
  }

  init?(_ value: JSONValue) {
    guard let writer = value["files"].flatMap(ShardState.init), let origins = value["provenance"]
    else { return nil }
    let provenance = ProvenanceState(origins)
    if provenance == nil, origins.kind != .null { return nil }
    self.init(writer: writer, provenance: provenance)
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Token ids of documents → files a trainer maps into memory, and back.
//
// In: batches of documents, each a run of ids. Out: `PREFIX.bin` with the ids back to back and
// `PREFIX.idx` with where each document lies, the pair that Megatron-LM's IndexedDataset reads, and
// `PREFIX.manifest.json` beside them; with a shard size `PREFIX-00000.bin`, `PREFIX-00000.idx` and
// so on. `MegatronLayout` says what stands at which byte.
//
//   TokenFileWriter   the set: which document goes to which shard, names, manifest
//   MegatronShardWriter   one pair of files
//   TokenFileReader   finds the shards again and streams their documents
//   verifyTokenFiles   holds a set against its manifest
//
// Invariants: one document is one sequence, also when it is empty; ids keep their order; the same
// ids and options give the same bytes. Nothing appears under its name before everything is durable,
// and the manifest appears last: a set with a manifest is whole. What is read is checked before it
// is believed, so a damaged or foreign file gives an error that names the byte, never a trap.
//
// Cost: writing converts at memory speed and is bound by the disk; memory is 256 KiB and 4 bytes a
// document of the shard. Reading takes four 64 KiB windows and the longest document.

package import TextCore

/// The totals of a set of token files.
package struct TokenFileSummary: Sendable, Equatable {
  package var shardCount = 0
  package var documentCount = 0
  package var tokenCount = 0
  /// The largest id, nil without tokens.
  package var maximumID: UInt32?
  /// Bytes of all files but the manifest.
  package var byteCount = 0

  package init(shardCount: Int = 0, documentCount: Int = 0, tokenCount: Int = 0) {
    self.shardCount = shardCount
    self.documentCount = documentCount
    self.tokenCount = tokenCount
  }

  /// Counts in a largest id, if there is one.
  package mutating func include(_ id: UInt32?) {
    if let id { maximumID = max(maximumID ?? 0, id) }
  }
}

extension TokenFileSummary {
  package var json: JSON {
    .object([
      ("shards", .integer(shardCount)), ("documents", .integer(documentCount)),
      ("tokens", .integer(tokenCount)), ("bytes", .integer(byteCount)),
      ("maximum_id", maximumID.map { .integer(Int($0)) } ?? .null),
    ])
  }

  package init?(_ value: JSONValue) {
    guard let shards = value["shards"]?.integer, let documents = value["documents"]?.integer,
      let tokens = value["tokens"]?.integer, let bytes = value["bytes"]?.integer
    else { return nil }
    self.init(shardCount: shards, documentCount: documents, tokenCount: tokens)
    byteCount = bytes
    maximumID = value["maximum_id"]?.integer.flatMap { UInt32(exactly: $0) }
  }
}

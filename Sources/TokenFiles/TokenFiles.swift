// SPDX-License-Identifier: Apache-2.0
//
// Token ids of documents → files a trainer maps into memory, and back.
//
// In: batches of samples, each a document of ids or what packing has made of documents. Out: sets of
// shards in one of the layouts of `TokenFileFormat`, each with a manifest.
//
//   Packing/         documents → sequences of one length, accounted for to the token
//   Shuffling/       a random order in bounded memory; splits, weights and quotas by hashes of ids
//   Sinks/           TokenSink: one set; ShardSet: which sample goes to which shard; a ShardWriter for
//                    each family of layouts: flat files, chunks with a table of offsets, records
//   Joining/         what becomes of the names and indexes of sets whose shards are moved into one
//   Reading/         TokenFileReader finds a set and streams its documents; verifyTokenFiles holds it
//                    against its manifest
//   Repair/          makes index and ids agree again
//   LoaderIndexes/   the sample indexes that training frameworks build from a set
//
// Invariants: ids keep their order; the same samples and settings give the same bytes, also when a run
// was cut off and gone on with. Nothing appears under its name before everything is durable, and the
// manifest appears last: a set with a manifest is whole. What is read is checked before it is believed,
// so a damaged or foreign file gives an error that names the byte, never a trap.
//
// Cost: writing converts at memory speed and is bound by the disk; memory is 256 KiB and 4 bytes a
// document of a flat shard, or a whole shard of chunks. Reading takes a few windows of 64 KiB and the
// longest document.

package import TextCore

/// The totals of a set of token files.
package struct TokenFileSummary: Sendable, Equatable {
  package var shardCount = 0
  /// Those without a token, as whoever wrote or read all of them counted.
  package var emptyShardCount = 0
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
      ("shards", .integer(shardCount)), ("empty_shards", .integer(emptyShardCount)),
      ("documents", .integer(documentCount)), ("tokens", .integer(tokenCount)),
      ("bytes", .integer(byteCount)),
      ("maximum_id", maximumID.map { .integer(Int($0)) } ?? .null),
    ])
  }

  package init?(_ value: JSONValue) {
    guard let shards = value["shards"]?.integer, let documents = value["documents"]?.integer,
      let tokens = value["tokens"]?.integer, let bytes = value["bytes"]?.integer
    else { return nil }
    self.init(shardCount: shards, documentCount: documents, tokenCount: tokens)
    emptyShardCount = value["empty_shards"]?.integer ?? 0
    byteCount = bytes
    maximumID = value["maximum_id"]?.integer.flatMap { UInt32(exactly: $0) }
  }
}

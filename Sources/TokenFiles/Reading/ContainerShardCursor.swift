// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Streams the samples of a shard of MDS, litdata or TFRecord, and holds their number against the set's
/// index.
struct ContainerShardCursor: ~Copyable {
  private let shard: ContainerIndex.Shard
  // One of the three, by the format.
  private var mds: MDSShardCursor?
  private var litdata: LitdataShardCursor?
  private var records: RecordShardCursor?
  private var sampleCount = 0
  private var tokenCount = 0

  /// Opens a shard of `format`, whose ids are stored as `type` says where the shard itself does not
  /// tell.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(
    _ shard: ContainerIndex.Shard, _ format: TokenFileFormat, _ type: TokenType
  ) throws(TextError) {
    try shard.checkFile()
    let mds = format == .mds ? try MDSShardCursor(shard.path) : nil
    let litdata = format == .litdata ? try LitdataShardCursor(shard.path, type) : nil
    let records = format == .tfrecord ? try RecordShardCursor(shard.path) : nil
    self.shard = shard
    self.mds = mds
    self.litdata = litdata
    self.records = records
  }

  /// Replaces `ids` by those of the next sample; returns false, after the last checks, if there is
  /// none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    var isNext = try mds?.next(into: &ids)
    if isNext == nil { isNext = try litdata?.next(into: &ids) }
    if isNext == nil { isNext = try records?.next(into: &ids) }
    guard isNext == true else {
      try checkEnd()
      return false
    }
    sampleCount += 1
    tokenCount += ids.count
    return true
  }

  private func checkEnd() throws(TextError) {
    if let stated = shard.sampleCount, stated != sampleCount {
      throw .damaged(
        shard.path, "holds \(sampleCount) samples, where the index states \(stated)")
    }
    if let stated = shard.tokenCount, stated != tokenCount {
      throw .damaged(shard.path, "holds \(tokenCount) tokens, where the index states \(stated)")
    }
  }
}

extension ContainerIndex.Shard {
  /// Holds the size and checksum of a shard against the index.
  func checkFile() throws(TextError) {
    let size = try fileSize(path)
    if let stated = byteCount, stated != size {
      throw .damaged(
        path, byte: min(size, stated), "\(size) bytes long, where the index states \(stated)")
    }
    guard let stated = xxh64 else { return }
    var checksum = XXH64()
    try forEachBlock(ofFile: path) { checksum.update($0) }
    guard checksum.digest() == stated else {
      throw .damaged(
        path, "the XXH64 is \(checksum.digest()), where the index states \(stated)")
    }
  }
}

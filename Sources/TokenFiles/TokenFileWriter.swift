// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Writes documents of token ids as one set of Megatron shards with a manifest.
///
/// Everything has a partial name until ``publish(manifest:)``; a writer dropped before leaves
/// nothing behind.
package struct TokenFileWriter: ~Copyable, Sendable {
  private let names: TokenFileNames
  private let type: TokenType
  private let maximumID: UInt32
  private let endOfDocument: UInt32?
  private let shardTokens: Int?
  private var shard: MegatronShardWriter
  private var finished: [FinishedShard] = []
  private var isPublished = false

  /// Starts the set `prefix`, creating its directory.
  ///
  /// - Parameters:
  ///   - prefix: The path of the files up to the extension or shard number.
  ///   - type: The stored type, which must hold `maximumID`.
  ///   - maximumID: The largest id there may be; a larger one traps.
  ///   - endOfDocument: An id to append to every document, also the empty ones.
  ///   - shardTokens: The most tokens of a shard, unless a single document has more; nil for one
  ///     unnumbered shard.
  /// - Throws: `writeFailed`, `invalidArgument`.
  package init(
    prefix: String, type: TokenType, maximumID: UInt32, endOfDocument: UInt32? = nil,
    shardTokens: Int? = nil
  ) throws(TextError) {
    precondition(endOfDocument ?? 0 <= maximumID, "the end-of-document id is above the maximum")
    precondition(shardTokens ?? 1 > 0, "a shard of no tokens")
    names = TokenFileNames(prefix: prefix)
    self.type = type
    self.maximumID = maximumID
    self.endOfDocument = endOfDocument
    self.shardTokens = shardTokens
    try Self.checkPrefix(names)
    try createDirectory(String(names.directoryPrefix.dropLast()))
    let path = names.shard(shardTokens == nil ? nil : 0)
    shard = try MegatronShardWriter(path: path, type: type, maximumID: maximumID)
  }

  deinit {
    if !isPublished { for shard in finished { shard.discard() } }
  }

  /// Appends documents.
  ///
  /// A document opens the next shard if the current one would exceed the shard size with it, and
  /// both have tokens: Megatron cannot map an empty `.bin`.
  ///
  /// - Parameters:
  ///   - ids: The ids of all documents, back to back.
  ///   - ends: Where each document ends in `ids`, ascending; the last is `ids.count`.
  /// - Throws: `writeFailed`; `badRecord` for a document of 2^31 tokens or more.
  package mutating func append(
    documents ids: Span<UInt32>, ends: Span<Int>
  ) throws(TextError) {
    let last = ends.isEmpty ? 0 : ends[ends.count - 1]
    precondition(last == ids.count, "the last document must end where the ids end")
    var start = 0
    for index in ends.indices {
      let document = ids.extracting(start..<ends[index])
      try openNextShard(before: document.count + (endOfDocument == nil ? 0 : 1))
      try shard.append(document, endOfDocument: endOfDocument)
      start = ends[index]
    }
  }

  private mutating func openNextShard(before tokenCount: Int) throws(TextError) {
    guard let shardTokens, tokenCount > 0, shard.tokenCount > 0,
      shard.tokenCount + tokenCount > shardTokens
    else { return }
    finished.append(try shard.finish())
    shard = try MegatronShardWriter(
      path: names.shard(finished.count), type: type, maximumID: maximumID)
  }
}

// MARK: - Publishing

extension TokenFileWriter {
  /// Completes `manifest` with the results and outputs, and gives all files their names, the
  /// manifest last; shards that an earlier manifest lists and this one does not are removed.
  ///
  /// The disk can run full only before the first file appears.
  ///
  /// - Throws: `writeFailed`.
  @discardableResult
  package consuming func publish(
    manifest: consuming Manifest
  ) throws(TextError) -> TokenFileSummary {
    finished.append(try shard.finish())
    let summary = Self.summary(of: finished)
    manifest.results += Self.results(summary, type)
    manifest.outputs += finished.flatMap(\.outputs)
    var file = try AtomicFile(names.manifest)
    try file.write(manifest.json.serialized().span)
    try file.finish()

    let written = Set(manifest.outputs.map(\.name))
    let stale = listedShards().filter { !written.contains($0) }
    // A crash from here on leaves files without a manifest, never a manifest of other files.
    removeFile(names.manifest)
    for shard in finished { try shard.publish() }
    for name in stale { removeFile(names.directoryPrefix + name) }
    try file.publish()
    isPublished = true
    return summary
  }

  private static func summary(of shards: [FinishedShard]) -> TokenFileSummary {
    var summary = TokenFileSummary(shardCount: shards.count)
    for shard in shards {
      summary.documentCount += shard.documentCount
      summary.tokenCount += shard.tokenCount
      summary.byteCount += shard.outputs.reduce(0) { $0 + $1.byteCount }
      summary.include(shard.maximumID)
    }
    return summary
  }

  private static func results(
    _ summary: TokenFileSummary, _ type: TokenType
  ) -> [(String, JSON)] {
    [
      ("shards", .integer(summary.shardCount)),
      ("documents", .integer(summary.documentCount)),
      ("tokens", .integer(summary.tokenCount)),
      ("token_type", .string(type.name)),
      ("maximum_id", summary.maximumID.map { .integer(Int($0)) } ?? .null),
    ]
  }

  /// The shards that the manifest to be replaced lists, if there is a readable one; names that are
  /// not of this set are not believed.
  private func listedShards() -> [String] {
    guard let manifest = try? StoredManifest(path: names.manifest) else { return [] }
    return manifest.outputs.map(\.name).filter(names.isShard)
  }
}

// MARK: - Before the start

extension TokenFileWriter {
  /// Refuses a `prefix` under which there are token files, unless they are to be overwritten.
  ///
  /// - Throws: `outputExists`, `invalidArgument`.
  package static func checkOutput(prefix: String, overwrite: Bool) throws(TextError) {
    let names = TokenFileNames(prefix: prefix)
    try checkPrefix(names)
    if overwrite { return }
    let first = names.shard(0)
    let paths = [
      names.manifest, prefix + ".bin", prefix + ".idx", first + ".bin", first + ".idx",
    ]
    for path in paths where kind(ofPath: path) != .missing {
      throw TextError(
        .outputExists, "already exists", at: .init(path: path),
        remedy: "pass --overwrite to replace it, or choose another output")
    }
  }

  private static func checkPrefix(_ names: TokenFileNames) throws(TextError) {
    guard names.baseName.isEmpty else { return }
    throw TextError(
      .invalidArgument, "the output prefix \"\(names.prefix)\" has no file name",
      remedy: "add one, as in \"\(names.prefix)corpus\"")
  }
}

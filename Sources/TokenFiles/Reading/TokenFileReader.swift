// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// One pair of Megatron files on disk.
package struct TokenShard: Sendable {
  /// The header of the `.idx`.
  package let index: MegatronIndex
  /// The path and size in bytes of the `.bin`.
  package let tokenPath: String
  package let tokenByteCount: Int

  /// The number of tokens, if the `.bin` is what the index says.
  package var tokenCount: Int { tokenByteCount / index.type.width }

  /// Opens `path`.idx and `path`.bin.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  package init(path: String) throws(TextError) {
    index = try MegatronIndex(path: path + ".idx")
    tokenPath = path + ".bin"
    tokenByteCount = try fileSize(tokenPath)
    guard tokenByteCount % index.type.width == 0 else {
      throw .damaged(
        tokenPath, byte: tokenByteCount / index.type.width * index.type.width,
        "ends within a token of \(index.type.width) bytes")
    }
  }
}

/// Reads the documents of a set of token files, ours or those of another writer.
package struct TokenFileReader {
  /// The shards in order.
  package let shards: [TokenShard]
  /// The manifest, where there is one.
  package let manifest: StoredManifest?

  /// Opens the set at `path`: its prefix, its manifest, or a `.idx` or `.bin` file.
  ///
  /// The shards are those that the manifest lists; without one, `PREFIX.idx` alone; without that,
  /// `PREFIX-00000.idx` and on.
  ///
  /// - Throws: `fileNotFound` if there is nothing, `readFailed`, `damagedArtefact`.
  package init(_ path: String) throws(TextError) {
    let names = TokenFileNames(ofPath: path)
    var paths: [String]
    if kind(ofPath: names.manifest) != .missing {
      let manifest = try StoredManifest(path: names.manifest)
      paths = try Self.listedShards(manifest)
      self.manifest = manifest
    } else {
      paths = try Self.foundShards(names)
      manifest = nil
    }
    var shards: [TokenShard] = []
    for path in paths { shards.append(try TokenShard(path: path)) }
    self.shards = shards
  }

  /// The number of documents, by the headers.
  package var documentCount: Int { shards.reduce(0) { $0 + $1.index.documentCount } }
  /// The number of tokens, by the sizes of the `.bin` files.
  package var tokenCount: Int { shards.reduce(0) { $0 + $1.tokenCount } }

  /// Calls `body` with the number (from 0, over all shards) and the ids of each document, in order.
  ///
  /// Memory is a few windows and the longest document; the span is valid during the call.
  ///
  /// - Throws: `readFailed`, `damagedArtefact` and what `body` throws.
  package func forEachDocument(
    _ body: (Int, Span<UInt32>) throws(TextError) -> Void
  ) throws(TextError) {
    var number = 0
    var ids = TokenBuffer()
    for shard in shards {
      var cursor = try MegatronShardCursor(shard)
      while try cursor.next(into: &ids) {
        try body(number, ids.span)
        number += 1
      }
    }
  }
}

// MARK: - Finding the shards

extension TokenFileReader {
  private static func listedShards(_ manifest: StoredManifest) throws(TextError) -> [String] {
    guard manifest.kind == "token-files" else {
      throw .damaged(
        manifest.path, "the manifest of another artefact (\(manifest.kind)), not of token files")
    }
    let listed = Set(manifest.outputs.map(\.name))
    var paths: [String] = []
    for output in manifest.outputs {
      guard !output.name.contains("/") else {
        throw .damaged(manifest.path, "lists \"\(output.name)\", which is not a file beside it")
      }
      let path = manifest.directoryPrefix + output.name
      guard kind(ofPath: path) != .missing else {
        throw .damaged(path, "listed in the manifest, but missing")
      }
      guard output.name.hasSuffix(".idx") else { continue }
      let tokens = String(output.name.dropLast(4)) + ".bin"
      guard listed.contains(tokens) else { throw .damaged(manifest.path, "lists no \(tokens)") }
      paths.append(String(path.dropLast(4)))
    }
    return paths
  }

  private static func foundShards(_ names: TokenFileNames) throws(TextError) -> [String] {
    if kind(ofPath: names.path + ".idx") != .missing { return [names.path] }
    let directory = names.directoryPrefix
    let entries = try directoryEntries(directory.isEmpty ? "." : directory)
    let numbers = entries.compactMap { names.shardNumber($0, suffix: ".idx") }.sorted()
    if numbers.isEmpty {
      throw TextError(
        .fileNotFound, "no token files: no .manifest.json, .idx or -00000.idx of this prefix",
        at: .init(path: names.path), remedy: "check the prefix")
    }
    for (expected, number) in numbers.enumerated() where number != expected {
      throw .damaged(names.shard(expected) + ".idx", "missing, though later shards are there")
    }
    return numbers.map { names.shard($0) }
  }
}

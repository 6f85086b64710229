// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Reads the documents of a set of token files, ours or those of another writer.
package struct TokenFileReader {
  package let format: TokenFileFormat
  /// The directory of the set, or its prefix.
  package let path: String
  /// The shards in order.
  package let shards: [TokenShard]
  /// The manifest, where there is one.
  package let manifest: StoredManifest?
  /// The id that ends every document, where the files do not tell and somebody did.
  package let endOfDocument: UInt32?
  /// The paths of the files that the set has once.
  let setFiles: [String]

  /// Opens the set at `path`: its prefix, its manifest, or one of its files.
  ///
  /// The format is the one given, or the manifest's, or what the files' names and first bytes tell.
  /// The shards are those that the manifest lists; without one, the only one of the prefix; without
  /// that, `PREFIX-00000` and on. Files that hold ids alone are read if `endOfDocument` says where
  /// documents end; what lies behind the last such id is a document too.
  ///
  /// - Throws: `fileNotFound` if there is nothing, `readFailed`, `damagedArtefact`.
  package init(
    _ path: String, format: TokenFileFormat? = nil, endOfDocument: UInt32? = nil
  ) throws(TextError) {
    if let directory = Self.directory(of: path) {
      try self.init(directory: directory, endOfDocument)
    } else {
      try self.init(stem: TokenFileNames.stem(ofPath: path), format, endOfDocument)
    }
  }

  private init(directory: String, _ endOfDocument: UInt32?) throws(TextError) {
    self.endOfDocument = endOfDocument
    let set = try ContainerIndex(directory)
    let names = TokenFileNames(format: set.format, path: directory)
    format = set.format
    path = directory
    manifest = try Self.manifest(at: names.manifest)
    var shards: [TokenShard] = []
    for shard in set.shards { shards.append(try TokenShard(shard, set)) }
    self.shards = shards
    setFiles = set.format.setFileNames.map { names.directoryPrefix + $0 }.filter {
      kind(ofPath: $0) == .file
    }
  }

  private init(
    stem: String, _ given: TokenFileFormat?, _ endOfDocument: UInt32?
  ) throws(TextError) {
    self.endOfDocument = endOfDocument
    manifest = try Self.manifest(at: TokenFileNames(path: stem).manifest)
    format = try Self.format(given, manifest, stem)
    path = stem
    guard !format.isDirectory else {
      throw .damaged(stem, "no directory with files of the format \(format.rawValue)")
    }
    let paths =
      if let manifest {
        try Self.listedShards(manifest, format)
      } else {
        try Self.foundShards(TokenFileNames(format: format, path: stem))
      }
    var shards: [TokenShard] = []
    for path in paths {
      shards.append(
        try TokenShard(
          path: path, format: format, endOfDocument: manifest == nil ? endOfDocument : nil))
    }
    self.shards = shards
    setFiles = []
  }

  /// The number of documents, by the indexes.
  package var documentCount: Int { shards.reduce(0) { $0 + $1.documentCount } }
  /// The number of tokens, by the sizes of the files of ids.
  package var tokenCount: Int { shards.reduce(0) { $0 + $1.tokenCount } }
  /// Bytes of ids of all shards.
  package var tokenByteCount: Int { shards.reduce(0) { $0 + $1.tokenByteCount } }
  /// The paths of all files but the manifest.
  package var paths: [String] { shards.flatMap { $0.files.map(\.path) } + setFiles }

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
    var documents = DocumentStream(self)
    while try documents.next(into: &ids) {
      try body(number, ids.span)
      number += 1
    }
  }

  /// Calls `body` with the number, the ids and the origin of each document, in order: the last fields of
  /// a row, as ``DocumentOrigin`` has them, empty where no file tells.
  ///
  /// - Throws: `readFailed`, `damagedArtefact` and what `body` throws.
  package func forEachOrigin(
    _ body: (Int, Span<UInt32>, Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) {
    var number = 0
    var ids = TokenBuffer()
    for shard in shards {
      var documents = try DocumentCursor(shard)
      var origins = try OriginCursor(shard)
      while try documents.next(into: &ids) {
        try origins.next(tokenCount: ids.count)
        try body(number, ids.span, origins.row.span)
        number += 1
      }
      try origins.checkEnd()
    }
  }

  /// Whether every shard tells where its documents come from.
  package var hasProvenance: Bool { shards.allSatisfy { $0.provenancePath != nil } }
}

// MARK: - Finding the format

extension TokenFileReader {
  /// The directory of a set of MDS, litdata or TFRecord that `path` names: itself, its manifest or its
  /// index.
  ///
  /// A set whose prefix is `path` comes first.
  package static func directory(of path: String) -> String? {
    var directory = Substring(path)
    for name in [TokenFileNames.directoryManifest, "index.json"] where baseName(path) == name {
      directory = path.dropLast(name.count)
    }
    while directory.count > 1, directory.hasSuffix("/") { directory = directory.dropLast() }
    if directory.isEmpty { directory = "." }
    let found = String(directory)
    guard kind(ofPath: found) == .directory,
      kind(ofPath: found + TokenFileNames.manifestSuffix) == .missing
    else { return nil }
    if kind(ofPath: found + "/index.json") == .file { return found }
    let names = (try? directoryEntries(found)) ?? []
    let isRecords = names.contains { $0.hasPrefix(TokenFileFormat.tfrecord.shardPrefix) }
    return isRecords ? found : nil
  }

  /// The manifest at `path`, nil where there is none.
  private static func manifest(at path: String) throws(TextError) -> StoredManifest? {
    guard kind(ofPath: path) != .missing else { return nil }
    let manifest = try StoredManifest(path: path)
    guard manifest.kind == "token-files" else {
      throw .damaged(
        path, "the manifest of another artefact (\(manifest.kind)), not of token files")
    }
    return manifest
  }

  private static func format(
    _ given: TokenFileFormat?, _ manifest: StoredManifest?, _ stem: String
  ) throws(TextError) -> TokenFileFormat {
    if let given { return given }
    guard let manifest else { return foundFormat(stem) }
    guard let name = manifest.root["options"]?["format"]?.string else { return .megatron }
    guard let format = TokenFileFormat(rawValue: name) else {
      throw .damaged(manifest.path, "states the format \"\(name)\", which is not known")
    }
    return format
  }

  /// The format of the files that begin with `stem`; Megatron's if nothing tells.
  private static func foundFormat(_ stem: String) -> TokenFileFormat {
    let names = TokenFileNames(path: stem)
    for path in [stem, names.shard(0)] {
      if kind(ofPath: path + ".idx") != .missing { return .megatron }
      if kind(ofPath: path + ".ds") != .missing { return .datatrove }
      if kind(ofPath: path + ".npy") != .missing {
        return (try? NumPyHeader(path: path + ".npy")) == nil ? .olmo : .numPy
      }
      if kind(ofPath: path + ".bin") != .missing {
        return (try? LLMCHeader(path: path + ".bin")) == nil ? .nanoGPT : .llmC
      }
    }
    return .megatron
  }
}

// MARK: - Finding the shards

extension TokenFileReader {
  private static func listedShards(
    _ manifest: StoredManifest, _ format: TokenFileFormat
  ) throws(TextError) -> [String] {
    let listed = Set(manifest.outputs.map(\.name))
    let suffixes = format.shardSuffixes
    var paths: [String] = []
    for output in manifest.outputs {
      guard !output.name.contains("/") else {
        throw .damaged(manifest.path, "lists \"\(output.name)\", which is not a file beside it")
      }
      let path = manifest.directoryPrefix + output.name
      guard kind(ofPath: path) != .missing else {
        throw .damaged(path, "listed in the manifest, but missing")
      }
      // A shard is told by its last file, whose name no other file ends with.
      guard let last = suffixes.last, output.name.hasSuffix(last) else { continue }
      let name = String(output.name.dropLast(last.count))
      for suffix in suffixes where !listed.contains(name + suffix) {
        throw .damaged(manifest.path, "lists no \(name + suffix)")
      }
      paths.append(manifest.directoryPrefix + name)
    }
    return paths
  }

  private static func foundShards(_ names: TokenFileNames) throws(TextError) -> [String] {
    // Where only the ids may be there, they tell a shard.
    let hasIDsAlone = names.format.holdsIDsAlone
    let suffix =
      (hasIDsAlone ? names.format.shardSuffixes.first : names.format.shardSuffixes.last) ?? ""
    if kind(ofPath: names.path + suffix) != .missing { return [names.path] }
    let directory = names.directoryPrefix
    let entries = try directoryEntries(directory.isEmpty ? "." : directory)
    let numbers = entries.compactMap { names.shardNumber($0, suffix: suffix) }.sorted()
    if numbers.isEmpty {
      throw TextError(
        .fileNotFound,
        "no token files: no .manifest.json, \(suffix) or -00000\(suffix) of this prefix",
        at: .init(path: names.path), remedy: "check the prefix")
    }
    for (expected, number) in numbers.enumerated() where number != expected {
      throw .damaged(names.shard(expected) + suffix, "missing, though later shards are there")
    }
    return numbers.map { names.shard($0) }
  }
}

extension TokenFileFormat {
  /// Whether other writers leave nothing beside the ids of a shard.
  var holdsIDsAlone: Bool { [.nanoGPT, .llmC, .numPy].contains(self) }

  /// What stands behind a shard's path in the names of its files; the last tells a shard from any
  /// other file.
  var shardSuffixes: [String] {
    guard family == .flat else { return [] }
    let layout = FlatLayout(self)
    switch layout {
    case .megatron: return [".bin", ".idx"]
    case .olmo: return [".npy", provenanceSuffix]
    default: break
    }
    return [layout.tokenSuffix] + layout.sideSuffixes.filter { $0 != layout.endsSuffix }
      + [layout.endsSuffix]
  }
}

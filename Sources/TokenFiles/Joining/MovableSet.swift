// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A set whose shards can become shards of another set: its files, by shard, as its manifest lists
/// them.
///
/// Shards of all formats stand alone: nothing in a file depends on its number. What a set has once
/// (`index.json` and the like) is made anew by ``SetFileJoin``.
package struct MovableSet: Sendable {
  /// A file of a shard.
  package struct File: Sendable {
    package var name: String
    package var byteCount: Int
    package var shard: Int
    /// What stands behind the shard's path in the name.
    var suffix: String
  }

  package let names: TokenFileNames
  package let shardCount: Int
  /// In the manifest's order.
  package let files: [File]

  /// The set of `format` that `manifest` lists.
  ///
  /// - Throws: `damagedArtefact` for files that are none of a shard, and for shards that are not listed
  ///   one after the other.
  package init(_ manifest: StoredManifest, _ format: TokenFileFormat) throws(TextError) {
    let names = TokenFileNames(format: format, path: Self.path(ofManifest: manifest.path))
    var files: [File] = []
    var shardCount = 0
    for output in manifest.outputs where !format.setFileNames.contains(output.name) {
      guard let (shard, suffix) = names.shardFile(output.name),
        shard == shardCount || shard + 1 == shardCount
      else {
        throw .damaged(
          manifest.path, "lists \"\(output.name)\", which is no file of the next shard")
      }
      shardCount = shard + 1
      files.append(
        File(name: output.name, byteCount: output.byteCount, shard: shard, suffix: suffix))
    }
    guard manifest.root["results"]?["shards"]?.integer == shardCount else {
      throw .damaged(manifest.path, "states another number of shards than it lists, \(shardCount)")
    }
    self.names = names
    self.shardCount = shardCount
    self.files = files
  }

  /// The path of `file`.
  package func path(of file: File) -> String { names.directoryPrefix + file.name }

  /// The paths of the files that the set has once.
  package var setFiles: [String] {
    names.format.setFileNames.map { names.directoryPrefix + $0 }
  }

  /// The name of `file`, without directory, in `target`, in which its first shard is `firstShard` of
  /// `shardCount`.
  package func name(
    of file: File, in target: TokenFileNames, firstShard: Int, shardCount: Int
  ) -> String {
    target.fileName(
      ofShard: firstShard + file.shard, suffix: file.suffix, shardCount: shardCount)
  }
}

// MARK: - Finding it

extension MovableSet {
  /// The path of the manifest of the set that `path` names: a prefix, a directory, a manifest or one
  /// of the files; nil where there is none.
  package static func manifestPath(ofSet path: String) -> String? {
    let directory = TokenFileNames(format: .mds, path: directoryPath(path))
    let manifests = [TokenFileNames(ofPath: path).manifest, directory.manifest]
    return manifests.first { kind(ofPath: $0) == .file }
  }

  /// `path` without the name of the manifest or the index of a directory.
  private static func directoryPath(_ path: String) -> String {
    for name in [TokenFileNames.directoryManifest, "index.json"] where baseName(path) == name {
      let prefix = directoryPrefix(ofPath: path)
      return prefix.isEmpty ? "." : prefix
    }
    return path
  }

  /// The path of the set whose manifest is at `path`.
  private static func path(ofManifest path: String) -> String {
    path.hasSuffix(TokenFileNames.manifestSuffix)
      ? String(path.dropLast(TokenFileNames.manifestSuffix.count)) : directoryPath(path)
  }
}

// MARK: - Names of files

extension TokenFileNames {
  /// The shard of which the file `name` is, 0 for that of a set without numbers, and its suffix; nil if
  /// it is of none.
  fileprivate func shardFile(_ name: String) -> (shard: Int, suffix: String)? {
    if format == .tfrecord { return recordFile(name) }
    for suffix in format.fileSuffixes {
      if !format.isDirectory, name == baseName + suffix { return (0, suffix) }
      if let number = shardNumber(name, suffix: suffix) { return (number, suffix) }
    }
    return nil
  }

  private func recordFile(_ name: String) -> (shard: Int, suffix: String)? {
    let isOrigins = name.hasPrefix(TokenFileFormat.recordProvenancePrefix)
    let prefix = isOrigins ? TokenFileFormat.recordProvenancePrefix : format.shardPrefix
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count).prefix { ("0"..."9").contains($0) }
    return Int(digits).map { ($0, isOrigins ? format.provenanceSuffix : "") }
  }

  /// The name, without directory, of a file of shard `number`.
  func fileName(ofShard number: Int, suffix: String, shardCount: Int) -> String {
    let path = shard(number)
    guard format == .tfrecord else { return TextCore.baseName(path) + suffix }
    return suffix.isEmpty
      ? published(TextCore.baseName(path), shardCount: shardCount)
      : TextCore.baseName(format.provenancePath(ofShard: path))
  }
}

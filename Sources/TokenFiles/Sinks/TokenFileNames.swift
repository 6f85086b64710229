// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How the files of one set are called.
package struct TokenFileNames: Sendable {
  static let manifestSuffix = ".manifest.json"
  static let directoryManifest = "manifest.json"

  package let format: TokenFileFormat
  /// The directory of a format that wants one, else the path of the files up to their extension or
  /// number.
  package let path: String

  package init(format: TokenFileFormat = .megatron, path: String) {
    self.format = format
    var path = Substring(path)
    if format.isDirectory {
      while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    }
    self.path = String(path)
  }

  /// The set of Megatron's to which the file or prefix `path` belongs.
  init(ofPath path: String) { self.init(path: Self.stem(ofPath: path)) }

  /// `path` without what makes it a manifest or one of the files of a set.
  static func stem(ofPath path: String) -> String {
    let suffixes =
      [
        manifestSuffix, FlatLayout.endsSuffix, ".provenance.csv.gz", ".csv.gz", ".ds.index",
        ".ds.metadata", ".idx", ".bin", ".npy",
        ".ds",
      ]
    let suffix = suffixes.first { path.hasSuffix($0) }
    return String(path.dropLast(suffix?.count ?? 0))
  }

  package var manifest: String {
    format.isDirectory ? path + "/" + Self.directoryManifest : path + Self.manifestSuffix
  }

  /// What keeps two runs from writing into one set.
  package var lock: String { sideFile("lock") }

  /// What an interrupted run leaves for the next.
  package var journal: String { sideFile("journal") }

  /// The directory for what waits for its place in the files.
  package var work: String { sideFile("work") }

  private func sideFile(_ name: String) -> String {
    format.isDirectory ? "\(path)/.\(name)" : "\(path).\(name)"
  }

  /// The path, without extension, of shard `number`, or of the only one.
  package func shard(_ number: Int?) -> String {
    if format.isDirectory {
      let number = number ?? 0
      let digits = format == .litdata ? String(number) : fiveDigits(number)
      return directoryPrefix + format.shardPrefix + digits
    }
    guard let number else { return path }
    return path + format.shardPrefix + fiveDigits(number)
  }

  /// How the file written as `name` is called in a set of `shardCount` shards: TFRecord names tell how
  /// many there are.
  func published(_ name: String, shardCount: Int) -> String {
    guard format == .tfrecord, shardNumber(name, suffix: "") != nil else { return name }
    return name + "-of-" + fiveDigits(shardCount)
  }

  /// The directory of the files with its slash, or nothing for the current one.
  package var directoryPrefix: String {
    format.isDirectory ? path + "/" : TextCore.directoryPrefix(ofPath: path)
  }

  /// The prefix of files without its directory.
  var baseName: Substring { path.dropFirst(directoryPrefix.count) }

  /// The number in `name` if that is `PREFIX-nnnnn` and `suffix`, without directory.
  func shardNumber(_ name: some StringProtocol, suffix: String) -> Int? {
    let prefix = baseName + format.shardPrefix
    guard name.hasPrefix(prefix), name.hasSuffix(suffix),
      name.count >= prefix.count + (format == .litdata ? 1 : 5) + suffix.count
    else { return nil }
    let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
    return digits.allSatisfy { ("0"..."9").contains($0) } ? Int(digits) : nil
  }

  /// Whether a file called `name`, without directory, is of this set: no other file is ever removed.
  package func isOwn(_ name: some StringProtocol) -> Bool {
    if format.setFileNames.contains(where: { name == $0 }) { return true }
    var name = Substring(name)
    if format == .tfrecord, name.hasPrefix(TokenFileFormat.recordProvenancePrefix),
      name.hasSuffix(format.provenanceSuffix)
    {
      let number = name.dropFirst(TokenFileFormat.recordProvenancePrefix.count)
      return number.dropLast(format.provenanceSuffix.count).allSatisfy { ("0"..."9").contains($0) }
    }
    if format == .tfrecord, let end = name.lastIndex(where: { !("0"..."9").contains($0) }),
      name[...end].hasSuffix("-of-")
    {
      name = name[...end].dropLast(4)
    }
    return format.fileSuffixes.contains { suffix in
      !format.isDirectory && name == baseName + suffix || shardNumber(name, suffix: suffix) != nil
    }
  }

  /// The files of this set that are there, with their paths; with `partial`, those under partial
  /// names.
  ///
  /// - Throws: `readFailed`.
  package func found(partial: Bool = false) throws(TextError) -> [String] {
    let directory = directoryPrefix.isEmpty ? "." : directoryPrefix
    guard kind(ofPath: directory) == .directory else { return [] }
    let suffix = partial ? ShardFile.partialSuffix : ""
    return try directoryEntries(directory)
      .filter { $0.hasSuffix(suffix) && isOwn($0.dropLast(suffix.count)) }
      .map { directoryPrefix + $0 }
  }
}

/// `number` in at least five digits.
private func fiveDigits(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The names of the files of one set: `PREFIX.bin` and `PREFIX.idx`, or `PREFIX-00000.bin` and so
/// on where the set is sharded, and `PREFIX.manifest.json`.
struct TokenFileNames: Sendable {
  static let manifestSuffix = ".manifest.json"

  let prefix: String

  init(prefix: String) { self.prefix = prefix }

  /// The set to which the file or prefix `path` belongs.
  init(ofPath path: String) {
    let suffix = [Self.manifestSuffix, ".idx", ".bin"].first { path.hasSuffix($0) }
    prefix = String(path.dropLast(suffix?.count ?? 0))
  }

  var manifest: String { prefix + Self.manifestSuffix }

  /// The path, without extension, of shard `number`, or of the only one.
  func shard(_ number: Int?) -> String {
    guard let number else { return prefix }
    let digits = String(number)
    return prefix + "-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  /// The directory with its slash, or nothing for the current one.
  var directoryPrefix: String { TextCore.directoryPrefix(ofPath: prefix) }

  /// The prefix without its directory.
  var baseName: Substring { prefix.dropFirst(directoryPrefix.count) }

  /// The number in `name` if that is `PREFIX-nnnnn` and `suffix`, without directory.
  func shardNumber(_ name: some StringProtocol, suffix: String) -> Int? {
    guard name.hasPrefix(baseName + "-"), name.hasSuffix(suffix),
      name.count >= baseName.count + 6 + suffix.count
    else { return nil }
    let digits = name.dropFirst(baseName.count + 1).dropLast(suffix.count)
    return digits.allSatisfy { ("0"..."9").contains($0) } ? Int(digits) : nil
  }

  /// Whether a file called `name`, without directory, is a shard of this set.
  func isShard(_ name: String) -> Bool {
    name == baseName + ".bin" || name == baseName + ".idx"
      || shardNumber(name, suffix: ".bin") != nil || shardNumber(name, suffix: ".idx") != nil
  }
}

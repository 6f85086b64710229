// SPDX-License-Identifier: Apache-2.0

package import TextCore

extension TokenFileNames {
  /// Refuses a path under which there are token files, unless they are to be overwritten.
  ///
  /// - Throws: `outputExists`, `invalidArgument`, `readFailed`.
  package func checkOutput(overwrite: Bool) throws(TextError) {
    try checkPath()
    if overwrite { return }
    let found = kind(ofPath: manifest) != .missing ? [manifest] : try found()
    guard let first = found.first else { return }
    throw TextError(
      .outputExists, "already exists", at: .init(path: first),
      remedy: "pass --overwrite to replace it, or choose another output")
  }

  /// Refuses a prefix without a file name.
  func checkPath() throws(TextError) {
    guard !format.isDirectory, baseName.isEmpty else { return }
    throw TextError(
      .invalidArgument, "the output prefix \"\(path)\" has no file name",
      remedy: "add one, as in \"\(path)corpus\"")
  }

  /// Removes what runs that were killed have left under partial names.
  ///
  /// - Throws: `readFailed`.
  package func removePartialFiles() throws(TextError) {
    for path in try found(partial: true) { removeFile(path) }
    removeFile(manifest + ShardFile.partialSuffix)
  }
}

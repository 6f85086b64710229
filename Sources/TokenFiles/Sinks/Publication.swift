// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import TextCore

/// How the finished files of a set get their names: steps that can be repeated, so that whoever
/// finds a publication half done finishes it.
package struct Publication: Sendable, Equatable {
  /// The manifest, which goes first if it is an earlier one's and comes last.
  package var manifest: String
  /// Every file but the manifest, under the name that it gets.
  package var files: [String]
  /// The paths without the ending of partial files under which they wait, in the same order.
  package var written: [String]
  /// Files of an earlier set that this one does not replace.
  package var stale: [String]

  package init(manifest: String, files: [String], written: [String]? = nil, stale: [String]) {
    self.manifest = manifest
    self.files = files
    self.written = written ?? files
    precondition(self.written.count == files.count, "as many files as were written")
    self.stale = stale
  }

  /// What stands behind the name of a file that waits.
  package static let partialSuffix = ShardFile.partialSuffix

  /// Carries it out, or the rest of it.
  ///
  /// A crash on the way leaves files without a manifest, never a manifest of other files.
  ///
  /// - Throws: `writeFailed`.
  package func perform() throws(TextError) {
    let partialManifest = manifest + ShardFile.partialSuffix
    guard kind(ofPath: partialManifest) != .missing else {
      // Everything has happened already, or somebody has removed what is to be published.
      if kind(ofPath: manifest) == .missing { throw TextError.cannotWrite(manifest, ENOENT) }
      return
    }
    removeFile(manifest)
    for (file, written) in zip(files, written) {
      let partial = written + ShardFile.partialSuffix
      if kind(ofPath: partial) != .missing { try renamePath(partial, to: file) }
    }
    for file in stale { removeFile(file) }
    // Durable before the manifest: after a power cut it must not stand without them.
    try synchronizeDirectory(ofPath: manifest)
    try renamePath(partialManifest, to: manifest)
    try synchronizeDirectory(ofPath: manifest)
  }

  package var json: JSON {
    .object([
      ("manifest", .string(manifest)), ("files", .array(files.map { .string($0) })),
      ("written", .array(written.map { .string($0) })),
      ("stale", .array(stale.map { .string($0) })),
    ])
  }

  package init?(_ value: JSONValue) {
    guard let manifest = value["manifest"]?.string, let files = value["files"]?.elements,
      let written = value["written"]?.elements, let stale = value["stale"]?.elements,
      files.count == written.count
    else { return nil }
    self.init(
      manifest: manifest, files: files.compactMap(\.string),
      written: written.compactMap(\.string), stale: stale.compactMap(\.string))
  }
}

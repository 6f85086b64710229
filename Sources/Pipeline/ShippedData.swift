// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Where the program finds the data that is shipped with it: presets, vocabularies, models.
package struct ShippedData: Sendable {
  /// The variable of the environment that names the directory.
  package static let variable = "MALMOI_DATA"

  /// The directory `vocab`.
  package let vocabulary: String

  /// Finds the directory of this program.
  ///
  /// - Throws: `fileNotFound`.
  package static func find() throws(TextError) -> ShippedData {
    try ShippedData(named: environmentVariable(variable), program: programPath())
  }

  /// The directory `named`; else `share/malmoi/vocab` beside the directory of `program`, an absolute
  /// path with its links resolved; else `vocab` beside a Package.swift in a directory above it.
  ///
  /// - Throws: `fileNotFound` if there is none, or `named` is none.
  package init(named: String?, program: String) throws(TextError) {
    if let named, !named.isEmpty {
      guard kind(ofPath: named) == .directory else {
        throw TextError(
          .fileNotFound, "is no directory, though \(Self.variable) names it",
          at: .init(path: named),
          remedy: "set \(Self.variable) to the directory vocab of the sources, or leave it out")
      }
      vocabulary = named
      return
    }
    for place in Self.places(of: program) where kind(ofPath: place) == .directory {
      vocabulary = place
      return
    }
    throw TextError(
      .fileNotFound, "no data are beside this program",
      remedy: "set \(Self.variable) to the directory vocab of the sources")
  }

  /// The directories that may be it, in the order in which they are tried.
  private static func places(of program: String) -> [String] {
    var above: [String] = []
    var place = program
    while let slash = place.lastIndex(of: "/") {
      place = String(place[..<slash])
      above.append(place)
    }
    let installed = above.dropFirst().first.map { "\($0)/share/malmoi/vocab" }
    let checkouts = above.filter { kind(ofPath: "\($0)/Package.swift") == .file }
    return (installed.map { [$0] } ?? []) + checkouts.map { "\($0)/vocab" }
  }

  /// The file or directory `name` of the data.
  package func path(_ name: String) -> String { "\(vocabulary)/\(name)" }
}

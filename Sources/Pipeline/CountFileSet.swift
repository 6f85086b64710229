// SPDX-License-Identifier: Apache-2.0

package import CorpusFiles
package import CountFiles
package import TextCore

/// The sources of a corpus: under which name each of its files is counted.
package struct SourceNames: Sendable {
  /// By their bytes.
  package let names: [String]
  /// For each file of the corpus the number of its name.
  package let ofFile: [Int]

  /// The names of `inputs`, whose arguments are called `argumentNames`; equal names are one source.
  ///
  /// A file whose path is among `apart` is a source of its own, called by its path.
  ///
  /// - Throws: `invalidArgument` for too many sources.
  package init(
    _ inputs: CorpusInputs, argumentNames: [String], apart: Set<String> = []
  ) throws(TextError) {
    let nameOfFile = zip(inputs.files, inputs.arguments).map { path, argument in
      apart.contains(path) ? path : argumentNames[argument]
    }
    let names = Set(nameOfFile).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard names.count < 1 << 16 else {
      throw TextError(
        .invalidArgument, "\(names.count) sources are more than 65535",
        remedy: "name directories, or give several files one name with --source NAME=PATH")
    }
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    self.names = names
    ofFile = nameOfFile.map { numbers[$0] ?? 0 }
  }

  /// The weight of each source.
  ///
  /// - Throws: `invalidArgument` for a name that is none.
  func weights(_ weights: [String: CountWeight]) throws(TextError) -> [CountWeight?] {
    try check(Array(weights.keys))
    return names.map { weights[$0] }
  }

  /// Refuses `wanted` names that no source has.
  ///
  /// - Throws: `invalidArgument`.
  func check(_ wanted: [String]) throws(TextError) { try checkNames(wanted, names) }
}

private func checkNames(
  _ wanted: some Sequence<String>, _ names: [String]
) throws(TextError) {
  for name in wanted.sorted() where !names.contains(name) {
    throw TextError(
      .invalidArgument, "there is no source \"\(name)\"",
      remedy: "the sources are \(names.prefix(10).joined(separator: ", "))"
        + (names.count > 10 ? ", …" : ""))
  }
}

/// Count files that are read together.
package struct CountFileSet {
  package let paths: [String]
  package let settings: CountSettings
  /// The sources of all files, those of one name as one, by the bytes of their names.
  package private(set) var sources: [CountSource]
  private let readers: [CountFileReader]

  /// Opens `paths`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`; `invalidArgument` for files that were
  ///   counted in different ways, and for one that is named twice.
  package init(_ paths: [String]) throws(TextError) {
    let blocks = ZstdBlocks()
    var readers: [CountFileReader] = []
    for path in paths {
      if readers.contains(where: { $0.path == path }) {
        throw TextError(
          .invalidArgument, "named twice", at: .init(path: path), remedy: "name each file once")
      }
      readers.append(try CountFileReader(path, blocks: blocks))
    }
    guard let first = readers.first else {
      throw TextError(.invalidArgument, "no count files", remedy: "name one or more")
    }
    settings = first.manifest.settings
    for reader in readers.dropFirst() {
      guard let difference = reader.manifest.settings.difference(from: settings) else { continue }
      throw TextError(
        .invalidArgument,
        "counted with \(difference.name) \(difference.own), but \(first.path) with "
          + difference.other,
        at: .init(path: reader.path), remedy: "count both alike")
    }
    self.paths = paths
    self.readers = readers
    var sources: [String: CountSource] = [:]
    for source in readers.flatMap(\.manifest.sources) {
      if var known = sources[source.name] {
        try known.add(source)
        sources[source.name] = known
      } else {
        sources[source.name] = source
      }
    }
    self.sources = sources.values.sorted {
      $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
  }

  /// What the manifests of the files say of pruning: distinct pretokens and occurrences.
  package var pruned: (pretokens: Int, occurrences: Int) {
    readers.reduce((0, 0)) {
      ($0.0 + $1.manifest.prunedPretokens, $0.1 + $1.manifest.prunedOccurrences)
    }
  }

  /// Inputs that are in more than one place, by the SHA-256 of their bytes.
  package var repeatedInputs: [String] {
    var seen: Set<String> = []
    return sources.flatMap(\.inputs).filter { !seen.insert($0.sha256).inserted }.map(\.path)
  }

  func documents(of path: String) -> Int {
    readers.first { $0.path == path }?.manifest.sources.reduce(0) { $0 + $1.documents } ?? 0
  }

  /// Leaves out the sources `names`.
  ///
  /// - Throws: `invalidArgument` for a name that is none, and if none is left.
  package mutating func drop(_ names: [String]) throws(TextError) {
    try checkNames(names, sources.map(\.name))
    sources.removeAll { names.contains($0.name) }
    guard sources.isEmpty else { return }
    throw TextError(.invalidArgument, "every source is dropped", remedy: "keep one")
  }

  /// The rows of all files together; to be read once.
  ///
  /// - Throws: `invalidArgument` for the weight of no source.
  package func merge(weights: [String: CountWeight] = [:]) throws(TextError) -> CountMerge {
    let names = sources.map(\.name)
    try checkNames(weights.keys, names)
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return CountMerge(
      readers.map { reader in
        CountMerge.Stream(reader, sources: reader.manifest.sources.map { numbers[$0.name] })
      }, weights: names.map { weights[$0] })
  }
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The files of a corpus, in the order in which they are read.
package struct CorpusInputs: Sendable, Equatable {
  /// Paths to read; "-" is standard input.
  package private(set) var files: [String] = []
  /// Files met in directories whose names are not those of corpus files, and links that loop.
  package private(set) var ignored: [String] = []

  /// For each file the number of the argument that named it.
  package private(set) var arguments: [Int] = []

  /// The files in `range` alone, as inputs of their own.
  package subscript(range: Range<Int>) -> CorpusInputs {
    CorpusInputs(files: Array(files[range]), arguments: Array(arguments[range]))
  }

  /// The path that stands for standard input.
  package static let standardInput = "-"

  /// The files that `arguments` name: files, directories, shell patterns, and "-".
  ///
  /// A file is taken whatever its name. A directory gives the files below it whose names are those
  /// of corpus files and archives (``FileNames``), in the order of their names' bytes; hidden names
  /// are passed over. A pattern gives the files that match, sorted. The order of the arguments is
  /// kept. What a pattern of `excluded` matches is left out.
  ///
  /// - Throws: `fileNotFound`, `noReadableFiles`, `readFailed` for a directory, and
  ///   `invalidArgument` for a file that is reached twice.
  package static func resolve(
    _ arguments: [String], excluding excluded: ExcludedPaths = ExcludedPaths([])
  ) throws(TextError) -> CorpusInputs {
    guard !arguments.isEmpty else {
      throw TextError(
        .invalidArgument, "no input files",
        remedy: "name files, directories, patterns or - for standard input")
    }
    var search = InputSearch(excluded: excluded)
    var numbers: [Int] = []
    for (number, argument) in arguments.enumerated() {
      try search.take(argument)
      numbers += repeatElement(number, count: search.files.count - numbers.count)
    }
    return CorpusInputs(files: search.files, ignored: search.ignored, arguments: numbers)
  }
}

/// The state of one resolution: what was found, and how to know it again.
private struct InputSearch {
  private let excluded: ExcludedPaths
  private(set) var files: [String] = []
  private(set) var ignored: [String] = []
  private var firstNames: [FileIdentity: String] = [:]
  private var readsStandardInput = false

  init(excluded: ExcludedPaths) { self.excluded = excluded }

  mutating func take(_ argument: String) throws(TextError) {
    if argument == CorpusInputs.standardInput {
      if readsStandardInput { throw namedTwice(argument, first: argument) }
      readsStandardInput = true
      files.append(argument)
      return
    }
    switch kind(ofPath: argument) {
    case .file, .other: try add(argument)
    case .directory: try addDirectory(argument)
    case .missing: try addMatches(of: argument)
    }
  }

  private mutating func add(_ path: String) throws(TextError) {
    if let identity = FileIdentity(path: path) {
      if let first = firstNames[identity] { throw namedTwice(path, first: first) }
      firstNames[identity] = path
    }
    files.append(path)
  }

  private mutating func addMatches(of pattern: String) throws(TextError) {
    guard pattern.utf8.contains(where: { [0x2A, 0x3F, 0x5B].contains($0) }) else {
      throw TextError(
        .fileNotFound, "no such file", at: .init(path: pattern), remedy: "check the path")
    }
    let found = paths(matching: pattern).filter { kind(ofPath: $0) == .file }
    guard !found.isEmpty else {
      throw TextError(
        .fileNotFound, "no file matches this pattern", at: .init(path: pattern),
        remedy: "check the pattern")
    }
    for path in found where !excluded.match(path) { try add(path) }
  }

  private mutating func addDirectory(_ path: String) throws(TextError) {
    let before = files.count
    try walk(path, above: [])
    guard files.count > before else {
      throw TextError(
        .noReadableFiles, "no file here has the name of a corpus file or of an archive",
        at: .init(path: path), remedy: "name the files themselves to read them as they are")
    }
  }

  /// Adds the corpus files below `directory`; `above` are the directories that lead to it, by
  /// which a link that loops is known.
  private mutating func walk(
    _ directory: String, above: Set<FileIdentity>
  ) throws(TextError) {
    var chain = above
    if let identity = FileIdentity(path: directory), !chain.insert(identity).inserted {
      ignored.append(directory)
      return
    }
    let prefix = directory.utf8.last == 0x2F ? directory : directory + "/"
    for name in try directoryEntries(directory) where !FileNames.isHidden(name) {
      let path = prefix + name
      switch kind(ofPath: path) {
      case .directory: try walk(path, above: chain)
      case .file where excluded.match(path): break
      case .file where FileNames.isOfCorpus(name): try add(path)
      case .file: ignored.append(path)
      case .other, .missing: break
      }
    }
  }

  private func namedTwice(_ path: String, first: String) -> TextError {
    let what = path == first ? "named twice" : "named twice, first as \(first)"
    return TextError(.invalidArgument, what, at: .init(path: path), remedy: "name each file once")
  }
}

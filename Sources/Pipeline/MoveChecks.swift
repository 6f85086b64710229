// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// What must hold before a file is moved: every file is there and as long as its manifest states, every
/// new name is free, and old and new names are on one file system.
struct MoveChecks {
  let plan: MovePlan
  /// Whether an earlier run has moved some.
  let isContinued: Bool
  let overwrites: Bool

  /// - Throws: `damagedArtefact`, `outputExists`, `invalidArgument`, `interrupted`.
  func run(_ context: JobContext) throws(TextError) {
    try checkDirectories()
    var wanted: Set<String> = []
    try plan.forEachMove { (file, source, target) throws(TextError) in
      try context.checkCancellation()
      wanted.insert(target)
      try check(file, source, target)
    }
    if overwrites || isContinued { return }
    let own = Set(plan.setFiles.map { plan.names.directoryPrefix + $0.name })
    let found =
      try [plan.names.manifest].filter { kind(ofPath: $0) != .missing } + plan.names.found()
    guard let other = found.first(where: { !wanted.contains($0) && !own.contains($0) }) else {
      return
    }
    throw exists(other)
  }

  private func exists(_ path: String) -> TextError {
    TextError(
      .outputExists, "already exists", at: .init(path: path),
      remedy: "pass --overwrite to replace it, or choose another output")
  }

  private func check(
    _ file: MovableSet.File, _ source: String, _ target: String
  ) throws(TextError) {
    func damaged(_ what: String) -> TextError {
      TextError(.damagedArtefact, what, at: .init(path: source), remedy: "encode the set again")
    }
    let identity = FileIdentity(path: source)
    guard let found = byteCount(ofPath: source) else {
      // Where there are no links, the file has lost its old name already.
      if isContinued, identity == nil, byteCount(ofPath: target) == file.byteCount { return }
      throw damaged("listed in the manifest, but missing")
    }
    guard found == file.byteCount else {
      throw damaged("\(found) bytes long, where the manifest states \(file.byteCount)")
    }
    if let taken = FileIdentity(path: target), taken != identity, !overwrites || isContinued {
      throw exists(target)
    }
  }

  /// Refuses sets that stand in the way of the output, or on another file system.
  private func checkDirectories() throws(TextError) {
    let names = plan.names
    let own = FileIdentity(path: Self.directory(names))
    var last: (path: String, identity: FileIdentity?)?
    for part in plan.parts {
      let directory = Self.directory(part.set.names)
      if last?.path != directory { last = (directory, FileIdentity(path: directory)) }
      if let there = last?.identity, there.device != own?.device {
        throw TextError(
          .invalidArgument, "is on another file system than the output",
          at: .init(path: part.manifestPath),
          remedy: "choose an output beside it, or join the sets without --move-shards")
      }
      guard last?.identity == own else { continue }
      let listed = part.set.files.map(\.name)
      if baseName(part.manifestPath) == baseName(names.manifest)
        || listed.contains(where: names.isOwn)
      {
        throw TextError(
          .invalidArgument, "has file names that the output would get",
          at: .init(path: part.manifestPath), remedy: "choose another output")
      }
    }
  }

  private static func directory(_ names: TokenFileNames) -> String {
    names.directoryPrefix.isEmpty ? "." : names.directoryPrefix
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import TextCore

/// The directory in which an unfinished count lies, `OUTPUT.partial`; locked while this object lives.
///
///   job.json           what is counted, and how: another job is refused
///   group-00000.json   a group of files that is finished: what was read, and its runs
///   run-0-1-0          a run of group 0, by thread 1, its first
///   counts             the output, on its way to its name
///
/// A run counts only if the file of its group names it, and that appears after all of them, in one
/// step: a process that is killed anywhere leaves finished groups and files that the next run removes.
final class CountingState {
  let directory: String
  private let lock: FileDescriptor
  /// Files that are left alone though they are no part of the count.
  private let spared: Set<String>
  /// How many groups are finished, and the names of their runs.
  private(set) var finishedCount = 0
  private var finishedRuns: Set<String> = []

  static let jobName = "job.json"
  static let lockName = "lock"
  static let groupPrefix = "group-"
  static let outputName = "counts"

  /// Makes the directory, or opens the one of an earlier run of the same job.
  ///
  /// - Parameters:
  ///   - directory: Where it lies.
  ///   - job: What identifies the job: its options and inputs.
  ///   - restarts: Whether an earlier run is to be forgotten.
  ///   - spared: Files that are left alone but for a restart.
  /// - Throws: `outputExists` if another process works there, or another job was begun there.
  init(
    directory: String, job: JSON, restarts: Bool, sparing spared: Set<String> = []
  ) throws(TextError) {
    try createDirectory(directory)
    let lock = try FileDescriptor.writing(directory + "/" + Self.lockName)
    guard lock.lock() else {
      throw TextError(
        .outputExists, "another process is counting into it", at: .init(path: directory),
        remedy: "wait for it, or choose another output")
    }
    let path = directory + "/" + Self.jobName
    if !restarts, kind(ofPath: path) == .file {
      try JobIdentity(json: job).check(
        against: try readFile(path).makeString(), path: path, what: "count")
    } else {
      Self.removeAll(
        directory, keeping: (restarts ? [] : spared).union([Self.lockName]))
      try writeFile(path, job.serialized().span)
    }
    self.directory = directory
    self.lock = lock
    self.spared = spared
  }

  // MARK: Groups

  private static func groupName(_ number: Int) -> String {
    let digits = String(number)
    return groupPrefix + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".json"
  }

  /// The finished groups from the first on, with what was read and the names of their runs; all other
  /// runs are removed.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` if a run is missing.
  func finishedGroups(
    _ count: Int
  ) throws(TextError) -> [CountedGroup] {
    var groups: [CountedGroup] = []
    for number in 0..<count {
      let path = directory + "/" + Self.groupName(number)
      guard kind(ofPath: path) == .file else { break }
      let root = try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
      guard let account = CorpusAccount(root), let eojeols = root["eojeols"]?.integer else {
        throw damaged(path, "is incomplete")
      }
      var runs: [String] = []
      for run in root["runs"]?.elements ?? [] {
        guard let name = run["name"]?.string, let bytes = run["bytes"]?.integer,
          byteCount(ofPath: directory + "/" + name) == bytes
        else { throw damaged(path, "a run that it lists is missing or of another size") }
        runs.append(name)
      }
      groups.append(CountedGroup(account: account, eojeols: eojeols, runs: runs))
    }
    finishedCount = groups.count
    finishedRuns = Set(groups.flatMap(\.runs))
    removeUnfinished()
    return groups
  }

  private func damaged(_ path: String, _ what: String) -> TextError {
    TextError(
      .damagedArtefact, what, at: .init(path: path), remedy: "pass --restart to count anew")
  }

  /// What a later run needs to go on: nothing if no group is finished.
  var filesToKeep: Set<String> {
    if finishedCount == 0 { return [] }
    let groups = (0..<finishedCount).map(Self.groupName)
    return finishedRuns.union(groups).union([Self.jobName, Self.lockName])
  }

  /// Removes everything but finished groups.
  func removeUnfinished() {
    Self.removeAll(
      directory, keeping: filesToKeep.union(spared).union([Self.jobName, Self.lockName]))
  }

  /// Makes it known that a group is finished.
  ///
  /// - Throws: `writeFailed`.
  func finish(group number: Int, _ group: CountedGroup) throws(TextError) {
    let listed: [JSON] = group.runs.map { name in
      .object([
        ("name", .string(name)),
        ("bytes", .integer(byteCount(ofPath: directory + "/" + name) ?? 0)),
      ])
    }
    let json = JSON.object(
      [("runs", .array(listed)), ("eojeols", .integer(group.eojeols))] + group.account.stateFields)
    try writeFile(directory + "/" + Self.groupName(number), json.serialized().span)
    finishedCount = number + 1
    finishedRuns.formUnion(group.runs)
  }

  /// Removes the directory and what the job put there.
  func remove() {
    Self.removeAll(directory, keeping: [])
    removeEmptyDirectory(directory)
  }

  static func removeAll(_ directory: String, keeping kept: Set<String>) {
    for name in (try? directoryEntries(directory)) ?? [] where !kept.contains(name) {
      removeFile(directory + "/" + name)
    }
  }
}

/// What was counted of a group of files.
struct CountedGroup {
  var account: CorpusAccount
  /// 0 where they are not counted.
  var eojeols: Int
  /// The names of its sorted runs.
  var runs: [String]
}

// MARK: - What was read, as a finished group keeps it

extension CorpusAccount {
  fileprivate var stateFields: [(String, JSON)] {
    let inputs: [JSON] = zip(inputs, losses).map { input, losses in
      .object(
        [
          ("path", .string(input.path)), ("bytes", .integer(input.byteCount)),
          ("sha256", .string(input.sha256)), ("documents", .integer(input.documentCount)),
          ("rejects", .integer(losses.rejects)), ("replaced", .integer(losses.replacedSequences)),
          ("damaged", .bool(losses.isDamaged)), ("normalization", losses.receipt.json()),
        ] + input.foundFields)
    }
    let rejects: [JSON] = self.rejects.first.map(\.error.stored)
    return [
      ("inputs", .array(inputs)), ("reject_count", .integer(self.rejects.count)),
      ("rejects", .array(rejects)),
      ("damages", .array(damagedFiles.map(\.stored))),
    ]
  }

  fileprivate init?(_ root: JSONValue) {
    self.init()
    for value in root["inputs"]?.elements ?? [] {
      guard let input = Manifest.Input(value), let rejects = value["rejects"]?.integer,
        let replaced = value["replaced"]?.integer, let damaged = value["damaged"]?.bool,
        let receipt = value["normalization"].flatMap(NormalizationReceipt.init)
      else { return nil }
      inputs.append(input)
      losses.append(
        FileLosses(
          receipt: receipt, rejects: rejects, replacedSequences: replaced, isDamaged: damaged))
      self.receipt.merge(receipt)
      documents += input.documentCount
      replacedSequences += replaced
    }
    guard let count = root["reject_count"]?.integer else { return nil }
    rejects = RejectLog(
      count: count,
      first: (root["rejects"]?.elements ?? []).compactMap(TextError.init(stored:)).map {
        RejectedRecord($0)
      })
    damagedFiles = (root["damages"]?.elements ?? []).compactMap(TextError.init(stored:))
  }
}

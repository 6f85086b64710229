// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import TextCore

/// The directory in which an unfinished count lies, `OUTPUT.partial`.
///
///   job.json           what is counted, and how: another job is refused
///   group-00000.json   a group of files that is finished: what was read, and its runs
///   00000-1-0          a run of group 0, by thread 1, its first
///   counts             the output, on its way to its name
///
/// A run counts only if the file of its group names it, and that appears after all of them, in one
/// step: a process that is killed anywhere leaves finished groups and files that the next run removes.
struct CountingState: ~Copyable {
  let directory: String
  private let lock: FileDescriptor

  private static let jobName = "job.json"
  private static let lockName = "lock"
  static let outputName = "counts"

  /// Makes the directory, or opens the one of an earlier run of the same job.
  ///
  /// - Parameters:
  ///   - output: The path of the count file.
  ///   - job: What identifies the job: its options and inputs.
  ///   - restarts: Whether an earlier run is to be forgotten.
  /// - Throws: `outputExists` if another process works there, or another job was begun there.
  init(output: String, job: JSON, restarts: Bool) throws(TextError) {
    let directory = output + ".partial"
    try createDirectory(directory)
    let lock = try FileDescriptor.writing(directory + "/" + Self.lockName)
    guard lock.lock() else {
      throw TextError(
        .outputExists, "another process is counting into it", at: .init(path: directory),
        remedy: "wait for it, or choose another output")
    }
    let path = directory + "/" + Self.jobName
    if !restarts, kind(ofPath: path) == .file {
      try Self.checkSameJob(try readFile(path), job.serialized(), path)
    } else {
      Self.removeAll(directory, keeping: [Self.lockName])
      try writeFile(path, job.serialized().span)
    }
    self.directory = directory
    self.lock = lock
  }

  private static func checkSameJob(
    _ stored: borrowing ByteBuffer, _ wanted: borrowing ByteBuffer, _ path: String
  ) throws(TextError) {
    let lines = (
      stored.makeString().split(separator: "\n"), wanted.makeString().split(separator: "\n")
    )
    guard lines.0 != lines.1 else { return }
    func shown(_ lines: [Substring], _ index: Int) -> String {
      index < lines.count ? String(lines[index].drop { $0 == " " }.prefix(200)) : "nothing"
    }
    let first =
      zip(lines.0, lines.1).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(lines.0.count, lines.1.count)
    throw TextError(
      .outputExists,
      "an unfinished count of other inputs or options is there: it has \(shown(lines.0, first)), "
        + "now it is \(shown(lines.1, first))",
      at: .init(path: path), remedy: "run that command again, or pass --restart to forget it")
  }

  // MARK: Groups

  private static func groupName(_ number: Int) -> String {
    let digits = String(number)
    return "group-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".json"
  }

  /// The finished groups from the first on, with what was read and the names of their runs; all other
  /// runs are removed.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` if a run is missing.
  func finishedGroups(
    _ count: Int
  ) throws(TextError) -> [(account: CorpusAccount, runs: [String])] {
    var groups: [(account: CorpusAccount, runs: [String])] = []
    for number in 0..<count {
      let path = directory + "/" + Self.groupName(number)
      guard kind(ofPath: path) == .file else { break }
      let root = try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
      guard let account = CorpusAccount(root) else { throw damaged(path, "is incomplete") }
      var runs: [String] = []
      for run in root["runs"]?.elements ?? [] {
        guard let name = run["name"]?.string, let bytes = run["bytes"]?.integer,
          byteCount(ofPath: directory + "/" + name) == bytes
        else { throw damaged(path, "a run that it lists is missing or of another size") }
        runs.append(name)
      }
      groups.append((account, runs))
    }
    removeUnfinished(groups.flatMap(\.runs), groupCount: groups.count)
    return groups
  }

  private func damaged(_ path: String, _ what: String) -> TextError {
    TextError(
      .damagedArtefact, what, at: .init(path: path), remedy: "pass --restart to count anew")
  }

  /// Removes everything but finished groups.
  func removeUnfinished(_ runs: [String], groupCount: Int) {
    let groups = (0..<groupCount).map(Self.groupName)
    Self.removeAll(directory, keeping: Set(runs + groups + [Self.jobName, Self.lockName]))
  }

  /// Makes it known that a group is finished.
  ///
  /// - Throws: `writeFailed`.
  func finish(group number: Int, _ account: CorpusAccount, runs: [String]) throws(TextError) {
    let listed: [JSON] = runs.map { name in
      .object([
        ("name", .string(name)),
        ("bytes", .integer(byteCount(ofPath: directory + "/" + name) ?? 0)),
      ])
    }
    let json = JSON.object([("runs", .array(listed))] + account.stateFields)
    try writeFile(directory + "/" + Self.groupName(number), json.serialized().span)
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

// MARK: - What was read, as a finished group keeps it

extension CorpusAccount {
  fileprivate var stateFields: [(String, JSON)] {
    let inputs: [JSON] = zip(inputs, losses).map { input, losses in
      .object([
        ("path", .string(input.path)), ("bytes", .integer(input.byteCount)),
        ("sha256", .string(input.sha256)), ("documents", .integer(input.documentCount)),
        ("rejects", .integer(losses.rejects)), ("replaced", .integer(losses.replacedSequences)),
        ("damaged", .bool(losses.isDamaged)), ("normalization", losses.receipt.json()),
      ])
    }
    let rejects: [JSON] = self.rejects.first.map { Self.json(of: $0.error) }
    return [
      ("inputs", .array(inputs)), ("reject_count", .integer(self.rejects.count)),
      ("rejects", .array(rejects)),
      ("damages", .array(damagedFiles.map { Self.json(of: $0) })),
    ]
  }

  private static func json(of error: TextError) -> JSON {
    .object([
      ("code", .integer(Int(error.code.rawValue))), ("what", .string(error.what)),
      ("path", .string(error.location?.path ?? "")),
      ("line", error.location?.line.map { .integer($0) } ?? .null),
      ("byte", error.location?.byteOffset.map { .integer($0) } ?? .null),
      ("remedy", error.remedy.map { .string($0) } ?? .null),
    ])
  }

  private static func error(_ value: JSONValue) -> TextError? {
    guard let raw = value["code"]?.integer, let code = TextError.Code(rawValue: Int32(raw)),
      let what = value["what"]?.string, let path = value["path"]?.string
    else { return nil }
    return TextError(
      code, what,
      at: .init(path: path, line: value["line"]?.integer, byteOffset: value["byte"]?.integer),
      remedy: value["remedy"]?.string)
  }

  fileprivate init?(_ root: JSONValue) {
    self.init()
    for value in root["inputs"]?.elements ?? [] {
      guard let input = CountManifest.input(value), let rejects = value["rejects"]?.integer,
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
      first: (root["rejects"]?.elements ?? []).compactMap(Self.error).map { RejectedRecord($0) })
    damagedFiles = (root["damages"]?.elements ?? []).compactMap(Self.error)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Glibc
import Pipeline
import Synchronization
import TextCore

/// Standard output and standard error.
enum Console {
  /// Writes text to standard output.
  static func print(_ text: String) throws(TextError) {
    try FileDescriptor.standardOutput.write((text + "\n").utf8.span, path: "standard output")
  }

  /// Writes JSON, indented, to standard output.
  static func print(_ json: JSON) throws(TextError) {
    var text = json.serialized()
    text.append(0x0A)
    try FileDescriptor.standardOutput.write(text.span, path: "standard output")
  }

  /// Writes text to standard error; if that fails there is nowhere left to say so.
  static func writeError(_ text: String) {
    try? FileDescriptor.standardError.write(text.utf8.span, path: "-")
  }

  /// Writes a line to standard error, over a progress line if one is shown.
  static func note(_ line: String) {
    ProgressLine.clear()
    writeError("malmoi: \(line)\n")
  }

  /// Tells that an earlier run had counted some files.
  static func noteResumed(files: Int) {
    if files > 0 { note("\(files) input files were counted before and were not read again") }
  }

  static func report(_ error: TextError) { note(error.description) }

  /// Tells which files were left out for what they are, `unlisted` others among them.
  static func noteIgnored(_ files: [String], unlisted: Int = 0) {
    let ignored = files.count + unlisted
    guard ignored > 0 else { return }
    let names = files.prefix(5).joined(separator: ", ")
    let more = ignored > 5 ? ", …" : ""
    note("\(ignored) files of other kinds not read: \(names)\(more)")
  }

  /// Tells what a pass over a corpus left out, and ends with exit code 1 if a file was damaged.
  static func reportLosses(of account: CorpusAccount) throws {
    ProgressLine.clear()
    let findings = account.findings
    noteIgnored(account.ignoredFiles, unlisted: account.unlistedIgnoredFiles)
    for charset in Charset.allCases where charset != .utf8 {
      guard let count = findings[charset.rawValue] else { continue }
      note("\(count) files read as \(charset.rawValue)")
    }
    if let count = findings["converted_records"] {
      note("\(count) records in another charset than their file's converted")
    }
    if let count = findings["repaired_documents"] {
      note("\(count) documents' double encoding undone")
    }
    if account.replacedSequences > 0 {
      note("\(account.replacedSequences) invalid UTF-8 sequences replaced by U+FFFD")
    }
    guard account.rejects.count > 0 else { return }
    note("\(account.rejects.count) records rejected:")
    for record in account.rejects.first { Console.writeError("  \(record.error)\n") }
    let unlisted = account.rejects.count - account.rejects.first.count
    if unlisted > 0 { Console.writeError("  … and \(unlisted) more\n") }
    if !account.damagedFiles.isEmpty {
      note(
        "\(account.damagedFiles.count) input files are damaged: what follows the damage is missing")
      throw ExitCode(1)
    }
  }
}

extension Interruption {
  /// Lets Ctrl-C stop the job at the next block, so that nothing is left behind.
  static func install() {
    // Looked at once here, for a handler may not initialise it.
    _ = isRequested
    for number in [SIGINT, SIGTERM] { _ = signal(number) { _ in Interruption.request() } }
  }
}

/// One line on the terminal that is written again and again: how far, how fast, how long still.
final class ProgressLine: Sendable {
  private struct State {
    var lastShown: ContinuousClock.Instant?
  }

  private static let isShown = Atomic(false)
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  /// A progress line if standard error is a terminal.
  static func ifTerminal() -> ProgressLine? { isatty(2) == 1 ? ProgressLine() : nil }

  /// Takes the line away.
  static func clear() {
    if isShown.exchange(false, ordering: .relaxed) { Console.writeError("\r\u{1B}[K") }
  }

  func show(_ progress: JobProgress) {
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      // Ten times a second is as fast as anyone reads.
      if let last = state.lastShown, now - last < .milliseconds(100) { return false }
      state.lastShown = now
      return true
    }
    guard isDue else { return }
    Self.isShown.store(true, ordering: .relaxed)
    Console.writeError("\r\u{1B}[K\(Self.text(progress, elapsed: now - start))")
  }

  private static func text(_ progress: JobProgress, elapsed: Duration) -> String {
    let seconds = max(elapsed / .seconds(1), 0.001)
    switch progress {
    case .reading(let bytes, let total):
      let rate = Double(bytes) / seconds
      let speed = "\(fixed(rate / 1e6, 1)) MB/s"
      guard let total else { return "read \(fixed(Double(bytes) / 1e6, 1)) MB  \(speed)" }
      let remaining = rate > 0 ? Double(total - bytes) / rate : 0
      return """
        read \(fixed(Double(bytes) / 1e6, 1)) of \(fixed(Double(total) / 1e6, 1)) MB  \(speed)  \
        ETA \(clock(remaining))
        """
    case .mergingCounts(let rows):
      return "merging counts: \(grouped(rows)) rows"
    case .mergingNeed(let bytes):
      return "merging takes about \(grouped(bytes >> 20)) MiB of memory"
    case .merging(let ids, let total):
      return "merging: \(grouped(ids)) of \(grouped(total)) tokens"
    }
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    let tail = whole % 60
    return "\(whole / 60):\(tail < 10 ? "0" : "")\(tail)"
  }
}

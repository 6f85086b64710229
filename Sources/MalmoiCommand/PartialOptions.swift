// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore

/// Where a partial inspection is written to.
struct PartialOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Print no figures, but write what was found to this file, to be added up with other parts.",
      valueName: "path"))
  var partial: String?

  @Flag(help: "Replace an existing file of --partial.")
  var overwrite = false

  func validate() throws {
    if overwrite, partial == nil { throw ValidationError("--overwrite goes with --partial.") }
  }

  /// Throws, before anything is read, if the file may not be replaced.
  ///
  /// - Throws: `outputExists`.
  func checkPlace() throws(TextError) {
    guard let partial else { return }
    try PartialInspection.checkPlace(partial, overwrites: overwrite)
  }

  /// Writes `found`, and tells what is in it.
  func write(_ found: PartialInspection, _ report: ReportOptions) throws {
    guard let partial else { return }
    let bytes = try found.write(to: partial)
    let account = found.inspection.account
    if report.json {
      try Console.print(
        JSON.object([
          ("partial", .string(partial)), ("bytes", .integer(bytes)),
          ("inputs", .integer(account.inputs.count)), ("documents", .integer(account.documents)),
          ("rejected_records", .integer(account.rejects.count)),
          ("replaced_utf8_sequences", .integer(account.replacedSequences)),
        ]))
    } else if !report.quiet {
      ProgressLine.clear()
      var table = Table(.left, .right)
      table.add("input files", grouped(account.inputs.count))
      table.add("documents", grouped(account.documents))
      table.add("bytes of the file", grouped(bytes))
      try Console.print("kept \(partial)\n\(table.text)")
    }
    try Console.reportLosses(of: account)
  }
}

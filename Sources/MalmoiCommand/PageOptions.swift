// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Statistics
import TextCore

/// The page about an inspection.
struct PageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write a page with tables, charts, cut sentences and the vocabularies to this file.",
      valueName: "path"))
  var html: String?

  @Flag(help: "Show in the page what \"malmoi inspect audit\" finds in each vocabulary.")
  var audit = false

  func validate() throws {
    if audit, html == nil { throw ValidationError("--audit goes with --html.") }
  }

  /// Throws, before anything is read, if the page cannot be written.
  ///
  /// - Throws: `writeFailed`, `invalidArgument`.
  func checkPlace() throws(TextError) {
    if let html { try CorpusReport.checkPlace(html) }
  }

  /// What spam is, if there is to be an audit.
  func spamWords() throws(TextError) -> SpamWords? { audit ? try .shipped() : nil }
}

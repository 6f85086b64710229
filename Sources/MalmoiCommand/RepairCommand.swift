// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TextCore
import TokenFiles

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Make damaged token files readable again, and say what is lost.",
    discussion: """
      Writes a missing or damaged .idx, .documents.npy or .ds.index anew and cuts off what lies behind \
      the last whole document. Documents are found by the index as far as it agrees with the ids, then by \
      the id that ends them (--end-of-document, or the manifest's). Of mds and litdata it makes index.json \
      of the shards and leaves out a last one that was cut off; of tfrecord it cuts off a record that does \
      not end. The manifest then states the files as they are, and what was done to them. Try --dry-run \
      first: it changes nothing. Ids that were changed themselves cannot be told; copy or make such files \
      again.
      """)

  @Argument(
    help: """
      The path of the token files up to their extension, their directory, their manifest, or one of them.
      """)
  var artefact: String

  @Option(help: "The id that ends every document, where no manifest names it.")
  var endOfDocument: UInt32?

  @Option(
    help: """
      What the files are, where neither they nor a manifest tell: nanogpt beside megatron, for one.
      """)
  var format: TokenFileFormat?

  @Option(help: "How ids are stored, where neither index nor manifest tells.")
  var tokenType: TokenTypeRequest?

  @Flag(help: "Say what would be done, and change nothing.")
  var dryRun = false

  @OptionGroup var report: ReportOptions

  func run() throws {
    let steps = try repairTokenFiles(
      artefact,
      RepairHints(
        endOfDocument: endOfDocument, type: tokenType?.type, format: format, isTrial: dryRun))
    if report.json {
      return try Console.print(
        JSON.object([
          ("artefact", .string(artefact)), ("dry_run", .bool(dryRun)),
          (
            "steps",
            .array(
              steps.map { .object([("path", .string($0.path)), ("what", .string($0.what))]) })
          ),
        ]))
    }
    if report.quiet { return }
    if steps.isEmpty { return try Console.print("\(artefact): sound: nothing to repair") }
    for step in steps { try Console.print("\(step.path): \(step.what)") }
  }
}

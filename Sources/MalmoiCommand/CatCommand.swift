// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import TextCore

struct CatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print a corpus as it is read: documents, normalised.",
    discussion: """
      Each document is followed by a line feed; with --json it is a JSON line with the file's path, the \
      line at which its record begins, and what the document tells of itself: id, title, source, date. \
      --offsets adds to it where the text comes from, in bytes, code_points and utf16: for each piece its \
      start and end, and those of what it was made of; pieces cover the text, and what they leave out of \
      the source was removed. --receipt prints what normalisation changed instead of the documents.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "Print the first so many documents.")
  var head: Int?

  @Option(
    help: """
      Print so many documents, chosen at random from the whole corpus by --seed, in its order; they are \
      kept in memory.
      """)
  var sample: Int?

  @Flag(help: "Print JSON lines that tell where each piece of the text comes from.")
  var offsets = false

  @Flag(help: "Print how often each rule of normalisation changed the text, with samples.")
  var receipt = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if offsets && receipt { throw ValidationError("--offsets and --receipt exclude each other.") }
    if receipt, head != nil || sample != nil {
      throw ValidationError("--receipt is of all documents: leave out --head and --sample.")
    }
    if let head, head < 0 { throw ValidationError("--head must be at least 0.") }
    if let sample, sample < 0 { throw ValidationError("--sample must be at least 0.") }
    if head != nil, sample != nil { throw ValidationError("Pass one of --head and --sample.") }
    if sample != nil, reading.sampleBytes != nil {
      throw ValidationError("Pass one of --sample and --sample-bytes.")
    }
  }

  func run() throws {
    let normalizer = try reading.normalizer ?? .nfc
    var job = CatJob(
      source: try reading.source(), normalizer: normalizer,
      form: offsets ? .offsets : report.json ? .jsonLines : .plain)
    if let head { job.selection = .first(head) }
    if let sample { job.selection = .random(sample, seed: reading.seed) }
    let account = try job.run(makeContext(threads, report)) { (text) throws(TextError) in
      if receipt { return }
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
    if receipt { try printReceipt(account, normalizer) }
    try Console.reportLosses(of: account)
  }
}

extension CatCommand {
  private func printReceipt(
    _ account: CorpusAccount, _ normalizer: Normalizer
  ) throws(TextError) {
    ProgressLine.clear()
    if report.json {
      return try Console.print(
        JSON.object([
          ("normalizer", .string(normalizer.rawValue)),
          ("documents", .integer(account.documents)),
          ("normalization", account.receipt.json(of: normalizer.rules)),
        ]))
    }
    var lines = ["\(normalizer.rawValue): \(grouped(account.documents)) documents"]
    for (name, rule) in NormalizationRules.named where normalizer.rules.contains(rule) {
      lines.append("\(name): \(grouped(account.receipt.count(of: rule)))")
      for sample in account.receipt.samples(of: rule) {
        typealias Sample = NormalizationReceipt.Sample
        let result = sample.result.isEmpty ? "nothing" : Sample.points(sample.result)
        lines.append("  \(sample.path):\(sample.line): \(Sample.points(sample.source)) → \(result)")
        lines.append(
          "    \(visible(sample.before))[\(visible(sample.source))]\(visible(sample.after))")
      }
    }
    try Console.print(lines.joined(separator: "\n"))
  }
}

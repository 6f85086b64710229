// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Normalization
import Pipeline
import TextCore
import TokenFiles
import Tokenization

struct EstimateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimate",
    abstract: "Tell from a sample what encoding a corpus will give and take.",
    discussion: """
      Documents, text, tokens, the bytes of each format's files, time and memory, with bounds that hold \
      the truth in 95 of 100 samples. A corpus of more than --read-mib is read in part: files \
      drawn by size, and of large ones the beginning. Nothing is written but a sample in TMPDIR, which is \
      removed.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "Estimate the files of this format; repeat for more (default: all).")
  var format: [TokenFileFormat] = []

  @Option(help: "How ids are stored; auto is the narrowest of the format that holds every id.")
  var tokenType = TokenTypeRequest.auto

  @Flag(help: "Count an end-of-document token behind every document.")
  var appendEod = false

  @Option(
    help: "The end-of-document token (default: the tokenizer's <|endoftext|>, </s> or [EOS]).")
  var eodToken: String?

  @Option(help: "Read about so many MiB of the files as stored.")
  var readMib = 1024

  @Option(help: "Encode so many MiB of text.")
  var sampleMib = 16

  @Option(help: "Tell what is free in the directory of this path.")
  var output: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if !(1...1_048_576).contains(readMib) {
      throw ValidationError("--read-mib must be between 1 and 1048576.")
    }
    if !(1...4096).contains(sampleMib) {
      throw ValidationError("--sample-mib must be between 1 and 4096.")
    }
    if reading.sampleBytes != nil {
      throw ValidationError("An estimate takes a sample of its own: leave out --sample-bytes.")
    }
    if eodToken != nil, !appendEod { throw ValidationError("--eod-token needs --append-eod.") }
  }

  func run() throws {
    let loaded = try cutting.load(tokenizer)
    var job = EstimateJob(source: try reading.source(), tokenizer: loaded)
    job.normalizer = try reading.normalizer
    if !format.isEmpty { job.formats = format }
    job.tokenType = tokenType
    if appendEod {
      job.boundaries.after = try EncodeJob.endOfDocument(named: eodToken, of: loaded)
    }
    job.readBytes = readMib << 20
    job.sampleBytes = sampleMib << 20
    job.seed = reading.seed
    let found = try job.run(makeContext(threads, report))
    if report.json { return try Console.print(json(found)) }
    ProgressLine.clear()
    if !report.quiet { try Console.print(text(found)) }
  }

  /// What is free where the output is to go.
  private var freeBytes: Int? {
    guard let output else { return nil }
    var directory = directoryPrefix(ofPath: output)
    while kind(ofPath: directory.isEmpty ? "." : directory) != .directory {
      directory = directoryPrefix(ofPath: String(directory.dropLast()))
    }
    return TextCore.freeBytes(ofDirectory: directory.isEmpty ? "." : directory)
  }
}

// MARK: - Printing

extension EstimateCommand {
  private func text(_ found: EstimateJob.Report) -> String {
    var table = Table(.left, .right, .left)
    addRow("documents", found.documents, to: &table)
    addRow("bytes of text", found.textBytes, to: &table)
    addRow("eojeols", found.eojeols, to: &table)
    addRow("tokens", found.tokens, to: &table)
    addRow("rejected records", found.rejects, to: &table)
    for sink in found.sinks {
      addRow("bytes as \(sink.format.rawValue), \(sink.type.name)", sink.bytes, to: &table)
    }
    if let freeBytes { table.add("bytes free", grouped(freeBytes), "") }
    let seconds = found.seconds
    table.add(
      "seconds", "\(duration(seconds.lowerBound)) to \(duration(seconds.upperBound))",
      "on \(threads.count) threads")
    table.add("memory", "\(grouped(found.memoryBytes >> 20)) MiB", "")
    return "\(scope(found))\n\(table.text)"
  }

  /// What the figures are from.
  private func scope(_ found: EstimateJob.Report) -> String {
    let whole = found.filesRead == found.files && found.filesCut == 0
    var text =
      whole
      ? "read all of \(grouped(found.files)) files"
      : "read \(grouped(found.bytesRead)) of \(grouped(found.storedBytes)) stored bytes, "
        + "\(grouped(found.filesRead)) of \(grouped(found.files)) files"
    if found.filesCut > 0 {
      text += "; of \(grouped(found.filesCut)) only the beginning, which their ends may differ from"
    }
    return text + "\nencoded \(grouped(found.sampledDocuments)) documents, "
      + "\(grouped(found.sampledBytes)) bytes of text"
  }

  private func addRow(_ name: String, _ figure: EstimatedFigure, to table: inout Table) {
    let bounds: String
    if let interval = figure.interval {
      let reach = (interval.upperBound - figure.value) / max(figure.value, 1)
      bounds = figure.standardError == 0 ? "" : "± " + percent(reach)
    } else {
      bounds = "from too few files to tell how sure"
    }
    table.add(name, grouped(whole(figure.value)), bounds)
  }

  private func duration(_ seconds: Double) -> String { fixed(seconds, seconds < 10 ? 1 : 0) }

  private func whole(_ value: Double) -> Int { Int(max(value, 0).rounded()) }

  private func json(_ found: EstimateJob.Report) -> JSON {
    .object([
      ("files", .integer(found.files)), ("stored_bytes", .integer(found.storedBytes)),
      ("files_read", .integer(found.filesRead)), ("files_cut", .integer(found.filesCut)),
      ("stored_bytes_read", .integer(found.bytesRead)),
      ("sampled_documents", .integer(found.sampledDocuments)),
      ("sampled_bytes", .integer(found.sampledBytes)),
      ("documents", json(found.documents)), ("text_bytes", json(found.textBytes)),
      ("eojeols", json(found.eojeols)), ("tokens", json(found.tokens)),
      ("rejected_records", json(found.rejects)),
      (
        "outputs",
        .array(
          found.sinks.map {
            .object([
              ("format", .string($0.format.rawValue)), ("token_type", .string($0.type.name)),
              ("bytes", json($0.bytes)),
            ])
          })
      ),
      ("free_bytes", freeBytes.map { .integer($0) } ?? .null),
      (
        "machine",
        .object([
          ("threads", .integer(threads.count)), ("cpu_seconds", .double(found.cpuSeconds)),
          (
            "seconds",
            .array([.double(found.seconds.lowerBound), .double(found.seconds.upperBound)])
          ),
          ("memory_bytes", .integer(found.memoryBytes)),
        ])
      ),
    ])
  }

  private func json(_ figure: EstimatedFigure) -> JSON {
    .object([
      ("estimate", .integer(whole(figure.value))),
      (
        "interval_95",
        figure.interval.map {
          .array([.integer(whole($0.lowerBound)), .integer(whole($0.upperBound))])
        } ?? .null
      ),
    ])
  }
}

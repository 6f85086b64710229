// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import Statistics
import TextCore

struct InspectParity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity",
    abstract: "How many tokens one text takes in two languages.",
    discussion: """
      The premium of a language (Petrov and others 2023): the tokens of the first input over those of the \
      second, which holds the same documents in the same order; 1 is fair. As in

        malmoi inspect parity korean.txt english.txt --tokenizer out/tokenizer
      """)

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var compared: ComparedTokenizers
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if compared.tokenizer.isEmpty { throw ValidationError("Name a tokenizer with --tokenizer.") }
    if reading.input.count != 2 {
      throw ValidationError("Name two inputs: the same documents in two languages.")
    }
  }

  func run() throws {
    let tokenizers = try compared.load()
    let (first, second) = (reading.input[0], reading.input[1])
    let job = InspectParityJob(
      sources: (try reading.source([first]), try reading.source([second])),
      tokenizers: tokenizers.map(\.tokenizer), normalizer: try reading.normalizer)
    let (one, other) = try job.run(makeContext(threads, report))
    if report.json {
      try Console.print(json(one.total, other.total, tokenizers))
    } else {
      ProgressLine.clear()
      var table = Table(.left, .right, .right, .right)
      table.add("", first, second, "parity")
      table.add("bytes", grouped(one.total.text.bytes), grouped(other.total.text.bytes), "")
      for (index, named) in tokenizers.enumerated() {
        let tokens = [one, other].map { $0.total.tokenizers[index].tokens }
        table.add(
          named.name, grouped(tokens[0]), grouped(tokens[1]), fixed(ratio(tokens[0], tokens[1]), 3))
      }
      try Console.print("\(grouped(one.total.text.documents)) documents\n\n\(table.text)")
    }
    for account in [one.account, other.account] { try Console.reportLosses(of: account) }
  }

  private func json(
    _ first: CorpusStatistics, _ second: CorpusStatistics, _ tokenizers: [NamedTokenizer]
  ) -> JSON {
    .object([
      ("documents", .integer(first.text.documents)),
      ("bytes", .array([.integer(first.text.bytes), .integer(second.text.bytes)])),
      (
        "tokenizers",
        .array(
          tokenizers.enumerated().map { index, named in
            let tokens = [first, second].map { $0.tokenizers[index].tokens }
            return .object([
              ("name", .string(named.name)), ("tokens", .array(tokens.map { .integer($0) })),
              ("parity", .double(ratio(tokens[0], tokens[1]))),
            ])
          })
      ),
    ])
  }
}

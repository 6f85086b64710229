// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Normalization
import Pipeline
import Statistics
import TextCore
import Tokenization

struct InspectCorpus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "What a corpus looks like, and what tokenizers make of it.",
    discussion: """
      With several --tokenizer they stand side by side. --by source tells the documents of each source \
      apart, --by file those of each file, --by NAME those of each value of a field. --partial keeps \
      what was found in a part of a corpus; "malmoi inspect merge" adds such parts up.
      """)

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var compared: ComparedTokenizers

  @Option(
    help: ArgumentHelp(
      """
      Also for each value of this field of the records, or for each file where it is "file"; repeat for \
      combinations.
      """, valueName: "field"))
  var by: [String] = []

  @OptionGroup var page: PageOptions
  @OptionGroup var partial: PartialOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if page.audit, compared.tokenizer.isEmpty {
      throw ValidationError("--audit is of tokenizers: name some by --tokenizer.")
    }
    if partial.partial == nil { return }
    if page.html != nil {
      throw ValidationError("A page is of all parts: leave out --html or --partial.")
    }
    if reading.sampleBytes != nil {
      throw ValidationError("A sample is of all parts: leave out --sample-bytes or --partial.")
    }
  }

  func run() throws {
    try partial.checkPlace()
    try page.checkPlace()
    let spam = try page.spamWords()
    let tokenizers = try compared.load()
    let arguments = ArgumentNames(reading.input)
    let view = InspectionView(
      tokenizers: tokenizers, normalizer: try reading.normalizer, title: arguments.title,
      spam: spam)
    var job = InspectCorpusJob(
      source: try reading.source(), tokenizers: tokenizers.map(\.tokenizer),
      normalizer: try reading.normalizer, grouping: try DocumentGrouping(by))
    if page.html != nil || partial.partial != nil { job.sentenceCount = CorpusReport.sentenceCount }
    if partial.partial != nil {
      let found = PartialInspection(
        settings: InspectionSettings(job, tokenizers.map(\.stated)), arguments: arguments,
        inspection: try job.measure(makeContext(threads, report)))
      try partial.write(found, report)
    } else {
      try view.show(try job.run(makeContext(threads, report)), html: page.html, report)
    }
  }
}

/// A tokenizer and what it is called beside others.
struct NamedTokenizer: Sendable {
  let name: String
  /// As given.
  let path: String
  let tokenizer: Tokenizer

  /// What partial inspections know it by.
  var stated: InspectionSettings.StatedTokenizer {
    InspectionSettings.StatedTokenizer(tokenizer, name: name, path: path)
  }
}

/// Which tokenizers a command compares.
struct ComparedTokenizers: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Count tokens with this tokenizer: PATH, or NAME=PATH; repeat to compare.",
      valueName: "path"))
  var tokenizer: [String] = []

  @OptionGroup var cutting: PreTokenizerOption

  /// The tokenizers in their order, each with a name of its own.
  ///
  /// - Throws: What loading throws; `invalidArgument` for two of one name.
  func load() throws(TextError) -> [NamedTokenizer] {
    let isOnlyOne = tokenizer.count == 1
    let parts = tokenizer.map { Self.split($0) }
    var loaded: [NamedTokenizer] = []
    for (index, part) in parts.enumerated() {
      let isAmbiguous = parts.indices.contains { $0 != index && parts[$0].name == part.name }
      if isAmbiguous, part.isGiven {
        throw TextError(
          .invalidArgument, "two tokenizers are called \(part.name)",
          remedy: "name them NAME=PATH, each its own")
      }
      // How text is cut must only be said of files that do not say it themselves.
      let takesRule = isOnlyOne || part.path.hasSuffix(".tiktoken")
      let tokenizer =
        takesRule ? try cutting.load(part.path) : try Tokenizer.load(part.path)
      loaded.append(
        NamedTokenizer(
          name: isAmbiguous ? part.path : part.name, path: part.path, tokenizer: tokenizer))
    }
    return loaded
  }

  /// The parts of NAME=PATH; without a name, what the path ends in.
  private static func split(_ text: String) -> (name: String, path: String, isGiven: Bool) {
    let halves = text.split(separator: "=", maxSplits: 1)
    if halves.count == 2, !halves[0].contains("/") {
      return (String(halves[0]), String(halves[1]), true)
    }
    let pieces = text.split(separator: "/")
    var name = pieces.last.map(String.init) ?? text
    // Folders have the names; what stands in them is called alike.
    if name == "tokenizer.json", pieces.count > 1 { name = String(pieces[pieces.count - 2]) }
    for ending in [".tiktoken", ".json"] where name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    return (name, text, false)
  }
}

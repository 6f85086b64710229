// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Glibc
import Normalization
import Pipeline
import PreTokenization
import TextCore
import Tokenization

let toolVersionText = Pipeline.toolVersion

extension InputFormat: ExpressibleByArgument {}
extension DocumentUnit: ExpressibleByArgument {}
extension InvalidUTF8Policy: ExpressibleByArgument {}
extension NormalizationProfile: ExpressibleByArgument {}

/// What every command that reads a corpus takes.
struct ReadingOptions: ParsableArguments {
  @Argument(help: "Files, directories, quoted patterns, or - for standard input.")
  var input: [String] = []

  @Option(help: "How the files are laid out; auto goes by name, else by content.")
  var inputFormat = InputFormat.auto

  @Option(help: "The field of a JSON Lines record that holds its text.")
  var field = "text"

  @Option(help: "What is a document in plain text. A line's end is not part of it.")
  var documents = DocumentUnit.line

  @Option(
    name: .customLong("normalizer"),
    help: ArgumentHelp(
      """
      How text is normalised: none, nfc, korean, nfkc or nmt_nfkc (default: the tokenizer's own where \
      one is given, else nfc).
      """, valueName: "profile"))
  var profile: NormalizationProfile?

  @Option(
    help: ArgumentHelp(
      "Rules that the profile lacks, as in width,cap-repeats=3; repeat for more.",
      valueName: "rules"))
  var withRules: [String] = []

  @Option(
    help: ArgumentHelp("Rules of the profile to leave out, as in zero-width.", valueName: "rules"))
  var withoutRules: [String] = []

  /// How text is normalised; nil where nothing is said about it.
  var normalizer: Normalizer? {
    get throws(TextError) {
      guard !withRules.isEmpty || !withoutRules.isEmpty else {
        return profile.map { Normalizer($0) }
      }
      func names(_ options: [String]) -> [String] {
        options.flatMap { $0.split(separator: ",").map(String.init) }
      }
      return try Normalizer(
        profile ?? .nfc, with: names(withRules), without: names(withoutRules))
    }
  }

  @Option(
    name: .customLong("invalid-utf8"),
    help: """
      Bytes that are not UTF-8: replace them by U+FFFD and count, refuse to go on, skip the record, \
      keep them (default: replace; with --normalizer none: keep).
      """)
  var invalidUTF8: InvalidUTF8Policy?

  @Flag(help: "Stop at the first record that cannot be read.")
  var strict = false

  /// The corpus that the options describe.
  func source() throws(TextError) -> CorpusSource { try source(input) }

  /// The corpus that the options describe, of the files that `inputs` name.
  func source(_ inputs: [String]) throws(TextError) -> CorpusSource {
    var options = CorpusOptions()
    options.format = inputFormat
    options.field = field
    options.documents = documents
    let keepsBytes = try normalizer?.isIdentity ?? false
    options.invalidUTF8 = invalidUTF8 ?? (keepsBytes ? .keep : .replace)
    if options.invalidUTF8 == .keep, !keepsBytes {
      throw TextError(
        .invalidArgument, "--invalid-utf8 keep leaves bytes that cannot be normalised",
        remedy: "add --normalizer none")
    }
    return CorpusSource(
      inputs: try CorpusInputs.resolve(inputs), options: options, isStrict: strict)
  }
}

/// How inputs are called where counts are kept apart by source.
struct SourceOptions: ParsableArguments {
  @Option(
    help: """
      NAME=PATH: an input whose counts go by NAME; repeat for more. Without, each INPUT is a source of \
      its own, named as it is given.
      """)
  var source: [String] = []

  /// The corpus of `reading` and of the named inputs, and the names of its sources.
  func corpus(_ reading: ReadingOptions) throws(TextError) -> (CorpusSource, SourceNames) {
    var paths = reading.input
    var names = reading.input
    for option in source {
      guard let mark = option.firstIndex(of: "="), mark > option.startIndex else {
        throw TextError(
          .invalidArgument, "\"\(option)\" names no source", remedy: "write --source NAME=PATH")
      }
      names.append(String(option[..<mark]))
      paths.append(String(option[option.index(after: mark)...]))
    }
    let corpus = try reading.source(paths)
    return (corpus, try SourceNames(corpus.inputs, argumentNames: names))
  }
}

/// How much memory counting may take.
struct MemoryOption: ParsableArguments {
  @Option(
    help: """
      The most memory to take, as in 4GiB (default: half of the machine's). Counts beyond that go to \
      disk beside the output; merging that would take more is refused. No effect on results.
      """)
  var memory: String?

  func budget() throws(TextError) -> MemoryBudget {
    guard let memory else { return .standard }
    if let budget = MemoryBudget(memory) { return budget }
    throw TextError(
      .invalidArgument, "\"\(memory)\" is no amount of memory", remedy: "write 512MiB or 4GiB")
  }
}

/// How the text of a tokenizer is cut, where its file does not say.
struct PreTokenizerOption: ParsableArguments {
  @Option(
    help: """
      How text is cut, for a .tiktoken file (default: known by its content for those of train, \
      OpenAI and Llama 3).
      """)
  var preTokenizer: PreTokenizer?

  /// The tokenizer at `path`.
  func load(_ path: String) throws(TextError) -> Tokenizer {
    try Tokenizer.load(path, preTokenizer: preTokenizer?.rawValue)
  }

  /// The tokenizer at `path` to turn ids into text, for which nothing is cut.
  func loadForDecoding(_ path: String) throws(TextError) -> Tokenizer {
    try Tokenizer.loadForDecoding(path, preTokenizer: preTokenizer?.rawValue)
  }
}

/// What every command takes.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Print results as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print no progress and no summary.")
  var quiet = false
}

/// How many threads a command uses.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Worker threads (default: as many as the machine has cores). No effect on results.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024.")
    }
  }

  var count: Int { threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// The context of a job: threads, progress on a terminal, Ctrl-C.
func makeContext(_ threads: ThreadOptions, _ report: ReportOptions) -> JobContext {
  makeContext(threadCount: threads.count, report)
}

/// The same for a job whose number of threads is known.
func makeContext(threadCount: Int, _ report: ReportOptions) -> JobContext {
  Interruption.install()
  let progress = report.quiet ? nil : ProgressLine.ifTerminal()
  return JobContext(
    threadCount: threadCount,
    progress: { state in
      if case .mergingNeed(let bytes) = state, progress != nil {
        Console.note("merging takes about \(grouped(bytes >> 20)) MiB of memory")
      } else {
        progress?.show(state)
      }
    },
    isCancelled: { Interruption.isRequested })
}

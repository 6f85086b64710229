// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Glibc
import Normalization
import Pipeline
import PreTokenization
import TextCore
import Tokenization

extension InvalidUTF8Policy: ExpressibleByArgument {}
extension NormalizationProfile: ExpressibleByArgument {}

/// A charset, or to find it out.
struct CharsetOption: ExpressibleByArgument {
  var charset: Charset?

  init(charset: Charset?) { self.charset = charset }

  init?(argument: String) {
    if argument.lowercased() == "auto" { return }
    guard let charset = Charset(name: argument.lowercased()) else { return nil }
    self.charset = charset
  }

  var defaultValueDescription: String { "auto" }
}

/// What every command that reads a corpus takes.
struct ReadingOptions: ParsableArguments {
  @Argument(help: "Files, directories, quoted patterns, or - for standard input.")
  var input: [String] = []

  @OptionGroup var layout: LayoutOptions

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

  /// Whether rules are added to a profile, or taken from it.
  var hasRules: Bool { !withRules.isEmpty || !withoutRules.isEmpty }

  /// How text is normalised; nil where nothing is said about it.
  var normalizer: Normalizer? {
    get throws(TextError) {
      guard hasRules else {
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
    help: """
      Charset of the files: auto (found out for each), utf-8, cp949 (EUC-KR too), johab, iso-2022-kr, \
      utf-16le or utf-16be.
      """)
  var charset = CharsetOption(charset: nil)

  @Flag(help: "Undo UTF-8 that was read as Latin-1 or CP949 and encoded again, where that is sure.")
  var repairMojibake = false

  @Option(
    help: """
      Leave out files, and members of archives, whose name matches; a pattern with a / is for whole \
      paths. Repeat for more.
      """)
  var exclude: [String] = []

  @Option(help: "The longest record, as in 256MiB; a longer one is rejected (default: 64MiB).")
  var maxDocumentBytes: String?

  @Option(
    help: """
      Stop reading a file that decompresses to more than so many times its size; 0 for no limit.
      """)
  var maxExpansion = CorpusOptions.defaultMaximumExpansion

  @Option(
    name: .customLong("invalid-utf8"),
    help: """
      Bytes that are not UTF-8: replace them by U+FFFD and count, refuse to go on, skip the record, \
      keep them (default: replace; with --normalizer none: keep).
      """)
  var invalidUTF8: InvalidUTF8Policy?

  @Flag(help: "Stop at the first record that cannot be read.")
  var strict = false

  @Option(
    help: """
      Read a uniform sample of the documents of about so much text, as in 500MB or 20GB, chosen in a \
      first pass over the corpus. The same for any number of threads.
      """)
  var sampleBytes: String?

  @Option(help: "Makes another sample.")
  var seed: UInt64 = 0

  /// The corpus that the options describe.
  func source() throws(TextError) -> CorpusSource { try sampled(source(input)) }

  /// The sample that the options ask for of `source`.
  func sampled(_ source: CorpusSource) throws(TextError) -> CorpusSource {
    guard let sampleBytes else { return source }
    guard let byteCount = byteCount(sampleBytes), byteCount > 0 else {
      throw TextError(
        .invalidArgument, "\"\(sampleBytes)\" is no amount of text",
        remedy: "write 500MB, 20GB or 4GiB")
    }
    var sampled = source
    sampled.sample = SampleRequest(byteCount: byteCount, seed: seed)
    return sampled
  }

  /// The corpus that the options describe, of the files that `inputs` name.
  func source(_ inputs: [String]) throws(TextError) -> CorpusSource {
    var options = CorpusOptions()
    try layout.apply(to: &options)
    let keepsBytes = try normalizer?.isIdentity ?? false
    options.invalidUTF8 = invalidUTF8 ?? (keepsBytes ? .keep : .replace)
    if options.invalidUTF8 == .keep, !keepsBytes {
      throw TextError(
        .invalidArgument, "--invalid-utf8 keep leaves bytes that cannot be normalised",
        remedy: "add --normalizer none")
    }
    options.charset = charset.charset
    options.repairsMojibake = repairMojibake
    options.excluded = ExcludedPaths(exclude)
    options.maximumExpansion = max(0, maxExpansion)
    if let maxDocumentBytes {
      guard let bytes = MemoryBudget(maxDocumentBytes)?.byteCount, bytes > 0 else {
        throw TextError(
          .invalidArgument, "\"\(maxDocumentBytes)\" is no size of a document",
          remedy: "write 64MiB")
      }
      options.maximumRecordBytes = bytes
    }
    return CorpusSource(
      inputs: try CorpusInputs.resolve(inputs, excluding: options.excluded), options: options,
      isStrict: strict)
  }
}

/// How inputs are called where counts are kept apart by source.
struct SourceOptions: ParsableArguments {
  @Option(
    help: """
      NAME=PATH: an input that goes by NAME; repeat for more. Without, each INPUT is a source of \
      its own, named as it is given.
      """)
  var source: [String] = []

  /// The corpus of `reading` and of the named inputs, and the names of its sources; files of the paths
  /// `apart` are sources of their own.
  func corpus(
    _ reading: ReadingOptions, apart: Set<String> = []
  ) throws(TextError) -> (CorpusSource, SourceNames) {
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
    let corpus = try reading.sampled(reading.source(paths))
    return (corpus, try SourceNames(corpus.inputs, argumentNames: names, apart: apart))
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

extension PreTokenizer.NumberGroups: ExpressibleByArgument {}

/// How a pre-tokenizer cuts numbers, if not in its own way.
struct NumberOption: ParsableArguments {
  @Option(help: "Cut numbers into single digits or groups of three, whatever --pre-tokenizer does.")
  var digits: PreTokenizer.NumberGroups?

  /// - Throws: `invalidArgument` if the rule cannot have it so.
  func applied(to rule: PreTokenizer) throws(TextError) -> PreTokenizer {
    guard let digits else { return rule }
    if let rule = rule.cuttingNumbers(digits) { return rule }
    throw TextError(
      .invalidArgument, "the rule \(rule.rawValue) cannot be had with --digits \(digits.rawValue)",
      remedy: "leave --digits out, or choose another --pre-tokenizer")
  }
}

/// How an unfinished count goes on.
struct CheckpointOptions: ParsableArguments {
  @Flag(help: "Forget what an unfinished run has done.")
  var restart = false

  @Option(help: "Keep what was counted after input files of so much together, as in 256MiB.")
  var checkpoint = "1GiB"

  /// - Throws: `invalidArgument`.
  func groupBytes() throws(TextError) -> Int {
    if let amount = MemoryBudget(checkpoint) { return amount.byteCount }
    throw TextError(
      .invalidArgument, "\"\(checkpoint)\" is no amount of input", remedy: "write 256MiB")
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

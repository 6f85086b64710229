// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Morphology
import Normalization
import Pipeline
import TextCore

struct MorphemesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "morphemes",
    abstract: "Print a corpus with a bar between the morphemes of each eojeol.",
    discussion: """
      학교에서는 becomes 학교|에서|는; nothing else of a line changes, but a | or \\ of the text has a \
      \\ before it. --tags adds a slash and the part of speech to each morpheme, and escapes / as well; \
      with --json each line is a JSON line with the start and the end of each morpheme in bytes, and its \
      tag. --mode sentence is the analysis of mecab-ko; its dictionary is installed by \
      tools/install-dictionary. --mode eojeol analyses each run of Hangul alone, many times as fast, as \
      tokenizers with morphemes are trained and encode; it needs an eojeol model, one of which comes \
      with malmoi.
      """)

  @OptionGroup var reading: ReadingOptions

  @Option(help: "What is analysed: a sentence at a time, or each run of Hangul alone.")
  var mode = MorphemeMode.sentence

  @OptionGroup var dictionary: DictionaryOption

  @Option(
    name: .customLong("user-dictionary"),
    help: ArgumentHelp(
      """
      Words beside the dictionary's, in MeCab's CSV: surface,left-id,right-id,cost,tag,class,T|F|*,... \
      Where ids and cost are empty, they are those of most words of the same tag, class and final \
      consonant. May be given several times. For --mode sentence.
      """, valueName: "file"))
  var userDictionaries: [String] = []

  @OptionGroup var model: EojeolModelOption

  @Option(
    help: ArgumentHelp(
      """
      With --mode eojeol, which boundaries are shown: all, functional (those before particles, endings, \
      the copula and derivational suffixes), inflectional (those before particles and endings) or \
      particles (those before particles).
      """, valueName: "which"))
  var boundaries = MorphemeBoundaries.all

  @Flag(help: "Print the part of speech of each morpheme.")
  var tags = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if tags && report.json { throw ValidationError("--json has the tags: leave out --tags.") }
    if boundaries != .all, mode != .eojeol || tags || report.json {
      throw ValidationError(
        "--boundaries \(boundaries.rawValue) is for --mode eojeol without tags.")
    }
    if !userDictionaries.isEmpty, mode != .sentence {
      throw ValidationError("--user-dictionary is for --mode sentence.")
    }
  }

  func run() throws {
    let normalizer = try reading.normalizer ?? .nfc
    let job = MorphemesJob(
      source: try reading.source(), normalizer: normalizer, analysis: try analysis(normalizer),
      form: report.json ? .jsonLines : tags ? .tags : .bars)
    let account = try job.run(makeContext(threads, report)) { (text) throws(TextError) in
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
    try Console.reportLosses(of: account)
  }
}

extension MorphemesCommand {
  private func analysis(_ normalizer: Normalizer) throws(TextError) -> MorphemeAnalysis {
    switch mode {
    case .sentence: .sentences(try dictionary.load(user: try words(normalizer)))
    case .eojeol: .eojeols(try model.load(), boundaries)
    }
  }

  /// The users' words, in the form that texts have here.
  private func words(_ normalizer: Normalizer) throws(TextError) -> [UserDictionary] {
    var words: [UserDictionary] = []
    for path in userDictionaries {
      words.append(
        try UserDictionary(path) { (text, output) throws(TextError) in
          try normalizer.append(text, to: &output)
        })
    }
    return words
  }
}

enum MorphemeMode: String, CaseIterable, ExpressibleByArgument { case sentence, eojeol }

extension MorphemeBoundaries: ExpressibleByArgument {}

/// Where the eojeol model is.
struct EojeolModelOption: ParsableArguments {
  @Option(
    name: .customLong("morpheme-model"),
    help: ArgumentHelp(
      """
      An eojeol model, as "malmoi morphology fit" makes them. (default: the one that comes with malmoi)
      """, valueName: "file"))
  var path: String?

  func load() throws(TextError) -> EojeolModel {
    if let path { return try EojeolModel(path) }
    return try EojeolModel(try Self.shipped())
  }

  static func shipped() throws(TextError) -> String {
    try ShippedData.find().path("morphemes/mecab-ko-dic.eojeols")
  }
}

/// Where the dictionary of morphemes is.
struct DictionaryOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The directory of a compiled mecab-ko-dic. (default: MALMOI_DICTIONARY, else \
      ~/.local/share/malmoi/mecab-ko-dic)
      """, valueName: "directory"))
  var dictionary: String?

  func load(user: [UserDictionary] = []) throws(TextError) -> MorphemeDictionary {
    let path = dictionary ?? Self.standardPath
    do {
      return try MorphemeDictionary(directory: path, user: user)
    } catch  where error.code == .fileNotFound {
      throw TextError(
        .fileNotFound, "no dictionary of morphemes", at: .init(path: path),
        remedy: """
          run tools/install-dictionary, or name the directory of a compiled mecab-ko-dic by \
          --dictionary or MALMOI_DICTIONARY
          """)
    }
  }

  private static var standardPath: String {
    if let named = environmentVariable("MALMOI_DICTIONARY") { return named }
    let data =
      environmentVariable("XDG_DATA_HOME") ?? (environmentVariable("HOME") ?? "") + "/.local/share"
    return data + "/malmoi/mecab-ko-dic"
  }
}

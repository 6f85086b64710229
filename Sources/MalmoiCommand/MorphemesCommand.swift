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
      tag. The analysis is that of mecab-ko; its dictionary is installed by tools/install-dictionary.
      """)

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var dictionary: DictionaryOption

  @Flag(help: "Print the part of speech of each morpheme.")
  var tags = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if tags && report.json { throw ValidationError("--json has the tags: leave out --tags.") }
  }

  func run() throws {
    let job = MorphemesJob(
      source: try reading.source(), normalizer: try reading.normalizer ?? .nfc,
      dictionary: try dictionary.load(), form: report.json ? .jsonLines : tags ? .tags : .bars)
    let account = try job.run(makeContext(threads, report)) { (text) throws(TextError) in
      try FileDescriptor.standardOutput.write(text, path: "standard output")
    }
    try Console.reportLosses(of: account)
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

  func load() throws(TextError) -> MorphemeDictionary {
    let path = dictionary ?? Self.standardPath
    do {
      return try MorphemeDictionary(directory: path)
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

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import PreTokenization
import TextCore
import Tokenization

struct InspectMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Add up what was found in parts of a corpus, and show it as of the whole.",
    discussion: """
      PARTIAL is a file that "malmoi inspect corpus --partial" or this command wrote. Named in the order \
      of the input files in the corpus, they give what "malmoi inspect corpus" prints about all of them. \
      The tokenizers are looked for where the first part says, unless --tokenizer names them, in the same \
      order.
      """)

  @Argument(help: "Files that --partial wrote, in the order of their inputs.")
  var partials: [String] = []

  @Option(
    help: ArgumentHelp(
      "Then those that this file names, a path a line; - for standard input.", valueName: "file"))
  var partialsFrom: String?

  @OptionGroup var compared: ComparedTokenizers

  @OptionGroup var page: PageOptions

  @Option(
    help: ArgumentHelp(
      "What the page is called (default: the inputs of the parts).", valueName: "text"))
  var title: String?

  @Option(
    help: ArgumentHelp(
      "Files of the corpus that no part has read, a path a line, to be told with the figures.",
      valueName: "file"))
  var leftOutFrom: String?

  @OptionGroup var partial: PartialOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if partial.partial == nil { return }
    if page.html != nil {
      throw ValidationError("A page is of all parts: leave out --html or --partial.")
    }
    if !compared.tokenizer.isEmpty {
      throw ValidationError("No tokenizer is needed for --partial: leave out --tokenizer.")
    }
  }

  func run() throws {
    try partial.checkPlace()
    try page.checkPlace()
    let spam = try page.spamWords()
    let job = MergeInspectionsJob(paths: try paths())
    var sum = try job.run(makeContext(threadCount: 1, report))
    if let leftOutFrom {
      sum.leaveOut(try Self.lines(of: readFile(leftOutFrom)))
    }
    if partial.partial != nil { return try partial.write(sum, report) }
    try sum.inspection.check()
    let view = InspectionView(
      tokenizers: try tokenizers(sum.settings.tokenizers), normalizer: sum.settings.normalizer,
      title: title ?? sum.arguments.title, spam: spam)
    try view.show(sum.inspection, html: page.html, report)
  }

  /// The partials as they are named, then those that are listed.
  private func paths() throws(TextError) -> [String] {
    guard let partialsFrom else { return partials }
    var list = ByteBuffer()
    if partialsFrom == "-" {
      let step = 1 << 16
      while try FileDescriptor.standardInput.read(upTo: step, into: &list, path: "-") > 0 {}
    } else {
      list = try readFile(partialsFrom)
    }
    return partials + Self.lines(of: list)
  }

  private static func lines(of list: borrowing ByteBuffer) -> [String] {
    list.makeString().split(whereSeparator: { $0.isNewline }).map { String($0) }
  }

  /// The tokenizers that parts were made with, by the names that they had there unless they are named.
  ///
  /// - Throws: What loading throws; `invalidArgument` for others than the parts were made with.
  private func tokenizers(
    _ stated: [InspectionSettings.StatedTokenizer]
  ) throws(TextError) -> [NamedTokenizer] {
    let given = try compared.load()
    guard given.isEmpty || given.count == stated.count else {
      throw TextError(
        .invalidArgument,
        "the parts were made with \(stated.count) tokenizers, and \(given.count) are named",
        remedy: "name all of them in their order, or none")
    }
    var found: [NamedTokenizer] = []
    for (index, stated) in stated.enumerated() {
      found.append(given.isEmpty ? try load(stated, index) : given[index])
      try check(found[index].stated, is: stated, index)
    }
    return found
  }

  private func load(
    _ stated: InspectionSettings.StatedTokenizer, _ index: Int
  ) throws(TextError) -> NamedTokenizer {
    // Rank files have to be told how text is cut.
    let rule = PreTokenizer(rawValue: stated.preTokenizer)?.rawValue
    do throws(TextError) {
      let tokenizer = try Tokenizer.load(stated.path, preTokenizer: rule)
      return NamedTokenizer(name: stated.name, path: stated.path, tokenizer: tokenizer)
    } catch {
      switch error.code {
      case .fileNotFound:
        throw TextError(
          .fileNotFound, "the tokenizer of the parts is not here", at: .init(path: stated.path),
          remedy: "name the tokenizers by --tokenizer, in the order of the parts")
      case .invalidArgument: throw otherTokenizer(stated.path, stated, index)
      default: throw error
      }
    }
  }

  private func check(
    _ own: InspectionSettings.StatedTokenizer, is stated: InspectionSettings.StatedTokenizer,
    _ index: Int
  ) throws(TextError) {
    guard own.sha256 == stated.sha256, own.preTokenizer == stated.preTokenizer,
      own.vocabularySize == stated.vocabularySize
    else { throw otherTokenizer(own.path, stated, index) }
  }

  private func otherTokenizer(
    _ path: String, _ stated: InspectionSettings.StatedTokenizer, _ index: Int
  ) -> TextError {
    TextError(
      .invalidArgument,
      "is not tokenizer \(index + 1) of the parts, which is \(stated.name), SHA-256 "
        + "\(stated.sha256), cut by \(stated.preTokenizer)",
      at: .init(path: path), remedy: "name the same file by --tokenizer")
  }
}

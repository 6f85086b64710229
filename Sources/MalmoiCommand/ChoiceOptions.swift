// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore
import TokenFiles

/// Which documents are written, how often, for what and in which order.
struct ChoiceOptions: ParsableArguments {
  @Option(
    help: """
      Put all documents into the random order of this seed, whatever the size of the corpus.
      """)
  var shuffleSeed: UInt64?

  @Option(
    help: """
      TRAIN,VALIDATION or TRAIN,VALIDATION,TEST: weights, as in 98,1,1, by which documents go to \
      PATH-train, PATH-validation and PATH-test, by a hash of their id, or of their text without one. A \
      document stays where it is when the corpus grows.
      """)
  var split: String?

  @Option(
    help: """
      NAME=2.3: take the documents of a source twice, and three of ten a third time; repeat for more.
      """)
  var weight: [String] = []

  @Option(
    help: """
      NAME=1000000: end a source before the document that would exceed so many tokens; repeat for more.
      """)
  var quotaTokens: [String] = []

  @Flag(help: "Leave out documents whose id, or text without one, was there before.")
  var deduplicateIds = false

  @Option(help: "The seed of --split and --weight.")
  var choiceSeed: UInt64 = 0

  @Option(
    help: """
      What shuffling may take, and as much again for the ids seen, as in 4GiB (default: 1GiB). No \
      effect on results.
      """)
  var memory: String?

  /// The choices for a corpus of these sources.
  func choices(_ names: SourceNames) throws(TextError) -> DocumentChoices {
    var choices = DocumentChoices()
    choices.deduplicates = deduplicateIds
    choices.shuffleSeed = shuffleSeed
    choices.seed = choiceSeed
    if let split { choices.split = try SplitRule(split, seed: choiceSeed) }
    try choices.setSources(
      names,
      weights: try Self.parse(weight, "weight", "2.3") { Double($0) },
      quotas: try Self.parse(quotaTokens, "quota", "1000000") { Int($0) })
    if let memory {
      guard let budget = MemoryBudget(memory), budget.byteCount >= 1 << 20 else {
        throw TextError(
          .invalidArgument, "\"\(memory)\" is no amount of memory of a MiB or more",
          remedy: "write 512MiB or 4GiB")
      }
      choices.memoryBytes = budget.byteCount
    }
    return choices
  }

  private static func parse<Value>(
    _ options: [String], _ what: String, _ example: String, _ value: (String) -> Value?
  ) throws(TextError) -> [String: Value] {
    var values: [String: Value] = [:]
    for option in options {
      guard let mark = option.lastIndex(of: "="), mark > option.startIndex,
        let value = value(String(option[option.index(after: mark)...]))
      else {
        throw TextError(
          .invalidArgument, "\"\(option)\" is no \(what) of a source",
          remedy: "write NAME=\(example)")
      }
      let name = String(option[..<mark])
      guard values.updateValue(value, forKey: name) == nil else {
        throw TextError(
          .invalidArgument, "source \"\(name)\" is given a \(what) twice", remedy: "give it one")
      }
    }
    return values
  }
}

extension ChoiceOptions {
  /// What was chosen, as a table for people; nil where there was nothing to choose.
  func table(_ account: ChoiceAccount, _ choices: DocumentChoices) -> String? {
    var lines: [String] = []
    if choices.deduplicates {
      lines.append("  \(grouped(account.duplicates)) documents that were there before left out")
    }
    if choices.split != nil {
      var table = Table(.left, .right, .right)
      table.add("split", "documents", "tokens")
      for split in choices.splits.compactMap({ $0 }) {
        table.add(
          split.name, grouped(account.documents[split.rawValue]),
          grouped(account.tokens[split.rawValue]))
      }
      lines.append(table.text)
    }
    if !choices.sources.isEmpty {
      var table = Table(.left, .right, .right, .right, .right, .left)
      table.add("source", "documents", "tokens", "taken", "tokens", "")
      for (source, account) in zip(choices.sources, account.sources) {
        table.add(
          source.name, grouped(account.documentsIn), grouped(account.tokensIn),
          grouped(account.documentsOut), grouped(account.tokensOut),
          Self.remark(source, account))
      }
      lines.append(table.text)
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  private static func remark(
    _ source: SourceMix.Source, _ account: SourceMix.Account
  ) -> String {
    guard let quota = source.quotaTokens else { return "" }
    if account.isExhausted { return "quota reached" }
    return "\(grouped(quota - account.tokensOut)) below its quota"
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Normalization
import Pipeline
import PreTokenization
import TextCore

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets",
    abstract: "List how the tokenizers of well-known models are made; train --preset makes one so.",
    discussion: """
      The grade says how well the way is known: exact (all of it is published), rule known (how text is \
      cut is published), -style (something that matters is assumed). The vocabulary itself comes from \
      the text that is trained on, so none is that of the model. With NAME, all that is known of one: \
      its sources, what was checked, and the options of train that it stands for.
      """)

  @Argument(help: "Show this preset in full; a file that ends in .json will do.")
  var name: String?

  @Flag(help: "Print results as JSON.")
  var json = false

  func run() throws {
    let presets =
      try name.map { name throws(TextError) in [try Preset.named(name)] }
      ?? Preset.all(in: .find())
    if json {
      try Console.print(JSON.array(presets.map { $0.described }))
    } else if name != nil {
      for preset in presets { try Console.print(preset.details) }
    } else {
      var table = Table(.left, .left, .left, .right, .left)
      table.add("preset", "grade", "algorithm", "ids", "")
      for preset in presets {
        table.add(
          preset.name, preset.grade.rawValue, preset.algorithm,
          grouped(preset.wholeSize) + preset.doubt(of: "vocabulary_size", mark: "?"), preset.title)
      }
      try Console.print(
        table.text + "\n? the size is not published. \"malmoi presets NAME\" tells all of one.")
    }
  }
}

extension Preset {
  /// The preset and its command line, for programs.
  fileprivate var described: JSON {
    guard case .object(let fields) = json else { return json }
    return .object(fields + [("train_options", .array(trainOptions.map { .string($0) }))])
  }

  /// All of it, for people.
  fileprivate var details: String {
    var table = Table(.left, .left)
    table.add("grade", grade.rawValue)
    table.add("algorithm", algorithm)
    for (field, title) in Self.titles {
      if let text = text(of: field) { table.add(title, text + doubt(of: field)) }
    }
    for (index, source) in sources.enumerated() { table.add(index == 0 ? "sources" : "", source) }
    table.add("check", check)
    for (index, note) in notes.enumerated() { table.add(index == 0 ? "notes" : "", note) }
    table.add("stands for", "malmoi train INPUT… \(commandLine) --output DIR")
    return "\(name): \(title)\n\(table.text)"
  }

  /// What each setting is called.
  static let titles = [
    ("normalizer", "normalizer"), ("pre_tokenizer", "pre-tokenizer"),
    ("first_stage", "first stage"), ("morphemes", "morphemes"),
    ("vocabulary_size", "ids"), ("special_tokens", "special tokens"),
    ("reserved_last_ids", "reserved"), ("size_multiple", "filled up"),
    ("padded_size", "filled up"), ("token_files", "token files"),
  ]

  /// How sure the value of `field` is, in brackets; `mark` instead of the words where there is one.
  fileprivate func doubt(of field: String, mark: String? = nil) -> String {
    if unverified.contains(field) { return mark ?? " (unverified)" }
    if chosen.contains(field) { return mark ?? " (not published, chosen here)" }
    return ""
  }

  /// What the preset sets by `field`; nil if nothing.
  func text(of field: String) -> String? {
    switch field {
    case "normalizer": return normalizer.rawValue
    case "pre_tokenizer": return preTokenizer.rawValue
    case "morphemes":
      if morphemes == .none { return nil }
      return "\(morphemes.rawValue), in "
        + (morphemesIn == .both ? "training and encoding" : "training")
    case "first_stage":
      return firstStage.map { "\($0.preTokenizer.rawValue) up to \(grouped($0.size)) ids" }
    case "vocabulary_size": return grouped(vocabularySize)
    case "special_tokens":
      return specialTokens.isEmpty
        ? nil
        : specialTokens.map { ($0.id.map { "\($0) " } ?? "") + $0.content }.joined(separator: ", ")
    case "reserved_last_ids":
      switch reservedLastIDs {
      case 0: return nil
      case 1: return "the last id"
      default: return "the last \(grouped(reservedLastIDs)) ids"
      }
    case "size_multiple":
      return sizeMultiple == 1 ? nil : "to a multiple of \(grouped(sizeMultiple))"
    case "padded_size": return paddedSize.map { "to \(grouped($0)) ids" }
    case "token_files":
      let length = tokenFiles.sequenceLength.map { ", sequences of \(grouped($0)) tokens" } ?? ""
      return "\(tokenFiles.format.rawValue), \(tokenFiles.tokenType.rawValue)\(length)"
    default: return nil
    }
  }
}

// MARK: - As options

extension Preset {
  /// The options of train that the preset stands for.
  var trainOptions: [String] {
    var options = [
      "--normalizer", normalizer.rawValue, "--pre-tokenizer", preTokenizer.rawValue,
      "--vocab-size", String(vocabularySize),
    ]
    if morphemes != .none {
      options += ["--morphemes", morphemes.rawValue, "--morphemes-in", morphemesIn.rawValue]
    }
    if let firstStage {
      options += [
        "--first-pre-tokenizer", firstStage.preTokenizer.rawValue, "--first-size",
        String(firstStage.size),
      ]
    }
    for token in specialTokens {
      options +=
        token.id.map { ["--special-token-id", "\($0)=\(token.content)"] } ?? [
          "--special-token", token.content,
        ]
    }
    if reservedLastIDs > 0 { options += ["--reserve-last", String(reservedLastIDs)] }
    if sizeMultiple > 1 { options += ["--pad-to-multiple", String(sizeMultiple)] }
    if let paddedSize { options += ["--pad-to-size", String(paddedSize)] }
    return options
  }

  /// The same, as a shell reads it.
  private var commandLine: String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,=/")
    return trainOptions.map { option in
      option.allSatisfy(plain.contains)
        ? option
        : "'"
          + option.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: #"'\''"#) + "'"
    }.joined(separator: " ")
  }
}

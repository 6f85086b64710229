// SPDX-License-Identifier: Apache-2.0

import Normalization
import Pipeline
import PreTokenization
import TextCore

// A preset is a set of options: those that the command line lacks are taken from it.

extension TrainCommand {
  /// Sets the options that were not given to what `preset` says.
  ///
  /// - Throws: `invalidArgument` for what this version cannot do.
  mutating func apply(_ preset: Preset) throws(TextError) -> PresetUse {
    guard preset.algorithm == Preset.trainedAlgorithm else {
      throw TextError(
        .invalidArgument,
        "preset \(preset.name) is made by \(preset.algorithm), which train does not have",
        remedy: "choose one that is made by \(Preset.trainedAlgorithm)")
    }
    var overridden: Set<String> = []
    func isGiven(_ given: Bool, _ field: String) -> Bool {
      if given { overridden.insert(field) }
      return given
    }
    // ---- How text is read and cut ----
    if isGiven(reading.profile != nil || reading.hasRules, "normalizer") {
      // Rules are added to those of the preset.
      reading.profile = reading.profile ?? preset.normalizer
    } else {
      reading.profile = preset.normalizer
    }
    if !isGiven(preTokenizer != nil, "pre_tokenizer") { preTokenizer = preset.preTokenizer }
    if numbers.digits != nil { overridden.insert("pre_tokenizer") }
    // ---- Where morphemes cut it ----
    if !isGiven(morphemes.morphemes != nil, "morphemes") {
      morphemes.morphemes = .init(rawValue: preset.morphemes.rawValue)
    }
    if !isGiven(morphemes.morphemesIn != nil, "morphemes_in") {
      morphemes.morphemesIn = .init(rawValue: preset.morphemesIn.rawValue)
    }
    // ---- What is trained before ----
    if let stage = preset.firstStage {
      if !isGiven(firstPreTokenizer != nil, "first_stage") {
        firstPreTokenizer = stage.preTokenizer
      }
      if !isGiven(firstSize != nil, "first_stage") {
        firstSize =
          stage.size * (try largestSize() ?? preset.vocabularySize) / preset.vocabularySize
      }
    }
    // ---- Which ids there are ----
    let hasSize = isGiven(vocabSize != nil || sizes != nil, "vocabulary_size")
    if !hasSize { vocabSize = preset.vocabularySize }
    if isGiven(!specialToken.isEmpty || !specialTokenID.isEmpty, "special_tokens") {
      overridden.insert("reserved_last_ids")
    } else {
      specialToken = preset.firstTokens
      specialTokenID = preset.placedTokens.map { "\($0.id)=\($0.content)" }
      if !isGiven(reserveLast != nil, "reserved_last_ids") { reserveLast = preset.reservedLastIDs }
    }
    if !isGiven(padToMultiple != nil, "size_multiple") { padToMultiple = preset.sizeMultiple }
    // What is filled up to a size is filled up from a size.
    let isFilledUp = preset.paddedSize != nil
    if !isGiven(padToSize != nil || hasSize && isFilledUp, "padded_size") {
      padToSize = preset.paddedSize
    }
    return PresetUse(preset, overridden: overridden)
  }

  /// The largest size that was asked for, if one was.
  private func largestSize() throws(TextError) -> Int? {
    if let vocabSize { return vocabSize }
    guard let sizes else { return nil }
    return try SizeList.parse(sizes).map(\.count).max()
  }
}

extension PresetUse {
  /// The special tokens at the end of the vocabulary, unless others are wanted.
  var lastTokens: [Int: String] {
    overridden.contains("special_tokens") ? [:] : preset.lastTokens
  }

  /// What people are told of it: what the preset sets, and what it would have set.
  var summary: String {
    var table = Table(.left, .left)
    table.add("preset", "\(preset.name) (\(preset.grade.rawValue))")
    for (field, title) in Preset.titles {
      guard let text = preset.text(of: field) else { continue }
      table.add(title, overridden.contains(field) ? "as given, not \(text)" : text)
    }
    return table.text
  }
}

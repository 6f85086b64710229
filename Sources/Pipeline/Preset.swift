// SPDX-License-Identifier: Apache-2.0

package import Normalization
package import PreTokenization
package import TextCore
internal import Training

/// How the tokenizer of a well-known model was made, as far as that is known: a JSON file of
/// `vocab/presets`, which holds data only.
package struct Preset: Sendable {
  package var name: String
  /// One line of what it is.
  package var title: String
  package var grade: Grade
  /// The name of the algorithm; this version has ``trainedAlgorithm``.
  package var algorithm: String
  package var normalizer: NormalizationProfile
  package var preTokenizer: PreTokenizer
  /// What is trained before, if there are two stages; of another size it has the same share.
  package var firstStage: FirstStage?
  package var morphemes: Morphemes
  package var morphemesIn: MorphemesIn
  /// The number of ids before anything is filled up.
  package var vocabularySize: Int
  package var specialTokens: [SpecialToken]
  /// The last so many of these ids hold no trained token.
  package var reservedLastIDs: Int
  package var sizeMultiple: Int
  package var paddedSize: Int?
  package var tokenFiles: TokenFiles
  /// Fields whose value nobody who was there has published.
  package var unverified: [String]
  /// Fields about which nothing is published, so that the value is a choice of this preset.
  package var chosen: [String]
  package var sources: [String]
  /// What was compared, or can be, to see that the preset is right.
  package var check: String
  package var notes: [String]

  package static let trainedAlgorithm = "byte-level BPE"

  /// How well the way it was made is known.
  ///
  /// No preset gives the merges of the model: they depend on its text.
  package enum Grade: String, CaseIterable, Sendable {
    /// Everything is published, and was compared.
    case exact
    /// How text is cut is published.
    case ruleKnown = "rule known"
    /// Something that matters is assumed.
    case style = "-style"
  }

  /// Which boundaries of morphemes cut pretokens.
  package enum Morphemes: String, CaseIterable, Sendable {
    case none, all
    /// Only those before particles, endings, the copula and derivational suffixes.
    case functional
    /// Only those before particles and endings.
    case inflectional
    /// Only those before particles.
    case particles
  }

  /// Where morphemes cut pretokens.
  package enum MorphemesIn: String, CaseIterable, Sendable { case training, both }

  /// How text is cut in the first of two stages, and the number of ids when it ends.
  package struct FirstStage: Sendable, Equatable {
    package var preTokenizer: PreTokenizer
    package var size: Int
  }

  package struct SpecialToken: Sendable, Equatable {
    package var content: String
    /// Nil for the first id that is free.
    package var id: Int?
  }

  /// How ids of such a tokenizer are stored.
  package struct TokenFiles: Sendable, Equatable {
    package var format: Format
    package var tokenType: TokenType
    /// The tokens that a model reads at once.
    package var sequenceLength: Int?

    package init(format: Format, tokenType: TokenType, sequenceLength: Int? = nil) {
      self.format = format
      self.tokenType = tokenType
      self.sequenceLength = sequenceLength
    }

    package enum Format: String, CaseIterable, Sendable { case megatron }
    package enum TokenType: String, CaseIterable, Sendable { case auto, uint16, int32 }
  }
}

// MARK: - Sizes

extension Preset {
  /// The special tokens that have their ids whatever the size of the vocabulary.
  package var placedTokens: [(id: Int, content: String)] {
    specialTokens.compactMap { token in
      token.id.flatMap { $0 < vocabularySize - reservedLastIDs ? ($0, token.content) : nil }
    }
  }

  /// The special tokens among the reserved ids, by their distance from the end: in a vocabulary of
  /// another size they are as far from its end.
  package var lastTokens: [Int: String] {
    var tokens: [Int: String] = [:]
    for token in specialTokens {
      guard let id = token.id, id >= vocabularySize - reservedLastIDs else { continue }
      tokens[vocabularySize - id] = token.content
    }
    return tokens
  }

  /// The special tokens that get the first ids, in order.
  package var firstTokens: [String] {
    specialTokens.filter { $0.id == nil }.map(\.content)
  }

  /// The size with everything that fills it up.
  package var wholeSize: Int {
    let size = max(vocabularySize, paddedSize ?? 0)
    return (size + sizeMultiple - 1) / sizeMultiple * sizeMultiple
  }
}

// MARK: - What a run takes of it

/// A preset in a run of training.
package struct PresetUse: Sendable {
  package var preset: Preset
  /// The settings that other options have overridden, by their fields.
  package var overridden: Set<String>

  package init(_ preset: Preset, overridden: Set<String>) {
    self.preset = preset
    self.overridden = overridden
  }

  /// What the preset sets in this run.
  package var settings: [(name: String, value: JSON)] {
    preset.settings.filter { !overridden.contains($0.name) }
  }

  /// The use as manifests hold it.
  package var json: JSON {
    .object([
      ("name", .string(preset.name)), ("grade", .string(preset.grade.rawValue)),
      ("sets", .object(settings)),
      (
        "overridden",
        .array(preset.settings.map(\.name).filter(overridden.contains).map { .string($0) })
      ),
    ])
  }
}

extension Preset {
  /// What it sets, as fields of its file.
  package var settings: [(name: String, value: JSON)] {
    [
      ("normalizer", .string(normalizer.rawValue)),
      ("pre_tokenizer", .string(preTokenizer.rawValue)),
      (
        "first_stage",
        firstStage.map { stage in
          .object([
            ("pre_tokenizer", .string(stage.preTokenizer.rawValue)), ("size", .integer(stage.size)),
          ])
        } ?? .null
      ),
      ("morphemes", .string(morphemes.rawValue)),
      ("morphemes_in", .string(morphemesIn.rawValue)),
      ("vocabulary_size", .integer(vocabularySize)),
      (
        "special_tokens",
        .array(
          specialTokens.map { token in
            .object([
              ("content", .string(token.content)), ("id", token.id.map { .integer($0) } ?? .null),
            ])
          })
      ),
      ("reserved_last_ids", .integer(reservedLastIDs)),
      ("size_multiple", .integer(sizeMultiple)),
      ("padded_size", paddedSize.map { .integer($0) } ?? .null),
      (
        "token_files",
        .object([
          ("format", .string(tokenFiles.format.rawValue)),
          ("token_type", .string(tokenFiles.tokenType.rawValue)),
          ("sequence_length", tokenFiles.sequenceLength.map { .integer($0) } ?? .null),
        ])
      ),
    ]
  }

  /// All of it, as its file has it.
  package var json: JSON {
    func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
    return .object(
      [
        ("name", .string(name)), ("title", .string(title)), ("grade", .string(grade.rawValue)),
        ("algorithm", .string(algorithm)),
      ] + settings + [
        ("unverified", texts(unverified)), ("chosen", texts(chosen)), ("sources", texts(sources)),
        ("check", .string(check)), ("notes", texts(notes)),
      ])
  }
}

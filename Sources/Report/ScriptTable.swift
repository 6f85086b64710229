// SPDX-License-Identifier: Apache-2.0

/// What the tokens of the corpus are made of, with bars: a row a script.
struct ScriptTable {
  struct Row {
    var name: Label
    var cells: [Cell]
  }

  struct Cell {
    var key: String
    var color: Int
    var figure: Figure
    /// In hundredths.
    var width: String
  }

  var tokenizers: [SeriesName]
  var rows: [Row]

  init(_ contents: ReportContents) {
    let names = SeriesName.all(contents.tokenizers.map(\.name))
    let mixes = contents.tokenizers.map(\.vocabulary.occurrences)
    tokenizers = names
    rows = VocabularyRows.Kind.allCases.compactMap { kind in
      guard let name = kind.label, mixes.contains(where: { $0[kind, default: 0] > 0 }) else {
        return nil
      }
      return Row(
        name: name,
        cells: mixes.enumerated().map { index, mix in
          let share = quotient(mix[kind, default: 0], contents.tokenizers[index].tokens)
          return Cell(
            key: "script_\(kind)", color: names[index].color, figure: Figure(share, .share),
            width: coordinate((share ?? 0) * 100))
        })
    }
  }
}

extension VocabularyRows {
  /// How many tokens of the corpus are of each kind.
  fileprivate var occurrences: [Kind: Int] {
    zip(kinds, counts).reduce(into: [:]) { $0[$1.0, default: 0] += $1.1 }
  }
}

extension VocabularyRows.Kind {
  /// nil of ids without a token, which do not occur.
  fileprivate var label: Label? {
    switch self {
    case .hangul: Label("Hangul", "한글")
    case .latin: Label("Latin", "로마자")
    case .han: Label("Han", "한자")
    case .kana: Label("Kana", "가나")
    case .otherLetters: Label("other letters", "다른 문자")
    case .digits: Label("digits", "숫자")
    case .punctuation: Label("punctuation", "문장 부호")
    case .whiteSpace: Label("white space", "공백")
    case .mixed: Label("mixed", "섞임")
    case .partialUTF8: Label("partial UTF-8", "불완전한 UTF-8")
    case .special: Label("special", "특수")
    case .none: nil
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The table in which tokenizers stand beside each other.
struct ComparisonTable {
  struct Row {
    var key: String
    var name: Label
    var formula: Label
    var cells: [Cell]
  }

  struct Cell {
    var figure: Figure
    var isBest: Bool
  }

  var tokenizers: [SeriesName]
  var rows: [Row]

  init(_ contents: ReportContents) {
    tokenizers = SeriesName.all(contents.tokenizers.map(\.name))
    rows = Metric.all.map { metric in
      let values = contents.tokenizers.map { metric.value($0, contents.corpus) }
      let cells = zip(values, metric.marks(values)).map { value, isBest in
        Cell(figure: Figure(value, metric.style), isBest: isBest)
      }
      return Row(key: metric.key, name: metric.name, formula: metric.formula, cells: cells)
    }
  }
}

/// The parts of the corpus, with bars.
struct GroupTable {
  struct Row {
    var name: String
    var documents: Figure
    var bytes: Figure
    var cells: [Cell]
  }

  struct Cell {
    var color: Int
    var perEojeol: Bar
    var perToken: Bar
  }

  /// A figure and how long its bar is, in hundredths of the longest.
  struct Bar {
    var figure: Figure
    var width: String
  }

  var tokenizers: [SeriesName]
  var rows: [Row]

  init(_ contents: ReportContents) {
    let groups = contents.groups
    let names = SeriesName.all(contents.tokenizers.map(\.name))
    tokenizers = names
    func bars(_ value: (Int, CorpusFigures) -> Double?) -> [[Bar]] {
      let values = groups.map { group in group.tokens.map { value($0, group.corpus) } }
      let longest = values.joined().compactMap { $0 }.max() ?? 0
      return values.map { row in
        row.map { value in
          let share = longest > 0 ? (value ?? 0) / longest : 0
          return Bar(figure: Figure(value, .decimal), width: coordinate(share * 100))
        }
      }
    }
    let perEojeol = bars { quotient($0, $1.eojeols) }
    let perToken = bars { quotient($1.bytes, $0) }
    rows = groups.enumerated().map { index, group in
      Row(
        name: visible(group.name), documents: Figure(group.corpus.documents),
        bytes: Figure(group.corpus.bytes),
        cells: group.tokens.indices.map { place in
          Cell(
            color: names[place].color, perEojeol: perEojeol[index][place],
            perToken: perToken[index][place])
        })
    }
  }
}

/// A tokenizer's name and the colour it has all over the page.
struct SeriesName {
  var name: String
  var color: Int

  /// As many as can be told apart; more begin again.
  static let colorCount = 8

  static func all(_ names: [String]) -> [SeriesName] {
    names.enumerated().map { SeriesName(name: visible($1), color: $0 % colorCount) }
  }
}

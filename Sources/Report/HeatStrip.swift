// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A sentence cut by each tokenizer into boxes, coloured by how long or how frequent their tokens are.
struct HeatStrip {
  struct Strip {
    var tokenizer: SeriesName
    var tokenCount: Int
    var boxes: [Box]
  }

  struct Box {
    var text: String
    /// Names of classes: the steps of length and rank, and `p` for what is not whole characters.
    var style: String
    var id: UInt32
    var count: String
    var bytes: Int
  }

  var source: String
  var strips: [Strip]

  /// The strips of all sentences.
  static func all(_ contents: ReportContents) -> [HeatStrip] {
    let names = SeriesName.all(contents.tokenizers.map(\.name))
    let ranks = contents.tokenizers.map { FrequencySteps($0.vocabulary.counts) }
    return contents.sentences.map { sentence in
      HeatStrip(
        source: visible(sentence.source),
        strips: sentence.ids.enumerated().map { place, ids in
          let rows = contents.tokenizers[place].vocabulary
          return Strip(
            tokenizer: names[place], tokenCount: ids.count,
            boxes: ids.map { box($0, rows, ranks[place]) })
        })
    }
  }

  private static func box(_ id: UInt32, _ rows: VocabularyRows, _ ranks: FrequencySteps) -> Box {
    let token = Array(rows.token(Int(id)))
    let count = rows.counts[Int(id)]
    let isPartial = rows.kinds[Int(id)] == .partialUTF8
    let text = isPartial ? hexadecimalPairs(token) : visible(token)
    let style = "l\(lengthStep(token.count)) r\(ranks.step(count))" + (isPartial ? " p" : "")
    return Box(text: text, style: style, id: id, count: grouped(count), bytes: token.count)
  }

  /// 1, 2, 3, 4–6, 7–9, 10 bytes and more: a syllable is 3, or 4 with its space.
  static func lengthStep(_ byteCount: Int) -> Int {
    switch byteCount {
    case ...3: max(byteCount, 1) - 1
    case ...6: 3
    case ...9: 4
    default: 5
    }
  }
}

/// To which step of ranks a count belongs: the first 100, 1,000, 10,000, 50,000, and what is behind them.
package struct FrequencySteps {
  private let least: [Int]

  package init(_ counts: [Int]) {
    let sorted = counts.filter { $0 > 0 }.sorted(by: >)
    least = [100, 1000, 10_000, 50_000].map { $0 <= sorted.count ? sorted[$0 - 1] : 1 }
  }

  /// 0 for the most frequent.
  package func step(_ count: Int) -> Int { least.firstIndex { count >= $0 } ?? least.count }
}

/// `bytes` as in E3·81.
private func hexadecimalPairs(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let text = String(byte, radix: 16, uppercase: true)
    return text.count == 1 ? "0" + text : text
  }.joined(separator: "·")
}

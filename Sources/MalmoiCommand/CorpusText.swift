// SPDX-License-Identifier: Apache-2.0

import Pipeline
import Statistics
import TextCore
import Tokenization

/// What was found in a corpus, for people.
struct CorpusText {
  let tokenizers: [NamedTokenizer]
  /// What documents are grouped by.
  let fields: [String]

  /// Ids that occur less often have hardly been learnt.
  static let rareCount = 5

  func text(_ found: CorpusInspection) -> String {
    var parts = [figures(found.total)]
    if !tokenizers.isEmpty { parts.append("tokens by script\n\(scripts(found.total))") }
    if !found.groups.isEmpty { parts.append(groups(found)) }
    for (index, each) in tokenizers.enumerated() {
      let name = tokenizers.count == 1 ? "" : " of \(each.name)"
      parts.append("most frequent tokens\(name)\n\(top(found.total.tokenizers[index], each))")
    }
    if let first = found.total.tokenizers.first {
      let name = tokenizers.count == 1 ? "tokens" : "tokens of \(tokenizers[0].name)"
      parts.append("documents by length in \(name)\n\(lengthTable(first.lengths))")
    } else {
      parts.append("documents by length in characters\n\(lengthTable(found.total.text.lengths))")
    }
    return parts.joined(separator: "\n\n")
  }

  private func figures(_ total: CorpusStatistics) -> String {
    let text = total.text
    var table = Table(.left, .right)
    table.add("documents", grouped(text.documents))
    table.add("empty documents", grouped(text.emptyDocuments))
    table.add("bytes", grouped(text.bytes))
    table.add("characters", grouped(text.characters))
    table.add("eojeols", grouped(text.eojeols))
    if tokenizers.isEmpty { return table.text }
    if tokenizers.count == 1 {
      table.rows += comparison(total)
      return table.text
    }
    var columns = Table([.left] + tokenizers.map { _ in .right })
    columns.rows = [[""] + tokenizers.map(\.name)] + comparison(total)
    return "\(table.text)\n\n\(columns.text)"
  }

  /// A row a figure: its name, and the value of each tokenizer.
  private func comparison(_ total: CorpusStatistics) -> [[String]] {
    var rows: [[String]] = []
    func add(_ name: String, _ value: (Int) -> String) {
      rows.append([name] + tokenizers.indices.map(value))
    }
    let each = total.tokenizers
    let distributions = each.map(\.distribution)
    let coverages = tokenizers.map { SyllableCoverage($0.tokenizer) }
    if tokenizers.count > 1 {
      add("vocabulary") { grouped(each[$0].tokenCounts.count) }
    }
    add("tokens") { grouped(each[$0].tokens) }
    if tokenizers.count > 1 {
      add("tokens, of those of \(tokenizers[0].name)") { fixed(total.tokenRatio($0), 3) }
    }
    add("tokens an eojeol") { fixed(total.tokensPerEojeol($0), 3) }
    add("tokens a character") { fixed(total.tokensPerCharacter($0), 3) }
    add("tokens a document") { fixed(total.tokensPerDocument($0), 2) }
    add("bytes a token") { fixed(total.bytesPerToken($0), 3) }
    add("vocabulary used") { percent(each[$0].vocabularyUsed) }
    // Every byte has a token, so nothing is unknown.
    add("unknown tokens") { _ in percent(0) }
    add("partial UTF-8") { percent(each[$0].partialUTF8Share(tokenizers[$0].tokenizer)) }
    add("ids never used") { grouped(distributions[$0].unusedIDs) }
    add("ids used under \(Self.rareCount) times") {
      grouped(distributions[$0].rareIDs(below: Self.rareCount))
    }
    add("entropy, bits a token") { fixed(distributions[$0].shannonEntropy, 3) }
    add("Shannon efficiency") { fixed(distributions[$0].renyiEfficiency(alpha: 1), 3) }
    add("Rényi efficiency, α 2.5") { fixed(distributions[$0].renyiEfficiency(alpha: 2.5), 3) }
    add("syllables of several tokens") { percent(each[$0].edges.splitSyllableShare) }
    add("eojeols of one token") { percent(each[$0].edges.wholeEojeolShare) }
    add("tokens over a space") { percent(each[$0].superwordShare) }
    add("numbers cut alike") { percent(each[$0].edges.numbers.consistency) }
    add("syllables that are tokens") {
      "\(grouped(coverages[$0].all)) of \(grouped(SyllableCoverage.allCount))"
    }
    add("of KS X 1001") {
      "\(grouped(coverages[$0].common)) of \(grouped(SyllableCoverage.commonCount))"
    }
    return rows
  }

  /// A row a script: its share of the tokens of each tokenizer.
  private func scripts(_ total: CorpusStatistics) -> String {
    let mixes = zip(tokenizers, total.tokenizers).map {
      ScriptMix($0.tokenizer, counts: $1.tokenCounts)
    }
    var table = Table([.left] + tokenizers.map { _ in .right })
    if tokenizers.count > 1 { table.rows.append([""] + tokenizers.map(\.name)) }
    for script in TokenScript.allCases {
      let counts = mixes.map { mix in mix.tokens.first { $0.script == script }?.count ?? 0 }
      if counts.allSatisfy({ $0 == 0 }) { continue }
      table.rows.append(
        [script.title] + zip(counts, mixes).map { percent(ratio($0, $1.total)) })
    }
    return table.text
  }

  /// A row a group: the largest first, in bytes.
  private func groups(_ found: CorpusInspection) -> String {
    // Those of as many bytes stay in the order of their names.
    let sorted = found.groups.enumerated().sorted {
      ($1.element.statistics.text.bytes, $0.offset) < ($0.element.statistics.text.bytes, $1.offset)
    }.map(\.element)
    var table = Table(
      fields.map { _ in .left } + [.right, .right, .right] + tokenizers.map { _ in .right })
    let unit = tokenizers.isEmpty ? [] : tokenizers.map { tokenizers.count == 1 ? "" : $0.name }
    table.rows.append(
      fields + ["documents", "bytes", "eojeols"]
        + unit.map { $0.isEmpty ? "tokens an eojeol" : $0 })
    for group in sorted {
      let text = group.statistics.text
      table.rows.append(
        group.names.map { $0.isEmpty ? "(none)" : visible(Array($0.utf8)) }
          + [grouped(text.documents), grouped(text.bytes), grouped(text.eojeols)]
          + tokenizers.indices.map { fixed(group.statistics.tokensPerEojeol($0), 3) })
    }
    let title = tokenizers.count > 1 ? ", with tokens an eojeol" : ""
    return "by \(fields.joined(separator: ", "))\(title)\n\(table.text)"
  }

  private func top(_ statistics: TokenStatistics, _ named: NamedTokenizer) -> String {
    var table = Table(.right, .left, .right)
    for (id, count) in statistics.topTokens(tokenizers.count == 1 ? 20 : 10) {
      table.add("\(id)", named.tokenizer.visibleToken(id), grouped(count))
    }
    return table.text
  }
}

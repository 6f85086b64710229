// SPDX-License-Identifier: Apache-2.0

import Report
import Statistics
import TextCore
import TokenModels
import Tokenization
import VocabularyFiles

/// How figures follow the size of a vocabulary, of tokenizers of one training.
///
/// Those are of one training whose merges are the first of the other's. `malmoi train --sizes` writes a
/// folder for each size, and `sizes.json` with what it measured beside them.
struct SweepCurves {
  private(set) var curves: [SizeCurve] = []

  /// Nothing if there are not two sizes to compare.
  init(_ tokenizers: [NamedTokenizer], _ total: CorpusStatistics) {
    for indexes in Self.families(tokenizers) {
      let points = indexes.map { index in
        SizeCurve.Point(
          name: tokenizers[index].name, size: total.tokenizers[index].tokenCounts.count,
          bytesPerToken: total.bytesPerToken(index), tokensPerEojeol: total.tokensPerEojeol(index))
      }
      let folders = Set(indexes.map { Self.folder(of: tokenizers[$0].path) })
      let name = folders.count == 1 && indexes.count > 1 ? folders.first : nil
      curves.append(
        SizeCurve(
          name: name ?? tokenizers[indexes[0]].name,
          tokenizer: indexes.count == 1 ? indexes[0] : nil,
          points: points))
    }
    var measured: [String] = []
    for folder in tokenizers.map({ Self.folder(of: $0.path) }) where !measured.contains(folder) {
      measured.append(folder)
      curves += Self.measured(folder + "/sizes.json")
    }
    if Set(curves.flatMap { $0.points.map(\.size) }).count < 2 { curves = [] }
  }

  /// The places of tokenizers of one training together, in their order.
  private static func families(_ tokenizers: [NamedTokenizer]) -> [[Int]] {
    var families: [[Int]] = []
    for (index, named) in tokenizers.enumerated() {
      let place = families.firstIndex { family in
        family.allSatisfy { areNested(tokenizers[$0].tokenizer, named.tokenizer) }
      }
      if let place { families[place].append(index) } else { families.append([index]) }
    }
    return families
  }

  /// Whether the merges of one are the first merges of the other, token by token.
  private static func areNested(_ first: Tokenizer, _ second: Tokenizer) -> Bool {
    let (first, second) = (first.definition.model, second.definition.model)
    let shared = min(first.rules.count, second.rules.count)
    return shared > 0
      && (0..<shared).allSatisfy { rank in
        let (own, other) = (first.rules[rank].pair, second.rules[rank].pair)
        return first.vocabulary.bytes(of: own.left).elementsEqual(
          second.vocabulary.bytes(of: other.left))
          && first.vocabulary.bytes(of: own.right).elementsEqual(
            second.vocabulary.bytes(of: other.right))
      }
  }

  /// The folder in which a vocabulary's own folder lies.
  private static func folder(of path: String) -> String {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    while parts.last == "" { parts.removeLast() }
    if parts.last?.hasSuffix(".json") == true || parts.last?.hasSuffix(".tiktoken") == true {
      parts.removeLast()
    }
    if parts.isEmpty { return ".." }
    parts.removeLast()
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// What a training measured, if `path` tells; a file that is no such thing says nothing here.
  private static func measured(_ path: String) -> [SizeCurve] {
    guard let text = try? readFile(path), let file = try? JSONDocument(text, path: path) else {
      return []
    }
    let points = (file.root["sizes"]?.elements ?? []).compactMap { size -> SizeCurve.Point? in
      guard let count = size["vocabulary_size"]?.integer, count > 0,
        let bytesPerToken = size["bytes_per_token"]?.double
      else { return nil }
      return SizeCurve.Point(
        name: size["name"]?.string ?? "", size: count, bytesPerToken: bytesPerToken,
        tokensPerEojeol: size["tokens_per_eojeol"]?.double)
    }
    let measuredOn = file.root["measured_on"]?.string ?? ""
    return points.isEmpty ? [] : [SizeCurve(name: "\(path) (\(measuredOn))", points: points)]
  }
}

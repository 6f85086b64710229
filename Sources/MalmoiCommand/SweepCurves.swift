// SPDX-License-Identifier: Apache-2.0

import Report
import Statistics
import TextCore

/// How figures follow the size of a vocabulary, of tokenizers that were trained together.
///
/// `malmoi train --sizes` writes a folder for each size, and `sizes.json` with what it measured beside
/// them. Tokenizers of one folder of folders are joined by a line.
struct SweepCurves {
  private(set) var curves: [SizeCurve] = []

  /// Nothing if there are not two sizes to compare.
  init(_ tokenizers: [NamedTokenizer], _ total: CorpusStatistics) {
    var families: [(folder: String, indexes: [Int])] = []
    for (index, named) in tokenizers.enumerated() {
      let folder = Self.family(named.path)
      if let place = families.firstIndex(where: { $0.folder == folder }) {
        families[place].indexes.append(index)
      } else {
        families.append((folder, [index]))
      }
    }
    for (folder, indexes) in families {
      let name = indexes.count == 1 ? tokenizers[indexes[0]].name : folder
      let points = indexes.map { index in
        SizeCurve.Point(
          name: tokenizers[index].name, size: total.tokenizers[index].tokenCounts.count,
          bytesPerToken: total.bytesPerToken(index), tokensPerEojeol: total.tokensPerEojeol(index))
      }
      curves.append(
        SizeCurve(
          name: name, tokenizer: indexes.count == 1 ? indexes[0] : nil, points: points))
    }
    for folder in families.map(\.folder) { curves += Self.measured(folder + "/sizes.json") }
    if Set(curves.flatMap { $0.points.map(\.size) }).count < 2 { curves = [] }
  }

  /// The folder in which a vocabulary's own folder lies.
  private static func family(_ path: String) -> String {
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

// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
package import Statistics
package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// Where the tokens of a vocabulary come from: how often each occurs in each source of count files, and in
/// which pretokens.
package struct TokenProvenanceJob: Sendable {
  /// Whose tokens are told of.
  package enum Choice: Sendable {
    case ids([UInt32])
    /// The most frequent ones; the least frequent ones, those that never occur first.
    case most(Int)
    case least(Int)
    /// Those that a source has most of beyond its share of all tokens: by (a - e)² / e of a occurrences
    /// where e would be its share, if a > e.
    case typical(source: String, Int)
  }

  package var tokenizer: Tokenizer
  package var paths: [String]
  package var choice: Choice
  /// Pretokens told of each token.
  package var contexts = 5
  /// The memory for counts by id and source.
  package static let memoryLimit = 2 << 30

  package init(tokenizer: Tokenizer, paths: [String], choice: Choice) {
    self.tokenizer = tokenizer
    self.paths = paths
    self.choice = choice
  }

  /// Runs the job: one pass over the counts, or a second one for the pretokens of tokens chosen by counts.
  ///
  /// - Throws: What reading throws; `invalidArgument` for counts of other pretokens, too many sources, or no
  ///   such source.
  package func run(_ context: JobContext) throws(TextError) -> TokenProvenance {
    let counted = try CountedPretokens(paths, tokenizer)
    let size = tokenizer.vocabularySize
    let sources = counted.sources
    guard size * sources.count * 8 <= Self.memoryLimit else {
      throw TextError(
        .invalidArgument, "\(sources.count) sources of \(size) ids take more than 2 GiB",
        remedy: "merge sources with \"malmoi merge-counts --drop\", or count them under fewer names"
      )
    }
    var provenance = TokenProvenance(sources: sources, vocabularySize: size)
    if case .ids(let ids) = choice {
      var contexts = TokenContexts(ids, limit: contexts)
      try counted.forEach(context) { (pretoken, ids, columns) throws(TextError) in
        try add(ids, columns, to: &provenance)
        try contexts.add(pretoken, ids, occurrences: total(columns))
      }
      provenance.choose(ids, contexts)
      return provenance
    }
    try counted.forEach(context) { (_, ids, columns) throws(TextError) in
      try add(ids, columns, to: &provenance)
    }
    let ids = try chosen(provenance)
    var contexts = TokenContexts(ids, limit: contexts)
    try counted.forEach(context) { (pretoken, ids, columns) throws(TextError) in
      try contexts.add(pretoken, ids, occurrences: total(columns))
    }
    provenance.choose(ids, contexts)
    return provenance
  }

  private func chosen(_ provenance: TokenProvenance) throws(TextError) -> [UInt32] {
    switch choice {
    case .ids(let ids): return ids
    case .most(let count): return provenance.mostFrequent(count)
    case .least(let count):
      let added = Set(tokenizer.addedTokens.tokens.map(\.id))
      return provenance.leastFrequent(count) {
        !added.contains($0) && !tokenizer.definition.model.vocabulary.bytes(of: $0).isEmpty
      }
    case .typical(let name, let count):
      guard let source = provenance.sources.firstIndex(of: name) else {
        throw TextError(
          .invalidArgument, "there is no source \"\(name)\"",
          remedy: "the sources are \(provenance.sources.prefix(10).joined(separator: ", "))")
      }
      return provenance.typical(of: source, count)
    }
  }
}

/// How often each id of `tokenizer` occurs in the text that `paths` count.
///
/// - Throws: What reading throws; `invalidArgument` for counts of other pretokens.
package func tokenCounts(
  _ tokenizer: Tokenizer, ofCounts paths: [String], _ context: JobContext
) throws(TextError) -> [Int] {
  var counts = [Int](repeating: 0, count: tokenizer.vocabularySize)
  try CountedPretokens(paths, tokenizer).forEach(context) { (_, ids, columns) throws(TextError) in
    let occurrences = try total(columns)
    for index in ids.indices { counts[Int(ids[index])] &+= occurrences }
  }
  return counts
}

private func total(_ columns: Span<CountColumn>) throws(TextError) -> Int {
  var total = 0
  for index in columns.indices {
    let (sum, isTooMuch) = total.addingReportingOverflow(Int(columns[index].count))
    if isTooMuch {
      throw TextError(.badRecord, "the counts of a pretoken exceed 2^63 - 1 together")
    }
    total = sum
  }
  return total
}

private func add(
  _ ids: Span<TokenID>, _ columns: Span<CountColumn>, to provenance: inout TokenProvenance
) throws(TextError) {
  for index in columns.indices {
    let (source, count) = (Int(columns[index].source), Int(columns[index].count))
    for place in ids.indices where !provenance.add(ids[place], source: source, count) {
      throw TextError(.badRecord, "the counts of a token exceed 2^63 - 1 together")
    }
  }
}

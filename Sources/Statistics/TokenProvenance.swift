// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// How often each token occurs in each source, and for chosen ones the pretokens in which it does.
package struct TokenProvenance: Sendable {
  package let sources: [String]
  /// The tokens of each source.
  package private(set) var tokens: [Int]
  /// The chosen ids, in order.
  package private(set) var chosen: [UInt32] = []
  /// For each chosen id, the pretokens that hold it most often by occurrences, of equal ones the lower bytes
  /// first.
  package private(set) var contexts: [[(pretoken: [UInt8], occurrences: Int)]] = []
  /// By id, then source.
  private var counts: [Int]

  package init(sources: [String], vocabularySize: Int) {
    self.sources = sources
    tokens = [Int](repeating: 0, count: sources.count)
    counts = [Int](repeating: 0, count: vocabularySize * sources.count)
  }

  /// Counts `id` so often in `source`; false if that is too much for 63 bits.
  package mutating func add(_ id: UInt32, source: Int, _ occurrences: Int) -> Bool {
    let sum = tokens[source].addingReportingOverflow(occurrences)
    tokens[source] = sum.partialValue
    // A token's count is at most that of all tokens of the source.
    counts[Int(id) * sources.count + source] &+= occurrences
    return !sum.overflow
  }

  package mutating func choose(_ ids: [UInt32], _ contexts: consuming TokenContexts) {
    chosen = ids
    self.contexts = ids.map { contexts.pretokens(of: $0) }
  }

  /// How often `id` occurs in each source.
  package func counts(of id: UInt32) -> ArraySlice<Int> {
    counts[Int(id) * sources.count..<(Int(id) + 1) * sources.count]
  }

  package func count(of id: UInt32) -> Int { counts(of: id).reduce(0, +) }

  /// The source in which `id` occurs most often, the first of equals; nil if it does in none.
  package func mainSource(of id: UInt32) -> Int? {
    let counts = Array(counts(of: id))
    guard let most = counts.max(), most > 0 else { return nil }
    return counts.firstIndex(of: most)
  }

  private var totals: [Int] {
    (0..<counts.count / max(sources.count, 1)).map { count(of: UInt32($0)) }
  }

  package func mostFrequent(_ count: Int) -> [UInt32] {
    let totals = totals
    let used = totals.indices.filter { totals[$0] > 0 }
    return used.sorted { (totals[$1], $0) < (totals[$0], $1) }.prefix(count).map { UInt32($0) }
  }

  package func leastFrequent(_ count: Int, where isWanted: (UInt32) -> Bool) -> [UInt32] {
    let totals = totals
    let wanted = totals.indices.filter { isWanted(UInt32($0)) }
    return wanted.sorted { (totals[$0], $0) < (totals[$1], $1) }.prefix(count).map { UInt32($0) }
  }

  /// The tokens that `source` has most of beyond its share of all tokens.
  package func typical(of source: Int, _ count: Int) -> [UInt32] {
    let share = ratio(tokens[source], tokens.reduce(0, +))
    var scores: [(score: Double, id: UInt32)] = []
    for (id, total) in totals.enumerated() where total > 0 {
      let own = Double(counts[id * sources.count + source])
      let expected = Double(total) * share
      if own > expected {
        scores.append(((own - expected) * (own - expected) / expected, UInt32(id)))
      }
    }
    scores.sort { ($1.score, $0.id) < ($0.score, $1.id) }
    return scores.prefix(count).map(\.id)
  }
}

/// The pretokens that hold some tokens most often: at most `limit` of each, whatever there are.
package struct TokenContexts: ~Copyable {
  private let limit: Int
  private var kept: [UInt32: [(pretoken: [UInt8], occurrences: Int)]] = [:]
  private var isWanted: [Bool]

  package init(_ ids: [UInt32], limit: Int) {
    self.limit = limit
    isWanted = [Bool](repeating: false, count: Int(ids.max() ?? 0) + 1)
    for id in ids { isWanted[Int(id)] = true }
  }

  /// Looks at a distinct `pretoken`; they come by ascending bytes.
  package mutating func add(_ pretoken: Span<UInt8>, _ ids: Span<UInt32>, occurrences: Int) {
    for place in ids.indices {
      let id = ids[place]
      guard Int(id) < isWanted.count, isWanted[Int(id)] else { continue }
      // Twice in a pretoken is one pretoken.
      if (0..<place).contains(where: { ids[$0] == id }) { continue }
      keep(pretoken, occurrences, of: id)
    }
  }

  private mutating func keep(_ pretoken: Span<UInt8>, _ occurrences: Int, of id: UInt32) {
    var entries = kept[id] ?? []
    if entries.count == limit, let last = entries.last, last.occurrences >= occurrences { return }
    let place = entries.firstIndex { $0.occurrences < occurrences } ?? entries.count
    if place == limit { return }
    entries.insert((pretoken.makeArray(), occurrences), at: place)
    if entries.count > limit { entries.removeLast() }
    kept[id] = entries
  }

  func pretokens(of id: UInt32) -> [(pretoken: [UInt8], occurrences: Int)] { kept[id] ?? [] }
}

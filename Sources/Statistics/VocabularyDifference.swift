// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// What two vocabularies have in common: tokens by their bytes, merges by what they join.
package struct VocabularyDifference: Sendable {
  /// Tokens that are not added ones, each once however many ids it has.
  package private(set) var tokens = (first: 0, second: 0)
  package private(set) var common = 0
  /// The ids of tokens that the other vocabulary lacks, ascending.
  package private(set) var lost: [UInt32] = []
  package private(set) var gained: [UInt32] = []
  /// Distinct pairs that are joined.
  package private(set) var merges = (first: 0, second: 0)
  package private(set) var commonMerges = 0
  /// Tokens that merges of both make.
  package private(set) var commonMade = 0
  /// Kendall's τ of the orders in which both make them, from -1 to 1; nil of fewer than two.
  package private(set) var kendall: Double?

  /// What `second` has and `first` has not, and the other way round.
  ///
  /// - Complexity: O(n log n) in the number of tokens and merges.
  package init(_ first: Tokenizer, _ second: Tokenizer) {
    let (own, other) = (Self.tokens(first), Self.tokens(second))
    tokens = (own.count, other.count)
    lost = own.filter { other[$0.key] == nil }.map(\.value).sorted()
    gained = other.filter { own[$0.key] == nil }.map(\.value).sorted()
    common = own.count - lost.count
    let (pairs, otherPairs) = (Self.pairs(first), Self.pairs(second))
    merges = (pairs.count, otherPairs.count)
    commonMerges = pairs.intersection(otherPairs).count
    let (made, otherMade) = (Self.made(first), Self.made(second))
    let places = Dictionary(uniqueKeysWithValues: otherMade.enumerated().map { ($1, $0) })
    let order = made.compactMap { places[$0] }
    commonMade = order.count
    kendall = Self.kendall(order)
  }

  /// Tokens in both, of those in either.
  package var jaccard: Double { ratio(common, tokens.first + tokens.second - common) }
  package var mergeJaccard: Double {
    ratio(commonMerges, merges.first + merges.second - commonMerges)
  }

  private static func tokens(_ tokenizer: Tokenizer) -> [[UInt8]: UInt32] {
    let vocabulary = tokenizer.definition.model.vocabulary
    let added = Set(tokenizer.definition.addedTokens.map(\.id))
    var tokens: [[UInt8]: UInt32] = [:]
    for id in 0..<UInt32(vocabulary.count) where !added.contains(id) {
      let token = vocabulary.bytes(of: id).makeArray()
      if !token.isEmpty, tokens[token] == nil { tokens[token] = id }
    }
    return tokens
  }

  private struct Pair: Hashable {
    var left: [UInt8]
    var right: [UInt8]
  }

  private static func pairs(_ tokenizer: Tokenizer) -> Set<Pair> {
    let model = tokenizer.definition.model
    return Set(
      model.rules.map {
        Pair(
          left: model.vocabulary.bytes(of: $0.pair.left).makeArray(),
          right: model.vocabulary.bytes(of: $0.pair.right).makeArray())
      })
  }

  /// The tokens that merges make, in the order of the first merge of each.
  private static func made(_ tokenizer: Tokenizer) -> [[UInt8]] {
    let model = tokenizer.definition.model
    var seen = Set<[UInt8]>()
    return model.rules.map { model.vocabulary.bytes(of: $0.merged).makeArray() }
      .filter { seen.insert($0).inserted }
  }

  /// τ of distinct `places` against 0, 1, 2, …: pairs in order less those out of order, of all pairs.
  package static func kendall(_ places: [Int]) -> Double? {
    guard places.count > 1 else { return nil }
    let pairs = places.count * (places.count - 1) / 2
    return 1 - 2 * Double(inversions(places)) / Double(pairs)
  }

  /// The pairs of `values` that are out of order, by merge sort from below.
  private static func inversions(_ values: [Int]) -> Int {
    var values = values
    var sorted = values
    var inversions = 0
    var width = 1
    while width < values.count {
      for start in stride(from: 0, to: values.count, by: 2 * width) {
        let middle = min(start + width, values.count)
        let end = min(start + 2 * width, values.count)
        var (left, right) = (start, middle)
        for place in start..<end {
          if left < middle, right == end || values[left] < values[right] {
            sorted[place] = values[left]
            left += 1
          } else {
            sorted[place] = values[right]
            inversions += middle - left
            right += 1
          }
        }
      }
      swap(&values, &sorted)
      width *= 2
    }
    return inversions
  }
}

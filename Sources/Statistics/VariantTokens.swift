// SPDX-License-Identifier: Apache-2.0

/// What a tokenizer makes of documents that are written otherwise: sums that merge in any order.
package struct VariantTokens: Sendable, Equatable {
  /// Tokens of the documents as they are, in NFD, and without their spaces (U+0020).
  package var tokens = 0
  package var decomposedTokens = 0
  package var unspacedTokens = 0
  /// Documents that decode to exactly what they were, as they are and in NFD.
  package var exactDocuments = 0
  package var exactDecomposedDocuments = 0
  /// Edges of tokens that are there with the spaces and without, spaces not counted.
  ///
  /// Of documents whose tokens are their text.
  package var sharedEdges = 0
  /// Edges that are there with the spaces or without.
  package var allEdges = 0

  package init() {}

  package mutating func merge(_ other: VariantTokens) {
    tokens += other.tokens
    decomposedTokens += other.decomposedTokens
    unspacedTokens += other.unspacedTokens
    exactDocuments += other.exactDocuments
    exactDecomposedDocuments += other.exactDecomposedDocuments
    sharedEdges += other.sharedEdges
    allEdges += other.allEdges
  }

  /// T(NFD x) / T(x): 1 for a tokenizer that does not mind.
  package var decomposedRatio: Double { ratio(decomposedTokens, tokens) }
  /// T(x without spaces) / T(x).
  package var unspacedRatio: Double { ratio(unspacedTokens, tokens) }
  /// |E ∩ E′| / |E ∪ E′| of the edges with the spaces and without; 1 where there is none.
  package var edgeAgreement: Double { allEdges == 0 ? 1 : ratio(sharedEdges, allEdges) }

  /// Compares the edges of a text with those of the same text without its spaces.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - lengths: The lengths of its tokens, which make it up.
  ///   - unspaced: The lengths of the tokens of the text without its spaces.
  /// - Complexity: O(n).
  package mutating func compareEdges(of text: Span<UInt8>, _ lengths: [Int], _ unspaced: [Int]) {
    // ---- Where tokens end, in bytes that are no spaces ----
    var ends: [Int] = []
    var (offset, place) = (0, 0)
    for length in lengths {
      for at in offset..<offset + length where text[at] != 0x20 { place += 1 }
      offset += length
      if ends.last != place { ends.append(place) }
    }
    var others: [Int] = []
    place = 0
    for length in unspaced {
      place += length
      others.append(place)
    }
    // ---- Both are ascending; the beginning and the end of the text are no edges ----
    let last = place
    var (first, second) = (0, 0)
    while first < ends.count || second < others.count {
      let here = first < ends.count ? ends[first] : Int.max
      let there = second < others.count ? others[second] : Int.max
      let least = min(here, there)
      if least > 0, least < last {
        allEdges += 1
        if here == there { sharedEdges += 1 }
      }
      if here == least { first += 1 }
      if there == least { second += 1 }
    }
  }
}

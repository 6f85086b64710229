// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How the edges of a tokenizer's tokens lie beside the boundaries between morphemes: sums over sentences.
///
/// Places count between two Hangul syllables of a word whose morphemes are what is written, and inside of
/// such syllables: elsewhere nearly every pre-tokenizer cuts.
package struct MorphemeEdges: Sendable, Equatable {
  package var sentences = 0
  /// Sentences whose tokens are not their text, which are left out.
  package var unalignedSentences = 0
  package var tokens = 0
  package var morphemes = 0
  /// Boundaries between morphemes, edges of tokens, and places that are both.
  package var boundaries = 0
  package var edges = 0
  package var both = 0
  /// Tokens of two or more characters, spaces aside, in words of known morphemes, and those of them that
  /// have a boundary between morphemes inside.
  package var longTokens = 0
  package var crossingTokens = 0
  /// Of each particle behind Hangul, how often it is cut in which way.
  package private(set) var particles: [String: [ParticleCut: Int]] = [:]

  /// How a particle is cut: the places of edges, from its start to its end, in bytes.
  package struct ParticleCut: Hashable, Sendable {
    package let edges: [Int]
    package let byteCount: Int

    /// Whether it is a token of its own.
    package var isOneToken: Bool { edges == [0, byteCount] }
  }

  package init() {}

  // MARK: - What follows from the sums

  /// Fertility: tokens a morpheme.
  package var tokensPerMorpheme: Double { ratio(tokens, morphemes) }
  package var precision: Double { ratio(both, edges) }
  package var recall: Double { ratio(both, boundaries) }
  /// The harmonic mean of precision and recall.
  package var f1: Double { ratio(2 * both, edges + boundaries) }
  package var crossingRate: Double { ratio(crossingTokens, longTokens) }

  /// Particles that occur less often tell nothing of how regularly they are cut.
  package static let leastOccurrences = 20

  private func meanOverParticles(_ share: ([ParticleCut: Int], Int) -> Double) -> Double? {
    // Sorted, for sums of fractions depend on their order.
    let shares = particles.sorted { $0.key < $1.key }.compactMap { _, cuts -> Double? in
      let count = cuts.values.reduce(0, +)
      return count < Self.leastOccurrences ? nil : share(cuts, count)
    }
    return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
  }

  /// The share of a particle's occurrences that are a token of their own, as a mean over particles.
  package var particlesOfOneToken: Double? {
    meanOverParticles { cuts, count in
      ratio(cuts.reduce(0) { $0 + ($1.key.isOneToken ? $1.value : 0) }, count)
    }
  }

  /// The share of a particle's occurrences that are cut as most of them are, as a mean over particles.
  package var particleConsistency: Double? {
    meanOverParticles { cuts, count in ratio(cuts.values.max() ?? 0, count) }
  }
}

// MARK: - Counting

extension MorphemeEdges {
  /// Counts a sentence whose tokens are of `lengths` bytes.
  ///
  /// - Complexity: O(n).
  package mutating func add(_ sentence: TreebankSentence, _ lengths: [Int]) {
    guard lengths.reduce(0, +) == sentence.text.count, !lengths.contains(0) else {
      unalignedSentences += 1
      return
    }
    sentences += 1
    tokens += lengths.count
    morphemes += sentence.words.reduce(0) { $0 + $1.morphemes.count }
    var isEdge = [Bool](repeating: false, count: sentence.text.count + 1)
    var place = 0
    isEdge[0] = true
    for length in lengths {
      place += length
      isEdge[place] = true
    }
    var isKnown = [Bool](repeating: false, count: sentence.text.count)
    var isBoundary = [Bool](repeating: false, count: sentence.text.count + 1)
    let isHangul = hangulBytes(sentence.text)
    for word in sentence.words {
      guard let cuts = word.cuts else { continue }
      for at in word.range { isKnown[at] = true }
      for cut in cuts { isBoundary[cut] = true }
      for at in word.range.dropFirst() where isHangul[at - 1] && isHangul[at] {
        boundaries += isBoundary[at] ? 1 : 0
        edges += isEdge[at] ? 1 : 0
        both += isBoundary[at] && isEdge[at] ? 1 : 0
      }
      addParticles(of: word, cuts, isEdge, isHangul)
    }
    addCrossings(sentence.text, lengths, isKnown, isBoundary)
  }

  /// Of each byte whether it is one of a Hangul syllable.
  private func hangulBytes(_ text: [UInt8]) -> [Bool] {
    var isHangul = [Bool](repeating: false, count: text.count)
    var offset = 0
    while offset < text.count {
      let scalar = decodeUTF8(text.span, at: offset)
      if (0xAC00...0xD7A3).contains(scalar.value) {
        for at in offset..<offset + scalar.byteCount { isHangul[at] = true }
      }
      offset += scalar.byteCount
    }
    return isHangul
  }

  private mutating func addParticles(
    of word: TreebankSentence.Word, _ cuts: [Int], _ isEdge: [Bool], _ isHangul: [Bool]
  ) {
    let ends = cuts + [word.range.upperBound]
    for (index, tag) in word.tags.enumerated().dropFirst() where index < ends.count {
      // Kaist's tags of particles are j… but jp, the copula; Sejong's are J….
      guard tag.first == "j" || tag.first == "J", tag != "jp" else { continue }
      let range = ends[index - 1]..<ends[index]
      guard !range.isEmpty, isHangul[range.lowerBound], isHangul[range.lowerBound - 1] else {
        continue
      }
      let places = (range.lowerBound...range.upperBound).filter { isEdge[$0] }
      let cut = ParticleCut(edges: places.map { $0 - range.lowerBound }, byteCount: range.count)
      particles[word.morphemes[index], default: [:]][cut, default: 0] += 1
    }
  }

  private mutating func addCrossings(
    _ text: [UInt8], _ lengths: [Int], _ isKnown: [Bool], _ isBoundary: [Bool]
  ) {
    var start = 0
    for length in lengths {
      let token = start..<start + length
      start += length
      let characters = token.count { text[$0] & 0xC0 != 0x80 && text[$0] != 0x20 }
      guard characters >= 2, token.contains(where: { isKnown[$0] }) else { continue }
      longTokens += 1
      if token.dropFirst().contains(where: { isBoundary[$0] }) { crossingTokens += 1 }
    }
  }
}

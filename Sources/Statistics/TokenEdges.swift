// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// What the edges between tokens do to the text: sums that merge in any order.
///
/// Only of documents whose tokens are their text, byte for byte; the others are counted.
package struct TokenEdges: Sendable, Equatable {
  /// Documents whose tokens are not their text: added tokens may take spaces beside them.
  package var unalignedDocuments = 0
  /// Hangul syllables, U+AC00 to U+D7A3, and those of them that are of several tokens.
  package var syllables = 0
  package var splitSyllables = 0
  /// Eojeols, and those that are one token, alone or with the space before them.
  package var eojeols = 0
  package var wholeEojeols = 0
  /// Tokens that have white space with other characters before and behind it.
  package var superwords = 0
  /// Runs of digits 0 to 9, by their length up to ``longestNumber``, and by where they are cut: bit i is an
  /// edge behind digit i.
  package private(set) var numbers: [NumberCut: Int] = [:]

  package struct NumberCut: Hashable, Sendable {
    package var length: Int
    package var edges: UInt16
  }

  /// Longer runs of digits are left out.
  package static let longestNumber = 12

  package init() {}

  package mutating func merge(_ other: TokenEdges) {
    unalignedDocuments += other.unalignedDocuments
    syllables += other.syllables
    splitSyllables += other.splitSyllables
    eojeols += other.eojeols
    wholeEojeols += other.wholeEojeols
    superwords += other.superwords
    numbers.merge(other.numbers) { $0 + $1 }
  }

  /// The share of syllables that are of several tokens.
  package var splitSyllableShare: Double { ratio(splitSyllables, syllables) }
  /// The share of eojeols that are one token (single-token retention rate).
  package var wholeEojeolShare: Double { ratio(wholeEojeols, eojeols) }

  /// The share of numbers that are cut as most numbers of their length are; 1 without numbers.
  package var digitConsistency: Double {
    var most: [Int: Int] = [:]
    var all = 0
    for (cut, count) in numbers {
      most[cut.length] = max(most[cut.length] ?? 0, count)
      all += count
    }
    return all == 0 ? 1 : ratio(most.values.reduce(0, +), all)
  }
}

// MARK: - Counting

extension TokenEdges {
  /// Counts the document `text`, whose tokens are `ids` of a vocabulary.
  ///
  /// - Complexity: O(n).
  mutating func add(_ text: Span<UInt8>, ids: Span<UInt32>, _ marks: inout EdgeMarks) {
    guard marks.mark(ids, text) else {
      unalignedDocuments += 1
      return
    }
    superwords += marks.superwords
    countCharacters(text, marks.edges.span)
  }

  private mutating func countCharacters(_ text: Span<UInt8>, _ edges: Span<UInt8>) {
    var offset = 0
    var eojeolStart = -1
    var numberStart = -1
    let space = DecodedScalar(value: 0x20, byteCount: 1, isWellFormed: true)
    while offset <= text.count {
      let isAtEnd = offset == text.count
      // What is behind the last character ends eojeols and numbers as a space does.
      let scalar = isAtEnd ? space : decodeUTF8(text, at: offset)
      // ---- Eojeols end at white space ----
      if isWhiteSpace(scalar) {
        if eojeolStart >= 0 { countEojeol(eojeolStart..<offset, text, edges) }
        eojeolStart = -1
      } else if eojeolStart < 0 {
        eojeolStart = offset
      }
      // ---- Numbers end at what is no digit ----
      let isDigit = (0x30...0x39).contains(scalar.value)
      if isDigit, numberStart < 0 { numberStart = offset }
      if !isDigit, numberStart >= 0 {
        countNumber(numberStart..<offset, edges)
        numberStart = -1
      }
      if isAtEnd { return }
      // ---- Syllables ----
      if (0xAC00...0xD7A3).contains(scalar.value) {
        syllables += 1
        if edges[offset + 1] != 0 || edges[offset + 2] != 0 { splitSyllables += 1 }
      }
      offset += scalar.byteCount
    }
  }

  private mutating func countEojeol(
    _ range: Range<Int>, _ text: Span<UInt8>, _ edges: Span<UInt8>
  ) {
    eojeols += 1
    let isGlued =
      range.lowerBound > 0 && text[range.lowerBound - 1] == 0x20
      && edges[range.lowerBound - 1] != 0
    guard edges[range.lowerBound] != 0 || isGlued, edges[range.upperBound] != 0 else { return }
    for offset in range.dropFirst() where edges[offset] != 0 { return }
    // A space of its own makes two tokens of the two.
    wholeEojeols += 1
  }

  private mutating func countNumber(_ range: Range<Int>, _ edges: Span<UInt8>) {
    guard range.count <= Self.longestNumber else { return }
    var cut = NumberCut(length: range.count, edges: 0)
    for (place, offset) in range.dropFirst().enumerated() where edges[offset] != 0 {
      cut.edges |= 1 << UInt16(place)
    }
    numbers[cut, default: 0] += 1
  }
}

/// Whether `scalar` is Unicode White_Space.
func isWhiteSpace(_ scalar: DecodedScalar) -> Bool {
  scalar.isWellFormed && CharacterClasses.shared(scalar.value) == .whiteSpace
}

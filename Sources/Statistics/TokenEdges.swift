// SPDX-License-Identifier: Apache-2.0

package import TextCore

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
  /// Runs of digits 0 to 9, by their length and by where they are cut.
  package var numbers = NumberCuts()

  package init() {}

  package mutating func merge(_ other: TokenEdges) {
    unalignedDocuments += other.unalignedDocuments
    syllables += other.syllables
    splitSyllables += other.splitSyllables
    eojeols += other.eojeols
    wholeEojeols += other.wholeEojeols
    superwords += other.superwords
    numbers.merge(other.numbers)
  }

  /// The share of syllables that are of several tokens.
  package var splitSyllableShare: Double { ratio(splitSyllables, syllables) }
  /// The share of eojeols that are one token (single-token retention rate).
  package var wholeEojeolShare: Double { ratio(wholeEojeols, eojeols) }
}

// MARK: - As bytes

extension TokenEdges {
  package func write(to writer: inout StateWriter) {
    let sums = [unalignedDocuments, syllables, splitSyllables, eojeols, wholeEojeols, superwords]
    for sum in sums { writer.put(sum) }
    numbers.write(to: &writer)
  }

  /// - Throws: `damagedArtefact`.
  package init(reading reader: inout StateReader) throws(TextError) {
    unalignedDocuments = try reader.number()
    syllables = try reader.number()
    splitSyllables = try reader.number()
    eojeols = try reader.number()
    wholeEojeols = try reader.number()
    superwords = try reader.number()
    numbers = try NumberCuts(reading: &reader)
  }
}

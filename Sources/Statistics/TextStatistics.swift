// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What a corpus looks like, whatever tokenizer it meets: sums that merge in any order.
package struct TextStatistics: Sendable, Equatable {
  package var documents = 0
  package var emptyDocuments = 0
  /// UTF-8 bytes of the documents, as they would be encoded.
  package var bytes = 0
  /// Code points, line ends (LF, CRLF) not counted; one for each ill-formed sequence.
  package var characters = 0
  /// Maximal runs of characters that are not Unicode White_Space: the spaced words of Korean.
  package var eojeols = 0
  /// Hangul syllables, U+AC00 to U+D7A3.
  package var syllables = 0
  /// Documents by their length in characters.
  package var lengths = LengthHistogram()

  package init() {}

  /// Counts the document `text`, which measures `measure`.
  package mutating func add(_ text: Span<UInt8>, _ measure: TextMeasure) {
    documents += 1
    if text.isEmpty { emptyDocuments += 1 }
    bytes += text.count
    characters += measure.characters
    eojeols += measure.eojeols
    syllables += measure.syllables
    lengths.add(measure.characters)
  }

  /// Adds what `other` counted.
  package mutating func merge(_ other: TextStatistics) {
    documents += other.documents
    emptyDocuments += other.emptyDocuments
    bytes += other.bytes
    characters += other.characters
    eojeols += other.eojeols
    syllables += other.syllables
    lengths.merge(other.lengths)
  }
}

// MARK: - As bytes

extension TextStatistics {
  package func write(to writer: inout StateWriter) {
    for sum in [documents, emptyDocuments, bytes, characters, eojeols, syllables] {
      writer.put(sum)
    }
    lengths.write(to: &writer)
  }

  /// - Throws: `damagedArtefact`.
  package init(reading reader: inout StateReader) throws(TextError) {
    documents = try reader.number()
    emptyDocuments = try reader.number(upTo: documents)
    bytes = try reader.number()
    characters = try reader.number()
    eojeols = try reader.number()
    syllables = try reader.number()
    lengths = try LengthHistogram(reading: &reader, documents: documents)
  }
}

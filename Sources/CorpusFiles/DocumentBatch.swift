// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What a document may tell about itself, in the order in which it is kept.
package enum MetadataField: Int, CaseIterable, Sendable {
  case id, title, source, date

  /// The name as output and options have it.
  package var name: String {
    switch self {
    case .id: "id"
    case .title: "title"
    case .source: "source"
    case .date: "date"
    }
  }
}

/// The documents of one or more blocks of one file, back to back, and what became of the rest.
package struct DocumentBatch: ~Copyable, Sendable {
  /// The file's place among the inputs.
  package internal(set) var fileIndex = 0
  package internal(set) var path = ""
  /// The bytes of all documents; well-formed UTF-8 unless the policy is to keep what is not.
  package internal(set) var text = ByteBuffer()
  /// The offset in `text` behind each document.
  package internal(set) var ends = GrowableBuffer<Int>()
  /// The line, counted from 1, at which each document's record begins.
  package internal(set) var lines = GrowableBuffer<Int>()
  /// The byte of the decompressed file at which each document's record begins.
  package internal(set) var byteOffsets = GrowableBuffer<Int>()
  /// Records that became no document, in the order of the file.
  package internal(set) var rejects: [RejectedRecord] = []
  /// How many U+FFFD stand in records for bytes that are not UTF-8 and for lone surrogates.
  package internal(set) var replacedSequences = 0
  /// How many records were converted from another charset than their file's.
  package internal(set) var convertedRecords = 0
  /// How many documents' double encoding was undone.
  package internal(set) var repairedDocuments = 0
  /// How many documents a sample leaves out.
  package internal(set) var unsampled = 0
  /// Leaves documents out; of the file that the batch is of.
  var sample: (ranks: DocumentRanks, limit: UInt64)?
  /// The metadata of all documents; the fields of a document stand in their order.
  private var metadata = ByteBuffer()
  /// The offset in `metadata` behind each field of each document.
  ///
  /// Those of a last document that is not ended may be incomplete; short where the last documents have
  /// none.
  private var metadataEnds = GrowableBuffer<Int>()
  /// The number of the next document in its record.
  private var numberInRecord = 0
  private var lastByteOffset = -1

  package init() {}

  /// The number of documents.
  package var count: Int { ends.count }
  package var isEmpty: Bool { ends.isEmpty && rejects.isEmpty }

  /// Where the document at `index` stands in `text`.
  package func range(of index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  /// The bytes of the document at `index`.
  @_lifetime(borrow self)
  package func document(_ index: Int) -> Span<UInt8> {
    text.span.extracting(range(of: index))
  }

  /// What the document at `index` tells of itself, in well-formed UTF-8; empty where it tells nothing.
  @_lifetime(borrow self)
  package func metadata(_ field: MetadataField, of index: Int) -> Span<UInt8> {
    let place = index * MetadataField.allCases.count + field.rawValue
    guard place < metadataEnds.count else { return metadata.span.extracting(0..<0) }
    let start = place == 0 ? 0 : metadataEnds[place - 1]
    return metadata.span.extracting(start..<metadataEnds[place])
  }

  /// How many documents have each field of metadata.
  package var metadataCounts: [Int] {
    let fields = MetadataField.allCases.count
    var counts = [Int](repeating: 0, count: fields)
    var start = 0
    for place in 0..<metadataEnds.count {
      if metadataEnds[place] > start { counts[place % fields] += 1 }
      start = metadataEnds[place]
    }
    return counts
  }

  /// Forgets everything and keeps the storage.
  package mutating func removeAll() {
    text.removeAll()
    ends.removeAll()
    lines.removeAll()
    byteOffsets.removeAll()
    metadata.removeAll()
    metadataEnds.removeAll()
    rejects.removeAll()
    replacedSequences = 0
    convertedRecords = 0
    repairedDocuments = 0
    unsampled = 0
    (numberInRecord, lastByteOffset) = (0, -1)
  }
}

// MARK: - Filling

extension DocumentBatch {
  /// Begins `field` of the document that `text` holds behind the last one.
  ///
  /// Its value is what `fill` appends. Fields come in their order, each once.
  mutating func setMetadata(_ field: MetadataField, _ fill: (inout ByteBuffer) -> Void) {
    let place = ends.count * MetadataField.allCases.count + field.rawValue
    while metadataEnds.count < place { metadataEnds.append(metadata.count) }
    precondition(metadataEnds.count == place, "metadata is given in its order")
    fill(&metadata)
    metadataEnds.append(metadata.count)
  }

  mutating func setMetadata(_ field: MetadataField, _ value: Span<UInt8>) {
    let place = ends.count * MetadataField.allCases.count + field.rawValue
    while metadataEnds.count < place { metadataEnds.append(metadata.count) }
    precondition(metadataEnds.count == place, "metadata is given in its order")
    metadata.append(copying: value)
    metadataEnds.append(metadata.count)
  }

  /// Makes a document of what `text` holds behind the last one, unless the sample leaves it out.
  mutating func endDocument(line: Int, byteOffset: Int) {
    endDocument(line: line, byteOffset: byteOffset, textEnd: text.count)
  }

  /// Makes a document of what `text` holds between the last one and `textEnd`, which is the end of `text`
  /// where there is a sample.
  mutating func endDocument(line: Int, byteOffset: Int, textEnd: Int) {
    if let sample {
      numberInRecord = byteOffset == lastByteOffset ? numberInRecord + 1 : 0
      lastByteOffset = byteOffset
      if sample.ranks.rank(byteOffset: byteOffset, number: numberInRecord) >= sample.limit {
        unsampled += 1
        return discardDocument()
      }
    }
    ends.append(textEnd)
    lines.append(line)
    byteOffsets.append(byteOffset)
  }

  /// Forgets what `text` holds behind the last document, and its metadata.
  mutating func discardDocument() {
    text.truncate(to: ends.isEmpty ? 0 : ends[ends.count - 1])
    let kept = min(ends.count * MetadataField.allCases.count, metadataEnds.count)
    metadataEnds.truncate(to: kept)
    metadata.truncate(to: kept == 0 ? 0 : metadataEnds[kept - 1])
  }
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

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
  /// Records that became no document, in the order of the file.
  package internal(set) var rejects: [RejectedRecord] = []
  /// How many U+FFFD stand in records for bytes that are not UTF-8.
  package internal(set) var replacedSequences = 0

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

  /// Forgets everything and keeps the storage.
  package mutating func removeAll() {
    text.removeAll()
    ends.removeAll()
    lines.removeAll()
    rejects.removeAll()
    replacedSequences = 0
  }

  /// Makes a document of what `text` holds behind the last one.
  mutating func endDocument(line: Int) {
    ends.append(text.count)
    lines.append(line)
  }
}

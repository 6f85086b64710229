// SPDX-License-Identifier: Apache-2.0

package import CorpusFiles
package import TextCore

/// Reads the documents of a corpus block by block, for somebody who asks for the next one.
///
/// Jobs read by ``passOver``, which is parallel; here the caller's thread does the work.
package final class DocumentReading {
  private var reader: CorpusReader
  private var parser: RecordParser
  private let isStrict: Bool
  /// The records that were left out so far.
  package private(set) var rejects = RejectLog()
  package private(set) var documentCount = 0
  /// U+FFFD written for ill-formed UTF-8 so far.
  package private(set) var replacedSequences = 0

  package init(_ source: CorpusSource) {
    reader = CorpusReader(inputs: source.inputs, options: source.options)
    parser = RecordParser(options: source.options)
    isStrict = source.isStrict
  }

  /// Stored bytes read so far, and those of all files where that is known.
  package var storedBytes: (read: Int, total: Int?) {
    (reader.storedBytesRead, reader.totalStoredBytes)
  }

  /// The documents of the next block that has any, nil at the end.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `invalidUTF8` under that policy; in strict mode the first
  ///   reject.
  package func next() throws(TextError) -> DocumentBatch? {
    while let block = try reader.nextBlock() {
      var batch = DocumentBatch()
      try parser.parse(block, into: &batch)
      block.recycle()
      if isStrict, let reject = batch.rejects.first { throw reject.error }
      rejects.add(batch.rejects)
      replacedSequences += batch.replacedSequences
      documentCount += batch.count
      if batch.count > 0 { return batch }
    }
    return nil
  }
}

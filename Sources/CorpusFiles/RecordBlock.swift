// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The format of a file's records, once it is known.
package enum RecordFormat: String, Sendable {
  case text, jsonl, json, csv, tsv, modu, aihub, wikipedia, warc, html, subtitle

  /// The format that an option names; nil if it is to be found out.
  init?(_ format: InputFormat) {
    switch format {
    case .auto: return nil
    case .wet: self = .warc
    default: self.init(rawValue: format.rawValue)
    }
  }
}

/// Where a record stands in its block.
package struct RecordPlace: Sendable, Equatable {
  package var range: Range<Int>
  /// Which of the format's kinds of record it is; what that means is the format's affair.
  package var variant = 0
}

/// A run of whole records of one file or of one member of an archive: the unit of parallel work.
package struct RecordBlock: ~Copyable, Sendable {
  /// The file's place among the inputs.
  package var fileIndex: Int
  package var path: String
  package var format: RecordFormat
  /// The line of the first byte, counted from 1.
  package var firstLine: Int
  /// The offset of the first byte in the decompressed file.
  package var firstByteOffset: Int
  package var bytes: ByteBuffer
  /// From `bytes` back to the decompressed file, where they were transcoded.
  var map: OffsetMap?
  /// The charset of the file.
  package var charset = Charset.utf8
  /// The records, where the format's scanner has found them; else they are to be found by lines.
  package var records: [RecordPlace] = []
  /// The first record of the file, where it names the fields of the others.
  package var header: [UInt8] = []
  /// Records that were too long to become part of a block.
  package var rejects: [RejectedRecord] = []
  /// The damage at which a compressed file ended; stands in the last block of its file.
  package var damage: TextError?
  /// Whether the file or the member of an archive ends here; each has one such block, an empty one
  /// if need be.
  package var isLastOfFile = false
  /// Where the buffer of `bytes` goes when the block is done with.
  var spare: SpareBuffers?
}

extension RecordBlock {
  /// Ends the block; its buffer is used for a later one.
  package consuming func recycle() { spare?.give(bytes) }

  /// The offset in the decompressed file of the byte at `offset` of the block.
  func sourceOffset(of offset: Int) -> Int {
    map?.source(of: offset, in: bytes.span) ?? firstByteOffset + offset
  }

  /// The block of something that cannot be read at all.
  init(lost error: TextError, fileIndex: Int) {
    self.init(
      fileIndex: fileIndex, path: error.location?.path ?? "", format: .text, firstLine: 1,
      firstByteOffset: 0, bytes: ByteBuffer(), damage: error, isLastOfFile: true)
  }
}

/// A record that became no document, and why.
package struct RejectedRecord: Hashable, Sendable {
  /// The error that the record would be if it were to end the run.
  package let error: TextError

  /// A record that is rejected for `error`.
  package init(_ error: TextError) { self.error = error }

  /// A bad record at `line` of `path`, which begins at `byteOffset` of the decompressed file.
  package init(path: String, line: Int, byteOffset: Int, reason: String) {
    error = TextError(
      .badRecord, reason, at: .init(path: path, line: line, byteOffset: byteOffset))
  }

  /// The same record, rejected for another reason.
  func replacingReason(_ reason: String) -> RejectedRecord {
    RejectedRecord(path: path, line: line ?? 0, byteOffset: byteOffset, reason: reason)
  }

  package var path: String { error.location?.path ?? "" }
  /// The line of the record; nil where a compressed file is damaged.
  package var line: Int? { error.location?.line }
  package var byteOffset: Int { error.location?.byteOffset ?? 0 }
  package var reason: String { error.what }
}

/// How many records were rejected, and the first of them.
package struct RejectLog: Sendable, Equatable {
  /// Enough to see what is wrong with a corpus; the count tells the rest.
  package static let keptCount = 20

  package private(set) var count = 0
  /// The first rejects in the order of the corpus, at most ``keptCount``.
  package private(set) var first: [RejectedRecord] = []

  package init() {}

  /// A log that was kept elsewhere.
  package init(count: Int, first: [RejectedRecord]) {
    self.count = count
    self.first = first
  }

  package mutating func add(_ record: RejectedRecord) {
    count += 1
    if first.count < Self.keptCount { first.append(record) }
  }

  package mutating func add(_ records: [RejectedRecord]) {
    for record in records { add(record) }
  }

  /// Adds the rejects of `later`, which come behind those of this log in the corpus.
  package mutating func merge(_ later: RejectLog) {
    count += later.count
    first += later.first.prefix(Self.keptCount - first.count)
  }
}

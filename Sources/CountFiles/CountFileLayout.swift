// SPDX-License-Identifier: Apache-2.0
//
// Pretoken counts on disk: counted once, added up, dropped, weighted and trained from many times.
//
// A count file holds rows in the order of their bytes: a pretoken, and its count in each source in
// which it occurs. Rows are front-coded in blocks that are compressed and checksummed each on its
// own; a manifest and a footer stand at the end. docs/count-files.md has every byte.
//
//   CountFileWriter   rows in order → a file
//   CountFileReader   a file → rows in order, checked before they are believed
//   CountMerge        several ordered streams of rows → one, counts added up and weighted
//   CountRuns         the sorted runs of counting: spilled tables, merged in passes
//   CountManifest     what was counted, and how
//
// Invariants: rows ascend strictly; sources ascend in a row; no count is 0. The bytes of a file follow
// from the counts and the manifest alone (and the release of libzstd): not from threads, blocks of
// input, memory, or in which runs the counts came. Every byte is covered by a check, and whatever is
// wrong is an error with path and byte.
//
// Cost: writing and reading take a block of 64 KiB, raw and compressed, and the longest pretoken.

package import TextCore

/// The fixed parts of a count file.
enum CountFileLayout {
  static let magic = Array("MLMCOUNT".utf8)
  static let endMagic = Array("TNUOCMLM".utf8)
  static let version: UInt32 = 1
  static let headerBytes = 16
  static let blockHeaderBytes = 24
  static let footerBytes = 32

  /// How the bytes of a block are stored.
  enum Method: UInt32 {
    case plain = 0
    case zstd = 1
  }
}

/// The count of a pretoken in one source.
package struct CountColumn: BitwiseCopyable, Sendable, Equatable {
  package var source: UInt32
  package var count: Int64

  package init(source: Int, count: Int64) {
    self.source = UInt32(source)
    self.count = count
  }
}

/// The columns of a row, by ascending source.
package typealias CountColumns = GrowableBuffer<CountColumn>

// Properties of objects lend no spans; they can be passed to the functions below.

extension GrowableBuffer where Element == UInt8 {
  func hasEqualBytes(_ other: borrowing ByteBuffer) -> Bool { span.elementsEqual(other.span) }

  func add(_ range: Range<Int>, to checksum: inout XXH3) {
    checksum.update(span.extracting(range))
  }

  /// Becomes a copy of `other`.
  mutating func assign(_ other: borrowing ByteBuffer) {
    removeAll()
    append(copying: other.span)
  }
}

extension GrowableBuffer where Element == CountColumn {
  /// Becomes a copy of `other`.
  mutating func assign(_ other: borrowing CountColumns) {
    removeAll()
    append(copying: other.span)
  }
}

extension CountTotals {
  /// Counts in a row; false if a sum exceeds 63 bits.
  mutating func add(row columns: borrowing CountColumns) -> Bool { add(columns.span) }
}

extension TextError {
  /// A fault of a count file at `byte`.
  static func damagedCounts(_ path: String, byte: Int? = nil, _ what: String) -> TextError {
    TextError(
      .damagedArtefact, what, at: .init(path: path, byteOffset: byte),
      remedy: "copy the count file again, or count again")
  }
}

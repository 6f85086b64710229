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

extension GrowableBuffer where Element == UInt8 {
  mutating func append(littleEndian value: UInt64, bytes: Int) {
    for place in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> UInt64(place * 8))) }
  }

  /// Appends `value` in groups of seven bits, the lowest first, all but the last with bit 7 set.
  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}

// Properties of objects lend no spans; they can be passed to the functions below.

extension GrowableBuffer where Element == UInt8 {
  func littleEndian(at offset: Int, bytes: Int) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<bytes { value |= UInt64(self[offset + place]) << UInt64(place * 8) }
    return value
  }

  /// The varint at `offset`, which moves behind it; nil if it does not end or is above 2⁶³ - 1.
  func varint(at offset: inout Int) -> Int? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < count, shift < 63 {
      let byte = self[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        // One spelling a number: no empty group at its end.
        return byte == 0 && shift > 0 ? nil : Int(value)
      }
      shift += 7
    }
    return nil
  }

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

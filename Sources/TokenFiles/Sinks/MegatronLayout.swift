// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where the parts of a Megatron `.idx` file lie, for S sequences and D documents.
///
/// All little-endian: magic, u64 version, u8 type code, u64 S, u64 D + 1, then i32[S] sequence
/// lengths in tokens, i64[S] sequence starts in bytes of the `.bin`, i64[D + 1] document index (the
/// first sequence of each document, and S), and in multimodal files i8[S] modes. As written by
/// `megatron/core/datasets/indexed_dataset.py`.
package struct MegatronLayout: Sendable, Equatable {
  package static let magic: [UInt8] = Array("MMIDIDX\0\0".utf8)
  package static let version: UInt64 = 1
  package static let versionOffset = 9
  package static let typeCodeOffset = 17
  package static let sequenceCountOffset = 18
  package static let documentIndexCountOffset = 26
  package static let headerByteCount = 34

  package var sequenceCount: Int
  package var documentCount: Int

  package init(sequenceCount: Int, documentCount: Int) {
    self.sequenceCount = sequenceCount
    self.documentCount = documentCount
  }

  package var lengthsOffset: Int { Self.headerByteCount }
  package var startsOffset: Int { lengthsOffset + 4 * sequenceCount }
  package var documentIndexOffset: Int { startsOffset + 8 * sequenceCount }
  package var modesOffset: Int { documentIndexOffset + 8 * (documentCount + 1) }

  /// Writes the whole index of documents of one sequence each.
  ///
  /// - Parameters:
  ///   - code: The code of the ids' type.
  ///   - width: Bytes an id.
  ///   - lengths: Tokens of each document.
  ///   - file: Where to.
  /// - Throws: `writeFailed`; `readFailed` for lengths that wait in a file.
  func writeIndex(
    _ code: UInt8, width: Int, _ lengths: borrowing SequenceLengths, to file: inout SideFile
  ) throws(TextError) {
    try writeSequences(code, width: width, lengths, to: &file)
    for document in 0..<documentCount { try file.append(Int64(document + 1)) }
  }

  /// Writes the whole index of documents that have as many sequences as `sequences` says.
  ///
  /// - Throws: `writeFailed`; `readFailed` for numbers that wait in a file.
  func writeIndex(
    _ code: UInt8, width: Int, _ lengths: borrowing SequenceLengths,
    sequences: borrowing SequenceLengths, to file: inout SideFile
  ) throws(TextError) {
    try writeSequences(code, width: width, lengths, to: &file)
    var end: Int64 = 0
    try sequences.forEach { (count) throws(TextError) in
      end += Int64(count)
      try file.append(end)
    }
  }

  /// Writes everything up to the first entry of the document index, that included.
  private func writeSequences(
    _ code: UInt8, width: Int, _ lengths: borrowing SequenceLengths, to file: inout SideFile
  ) throws(TextError) {
    try file.append(bytes: Self.magic.span)
    try file.append(Self.version)
    try file.append(code)
    try file.append(UInt64(sequenceCount))
    try file.append(UInt64(documentCount + 1))
    try lengths.forEach { (length) throws(TextError) in try file.append(length) }
    var start: Int64 = 0
    try lengths.forEach { (length) throws(TextError) in
      try file.append(start)
      start += Int64(length) * Int64(width)
    }
    try file.append(Int64(0))
  }
}

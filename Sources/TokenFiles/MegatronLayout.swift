// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where the parts of a Megatron `.idx` file lie, for S sequences and D documents.
///
/// All little-endian: magic, u64 version, u8 type code, u64 S, u64 D + 1, then i32[S] sequence
/// lengths in tokens, i64[S] sequence starts in bytes of the `.bin`, i64[D + 1] document index (the
/// first sequence of each document, and S), and in multimodal files i8[S] modes. As written by
/// `megatron/core/datasets/indexed_dataset.py`.
struct MegatronLayout: Sendable, Equatable {
  static let magic: [UInt8] = Array("MMIDIDX\0\0".utf8)
  static let version: UInt64 = 1
  static let versionOffset = 9
  static let typeCodeOffset = 17
  static let sequenceCountOffset = 18
  static let documentIndexCountOffset = 26
  static let headerByteCount = 34

  var sequenceCount: Int
  var documentCount: Int

  var lengthsOffset: Int { Self.headerByteCount }
  var startsOffset: Int { lengthsOffset + 4 * sequenceCount }
  var documentIndexOffset: Int { startsOffset + 8 * sequenceCount }
  var modesOffset: Int { documentIndexOffset + 8 * (documentCount + 1) }

  /// Appends the header to `output`.
  func appendHeader(type: TokenType, to output: inout ByteBuffer) {
    output.append(copying: Self.magic.span)
    output.append(littleEndian: Self.version)
    output.append(type.rawValue)
    output.append(littleEndian: UInt64(sequenceCount))
    output.append(littleEndian: UInt64(documentCount + 1))
  }
}

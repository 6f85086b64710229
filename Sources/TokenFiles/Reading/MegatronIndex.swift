// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How a `.idx` file says its ids are stored, by Megatron's codes; 6 and 7 are floating point.
enum StoredTokenType: UInt8, Sendable {
  case uint8 = 1
  case int8 = 2
  case int16 = 3
  case int32 = 4
  case int64 = 5
  case uint16 = 8

  /// Bytes a token.
  var width: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16, .uint16: 2
    case .int32: 4
    case .int64: 8
    }
  }
}

/// The header of a Megatron `.idx` file, checked against the size of the file.
///
/// What stands behind the header is checked by ``MegatronShardCursor`` as it is read.
package struct MegatronIndex: Sendable {
  package let path: String
  /// Bytes of the `.idx` file.
  package let byteCount: Int
  let type: StoredTokenType
  let layout: MegatronLayout

  package var sequenceCount: Int { layout.sequenceCount }
  package var documentCount: Int { layout.documentCount }

  /// Reads the header of the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `damagedArtefact` for any magic, version, type code or
  ///   counts that cannot be those of this file.
  package init(path: String) throws(TextError) {
    self.path = path
    byteCount = try fileSize(path)
    var header = try FileSection(path, 0..<byteCount)
    for byte in MegatronLayout.magic.prefix(byteCount) {
      guard try header.next(UInt8.self) == byte else {
        throw .damaged(path, byte: 0, "not a Megatron index: it does not begin with MMIDIDX")
      }
    }
    guard byteCount >= MegatronLayout.headerByteCount else {
      throw .damaged(
        path, byte: byteCount, "ends within its header of \(MegatronLayout.headerByteCount) bytes")
    }
    type = try Self.readVersionAndType(&header)
    layout = try Self.readCounts(&header, byteCount)
  }

  private static func readVersionAndType(
    _ header: inout FileSection
  ) throws(TextError) -> StoredTokenType {
    let version = try header.next(UInt64.self)
    guard version == MegatronLayout.version else {
      throw .damaged(
        header.path, byte: MegatronLayout.versionOffset,
        "index version \(version), where only \(MegatronLayout.version) is known")
    }
    let code = try header.next(UInt8.self)
    guard let type = StoredTokenType(rawValue: code) else {
      let isFloat = code == 6 || code == 7
      let meaning = isFloat ? "stands for floating point, not token ids" : "is unknown"
      throw .damaged(
        header.path, byte: MegatronLayout.typeCodeOffset, "token type code \(code) \(meaning)")
    }
    return type
  }

  private static func readCounts(
    _ header: inout FileSection, _ byteCount: Int
  ) throws(TextError) -> MegatronLayout {
    // Bounded by the file's size before they are multiplied, so that nothing can overflow.
    let sequences = try header.next(UInt64.self)
    guard sequences <= byteCount / 12 else {
      throw .damaged(
        header.path, byte: MegatronLayout.sequenceCountOffset,
        "\(sequences) sequences cannot be in \(byteCount) bytes")
    }
    let entries = try header.next(UInt64.self)
    guard entries >= 1, entries <= byteCount / 8 else {
      throw .damaged(
        header.path, byte: MegatronLayout.documentIndexCountOffset,
        "a document index of \(entries) entries cannot be in \(byteCount) bytes")
    }
    let layout = MegatronLayout(sequenceCount: Int(sequences), documentCount: Int(entries) - 1)
    // Multimodal files end with one more byte a sequence.
    let expected = layout.modesOffset
    guard byteCount == expected || byteCount == expected + layout.sequenceCount else {
      throw .damaged(
        header.path, byte: min(byteCount, expected),
        "\(byteCount) bytes long, where its header asks for \(expected)")
    }
    return layout
  }
}

/// The size in bytes of the file at `path`.
///
/// - Throws: `fileNotFound`; `readFailed` if it is not a regular file.
func fileSize(_ path: String) throws(TextError) -> Int {
  if let count = byteCount(ofPath: path) { return count }
  _ = try FileDescriptor.reading(path)
  throw TextError(
    .readFailed, "not a regular file", at: .init(path: path),
    remedy: "copy the token files to a disk first")
}

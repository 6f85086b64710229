// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How ids are stored in files that are read, which may be of other tools.
enum StoredTokenType: Sendable, CaseIterable {
  case uint8, int8, int16, int32, int64, uint16, uint32, uint64

  /// The type of a code of `dialect`; nil for floating point and codes that are not known.
  init?(code: UInt8, _ dialect: MegatronDialect) {
    guard let type = Self.allCases.first(where: { $0.code(dialect) == code }) else { return nil }
    self = type
  }

  /// The code in a `.idx` file of `dialect`, nil where it has none.
  func code(_ dialect: MegatronDialect) -> UInt8? {
    switch (self, dialect) {
    case (.uint8, _): 1
    case (.int8, _): 2
    case (.int16, _): 3
    case (.int32, _): 4
    case (.int64, _): 5
    case (.uint16, .megatron): 8
    case (.uint16, .deepSpeed): 6
    case (.uint32, .deepSpeed): 7
    case (.uint64, .deepSpeed): 8
    case (.uint32, .megatron), (.uint64, .megatron): nil
    }
  }

  /// Bytes a token.
  var width: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16, .uint16: 2
    case .int32, .uint32: 4
    case .int64, .uint64: 8
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
  let dialect: MegatronDialect
  let layout: MegatronLayout

  package var sequenceCount: Int { layout.sequenceCount }
  package var documentCount: Int { layout.documentCount }

  /// Reads the header of the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `damagedArtefact` for any magic, version, type code or
  ///   counts that cannot be those of this file.
  package init(path: String, dialect: MegatronDialect = .megatron) throws(TextError) {
    self.path = path
    self.dialect = dialect
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
    type = try Self.readVersionAndType(&header, dialect)
    layout = try Self.readCounts(&header, byteCount)
  }

  private static func readVersionAndType(
    _ header: inout FileSection, _ dialect: MegatronDialect
  ) throws(TextError) -> StoredTokenType {
    let version = try header.next(UInt64.self)
    guard version == MegatronLayout.version else {
      throw .damaged(
        header.path, byte: MegatronLayout.versionOffset,
        "index version \(version), where only \(MegatronLayout.version) is known")
    }
    let code = try header.next(UInt8.self)
    guard let type = StoredTokenType(code: code, dialect) else {
      let isFloat = dialect == .megatron && (code == 6 || code == 7)
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

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What makes one flat format differ from another: the bytes before the ids, and the files beside
/// them.
package enum FlatLayout: Sendable {
  /// Megatron's `.bin` and `.idx`, with the type codes of one of its descendants.
  case megatron(MegatronDialect)

  /// The layout of `format`, which must be a flat one.
  package init(_ format: TokenFileFormat) {
    self =
      switch format {
      case .megatron, .gptNeoX: .megatron(.megatron)
      case .deepSpeed: .megatron(.deepSpeed)
      case .mds, .litdata, .tfrecord: preconditionFailure("not a flat format")
      }
  }

  /// What stands behind the shard's path in the name of the file of ids.
  var tokenSuffix: String {
    switch self {
    case .megatron: ".bin"
    }
  }

  /// Bytes before the first id.
  var headerByteCount: Int {
    switch self {
    case .megatron: 0
    }
  }

  /// The bytes before the first id, ``headerByteCount`` of them whatever the totals.
  func header(of totals: ShardTotals, _ type: TokenType) -> [UInt8] {
    switch self {
    case .megatron: []
    }
  }

  /// The names, behind the shard's path, of the files beside the ids.
  var sideSuffixes: [String] {
    switch self {
    case .megatron: [".idx"]
    }
  }

  /// Writes one of the files beside the ids.
  ///
  /// - Throws: `writeFailed`; `readFailed` for lengths that wait in a file.
  func writeSideFile(
    _ suffix: String, of totals: ShardTotals, _ type: TokenType,
    _ lengths: borrowing SequenceLengths, to file: inout SideFile
  ) throws(TextError) {
    switch self {
    case .megatron(let dialect):
      try MegatronLayout(sequenceCount: lengths.count, documentCount: lengths.count)
        .writeIndex(dialect.code(of: type), width: type.width, lengths, to: &file)
    }
  }

  /// Refuses a document that the format cannot hold behind what the shard has.
  ///
  /// - Throws: `badRecord`.
  package func check(length: Int, in totals: ShardTotals, path: String) throws(TextError) {
    guard length > Int(Int32.max) else { return }
    throw TextError(
      .badRecord, "a document of \(length) tokens, where a sequence has at most \(Int32.max)",
      at: .init(path: path), remedy: "split the document")
  }
}

/// Which table of type codes an index follows.
package enum MegatronDialect: Sendable {
  /// Megatron-core and GPT-NeoX, which differ for floating point alone.
  case megatron
  case deepSpeed

  /// The code of `type`, which the dialect must have.
  func code(of type: TokenType) -> UInt8 {
    switch (self, type) {
    case (_, .int32): 4
    case (_, .int64): 5
    case (.megatron, .uint16): 8
    case (.deepSpeed, .uint16): 6
    case (.deepSpeed, .uint32): 7
    case (.megatron, .uint32): preconditionFailure("Megatron has no unsigned 32-bit ids")
    }
  }
}

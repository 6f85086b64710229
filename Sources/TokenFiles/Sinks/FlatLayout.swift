// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What makes one flat format differ from another: the bytes before the ids, and the files beside
/// them.
package enum FlatLayout: Sendable {
  /// Megatron's `.bin` and `.idx`, with the type codes of one of its descendants.
  case megatron(MegatronDialect)
  /// nanoGPT: nothing but 16-bit ids (`data/openwebtext/prepare.py`).
  case nanoGPT
  /// llm.c: a header of 256 32-bit integers with magic, version and count, then the ids
  /// (`dev/data/data_common.py`).
  case llmC
  /// A NumPy array.
  case numPy
  /// datatrove's `.ds`: ids, and beside them the ends of documents
  /// (`datatrove/pipeline/tokens/tokenizer.py`).
  case datatrove
  /// OLMo: nothing but ids; documents are told by the file of their origins
  /// (`dolma/tokenizer/memmap_writer.py`).
  case olmo

  /// The layout of `format`, which must be a flat one.
  package init(_ format: TokenFileFormat) {
    self =
      switch format {
      case .megatron, .gptNeoX: .megatron(.megatron)
      case .deepSpeed: .megatron(.deepSpeed)
      case .nanoGPT: .nanoGPT
      case .llmC: .llmC
      case .numPy: .numPy
      case .datatrove: .datatrove
      case .olmo: .olmo
      case .mds, .litdata, .tfrecord: preconditionFailure("not a flat format")
      }
  }

  /// What stands behind the shard's path in the name of the file of ids.
  var tokenSuffix: String {
    switch self {
    case .megatron, .nanoGPT, .llmC: ".bin"
    case .numPy, .olmo: ".npy"
    case .datatrove: ".ds"
    }
  }

  /// The names, behind the shard's path, of the files beside the ids.
  var sideSuffixes: [String] {
    switch self {
    case .megatron: [".idx"]
    case .nanoGPT, .llmC, .numPy: [Self.endsSuffix]
    case .datatrove: [".ds.index", ".ds.metadata"]
    case .olmo: []
    }
  }

  /// The name, behind the shard's path, of the file with a byte for each token, 0 or 1, for formats that
  /// have one: datatrove's, and what OLMo-core takes as a label mask.
  var maskSuffix: String? {
    switch self {
    case .datatrove: ".ds.loss"
    case .olmo: ".mask"
    default: nil
    }
  }

  /// An array with the number of ids up to the end of each document, for formats that have no
  /// document index of their own.
  static let endsSuffix = ".documents.npy"

  /// Refuses a document that the format cannot hold behind what the shard has.
  ///
  /// - Throws: `badRecord`.
  package func check(length: Int, in totals: ShardTotals, path: String) throws(TextError) {
    if length > Int(Int32.max) {
      throw TextError(
        .badRecord, "a document of \(length) tokens, where a sequence has at most \(Int32.max)",
        at: .init(path: path), remedy: "split the document")
    }
    if case .llmC = self, totals.tokenCount + length > Int(Int32.max) {
      throw TextError(
        .badRecord, "more than \(Int32.max) tokens, where a file of llm.c has at most so many",
        at: .init(path: path), remedy: "choose a smaller --shard-tokens, or more --shards")
    }
  }
}

// MARK: - Before the ids

extension FlatLayout {
  /// Bytes before the first id.
  var headerByteCount: Int {
    switch self {
    case .megatron, .nanoGPT, .datatrove, .olmo: 0
    case .llmC: LLMCHeader.byteCount
    case .numPy: NumPyHeader.byteCount
    }
  }

  /// The bytes before the first id, ``headerByteCount`` of them whatever the totals.
  func header(of totals: ShardTotals, _ type: TokenType) -> [UInt8] {
    switch self {
    case .megatron, .nanoGPT, .datatrove, .olmo: []
    case .llmC: LLMCHeader(type, tokenCount: totals.tokenCount).bytes
    case .numPy: NumPyHeader(of: type, count: totals.tokenCount).bytes
    }
  }
}

/// The header of llm.c's files: 256 little-endian 32-bit integers, all but the first three 0.
struct LLMCHeader: Sendable, Equatable {
  static let byteCount = 1024

  var type: TokenType
  var tokenCount: Int

  init(_ type: TokenType, tokenCount: Int) {
    self.type = type
    self.tokenCount = tokenCount
  }

  /// 16-bit ids have the magic and version of GPT-2's files, 32-bit ids those of Llama 3's.
  private var numbers: [Int32] {
    type == .uint16 ? [20_240_520, 1] : [20_240_801, 7]
  }

  var bytes: [UInt8] {
    var buffer = ByteBuffer(capacity: Self.byteCount)
    for number in numbers + [Int32(tokenCount)] { buffer.append(littleEndian: number) }
    buffer.append(repeating: 0, count: Self.byteCount - buffer.count)
    return buffer.makeArray()
  }

  /// Reads the header of the file at `path`.
  ///
  /// - Throws: `readFailed`; `damagedArtefact`.
  init(path: String) throws(TextError) {
    var section = try FileSection(path, 0..<Self.byteCount)
    var bytes = ByteBuffer()
    try section.append(bytes: Self.byteCount, to: &bytes)
    let magic = bytes.span.load(at: 0, as: Int32.self)
    let count = bytes.span.load(at: 8, as: Int32.self)
    self.init(magic == 20_240_520 ? .uint16 : .uint32, tokenCount: Int(max(count, 0)))
    guard bytes.makeArray() == self.bytes else {
      throw .damaged(path, byte: 0, "not the header of a file of llm.c")
    }
  }
}

// MARK: - Beside the ids

extension FlatLayout {
  /// Writes one of the files beside the ids.
  ///
  /// - Throws: `writeFailed`; `readFailed` for lengths that wait in a file.
  func writeSideFile(
    _ suffix: String, of totals: ShardTotals, _ settings: ShardSettings,
    _ lengths: borrowing SequenceLengths, to file: inout SideFile
  ) throws(TextError) {
    switch (self, suffix) {
    case (.megatron(let dialect), _):
      try MegatronLayout(sequenceCount: lengths.count, documentCount: lengths.count)
        .writeIndex(
          dialect.code(of: settings.type), width: settings.type.width, lengths, to: &file)
    case (_, Self.endsSuffix):
      try file.append(bytes: NumPyHeader(.uint64, count: lengths.count).bytes.span)
      try Self.writeEnds(lengths, to: &file)
    case (_, ".ds.metadata"):
      try file.append(bytes: Array(Self.metadata(totals, settings).utf8).span)
    default:
      try Self.writeEnds(lengths, to: &file)
    }
  }

  private static func writeEnds(
    _ lengths: borrowing SequenceLengths, to file: inout SideFile
  ) throws(TextError) {
    var end: UInt64 = 0
    try lengths.forEach { (length) throws(TextError) in
      end += UInt64(length)
      try file.append(end)
    }
  }

  /// Three lines: tokenizer and bytes an id, tokens, and tokens for people.
  private static func metadata(_ totals: ShardTotals, _ settings: ShardSettings) -> String {
    let count = totals.tokenCount
    let units = [(1_000_000_000, "GT"), (1_000_000, "MT"), (1_000, "KT")]
    let unit = units.first { count >= $0.0 } ?? (1, "T")
    return "malmoi|\(settings.type.width)\n\(count)\n\(count / unit.0) \(unit.1)"
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

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The layouts of token files, each byte for byte as its framework's own reader expects it.
package enum TokenFileFormat: String, Sendable, CaseIterable {
  /// Megatron-core's `.bin` and `.idx`.
  case megatron
  /// GPT-NeoX: Megatron's layout, with other codes for floating point alone.
  case gptNeoX = "gpt-neox"
  /// DeepSpeed's data pipeline: Megatron's layout with codes of its own.
  case deepSpeed = "deepspeed"
  /// nanoGPT's `.bin`: 16-bit ids and nothing else.
  case nanoGPT = "nanogpt"
  /// llm.c's `.bin`: a header of 1,024 bytes, 16-bit ids as for GPT-2 or 32-bit ones as for Llama 3.
  case llmC = "llm.c"
  /// NumPy's `.npy`.
  case numPy = "npy"
  /// datatrove's `.ds` with its index.
  case datatrove
  /// OLMo's and dolma's arrays: ids without a header, called `.npy` all the same.
  case olmo
  /// MosaicML streaming's MDS.
  case mds
  /// Lightning's litdata chunks, as its `TokensLoader` reads them.
  case litdata
  /// TFRecord files of `tf.train.Example`, laid out as seqio's cached tasks.
  case tfrecord

  /// How a shard of the format is put together.
  enum Family { case flat, chunks, records }

  var family: Family {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed, .nanoGPT, .llmC, .numPy, .datatrove, .olmo: .flat
    case .mds, .litdata: .chunks
    case .tfrecord: .records
    }
  }

  /// The types that ids may have, the one to prefer first.
  package var types: [TokenType] {
    switch self {
    case .megatron, .gptNeoX: [.uint16, .int32]
    case .deepSpeed: [.uint16, .int32, .uint32]
    case .nanoGPT: [.uint16]
    case .llmC, .datatrove, .olmo: [.uint16, .uint32]
    case .numPy: [.uint16, .uint32, .int32, .int64]
    case .mds: [.uint16, .uint32, .int64]
    case .litdata: [.uint16, .int32, .int64]
    case .tfrecord: [.int64]
    }
  }

  /// Whether the output is a directory that the reader is given, and not a prefix of file names.
  package var isDirectory: Bool { family != .flat }

  /// Why samples of `columns` cannot be written, nil if they can.
  package func refusal(of columns: [SampleColumn]) -> String? {
    guard columns.count > 1, self != .mds, self != .tfrecord else { return nil }
    if family == .flat, FlatLayout(self).maskSuffix != nil {
      let others = columns.dropFirst().filter { $0.kind != .mask }.map(\.name)
      if columns.count == 2, others.isEmpty { return nil }
      return "\(rawValue) files hold ids and one mask, not \(others.joined(separator: ", "))"
    }
    let names = columns.dropFirst().map(\.name).joined(separator: ", ")
    return "\(rawValue) files hold ids alone, not \(names)"
  }
}

// MARK: - Names

extension TokenFileFormat {
  /// What may stand behind a shard's path in the name of one of its files.
  var fileSuffixes: [String] {
    let suffixes =
      switch self {
      case .mds: [".mds", ".samples"]
      case .litdata: [".bin", ".samples"]
      case .tfrecord: [""]
      default:
        [FlatLayout(self).tokenSuffix, ".lengths"] + FlatLayout(self).sideSuffixes
          + (FlatLayout(self).maskSuffix.map { [$0] } ?? [])
      }
    return self == .tfrecord ? suffixes : suffixes + [provenanceSuffix]
  }

  /// What stands before the number in the names of shards.
  var shardPrefix: String {
    switch self {
    case .mds: "shard."
    case .litdata: "chunk-0-"
    case .tfrecord: "train.tfrecord-"
    default: "-"
    }
  }

  /// The files that a set has once.
  var setFileNames: [String] {
    switch self {
    case .mds, .litdata: ["index.json"]
    case .tfrecord: ["info.train.json", "stats.train.json"]
    default: []
    }
  }

  /// The name of `column`, one of `columns`, in the files: plain ids get the name that the format's
  /// own tools expect.
  func storedName(of column: SampleColumn, in columns: [SampleColumn]) -> String {
    guard columns == [.inputIDs] else { return column.name }
    switch self {
    case .mds: return "tokens"
    case .tfrecord: return "targets"
    default: return column.name
    }
  }
}

// MARK: - Limits

extension TokenFileFormat {
  /// The most tokens that a shard can have, nil where there is no such limit.
  var maximumShardTokens: Int? { self == .llmC ? Int(Int32.max) : nil }

  /// The most bytes that a shard can have, nil where there is no such limit: the offsets of MDS and
  /// litdata have 32 bits.
  var maximumShardBytes: Int? { family == .chunks ? Int(UInt32.max) : nil }

  /// The tokens of a shard where the user names no limit, nil for one shard of everything.
  ///
  /// llm.c's own scripts write shards of 100 million.
  var usualShardTokens: Int? { self == .llmC ? 100_000_000 : nil }

  /// Whether a shard waits in memory until it is full.
  package var isHeldInMemory: Bool { family == .chunks }

  /// The bytes of a shard where the user names no limit, nil for one shard of everything.
  package var usualShardBytes: Int? {
    switch family {
    case .flat: nil
    // As the writers of both do; a whole shard waits in memory.
    case .chunks: 64 << 20
    case .records: 128 << 20
    }
  }
}

// MARK: - Origins of documents

extension TokenFileFormat {
  /// What stands behind a shard's path in the name of the file with the origins of its documents.
  ///
  /// OLMo's own, where that is the document index; elsewhere a name that no corpus has.
  var provenanceSuffix: String { self == .olmo ? ".csv.gz" : ".provenance.csv.gz" }

  /// Whether a set has that file even if nothing is known of the origins.
  package var hasProvenanceAlways: Bool { self == .olmo }

  /// What the file begins with instead of a shard's own prefix: TFRecord readers take every file that
  /// begins as a shard does.
  static let recordProvenancePrefix = "documents-"

  /// The path of that file for the shard at `path`, which may have its extension.
  func provenancePath(ofShard path: String) -> String {
    if self == .tfrecord {
      let number = baseName(path).dropFirst(shardPrefix.count).prefix { ("0"..."9").contains($0) }
      return directoryPrefix(ofPath: path) + Self.recordProvenancePrefix + number + provenanceSuffix
    }
    let suffix = isDirectory ? fileSuffixes.first { path.hasSuffix($0) } : nil
    return path.dropLast(suffix?.count ?? 0) + provenanceSuffix
  }
}

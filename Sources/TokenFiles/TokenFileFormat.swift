// SPDX-License-Identifier: Apache-2.0

/// The layouts of token files, each byte for byte as its framework's own reader expects it.
package enum TokenFileFormat: String, Sendable, CaseIterable {
  /// Megatron-core's `.bin` and `.idx`.
  case megatron
  /// GPT-NeoX: Megatron's layout, with other codes for floating point alone.
  case gptNeoX = "gpt-neox"
  /// DeepSpeed's data pipeline: Megatron's layout with codes of its own.
  case deepSpeed = "deepspeed"
  /// MosaicML streaming's MDS.
  case mds
  /// Lightning's litdata chunks, as its `TokensLoader` reads them.
  case litdata
  /// TFRecord files of `tf.train.Example`, laid out as seqio's cached tasks.
  case tfrecord

  /// The types that ids may have, the one to prefer first.
  package var types: [TokenType] {
    switch self {
    case .megatron, .gptNeoX: [.uint16, .int32]
    case .deepSpeed: [.uint16, .int32, .uint32]
    case .mds: [.uint16, .uint32, .int64]
    case .litdata: [.uint16, .int32, .int64]
    case .tfrecord: [.int64]
    }
  }

  /// Whether the output is a directory that the reader is given, and not a prefix of file names.
  package var isDirectory: Bool {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: false
    case .mds, .litdata, .tfrecord: true
    }
  }

  /// Why samples of `columns` cannot be written, nil if they can.
  package func refusal(of columns: [SampleColumn]) -> String? {
    guard columns.count > 1, self != .mds, self != .tfrecord else { return nil }
    let names = columns.dropFirst().map(\.name).joined(separator: ", ")
    return "\(rawValue) files hold ids alone, not \(names)"
  }

  /// What may stand behind a shard's path in the name of one of its files.
  var fileSuffixes: [String] {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: [".bin", ".idx", ".lengths"]
    case .mds: [".mds", ".samples"]
    case .litdata: [".bin", ".samples"]
    case .tfrecord: [""]
    }
  }

  /// The most tokens that a shard can have, nil where there is no such limit.
  var maximumShardTokens: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    case .mds, .litdata, .tfrecord: nil
    }
  }

  /// The most bytes that a shard can have, nil where there is no such limit.
  var maximumShardBytes: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    // Offsets of 32 bits.
    case .mds, .litdata: Int(UInt32.max)
    case .tfrecord: nil
    }
  }

  /// The tokens of a shard where the user names no limit, nil for one shard of everything.
  var usualShardTokens: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    case .mds, .litdata, .tfrecord: nil
    }
  }

  /// The bytes of a shard where the user names no limit, nil for one shard of everything.
  var usualShardBytes: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    // As the writers of both do; a whole shard waits in memory.
    case .mds, .litdata: 64 << 20
    case .tfrecord: 128 << 20
    }
  }

  /// What stands before the number in the names of shards in a directory.
  var shardPrefix: String {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: "-"
    case .mds: "shard."
    case .litdata: "chunk-0-"
    case .tfrecord: "train.tfrecord-"
    }
  }

  /// The files that a set has once.
  var setFileNames: [String] {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: []
    case .mds, .litdata: ["index.json"]
    case .tfrecord: ["info.train.json", "stats.train.json"]
    }
  }

  /// The name of `column`, one of `columns`, in the files: plain ids get the name that the format's
  /// own tools expect.
  func storedName(of column: SampleColumn, in columns: [SampleColumn]) -> String {
    guard columns == [.inputIDs] else { return column.name }
    switch self {
    case .mds: return "tokens"
    case .tfrecord: return "targets"
    case .megatron, .gptNeoX, .deepSpeed, .litdata: return column.name
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The layouts of token files, each byte for byte as its framework's own reader expects it.
package enum TokenFileFormat: String, Sendable, CaseIterable {
  /// Megatron-core's `.bin` and `.idx`.
  case megatron
  /// GPT-NeoX: Megatron's layout, with other codes for floating point alone.
  case gptNeoX = "gpt-neox"
  /// DeepSpeed's data pipeline: Megatron's layout with codes of its own.
  case deepSpeed = "deepspeed"

  /// The types that ids may have, the one to prefer first.
  package var types: [TokenType] {
    switch self {
    case .megatron, .gptNeoX: [.uint16, .int32]
    case .deepSpeed: [.uint16, .int32, .uint32]
    }
  }

  /// Whether the output is a directory that the reader is given, and not a prefix of file names.
  package var isDirectory: Bool {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: false
    }
  }

  /// Why samples of `columns` cannot be written, nil if they can.
  package func refusal(of columns: [SampleColumn]) -> String? {
    guard columns.count > 1 else { return nil }
    let names = columns.dropFirst().map(\.name).joined(separator: ", ")
    return "\(rawValue) files hold ids alone, not \(names)"
  }

  /// What may stand behind a shard's path in the name of one of its files.
  var fileSuffixes: [String] {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: [".bin", ".idx", ".lengths"]
    }
  }

  /// The most tokens that a shard can have, nil where there is no such limit.
  var maximumShardTokens: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    }
  }

  /// The most bytes that a shard can have, nil where there is no such limit.
  var maximumShardBytes: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    }
  }

  /// The tokens of a shard where the user names no limit, nil for one shard of everything.
  var usualShardTokens: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    }
  }

  /// The bytes of a shard where the user names no limit, nil for one shard of everything.
  var usualShardBytes: Int? {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed: nil
    }
  }
}

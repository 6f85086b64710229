// SPDX-License-Identifier: Apache-2.0

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

  /// The types that ids may have, the one to prefer first.
  package var types: [TokenType] {
    switch self {
    case .megatron, .gptNeoX: [.uint16, .int32]
    case .deepSpeed: [.uint16, .int32, .uint32]
    case .nanoGPT: [.uint16]
    case .llmC, .datatrove: [.uint16, .uint32]
    case .numPy: [.uint16, .uint32, .int32, .int64]
    }
  }

  /// Whether the output is a directory that the reader is given, and not a prefix of file names.
  package var isDirectory: Bool {
    switch self {
    case .megatron, .gptNeoX, .deepSpeed, .nanoGPT, .llmC, .numPy, .datatrove: false
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
    case .megatron, .gptNeoX, .deepSpeed, .nanoGPT, .llmC, .numPy, .datatrove:
      [FlatLayout(self).tokenSuffix, ".lengths"] + FlatLayout(self).sideSuffixes
    }
  }

  /// The most tokens that a shard can have, nil where there is no such limit.
  var maximumShardTokens: Int? { self == .llmC ? Int(Int32.max) : nil }

  /// The most bytes that a shard can have, nil where there is no such limit.
  var maximumShardBytes: Int? { nil }

  /// The tokens of a shard where the user names no limit, nil for one shard of everything.
  ///
  /// llm.c's own scripts write shards of 100 million.
  var usualShardTokens: Int? { self == .llmC ? 100_000_000 : nil }

  /// The bytes of a shard where the user names no limit, nil for one shard of everything.
  var usualShardBytes: Int? { nil }
}

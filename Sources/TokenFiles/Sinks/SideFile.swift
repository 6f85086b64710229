// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A small file beside the ids, filled value by value.
struct SideFile: ~Copyable {
  private var file: ShardFile
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)

  init(_ file: consuming ShardFile) { self.file = file }

  /// Appends the little-endian bytes of `value`.
  ///
  /// - Throws: `writeFailed`.
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
    _ value: Value
  ) throws(TextError) {
    block.append(littleEndian: value)
    if block.count + 8 > ShardFile.blockByteCount { try file.write(emptying: &block) }
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(bytes: Span<UInt8>) throws(TextError) {
    block.append(copying: bytes)
    if block.count + 8 > ShardFile.blockByteCount { try file.write(emptying: &block) }
  }

  /// Makes the file durable under its partial name, and describes it.
  ///
  /// - Throws: `writeFailed`.
  mutating func finish() throws(TextError) -> Manifest.Output {
    try file.write(emptying: &block)
    try file.synchronize()
    return file.keptOutput()
  }
}

/// A byte for each token of a shard: 1 where it counts in the loss, else 0.
struct MaskFile: ~Copyable, Sendable {
  private var file: ShardFile
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)

  init(_ file: consuming ShardFile) { self.file = file }

  /// Appends the mask of one document.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(_ values: Span<UInt32>) throws(TextError) {
    for index in values.indices {
      block.append(values[index] == 0 ? 0 : 1)
      if block.count == ShardFile.blockByteCount { try file.write(emptying: &block) }
    }
  }

  /// Makes everything durable, and says how many bytes that are.
  ///
  /// - Throws: `writeFailed`.
  mutating func checkpoint() throws(TextError) -> Int {
    try file.write(emptying: &block)
    try file.synchronize()
    file.keep()
    return file.byteCount
  }

  /// Makes the file durable under its partial name, and describes it.
  ///
  /// - Throws: `writeFailed`.
  mutating func finish() throws(TextError) -> Manifest.Output {
    try file.write(emptying: &block)
    try file.synchronize()
    return file.keptOutput()
  }
}

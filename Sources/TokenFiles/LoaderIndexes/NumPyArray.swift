// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes one `.npy` file of integers, byte for byte as `numpy.save` does.
struct NumPyArrayWriter: ~Copyable {
  private var file: AtomicFile
  private let kind: NumPyHeader.Kind
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)

  /// Begins the array at `path`, of `shape` values of `kind`.
  ///
  /// - Throws: `writeFailed`.
  init(
    _ path: String, _ kind: NumPyHeader.Kind, shape: [Int]
  ) throws(TextError) {
    let file = try AtomicFile(path)
    self.file = file
    self.kind = kind
    block.append(copying: NumPyHeader(kind, shape: shape).bytes.span)
  }

  /// Appends a value.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(_ value: Int64) throws(TextError) {
    if block.count + 8 > ShardFile.blockByteCount {
      try Self.write(emptying: &block, to: &file)
    }
    switch kind {
    case .uint16: block.append(littleEndian: UInt16(value))
    case .int32: block.append(littleEndian: Int32(value))
    case .uint32: block.append(littleEndian: UInt32(value))
    case .int64, .uint64: block.append(littleEndian: value)
    }
  }

  private static func write(
    emptying block: inout ByteBuffer, to file: inout AtomicFile
  ) throws(TextError) {
    try file.write(block.span)
    block.removeAll()
  }

  /// Completes the file and gives it its name.
  ///
  /// - Throws: `writeFailed`.
  mutating func publish() throws(TextError) {
    try Self.write(emptying: &block, to: &file)
    try file.finish()
    try file.publish()
  }
}

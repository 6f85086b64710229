// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The narrowest unsigned type of NumPy that DeepSpeed's `find_fit_int_dtype` takes; the raw value
/// is its code in a `.idx` file, which from 6 on is not that of Megatron.
enum DeepSpeedType: UInt8, Sendable {
  case uint8 = 1
  case uint16 = 6
  case uint32 = 7
  case uint64 = 8

  /// The type for values of 0...`maximum`.
  init(maximum: Int) {
    self =
      switch maximum {
      case ...0xFF: .uint8
      case ...0xFFFF: .uint16
      case ...0xFFFF_FFFF: .uint32
      default: .uint64
      }
  }

  /// Bytes a value.
  var width: Int {
    switch self {
    case .uint8: 1
    case .uint16: 2
    case .uint32: 4
    case .uint64: 8
    }
  }
}

/// Writes arrays of numbers as DeepSpeed's `MMapIndexedDataset`: `PATH.bin` and `PATH.idx`.
///
/// The layout is Megatron's but for the type codes. Memory is 4 bytes an array.
struct DeepSpeedArraysWriter: ~Copyable {
  private let path: String
  private let type: DeepSpeedType
  private var file: AtomicFile
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)
  private var lengths = GrowableBuffer<Int32>()
  private var length: Int32 = 0

  /// - Throws: `writeFailed`.
  init(_ path: String, _ type: DeepSpeedType) throws(TextError) {
    let file = try AtomicFile(path + ".bin")
    self.path = path
    self.type = type
    self.file = file
  }

  /// Appends a value to the array at hand.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(_ value: Int) throws(TextError) {
    switch type {
    case .uint8: block.append(UInt8(value))
    case .uint16: block.append(littleEndian: UInt16(value))
    case .uint32: block.append(littleEndian: UInt32(value))
    case .uint64: block.append(littleEndian: UInt64(value))
    }
    length += 1
    try Self.write(&block, to: &file, ifAbove: ShardFile.blockByteCount - 8)
  }

  /// Ends the array at hand.
  mutating func endArray() {
    lengths.append(length)
    length = 0
  }

  private static func write(
    _ block: inout ByteBuffer, to file: inout AtomicFile, ifAbove count: Int = 0
  ) throws(TextError) {
    if block.count <= count { return }
    try file.write(block.span)
    block.removeAll()
  }

  /// Completes both files, the index last.
  ///
  /// - Parameter wasMerged: Whether the analyzer put such files together from those of its threads,
  ///   which leaves an empty document at the end of the index.
  /// - Throws: `writeFailed`.
  mutating func publish(wasMerged: Bool) throws(TextError) {
    try Self.write(&block, to: &file)
    try file.finish()
    try file.publish()
    var index = try AtomicFile(path + ".idx")
    let documentEnds = wasMerged ? [0, lengths.count, lengths.count] : [0, lengths.count]
    block.append(copying: MegatronLayout.magic.span)
    block.append(littleEndian: MegatronLayout.version)
    block.append(type.rawValue)
    block.append(littleEndian: UInt64(lengths.count))
    block.append(littleEndian: UInt64(documentEnds.count))
    for item in 0..<lengths.count {
      block.append(littleEndian: lengths[item])
      try Self.write(&block, to: &index, ifAbove: ShardFile.blockByteCount - 8)
    }
    var start: Int64 = 0
    for item in 0..<lengths.count {
      block.append(littleEndian: start)
      start += Int64(lengths[item]) * Int64(type.width)
      try Self.write(&block, to: &index, ifAbove: ShardFile.blockByteCount - 8)
    }
    for end in documentEnds { block.append(littleEndian: Int64(end)) }
    try Self.write(&block, to: &index)
    try index.finish()
    try index.publish()
  }
}

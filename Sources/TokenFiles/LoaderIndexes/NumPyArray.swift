// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes one `.npy` file of integers, byte for byte as `numpy.save` does since NumPy 1.23.
///
/// Version 1.0 (NEP 1): magic, version, u16 length of the header, a Python dictionary that is padded
/// to a border of 64 bytes, the values.
struct NumPyArrayWriter: ~Copyable {
  /// What the values are; their type string in the header.
  enum Kind: String, Sendable {
    case int32 = "<i4"
    case uint32 = "<u4"
    case int64 = "<i8"
  }

  private var file: AtomicFile
  private let kind: Kind
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)

  /// Begins the array at `path`, of `shape` values of `kind`.
  ///
  /// - Throws: `writeFailed`.
  init(_ path: String, _ kind: Kind, shape: [Int]) throws(TextError) {
    let file = try AtomicFile(path)
    self.file = file
    self.kind = kind
    Self.appendHeader(kind, shape, to: &block)
  }

  private static func header(_ kind: Kind, _ shape: [Int]) -> String {
    let numbers = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    // Room for the first number of the shape to grow to 21 digits, as NumPy leaves it.
    let room = String(repeating: " ", count: max(0, 21 - String(shape[0]).utf8.count))
    return "{'descr': '\(kind.rawValue)', 'fortran_order': False, 'shape': (\(numbers)), }" + room
  }

  private static func appendHeader(_ kind: Kind, _ shape: [Int], to block: inout ByteBuffer) {
    let text = header(kind, shape)
    // Magic, version and length take 10 bytes, the line feed one.
    let padding = 64 - (11 + text.utf8.count) % 64
    block.append(0x93)
    block.append("NUMPY\u{1}\0")
    block.append(littleEndian: UInt16(text.utf8.count + padding + 1))
    block.append(text)
    block.append(repeating: UInt8(ascii: " "), count: padding)
    block.append(0x0A)
  }

  /// Appends a value.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(_ value: Int64) throws(TextError) {
    if block.count + 8 > ShardFile.blockByteCount {
      try Self.write(emptying: &block, to: &file)
    }
    switch kind {
    case .int32: block.append(littleEndian: Int32(value))
    case .uint32: block.append(littleEndian: UInt32(value))
    case .int64: block.append(littleEndian: value)
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

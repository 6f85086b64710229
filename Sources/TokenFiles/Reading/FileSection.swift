// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import TextCore

/// A range of a file, read once from its start to its end through one window.
///
/// Plain reads and not a memory map: a file that shrinks meanwhile gives an error, not a signal.
struct FileSection: ~Copyable {
  private static let windowByteCount = 1 << 16

  let path: String
  private let file: FileDescriptor
  private var window = ByteBuffer(capacity: windowByteCount)
  /// Bytes of the window that were taken.
  private var taken = 0
  /// The file offset behind the window, and behind the section.
  private var windowEnd: Int
  let end: Int

  /// The bytes `range` of the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ path: String, _ range: Range<Int>) throws(TextError) {
    let file = try FileDescriptor.reading(path)
    guard lseek(file.raw, range.lowerBound, SEEK_SET) >= 0 else {
      throw TextError(.readFailed, "cannot be read", at: .init(path: path), systemError: errno)
    }
    self.path = path
    self.file = file
    windowEnd = range.lowerBound
    end = range.upperBound
  }

  /// The file offset of the next byte.
  var offset: Int { windowEnd - (window.count - taken) }

  /// Refuses bytes behind the last that was taken.
  ///
  /// - Throws: `damagedArtefact`.
  func checkAtEnd() throws(TextError) {
    guard offset == end else {
      throw .damaged(path, byte: offset, "has \(end - offset) bytes behind its last sample")
    }
  }

  /// The next little-endian value.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) throws(TextError) -> Value {
    let width = MemoryLayout<Value>.size
    try fill(atLeast: width)
    taken += width
    return window.span.load(at: taken - width, as: type)
  }

  /// Appends the next `count` ids of type `Value` to `tokens`.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` for one that is negative or wider than 32 bits.
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, _ type: Value.Type, to tokens: inout TokenBuffer
  ) throws(TextError) {
    let width = MemoryLayout<Value>.size
    var missing = count
    while missing > 0 {
      try fill(atLeast: width)
      let step = min(missing, (window.count - taken) / width)
      let range = taken..<taken + step * width
      guard tokens.append(stored: window.span.extracting(range), as: type) else {
        throw impossibleID(type)
      }
      taken = range.upperBound
      missing -= step
    }
  }

  /// Appends the next `count` ids, stored as `type` says, to `tokens`.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` for one that is negative or wider than 32 bits.
  mutating func append(
    _ count: Int, _ type: StoredTokenType, to tokens: inout TokenBuffer
  ) throws(TextError) {
    switch type {
    case .uint8: try append(count, UInt8.self, to: &tokens)
    case .int8: try append(count, Int8.self, to: &tokens)
    case .int16: try append(count, Int16.self, to: &tokens)
    case .int32: try append(count, Int32.self, to: &tokens)
    case .int64: try append(count, Int64.self, to: &tokens)
    case .uint16: try append(count, UInt16.self, to: &tokens)
    case .uint32: try append(count, UInt32.self, to: &tokens)
    case .uint64: try append(count, UInt64.self, to: &tokens)
    }
  }

  /// Appends the next `count` bytes to `bytes`.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func append(bytes count: Int, to bytes: inout ByteBuffer) throws(TextError) {
    var missing = count
    while missing > 0 {
      try fill(atLeast: 1)
      let step = min(missing, window.count - taken)
      bytes.append(copying: window.span.extracting(taken..<taken + step))
      taken += step
      missing -= step
    }
  }

  /// Reads on until `count` bytes are at hand; `count` is at most a window.
  private mutating func fill(atLeast count: Int) throws(TextError) {
    if window.count - taken >= count { return }
    window.removeFirst(taken)
    taken = 0
    while window.count < count {
      let room = min(Self.windowByteCount - window.count, end - windowEnd)
      let received = room > 0 ? try file.read(upTo: room, into: &window, path: path) : 0
      guard received > 0 else { throw .damaged(path, byte: windowEnd, "the file ends too early") }
      windowEnd += received
    }
  }

  /// The fault of the first value in the window that is not an id.
  private func impossibleID<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) -> TextError {
    let width = MemoryLayout<Value>.size
    var position = taken
    while UInt32(exactly: window.span.load(at: position, as: type)) != nil { position += width }
    let value = window.span.load(at: position, as: type)
    return .damaged(path, byte: offset + position - taken, "\(value) is not a token id")
  }
}

extension TextError {
  /// A fault in a token file at `path`, found at `byte`.
  static func damaged(_ path: String, byte: Int? = nil, _ what: String) -> TextError {
    TextError(
      .damagedArtefact, what, at: .init(path: path, byteOffset: byte),
      remedy: "copy or make the token files again")
  }
}

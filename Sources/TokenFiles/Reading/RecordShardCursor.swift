// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Goes once through the records of a TFRecord file of `tf.train.Example` and takes the ids of one
/// feature.
///
/// No length is believed before its checksum holds, no message before its own does.
struct RecordShardCursor: ~Copyable {
  private var file: FileSection
  private var record = 0
  /// Bytes of the records that were read whole.
  private(set) var wholeByteCount = 0
  private var scratch = ByteBuffer()

  /// Opens the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ path: String) throws(TextError) {
    file = try FileSection(path, 0..<fileSize(path))
  }

  /// Replaces `ids` by those of the next record; returns false if there is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    if file.offset == file.end { return false }
    let byte = file.offset
    try readChecked(8, "length", byte)
    let size = scratch.span.load(at: 0, as: UInt64.self)
    guard size <= UInt64(max(0, file.end - file.offset - 4)) else {
      throw .damaged(
        file.path, byte: byte, "record \(record) of \(size) bytes ends behind the file")
    }
    try readChecked(Int(size), "message", file.offset)
    guard ExampleMessage.appendIDs(of: scratch.span, to: &ids) else {
      throw .damaged(
        file.path, byte: byte, "record \(record) is no example with a list of token ids")
    }
    record += 1
    wholeByteCount = file.offset
    return true
  }

  /// The number of values of each list of integers of the record that was read last.
  func valueCounts() -> [(name: String, count: Int)] {
    let message = scratch.span
    return (ExampleMessage.lists(of: message) ?? []).map { name, list in
      (name, ExampleMessage.valueCount(of: message, list))
    }
  }

  /// Replaces `scratch` by the next `count` bytes, which their masked checksum follows.
  private mutating func readChecked(
    _ count: Int, _ what: String, _ byte: Int
  ) throws(TextError) {
    scratch.removeAll()
    try file.append(bytes: count, to: &scratch)
    let stated = try file.next(UInt32.self)
    guard CRC32C.masked(scratch.span) == stated else {
      throw .damaged(
        file.path, byte: byte, "the checksum of the \(what) of record \(record) does not hold")
    }
  }
}

/// As much of Protocol Buffers as a `tf.train.Example` needs.
private enum ExampleMessage {
  /// Appends the ids of the feature called tokens, input_ids or targets, or of the only one; returns
  /// false for anything else.
  static func appendIDs(of message: Span<UInt8>, to ids: inout TokenBuffer) -> Bool {
    guard let features = lists(of: message) else { return false }
    let chosen =
      idColumnNames.lazy.compactMap { name in features.first { $0.name == name } }.first
      ?? (features.count == 1 ? features[0] : nil)
    guard let chosen, let runs = fields(message, chosen.list) else { return false }
    for (field, range) in runs {
      guard field == 1 else { return false }
      var position = range.lowerBound
      while position < range.upperBound {
        guard let value = varint(message, &position, range.upperBound),
          let id = UInt32(exactly: value)
        else { return false }
        ids.append(id)
      }
    }
    return true
  }

  /// The lists of integers of `message`, with their names; nil if it is no example.
  static func lists(of message: Span<UInt8>) -> [(name: String, list: Range<Int>)]? {
    var features: [(name: String, list: Range<Int>)] = []
    guard let example = fields(message, 0..<message.count) else { return nil }
    for (field, range) in example where field == 1 {
      guard let entries = fields(message, range) else { return nil }
      for (field, range) in entries where field == 1 {
        guard let entry = fields(message, range),
          let name = entry.last(where: { $0.field == 1 })?.range,
          let value = entry.last(where: { $0.field == 2 })?.range,
          let kinds = fields(message, value)
        else { return nil }
        guard let list = kinds.last(where: { $0.field == 3 })?.range else { continue }
        features.append((String(decodingUTF8: message.extracting(name)), list))
      }
    }
    return features
  }

  /// The number of values in the list at `range`, packed or not.
  static func valueCount(of message: Span<UInt8>, _ range: Range<Int>) -> Int {
    var count = 0
    for (field, values) in fields(message, range) ?? [] where field == 1 {
      // The last byte of each varint has its top bit unset.
      for index in values where message[index] < 0x80 { count += 1 }
    }
    return count
  }

  /// The fields in `range` with the bytes of their values: of a varint the varint itself; nil if they do
  /// not fill it.
  private static func fields(
    _ message: Span<UInt8>, _ range: Range<Int>
  ) -> [(field: UInt64, range: Range<Int>)]? {
    var found: [(field: UInt64, range: Range<Int>)] = []
    var position = range.lowerBound
    while position < range.upperBound {
      guard let tag = varint(message, &position, range.upperBound) else { return nil }
      let start: Int
      switch tag & 7 {
      case 0:
        start = position
        guard varint(message, &position, range.upperBound) != nil else { return nil }
      case 2:
        guard let size = varint(message, &position, range.upperBound),
          size <= UInt64(range.upperBound - position)
        else { return nil }
        start = position
        position += Int(size)
      default: return nil
      }
      found.append((tag >> 3, start..<position))
    }
    return found
  }

  private static func varint(
    _ message: Span<UInt8>, _ position: inout Int, _ end: Int
  ) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = message[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Goes once through the samples of an MDS shard and takes the ids of one column.
///
/// Sizes are believed only when they add up: the offsets rise from the end of the configuration to the
/// end of the file, the sizes of the columns fill the sample, and the shape of an array fills its column.
struct MDSShardCursor: ~Copyable {
  private let path: String
  private let layout: StoredMDSLayout
  private var cursor: OffsetCursor
  private var scratch = ByteBuffer()

  /// Opens the shard at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(_ path: String) throws(TextError) {
    let cursor = try OffsetCursor(path)
    let layout = try StoredMDSLayout(path, cursor.configuration)
    self.path = path
    self.layout = layout
    self.cursor = cursor
  }

  /// Replaces `ids` by those of the next sample; returns false, after the last check, if there is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    guard let size = try cursor.nextSize() else { return false }
    try readColumns(of: size, into: &ids)
    return true
  }

  private mutating func readColumns(of size: Int, into ids: inout TokenBuffer) throws(TextError) {
    let start = cursor.samples.offset
    var sizes: [Int] = []
    for column in layout.columns {
      if let size = column.size {
        sizes.append(size)
      } else {
        guard size - (cursor.samples.offset - start) >= 4 else { throw overfull(start) }
        sizes.append(Int(try cursor.samples.next(UInt32.self)))
      }
    }
    guard sizes.reduce(cursor.samples.offset - start, +) == size else { throw overfull(start) }
    for (number, size) in sizes.enumerated() {
      let byte = cursor.samples.offset
      scratch.removeAll()
      try cursor.samples.append(bytes: size, to: &scratch)
      guard number == layout.idColumn else { continue }
      guard layout.decode(scratch.span, into: &ids) else {
        throw .damaged(
          path, byte: byte, "sample \(cursor.sample) has an array that is not one of token ids")
      }
    }
  }

  private func overfull(_ byte: Int) -> TextError {
    .damaged(path, byte: byte, "the columns of sample \(cursor.sample) do not fill it")
  }
}

/// The columns of an MDS shard as its configuration states them.
private struct StoredMDSLayout: Sendable {
  struct Column: Sendable {
    var encoding: String
    /// Bytes, where all samples have as many.
    var size: Int?
  }

  var columns: [Column] = []
  /// Which column holds the ids.
  var idColumn = 0

  init(_ path: String, _ range: Range<Int>) throws(TextError) {
    var text = ByteBuffer()
    var section = try FileSection(path, range)
    try section.append(bytes: range.count, to: &text)
    let root = try JSONDocument(text, path: path, code: .damagedArtefact).root
    guard root["format"]?.string == "mds", root["version"]?.integer == 2,
      let names = root["column_names"]?.elements.map(\.string),
      let encodings = root["column_encodings"]?.elements.map(\.string),
      let sizes = root["column_sizes"]?.elements.map(\.integer),
      names.count == encodings.count, names.count == sizes.count, !names.isEmpty
    else { throw .damaged(path, byte: range.lowerBound, "its configuration is not that of MDS 2") }
    for (encoding, size) in zip(encodings, sizes) {
      guard let encoding, size ?? 0 >= 0 else {
        throw .damaged(path, byte: range.lowerBound, "its configuration is not that of MDS 2")
      }
      columns.append(Column(encoding: encoding, size: size))
    }
    guard
      let column = idColumnNames.lazy.compactMap({ names.firstIndex(of: $0) }).first
        ?? (names.count == 1 ? 0 : nil)
    else {
      throw .damaged(path, byte: range.lowerBound, "has no column called tokens or input_ids")
    }
    idColumn = column
  }

  /// Appends the ids of a column; returns whether it holds ids.
  func decode(_ bytes: Span<UInt8>, into ids: inout TokenBuffer) -> Bool {
    let encoding = columns[idColumn].encoding
    if encoding == "bytes" {
      return bytes.count % 8 == 0 && ids.append(stored: bytes, as: .int64)
    }
    var start = 0
    var type = TokenType.allCases.first { encoding == "ndarray:" + $0.name }
    if encoding == "ndarray", !bytes.isEmpty {
      type = [16: TokenType.uint16, 32: .uint32, 33: .int32, 65: .int64][bytes[0]]
      start = 1
    }
    guard let type, bytes.count > start, bytes[start] >> 2 == 1 else { return false }
    let shapeBytes = 1 << Int(bytes[start] & 3)
    guard bytes.count >= start + 1 + shapeBytes else { return false }
    var length: UInt64 = 0
    for index in 0..<shapeBytes { length |= UInt64(bytes[start + 1 + index]) << (8 * index) }
    let values = bytes.extracting((start + 1 + shapeBytes)...)
    guard values.count % type.width == 0, length == UInt64(values.count / type.width) else {
      return false
    }
    return ids.append(stored: values, as: type)
  }
}

/// What columns of ids are called, the most telling name first.
let idColumnNames = ["tokens", "input_ids", "targets"]

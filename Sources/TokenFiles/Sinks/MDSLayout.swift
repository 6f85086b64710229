// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How samples lie in a shard of MosaicML streaming's MDS format.
///
/// A shard is u32 n, u32[n + 1] offsets of the samples and of their end, a configuration in JSON, and
/// the samples: u32 byte counts of the columns in the order of their names, and the columns. As read by
/// `streaming/base/format/mds/reader.py`.
struct MDSLayout: Sendable {
  /// One column as stored.
  struct Column: Sendable {
    let name: String
    /// Which of the sample's runs it is.
    let run: Int
    let kind: SampleColumnKind
    let encoding: String
    /// Bytes a value.
    let width: Int
    /// Whether it says how many values it has, which `bytes` leave to their size.
    let hasShape: Bool
  }

  /// In the order of their names.
  let columns: [Column]
  private let type: TokenType

  init(_ settings: ShardSettings) {
    type = settings.type
    columns = settings.columns.enumerated().map { run, column in
      let encoding: String
      let width: Int
      switch column.kind {
      case .tokens:
        // 64-bit ids are what llm-foundry reads from plain bytes if it is told nothing.
        encoding = settings.type == .int64 ? "bytes" : "ndarray:" + settings.type.name
        width = settings.type.width
      case .mask: (encoding, width) = ("ndarray:uint8", 1)
      case .weights: (encoding, width) = ("ndarray:float32", 4)
      case .numbers: (encoding, width) = ("ndarray:int32", 4)
      }
      return Column(
        name: settings.format.storedName(of: column, in: settings.columns), run: run,
        kind: column.kind, encoding: encoding, width: width, hasShape: encoding != "bytes")
    }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The fields that the shard and the set's index say of every shard.
  var fields: [(String, JSON)] {
    [
      ("column_encodings", .array(columns.map { .string($0.encoding) })),
      ("column_names", .array(columns.map { .string($0.name) })),
      ("column_sizes", .array(columns.map { _ in .null })),
      ("compression", .null), ("format", .string("mds")), ("hashes", .array([.string("xxh64")])),
      ("size_limit", .null), ("version", .integer(2)),
    ]
  }

  /// The most bytes that a sample of `valueCount` values takes.
  func maximumByteCount(_ valueCount: Int) -> Int {
    let width = columns.reduce(0) { max($0, $1.width) }
    return columns.count * 9 + valueCount * width
  }

  /// Appends the sample `values`, whose run in column `c` ends at `ends[c]`, to `body`.
  ///
  /// - Returns: Why it cannot be stored; then a part of it may be in `body`.
  func append(
    _ values: Span<UInt32>, ends: Span<Int>, to body: inout ByteBuffer
  ) -> String? {
    for column in columns {
      let count = Self.range(column, ends).count
      guard count > 0 || !column.hasShape else {
        return "an empty document, which MDS arrays cannot hold"
      }
      let shapeBytes = column.hasShape ? 1 + Self.shapeWidth(count) : 0
      body.append(littleEndian: UInt32(shapeBytes + count * column.width))
    }
    for column in columns {
      let range = Self.range(column, ends)
      if column.hasShape { Self.append(shape: range.count, to: &body) }
      append(values.extracting(range), of: column, to: &body)
    }
    return nil
  }

  private static func range(_ column: Column, _ ends: Span<Int>) -> Range<Int> {
    (column.run == 0 ? 0 : ends[column.run - 1])..<ends[column.run]
  }

  private static func shapeWidth(_ count: Int) -> Int {
    count <= UInt8.max ? 1 : count <= UInt16.max ? 2 : 4
  }

  /// One dimension: its number above a code of the width of lengths, and the length.
  private static func append(shape count: Int, to body: inout ByteBuffer) {
    switch shapeWidth(count) {
    case 1:
      body.append(1 << 2 | 0)
      body.append(UInt8(count))
    case 2:
      body.append(1 << 2 | 1)
      body.append(littleEndian: UInt16(count))
    default:
      body.append(1 << 2 | 2)
      body.append(littleEndian: UInt32(count))
    }
  }

  private func append(_ values: Span<UInt32>, of column: Column, to body: inout ByteBuffer) {
    switch column.kind {
    case .tokens: body.append(ids: values, as: type)
    case .mask: for index in values.indices { body.append(UInt8(values[index])) }
    case .weights:
      for index in values.indices { body.append(littleEndian: Float(values[index]).bitPattern) }
    case .numbers:
      for index in values.indices { body.append(littleEndian: signedNumber(values[index])) }
    }
  }
}

/// The number that a value of a column of numbers stands for.
func signedNumber(_ value: UInt32) -> Int32 {
  value == SampleColumnKind.ignoredLabel ? -100 : Int32(value)
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What differs between the formats whose shards begin with a table of offsets: u32 n, u32[n + 1]
/// offsets from the start of the file, further bytes, and the samples.
enum ChunkLayout: Sendable {
  case mds(MDSLayout)
  /// litdata's: each sample is its ids alone. As read by `litdata/streaming/item_loader.py`.
  case litdata(TokenType)

  init(_ settings: ShardSettings) {
    self = settings.format == .mds ? .mds(MDSLayout(settings)) : .litdata(settings.type)
  }

  /// What stands behind the shard's path in its name.
  var suffix: String {
    switch self {
    case .mds: Self.suffix(of: .mds)
    case .litdata: Self.suffix(of: .litdata)
    }
  }

  /// The same of `format`.
  static func suffix(of format: TokenFileFormat) -> String { format == .mds ? ".mds" : ".bin" }

  /// The bytes between the offsets and the samples.
  var configuration: [UInt8] {
    switch self {
    case .mds(let layout): JSON.object(layout.fields).serialized(indent: nil).makeArray()
    case .litdata: []
    }
  }

  /// The most bytes that a sample of `valueCount` values takes.
  func maximumByteCount(_ valueCount: Int) -> Int {
    switch self {
    case .mds(let layout): layout.maximumByteCount(valueCount)
    case .litdata(let type): valueCount * type.width
    }
  }

  /// Appends a sample to `body`.
  ///
  /// - Throws: `badRecord` for a sample that the format cannot hold.
  func append(
    _ values: Span<UInt32>, ends: Span<Int>, to body: inout ByteBuffer, path: String
  ) throws(TextError) {
    switch self {
    case .mds(let layout):
      let count = body.count
      guard let fault = layout.append(values, ends: ends, to: &body) else { return }
      body.truncate(to: count)
      throw TextError(
        .badRecord, fault, at: .init(path: path),
        remedy: "end documents with --append-eod, or pass --token-type int64, stored as bytes")
    case .litdata(let type): body.append(ids: values, as: type)
    }
  }

  /// What the set's index says of a shard of these bytes.
  func notes(_ head: Span<UInt8>, _ body: Span<UInt8>) -> [(String, JSON)] {
    switch self {
    case .mds:
      var checksum = XXH64()
      checksum.update(head)
      checksum.update(body)
      return [("xxh64", .string(checksum.digest()))]
    case .litdata: return []
    }
  }
}

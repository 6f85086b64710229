// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes a shard of TFRecords, each a `tf.train.Example` with one `int64_list` a column, or one
/// `float_list` where it is of weights.
///
/// A record is u64 byte count, u32 masked CRC-32C of that, the message, and u32 masked CRC-32C of it.
/// The message is Example{1: Features{1: entries {1: name, 2: Feature{3: Int64List{1: packed}}}}}, with
/// 2: FloatList{1: packed} for 3 where values are floating-point.
struct RecordShardWriter: ~Copyable, Sendable, ShardWriter {
  /// What stands before the message of a record and behind it.
  static let envelopeByteCount = 16
  /// Protocol Buffers have no larger messages.
  private static let maximumMessageBytes = Int(Int32.max)

  private let settings: ShardSettings
  private let names: [String]
  private var file: ShardFile
  /// Records not yet written.
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)
  private var message = ByteBuffer()
  /// The sizes of the columns of the sample at hand; kept, as documents are many and short.
  private var sizes: [Sizes] = []
  private(set) var totals = ShardTotals()
  /// Values of each column: all, and the most of one sample.
  private var valueCounts: [Int]
  private var longest: [Int]

  init(_ path: String, _ settings: ShardSettings) throws(TextError) {
    let file = try ShardFile(path)
    self.init(file, settings)
  }

  init(_ path: String, _ settings: ShardSettings, at state: ShardState) throws(TextError) {
    let file = try ShardFile(path, keeping: state.byteCount("") ?? 0)
    self.init(file, settings)
    totals = state.totals
    for (column, name) in names.enumerated() {
      for case (let note, .integer(let count)) in state.notes {
        if note == name + "_tokens" { valueCounts[column] = count }
        if note == name + "_max_tokens" { longest[column] = count }
      }
    }
  }

  private init(_ file: consuming ShardFile, _ settings: ShardSettings) {
    self.settings = settings
    names = settings.columns.map { settings.format.storedName(of: $0, in: settings.columns) }
    self.file = file
    valueCounts = Array(repeating: 0, count: settings.columns.count)
    longest = valueCounts
  }

  /// At most so many: most ids take fewer bytes than five, and ten are for −100 alone.
  func byteCount(adding valueCount: Int) -> Int {
    let hasNumbers = settings.columns.contains { $0.kind == .numbers }
    let names = names.reduce(0) { $0 + $1.utf8.count + 40 }
    return file.byteCount + block.count + Self.envelopeByteCount + names
      + valueCount * (hasNumbers ? 10 : 5)
  }

  mutating func append(_ values: Span<UInt32>, ends: Span<Int>) throws(TextError) {
    message.removeAll()
    try encode(values, ends)
    Self.append(record: message, to: &block)
    totals.add(tokenCount: ends[0], largest: settings.largestID(values, ends: ends))
    for column in names.indices {
      let count = range(column, ends).count
      valueCounts[column] += count
      longest[column] = max(longest[column], count)
    }
    if block.count >= ShardFile.blockByteCount { try file.write(emptying: &block) }
  }

  private static func append(record message: borrowing ByteBuffer, to block: inout ByteBuffer) {
    let start = block.count
    block.append(littleEndian: UInt64(message.count))
    let checksum = CRC32C.masked(block.span.extracting(start..<start + 8))
    block.append(littleEndian: checksum)
    block.append(copying: message.span)
    block.append(littleEndian: CRC32C.masked(message.span))
  }

  private func range(_ column: Int, _ ends: Span<Int>) -> Range<Int> {
    (column == 0 ? 0 : ends[column - 1])..<ends[column]
  }

  private var notes: [(String, JSON)] {
    names.indices.flatMap { column in
      [
        (names[column] + "_tokens", JSON.integer(valueCounts[column])),
        (names[column] + "_max_tokens", JSON.integer(longest[column])),
      ]
    }
  }
}

// MARK: - The message

extension RecordShardWriter {
  /// The sizes of the nested messages of a column.
  private struct Sizes {
    var values: Int
    /// With the tag and size of the packed values, if there are any.
    var list: Int { values == 0 ? 0 : nested(values) }
    var feature: Int { nested(list) }
    var name: Int
    var entry: Int { nested(name) + nested(feature) }

    /// Bytes of a field of `count` bytes with its tag and size.
    func nested(_ count: Int) -> Int { 1 + varintByteCount(of: count) + count }
  }

  private mutating func encode(_ values: Span<UInt32>, _ ends: Span<Int>) throws(TextError) {
    sizes.removeAll(keepingCapacity: true)
    for column in names.indices {
      let run = values.extracting(range(column, ends))
      let count =
        switch settings.columns[column].kind {
        case .numbers: numberBytes(run)
        case .weights: 4 * run.count
        case .tokens, .mask: run.varintByteCount
        }
      sizes.append(Sizes(values: count, name: names[column].utf8.count))
    }
    let features = sizes.reduce(0) { $0 + $1.nested($1.entry) }
    guard features <= Self.maximumMessageBytes - Self.envelopeByteCount else {
      throw TextError(
        .badRecord, "a document of \(values.count) values, which makes a message of over 2 GiB",
        at: .init(path: file.path), remedy: "split the document")
    }
    begin(field: 1, features)
    for column in names.indices {
      let size = sizes[column]
      begin(field: 1, size.entry)
      begin(field: 1, size.name)
      message.append(names[column])
      begin(field: 2, size.feature)
      begin(field: settings.columns[column].kind == .weights ? 2 : 3, size.list)
      if size.values == 0 { continue }
      begin(field: 1, size.values)
      let run = values.extracting(range(column, ends))
      switch settings.columns[column].kind {
      case .numbers: for index in run.indices { message.append(varint: varint(run[index])) }
      case .weights:
        for index in run.indices { message.append(littleEndian: Float(run[index]).bitPattern) }
      case .tokens, .mask: message.append(varints: run)
      }
    }
  }

  /// Begins a field of `count` bytes.
  private mutating func begin(field: UInt8, _ count: Int) {
    message.append(field << 3 | 2)
    message.append(varint: UInt64(count))
  }

  private func varint(_ number: UInt32) -> UInt64 {
    UInt64(bitPattern: Int64(signedNumber(number)))
  }

  private func numberBytes(_ run: Span<UInt32>) -> Int {
    var count = 0
    for index in run.indices { count += varintByteCount(of: Int(signedNumber(run[index]))) }
    return count
  }
}

// MARK: - Durable

extension RecordShardWriter {
  mutating func checkpoint() throws(TextError) -> ShardState {
    try file.write(emptying: &block)
    try file.synchronize()
    file.keep()
    return ShardState(totals: totals, files: [("", file.byteCount)], notes: notes)
  }

  mutating func finish() throws(TextError) -> FinishedShard {
    let path = file.path
    try file.write(emptying: &block)
    try file.synchronize()
    return FinishedShard(
      path: path, outputs: [file.keptOutput()], totals: totals, notes: notes)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes a shard that begins with the offsets of its samples.
///
/// The offsets are known last and stand first, so the samples wait in memory, up to the shard's limit
/// of bytes, and are written in one go. A checkpoint appends those that are new to a file of their own.
struct ChunkShardWriter: ~Copyable, Sendable, ShardWriter {
  private static let samplesSuffix = ".samples"

  private let path: String
  private let settings: ShardSettings
  private let layout: ChunkLayout
  private let configuration: [UInt8]
  private var body: ByteBuffer
  /// Where each sample ends in `body`.
  private var ends = GrowableBuffer<UInt32>()
  /// What checkpoints have saved: each sample behind its u32 byte count.
  private var samples: ShardFile?
  private var savedCount = 0
  private(set) var totals = ShardTotals()

  init(_ path: String, _ settings: ShardSettings) throws(TextError) {
    self.init(path, settings, samples: nil)
  }

  init(_ path: String, _ settings: ShardSettings, at state: ShardState) throws(TextError) {
    let byteCount = state.byteCount(Self.samplesSuffix) ?? 0
    let samples = try ShardFile(path + Self.samplesSuffix, keeping: byteCount)
    let partial = path + Self.samplesSuffix + ShardFile.partialSuffix
    var section = try FileSection(partial, 0..<byteCount)
    var body = Self.emptyBody(settings)
    var ends = GrowableBuffer<UInt32>()
    while section.offset < byteCount {
      let size = Int(try section.next(UInt32.self))
      try section.append(bytes: size, to: &body)
      ends.append(UInt32(body.count))
    }
    guard ends.count == state.totals.documentCount else {
      throw .damaged(
        partial, "\(ends.count) samples, where an earlier run wrote \(state.totals.documentCount)")
    }
    self.init(path, settings, samples: samples)
    self.body = body
    self.ends = ends
    savedCount = self.ends.count
    totals = state.totals
  }

  private init(_ path: String, _ settings: ShardSettings, samples: consuming ShardFile?) {
    self.path = path
    self.settings = settings
    layout = ChunkLayout(settings)
    configuration = layout.configuration
    body = Self.emptyBody(settings)
    self.samples = samples
  }

  /// Room for a usual shard: address space alone until it is written to.
  private static func emptyBody(_ settings: ShardSettings) -> ByteBuffer {
    ByteBuffer(capacity: settings.format.usualShardBytes ?? 0)
  }

  private func headByteCount(_ count: Int) -> Int { 4 * (count + 2) + configuration.count }

  /// At most so many: the shape of arrays takes fewer bytes if they are short.
  func byteCount(adding valueCount: Int) -> Int {
    headByteCount(ends.count + 1) + body.count + layout.maximumByteCount(valueCount)
  }

  /// Appends one sample.
  ///
  /// - Complexity: O(n), several GB of output a second.
  mutating func append(_ values: Span<UInt32>, ends runs: Span<Int>) throws(TextError) {
    let most = settings.format.maximumShardBytes ?? .max
    guard byteCount(adding: values.count) <= most else {
      throw TextError(
        .badRecord,
        "a document of \(values.count) values, where \(settings.format.rawValue) files have at most "
          + "\(most) bytes", at: .init(path: path + layout.suffix), remedy: "split the document")
    }
    try layout.append(values, ends: runs, to: &body, path: path + layout.suffix)
    ends.append(UInt32(body.count))
    let largest = settings.largestID(values, ends: runs)
    totals.add(tokenCount: runs[0], largest: largest)
  }
}

// MARK: - Durable

extension ChunkShardWriter {
  mutating func checkpoint() throws(TextError) -> ShardState {
    if samples == nil { samples = try ShardFile(path + Self.samplesSuffix) }
    var block = ByteBuffer(capacity: ShardFile.blockByteCount)
    while savedCount < ends.count {
      let start = savedCount == 0 ? 0 : Int(ends[savedCount - 1])
      let end = Int(ends[savedCount])
      block.append(littleEndian: UInt32(end - start))
      block.append(copying: body.span.extracting(start..<end))
      if block.count >= ShardFile.blockByteCount { try samples?.write(emptying: &block) }
      savedCount += 1
    }
    try samples?.write(emptying: &block)
    try samples?.synchronize()
    samples?.keep()
    return ShardState(
      totals: totals, files: [(Self.samplesSuffix, samples?.byteCount ?? 0)])
  }

  mutating func finish() throws(TextError) -> FinishedShard {
    let headCount = headByteCount(ends.count)
    var head = ByteBuffer(capacity: headCount)
    head.append(littleEndian: UInt32(ends.count))
    head.append(littleEndian: UInt32(headCount))
    for index in 0..<ends.count { head.append(littleEndian: UInt32(headCount) + ends[index]) }
    head.append(copying: configuration.span)
    let notes = layout.notes(head.span, body.span)
    var file = try ShardFile(path + layout.suffix)
    try file.write(emptying: &head)
    try file.write(emptying: &body)
    try file.synchronize()
    return FinishedShard(
      path: path, outputs: [file.keptOutput()], totals: totals, notes: notes)
  }
}

extension ShardSettings {
  /// The largest id of a sample, in all columns of ids; traps if it is above the stated maximum.
  func largestID(_ values: Span<UInt32>, ends: Span<Int>) -> UInt32? {
    var largest: UInt32?
    for (run, column) in columns.enumerated() where column.kind == .tokens {
      let start = run == 0 ? 0 : ends[run - 1]
      if let found = values.extracting(start..<ends[run]).largest {
        largest = max(largest ?? 0, found)
      }
    }
    precondition(largest ?? 0 <= maximumID, "a token id above the stated maximum")
    return largest
  }
}

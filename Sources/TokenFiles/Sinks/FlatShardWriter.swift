// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Writes a shard whose ids lie back to back in one file, with the rest in files beside it.
///
/// What stands before the ids and what the other files hold is ``FlatLayout``'s. Memory is one block
/// of 256 KiB, and 4 bytes a document of at most `heldLengths` documents.
package struct FlatShardWriter: ~Copyable, Sendable, ShardWriter {
  private static let lengthsSuffix = ".lengths"

  private let path: String
  private let settings: ShardSettings
  private let layout: FlatLayout
  private var tokens: ShardFile
  /// Ids converted and not yet written.
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)
  private var lengths: SequenceLengths
  package private(set) var totals = ShardTotals()

  package init(_ path: String, _ settings: ShardSettings) throws(TextError) {
    let layout = FlatLayout(settings.format)
    let tokens = try ShardFile(path + layout.tokenSuffix)
    self.path = path
    self.settings = settings
    self.layout = layout
    self.tokens = tokens
    lengths = SequenceLengths(
      spillingTo: path + Self.lengthsSuffix + ShardFile.partialSuffix,
      holding: settings.heldLengths)
    block.append(copying: layout.header(of: totals, settings.type).span)
  }

  package init(
    _ path: String, _ settings: ShardSettings, at state: ShardState
  ) throws(TextError) {
    let layout = FlatLayout(settings.format)
    let lengths = try SequenceLengths(
      continuing: path + Self.lengthsSuffix + ShardFile.partialSuffix,
      count: state.totals.documentCount, holding: settings.heldLengths)
    let tokens = try ShardFile(
      path + layout.tokenSuffix, keeping: state.byteCount(layout.tokenSuffix) ?? 0)
    self.path = path
    self.settings = settings
    self.layout = layout
    self.lengths = lengths
    self.tokens = tokens
    totals = state.totals
  }

  package func byteCount(adding valueCount: Int) -> Int {
    layout.headerByteCount + (totals.tokenCount + valueCount) * settings.type.width
  }

  /// Appends one document.
  ///
  /// - Complexity: O(n), several GB of output a second.
  package mutating func append(
    _ values: Span<UInt32>, ends: Span<Int>
  ) throws(TextError) {
    try layout.check(length: values.count, in: totals, path: tokens.path)
    try lengths.append(Int32(values.count))
    var start = 0
    var largest: UInt32?
    while start < values.count {
      // At least one id has room, as a full block is written at once.
      let room = (ShardFile.blockByteCount - block.count) / settings.type.width
      let end = min(values.count, start + room)
      let part = values.extracting(start..<end)
      largest = max(largest ?? 0, part.largest ?? 0)
      try convert(part)
      start = end
    }
    precondition(largest ?? 0 <= settings.maximumID, "a token id above the stated maximum")
    totals.add(tokenCount: values.count, largest: largest)
  }

  private mutating func convert(_ ids: Span<UInt32>) throws(TextError) {
    block.append(ids: ids, as: settings.type)
    if ShardFile.blockByteCount - block.count < settings.type.width {
      try tokens.write(emptying: &block)
    }
  }
}

// MARK: - Durable

extension FlatShardWriter {
  package mutating func checkpoint() throws(TextError) -> ShardState {
    try tokens.write(emptying: &block)
    try tokens.synchronize()
    tokens.keep()
    let lengthBytes = try lengths.checkpoint()
    return ShardState(
      totals: totals,
      files: [(layout.tokenSuffix, tokens.byteCount), (Self.lengthsSuffix, lengthBytes)])
  }

  package mutating func finish() throws(TextError) -> FinishedShard {
    try tokens.write(emptying: &block)
    if layout.headerByteCount > 0 {
      try tokens.rewrite(header: layout.header(of: totals, settings.type).span)
    }
    try tokens.synchronize()
    var outputs = [tokens.keptOutput()]
    for suffix in layout.sideSuffixes {
      var file = SideFile(try ShardFile(path + suffix))
      try layout.writeSideFile(suffix, of: totals, settings, lengths, to: &file)
      outputs.append(try file.finish())
    }
    return FinishedShard(path: path, outputs: outputs, totals: totals)
  }
}

/// A small file beside the ids, filled value by value.
struct SideFile: ~Copyable {
  private var file: ShardFile
  private var block = ByteBuffer(capacity: ShardFile.blockByteCount)

  init(_ file: consuming ShardFile) { self.file = file }

  /// Appends the little-endian bytes of `value`.
  ///
  /// - Throws: `writeFailed`.
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
    _ value: Value
  ) throws(TextError) {
    block.append(littleEndian: value)
    if block.count + 8 > ShardFile.blockByteCount { try file.write(emptying: &block) }
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(bytes: Span<UInt8>) throws(TextError) {
    block.append(copying: bytes)
    if block.count + 8 > ShardFile.blockByteCount { try file.write(emptying: &block) }
  }

  /// Makes the file durable under its partial name, and describes it.
  ///
  /// - Throws: `writeFailed`.
  mutating func finish() throws(TextError) -> Manifest.Output {
    try file.write(emptying: &block)
    try file.synchronize()
    return file.keptOutput()
  }
}

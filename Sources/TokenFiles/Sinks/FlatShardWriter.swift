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
  /// The mask of the ids, where there is one.
  private var mask: MaskFile?
  private var lengths: SequenceLengths
  package private(set) var totals = ShardTotals()

  package init(_ path: String, _ settings: ShardSettings) throws(TextError) {
    let layout = FlatLayout(settings.format)
    let tokens = try ShardFile(path + layout.tokenSuffix)
    let maskSuffix = settings.columns.count > 1 ? layout.maskSuffix : nil
    let mask = try maskSuffix.map { (suffix) throws(TextError) in
      MaskFile(try ShardFile(path + suffix))
    }
    self.mask = mask
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
    let maskSuffix = layout.maskSuffix ?? ""
    let mask = try state.byteCount(maskSuffix).map { (byteCount) throws(TextError) in
      MaskFile(try ShardFile(path + maskSuffix, keeping: byteCount))
    }
    self.mask = mask
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

  /// Appends one document, whose first run is its ids and whose second, where there is one, their mask.
  ///
  /// - Complexity: O(n), several GB of output a second.
  package mutating func append(
    _ values: Span<UInt32>, ends: Span<Int>
  ) throws(TextError) {
    try mask?.append(values.extracting(ends[0]..<values.count))
    try append(values.extracting(0..<ends[0]))
  }

  private mutating func append(_ values: Span<UInt32>) throws(TextError) {
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
    var files = [(layout.tokenSuffix, tokens.byteCount), (Self.lengthsSuffix, lengthBytes)]
    if let suffix = layout.maskSuffix, let byteCount = try mask?.checkpoint() {
      files.append((suffix, byteCount))
    }
    return ShardState(totals: totals, files: files)
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
    if let output = try mask?.finish() { outputs.append(output) }
    return FinishedShard(path: path, outputs: outputs, totals: totals)
  }
}

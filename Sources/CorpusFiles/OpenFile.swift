// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A corpus file, or a member of an archive, between two of its blocks.
struct OpenFile: ~Copyable, Sendable {
  private var source: TextSource
  private let index: Int
  private let options: CorpusOptions
  private let spare: SpareBuffers
  private let format: RecordFormat
  private let boundary: RecordBoundary
  /// Bytes read but not yet in a block; they begin where a record begins.
  private var pending = ByteBuffer()
  /// The line of the first pending byte, and its offset in the decompressed file.
  private var line = 1
  private var byteOffset = 0
  private var isAtEnd = false
  private var damage: TextError?
  private var rejects: [RejectedRecord] = []
  /// Finds the records of formats that are not made of lines, and what it has found in `pending`.
  private var scanner: RecordScanner?
  private var finds: RecordFinds
  private var header: [UInt8] = []
  /// A record that is dropped for its length, if it is one.
  private var heldReject: RejectedRecord?

  /// How far to look for the first non-blank byte of a file whose name tells no format.
  private static let formatSearchBytes = 1 << 16
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The next records of the file, about a block of them; the last block may be empty.
  ///
  /// - Throws: `readFailed`.
  mutating func nextBlock() throws(TextError) -> RecordBlock {
    if scanner != nil { return try nextScannedBlock() }
    let maximum = options.maximumRecordBytes
    var target = min(options.blockBytes, maximum)
    while true {
      // One byte more than is used tells whether the file ends here.
      try fill(&pending, to: target + 1, from: &source, &isAtEnd, &damage)
      let isRest = isAtEnd && pending.count <= target
      let cut = cutOffset(target: target, isRest: isRest)
      if cut > 0 || isRest { return takeBlock(cut, isLast: isRest) }
      if target == maximum {
        if try dropLongRecord() { return takeBlock(0, isLast: true) }
        target = min(options.blockBytes, maximum)
      } else {
        target = min(target * 2, maximum)
      }
    }
  }

  /// Where to end a block of at most `target` bytes; 0 if no record ends so soon.
  private func cutOffset(target: Int, isRest: Bool) -> Int {
    // What follows the last record end of a damaged file is torn.
    if isRest && damage == nil { return pending.count }
    return boundary.last(in: pending.span.extracting(0..<min(target, pending.count)))
  }

  /// Takes the first `count` pending bytes as a block; a last block drops the rest.
  private mutating func takeBlock(_ count: Int, isLast: Bool) -> RecordBlock {
    // One byte more than a block: see ``nextBlock()``.
    var rest = isLast ? ByteBuffer() : spare.take(capacity: options.blockBytes + 1)
    if !isLast { rest.append(copying: pending.span.extracting(count..<pending.count)) }
    pending.truncate(to: count)
    let (firstLine, firstByteOffset) = (line, byteOffset)
    let map = advance(count)
    swap(&rest, &pending)
    var block = RecordBlock(
      fileIndex: index, path: source.path, format: format, firstLine: firstLine,
      firstByteOffset: firstByteOffset, bytes: rest, rejects: rejects,
      damage: isLast ? damage : nil, isLastOfFile: isLast, spare: spare)
    block.charset = source.charset
    block.map = map
    rejects = []
    return block
  }

  /// Moves the place of the first pending byte behind the first `count`, which are about to go; returns
  /// their way back to the file.
  private mutating func advance(_ count: Int) -> OffsetMap? {
    line += lineFeedCount(pending.span.extracting(0..<count))
    let next = source.sourceOffset(of: count, in: pending)
    byteOffset = next ?? byteOffset + count
    return source.takeMap(count, of: pending)
  }

  /// Passes over the record that begins the pending bytes and is too long; true if the file ends
  /// with it.
  private mutating func dropLongRecord() throws(TextError) -> Bool {
    rejects.append(
      RejectedRecord(
        path: source.path, line: line, byteOffset: byteOffset,
        reason: "record longer than \(options.maximumRecordBytes) bytes"))
    var search = BoundarySearch(boundary)
    while true {
      let end = search.first(in: pending.span)
      let dropped = end ?? pending.count
      _ = advance(dropped)
      pending.removeFirst(dropped)
      if end != nil { break }
      try fill(&pending, to: CorpusOptions.defaultBlockBytes, from: &source, &isAtEnd, &damage)
      if pending.isEmpty { return true }
    }
    return false
  }

  /// The place in the stored file up to which everything is used.
  var storedPosition: Int { source.storedPosition }

  /// What the text was found to be.
  var charset: Charset { source.charset }
  /// Lines that are UTF-8 in a file that is not.
  var utf8Lines: Int { source.utf8Lines }

  private static func hasByteOrderMark(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= 3 && bytes.extracting(0..<3).elementsEqual(byteOrderMark.span)
  }
}

extension OpenFile {
  /// Begins to read `stream`, the file at `index` or a member of it, and finds out its format.
  ///
  /// - Throws: `readFailed`; `noReadableFiles` for tables that are no text.
  init(
    _ stream: ByteStream, index: Int, _ options: CorpusOptions, _ spare: SpareBuffers
  ) throws(TextError) {
    var source = try TextSource(stream, options)
    var pending = ByteBuffer()
    var isAtEnd = false
    var damage: TextError?
    let known = RecordFormat(options.format) ?? FileNames.format(of: source.path)
    let needed = known == nil ? Self.formatSearchBytes : Self.byteOrderMark.count
    try fill(&pending, to: needed, from: &source, &isAtEnd, &damage)
    if known == nil { try refuseTables(pending.span, path: source.path) }
    let format = known ?? RecordFormat(ofContent: pending.span)
    var byteOffset = 0
    if format.isMarkup, Self.hasByteOrderMark(pending.span) {
      let count = Self.byteOrderMark.count
      byteOffset = source.sourceOffset(of: count, in: pending) ?? count
      _ = source.takeMap(count, of: pending)
      pending.removeFirst(count)
    }
    self.init(
      source: source, index: index, options: options, spare: spare, format: format,
      boundary: RecordBoundary(format, options.documents), pending: pending,
      byteOffset: byteOffset, isAtEnd: isAtEnd, damage: damage,
      scanner: RecordScanner(format, options),
      finds: RecordFinds(maximumBytes: options.maximumRecordBytes))
  }
}

// MARK: - Records that a scanner finds

extension OpenFile {
  /// The next records of the file, found by its scanner.
  ///
  /// Bytes are read a block at a time, and a block ends with the last record that ends in them; only
  /// for a record longer than a block is there more.
  private mutating func nextScannedBlock() throws(TextError) -> RecordBlock {
    while true {
      // At least one byte more: a scanner may wait for the one behind the last.
      let wanted = max(finds.position + options.blockBytes, pending.count + 1)
      try fill(&pending, to: wanted, from: &source, &isAtEnd, &damage)
      // What is open where damage begins is torn, and told by the damage.
      scanner?.scan(pending, isEnd: isAtEnd && damage == nil, &finds)
      // That it is too long by then is told as well, as it is where the damage is in a later block.
      if damage != nil { _ = finds.dropLongRecord() }
      takeFaults()
      if let found = finds.header.take() { header = pending.span.extracting(found).makeArray() }
      let records = finds.takeRecords()
      if !records.isEmpty || isAtEnd { return takeScannedBlock(records) }
      let unneeded = finds.dropLongRecord() ?? finds.openStart ?? finds.position
      takeFaults()
      forget(unneeded)
    }
  }

  /// Makes rejects of what the scanner found wrong.
  private mutating func takeFaults() {
    if let verdict = finds.takeVerdict(), let held = heldReject.take() {
      if case .fault(let reason) = verdict { rejects.append(held.replacingReason(reason)) }
    }
    var faultLine = line
    var counted = 0
    for fault in finds.takeFaults() {
      let offset = max(fault.offset, counted)
      faultLine += lineFeedCount(pending.span.extracting(counted..<offset))
      counted = offset
      rejects.append(reject(fault, line: faultLine))
    }
    if let held = finds.takeHeld() {
      let heldLine = line + lineFeedCount(pending.span.extracting(0..<held.offset))
      let record = reject(held, line: heldLine)
      heldReject = record
    }
  }

  private func reject(_ fault: RecordFinds.Fault, line: Int) -> RejectedRecord {
    RejectedRecord(
      path: source.path, line: line,
      byteOffset: source.sourceOffset(of: fault.offset, in: pending) ?? byteOffset + fault.offset,
      reason: fault.reason)
  }

  /// Lets go of the first `count` pending bytes.
  @discardableResult
  private mutating func forget(_ count: Int) -> OffsetMap? {
    let map = advance(count)
    pending.removeFirst(count)
    finds.forget(count)
    return map
  }

  private mutating func takeScannedBlock(_ records: [RecordPlace]) -> RecordBlock {
    forget(records.first?.range.lowerBound ?? 0)
    let start = records.first?.range.lowerBound ?? 0
    let end = records.last.map { $0.range.upperBound - start } ?? 0
    let isLast = isAtEnd
    var block = RecordBlock(
      fileIndex: index, path: source.path, format: format, firstLine: line,
      firstByteOffset: byteOffset, bytes: spare.take(capacity: end), rejects: rejects,
      damage: isLast ? damage : nil, isLastOfFile: isLast, spare: spare)
    block.bytes.append(copying: pending.span.extracting(0..<end))
    block.records = records.map { record in
      let range = record.range.lowerBound - start..<record.range.upperBound - start
      return RecordPlace(range: range, variant: record.variant)
    }
    block.header = header
    block.charset = source.charset
    rejects = []
    block.map = forget(end)
    return block
  }
}

/// Reads until `buffer` holds `count` bytes or the source ends, in damage or not.
private func fill(
  _ buffer: inout ByteBuffer, to count: Int, from source: inout TextSource,
  _ isAtEnd: inout Bool, _ damage: inout TextError?
) throws(TextError) {
  while buffer.count < count, !isAtEnd {
    do throws(TextError) {
      isAtEnd = try source.read(upTo: count - buffer.count, into: &buffer) == 0
    } catch {
      guard error.code == .damagedCompression else { throw error }
      damage = error
      isAtEnd = true
    }
  }
}

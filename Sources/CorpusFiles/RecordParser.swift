// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Turns blocks of records into documents; one a worker, reused from block to block.
///
/// A block is checked as a whole for well-formed UTF-8, at several GB/s; only the records of a
/// block that fails are looked at one by one.
package struct RecordParser: ~Copyable, Sendable {
  private let options: CorpusOptions
  private let fieldReader: JSONFieldReader
  /// A JSON line with U+FFFD for its ill-formed bytes.
  private var repaired = ByteBuffer()

  package init(options: CorpusOptions) {
    self.options = options
    fieldReader = JSONFieldReader(field: options.field)
  }

  /// Appends the documents and the rejects of `block` to `batch`, which must be empty or hold
  /// documents of the same file.
  ///
  /// - Throws: `invalidUTF8`, if the policy is to refuse it.
  /// - Complexity: O(n) in the bytes of the block.
  package mutating func parse(
    _ block: borrowing RecordBlock, into batch: inout DocumentBatch
  ) throws(TextError) {
    precondition(
      batch.isEmpty || batch.fileIndex == block.fileIndex, "a batch is of one file")
    batch.fileIndex = block.fileIndex
    batch.path = block.path
    batch.rejects += block.rejects
    let isClean = isWellFormedUTF8(block.bytes.span)
    switch (block.format, options.documents) {
    case (.jsonl, _): try parseJSONLines(block, isClean: isClean, into: &batch)
    case (.text, .line): try parseLines(block, isClean: isClean, into: &batch)
    case (.text, .paragraph): try parseParagraphs(block, isClean: isClean, into: &batch)
    case (.text, .file):
      if !block.bytes.isEmpty {
        let record = Record(range: 0..<block.bytes.count, line: block.firstLine)
        try appendText(record, of: block, isClean: isClean, to: &batch)
      }
    }
    if let damage = block.damage { batch.rejects.append(RejectedRecord(damage)) }
  }

  /// Where a record stands in its block, and its line in the file.
  private struct Record {
    var range: Range<Int>
    var line: Int
  }

  // MARK: - Plain text

  private func parseLines(
    _ block: borrowing RecordBlock, isClean: Bool, into batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span
    batch.text.reserve(bytes.count)
    var line = block.firstLine
    var start = 0
    while start < bytes.count {
      let end = endOfLine(bytes, from: start)
      let record = Record(range: contentRange(bytes, start..<end), line: line)
      try appendText(record, of: block, isClean: isClean, to: &batch)
      start = end + 1
      line += 1
    }
  }

  private func parseParagraphs(
    _ block: borrowing RecordBlock, isClean: Bool, into batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span
    batch.text.reserve(bytes.count)
    var open: Record?
    var line = block.firstLine
    var start = 0
    while start < bytes.count {
      let end = endOfLine(bytes, from: start)
      if isBlank(bytes, start..<end) {
        if let paragraph = open.take() {
          try appendText(paragraph, of: block, isClean: isClean, to: &batch)
        }
      } else {
        let first = open ?? Record(range: start..<end, line: line)
        let content = contentRange(bytes, start..<end)
        open = Record(range: first.range.lowerBound..<content.upperBound, line: first.line)
      }
      start = end + 1
      line += 1
    }
    if let open { try appendText(open, of: block, isClean: isClean, to: &batch) }
  }

  /// The line in `range`, which ends before its line feed, without the carriage return of a CRLF.
  private func contentRange(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    let end = range.upperBound
    guard end < bytes.count, end > range.lowerBound, bytes[end - 1] == carriageReturn else {
      return range
    }
    return range.lowerBound..<end - 1
  }

  private func appendText(
    _ record: Record, of block: borrowing RecordBlock, isClean: Bool,
    to batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span.extracting(record.range)
    if isClean || options.invalidUTF8 == .keep || isWellFormedUTF8(bytes) {
      batch.text.append(copying: bytes)
    } else if try isUsable(record, of: block, rejects: &batch.rejects) {
      batch.replacedSequences += appendReplacingIllFormed(bytes, to: &batch.text)
    } else {
      return
    }
    batch.endDocument(line: record.line)
  }

  // MARK: - JSON lines

  private mutating func parseJSONLines(
    _ block: borrowing RecordBlock, isClean: Bool, into batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span
    var line = block.firstLine
    var start = 0
    while start < bytes.count {
      let end = endOfLine(bytes, from: start)
      if !isBlank(bytes, start..<end) {
        let record = Record(range: start..<end, line: line)
        try appendField(record, of: block, isClean: isClean, to: &batch)
      }
      start = end + 1
      line += 1
    }
  }

  private mutating func appendField(
    _ record: Record, of block: borrowing RecordBlock, isClean: Bool,
    to batch: inout DocumentBatch
  ) throws(TextError) {
    let outcome: JSONFieldReader.Outcome
    let bytes = block.bytes.span.extracting(record.range)
    if isClean || isWellFormedUTF8(bytes) {
      outcome = fieldReader.appendField(of: block.bytes, record.range, to: &batch.text)
    } else {
      guard try isUsable(record, of: block, rejects: &batch.rejects) else { return }
      repaired.removeAll()
      let replaced = appendReplacingIllFormed(bytes, to: &repaired)
      outcome = fieldReader.appendField(of: repaired, 0..<repaired.count, to: &batch.text)
      if outcome == .appended { batch.replacedSequences += replaced }
    }
    if let reason = reason(of: outcome) {
      batch.rejects.append(reject(record, of: block, at: 0, reason))
    } else {
      batch.endDocument(line: record.line)
    }
  }

  /// Why a line with `outcome` becomes no document; nil if it does.
  private func reason(of outcome: JSONFieldReader.Outcome) -> String? {
    switch outcome {
    case .appended: nil
    case .malformed(let message): "not valid JSON: \(message)"
    case .notAnObject: "not a JSON object"
    case .missing: "no field \"\(options.field)\""
    case .notAString: "field \"\(options.field)\" is not a string"
    }
  }

  // MARK: - Bytes that are not UTF-8

  /// Whether an ill-formed record is to be repaired; otherwise it is rejected here.
  private func isUsable(
    _ record: Record, of block: borrowing RecordBlock, rejects: inout [RejectedRecord]
  ) throws(TextError) -> Bool {
    if options.invalidUTF8 == .replace || options.invalidUTF8 == .keep { return true }
    let offset = firstIllFormedByte(block.bytes.span.extracting(record.range)) ?? 0
    let place = block.firstByteOffset + record.range.lowerBound + offset
    let what = "invalid UTF-8 at byte \(place) of the file"
    if options.invalidUTF8 == .refuse {
      throw TextError(
        .invalidUTF8, what, at: .init(path: block.path, line: record.line, byteOffset: place),
        remedy: "convert the file to UTF-8, or use --invalid-utf8 replace, skip or keep")
    }
    rejects.append(reject(record, of: block, at: offset, what))
    return false
  }

  /// The reject of `record`, for what stands `offset` bytes into it.
  private func reject(
    _ record: Record, of block: borrowing RecordBlock, at offset: Int, _ reason: String
  ) -> RejectedRecord {
    RejectedRecord(
      path: block.path, line: record.line,
      byteOffset: block.firstByteOffset + record.range.lowerBound + offset, reason: reason)
  }
}

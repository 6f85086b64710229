// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Turns blocks of records into documents; one a worker, reused from block to block.
///
/// A block is checked as a whole for well-formed UTF-8, at several GB/s; only the records of a
/// block that fails are looked at one by one.
package struct RecordParser: ~Copyable, Sendable {
  let options: CorpusOptions
  private var fieldReader: JSONFieldReader
  /// Whether JSON lines are read by `fieldReader`: one field, at the top.
  private let hasPlainField: Bool
  /// A record with U+FFFD for its ill-formed bytes.
  private var repaired = ByteBuffer()
  private var makers: FormatDocuments

  package init(options: CorpusOptions) {
    self.options = options
    let path = JSONPath(options.field)
    var name = options.field
    var isPlain = false
    if options.template == nil, options.record == nil, options.chatRoles == nil, let path,
      path.steps.count == 1,
      case .field(let bytes) = path.steps[0]
    {
      name = String(decoding: bytes, as: UTF8.self)
      isPlain = MetadataField.allCases.allSatisfy {
        JSONPath(options.metadataFields[$0] ?? $0.name)?.steps.count == 1
      }
    }
    hasPlainField = isPlain
    fieldReader = JSONFieldReader(
      field: name,
      others: options.keepsMetadata
        ? MetadataField.allCases.map { options.metadataFields[$0] ?? $0.name } : [])
    makers = FormatDocuments(options)
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
    batch.sample = options.sample.map { sample in
      (DocumentRanks(seed: sample.seed, path: block.path), sample.limit)
    }
    try checkHoldsConversations(block)
    let firstReject = batch.rejects.count
    batch.rejects += block.rejects
    switch (block.format, options.documents) {
    case (.jsonl, _): try parseJSONLines(block, into: &batch)
    case (.text, .line):
      try parseLines(block, isClean: isWellFormedUTF8(block.bytes.span), into: &batch)
    case (.text, .paragraph):
      try parseParagraphs(block, isClean: isWellFormedUTF8(block.bytes.span), into: &batch)
    case (.text, .file):
      if !block.bytes.isEmpty {
        let record = LineRecord(range: 0..<block.bytes.count, line: block.firstLine)
        let isClean = isWellFormedUTF8(block.bytes.span)
        try appendText(record, of: block, isClean: isClean, to: &batch)
      }
    case (.html, _), (.subtitle, _):
      if !block.bytes.isEmpty {
        let place = RecordPlace(range: 0..<block.bytes.count)
        try append(place, line: block.firstLine, of: block, isClean: false, to: &batch)
      }
    default: try parseRecords(block, into: &batch)
    }
    if !block.rejects.isEmpty { sort(&batch.rejects, from: firstReject) }
    if let damage = block.damage { batch.rejects.append(RejectedRecord(damage)) }
    if options.repairsMojibake { batch.repairMojibake() }
  }

  /// Puts the rejects that the reader found among those of the records, in the order of the file.
  private func sort(_ rejects: inout [RejectedRecord], from first: Int) {
    let sorted = rejects[first...].enumerated().sorted {
      ($0.element.byteOffset, $0.offset) < ($1.element.byteOffset, $1.offset)
    }
    rejects.replaceSubrange(first..., with: sorted.map(\.element))
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
      let record = LineRecord(range: contentRange(bytes, start..<end), line: line)
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
    var open: LineRecord?
    var line = block.firstLine
    var start = 0
    while start < bytes.count {
      let end = endOfLine(bytes, from: start)
      if isBlank(bytes, start..<end) {
        if let paragraph = open.take() {
          try appendText(paragraph, of: block, isClean: isClean, to: &batch)
        }
      } else {
        let first = open ?? LineRecord(range: start..<end, line: line)
        let content = contentRange(bytes, start..<end)
        open = LineRecord(range: first.range.lowerBound..<content.upperBound, line: first.line)
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
    _ record: LineRecord, of block: borrowing RecordBlock, isClean: Bool,
    to batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span.extracting(record.range)
    if isClean || isWellFormedUTF8(bytes) {
      batch.text.append(copying: bytes)
    } else if appendConverted(bytes, of: block, options, to: &batch.text) {
      batch.convertedRecords += 1
    } else if options.invalidUTF8 == .keep, block.charset == .utf8 {
      batch.text.append(copying: bytes)
    } else if try isUsable(record, of: block, rejects: &batch.rejects) {
      batch.replacedSequences += appendReplacingIllFormed(bytes, to: &batch.text)
    } else {
      return
    }
    batch.endDocument(
      line: record.line, byteOffset: block.sourceOffset(of: record.range.lowerBound))
  }

  // MARK: - JSON lines

  private mutating func parseJSONLines(
    _ block: borrowing RecordBlock, into batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span
    // Where runs of lines are read at once, they are checked on the way, and others one by one.
    let isClean = !hasPlainField && isWellFormedUTF8(bytes)
    var line = block.firstLine
    var start = 0
    while start < bytes.count {
      if hasPlainField {
        let count = appendRun(of: block, from: start, line: line, to: &batch)
        if count > 0 {
          line += count
          start = fieldReader.lineEnds[count - 1] + 1
          continue
        }
      }
      let end = endOfLine(bytes, from: start)
      if !isBlank(bytes, start..<end) {
        let place = RecordPlace(range: start..<end, variant: JSONScanner.rootVariant)
        try append(place, line: line, of: block, isClean: isClean, to: &batch)
      }
      start = end + 1
      line += 1
    }
  }

  /// Appends the documents of the lines from `start` on that can be read at once; returns how many.
  private mutating func appendRun(
    of block: borrowing RecordBlock, from start: Int, line: Int, to batch: inout DocumentBatch
  ) -> Int {
    // A document that a sample leaves out must be the last to be forgotten.
    let limit = batch.sample == nil ? JSONFieldReader.maximumRun : 1
    let firstText = batch.text.count
    let count = fieldReader.appendRun(
      of: block.bytes, from: start, limit: limit, to: &batch.text)
    var lineStart = start
    for index in 0..<count {
      if options.keepsMetadata {
        for field in MetadataField.allCases {
          batch.setMetadata(field) {
            fieldReader.appendOther(field.rawValue, ofLine: index, to: &$0)
          }
        }
      }
      batch.endDocument(
        line: line + index, byteOffset: block.sourceOffset(of: lineStart),
        textEnd: firstText + fieldReader.textEnds[index])
      lineStart = fieldReader.lineEnds[index] + 1
    }
    return count
  }

  /// Appends the field of a JSON line; the message of what is wrong with its JSON, if anything is.
  private mutating func appendField(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ record: Record,
    to batch: inout DocumentBatch
  ) -> String? {
    let outcome = fieldReader.appendField(of: text, range, to: &batch.text)
    switch outcome {
    case .appended:
      if options.keepsMetadata {
        for field in MetadataField.allCases {
          batch.setMetadata(field) { fieldReader.appendOther(field.rawValue, to: &$0) }
        }
      }
      batch.endDocument(line: record.line, byteOffset: record.byteOffset)
    case .malformed(let message): return message
    case .notAnObject: batch.reject(record, "not a JSON object")
    case .missing: batch.reject(record, "no field \"\(options.field)\"")
    case .notAString: batch.reject(record, "field \"\(options.field)\" is not a string")
    }
    return nil
  }

  // MARK: - Records that a scanner found

  private mutating func parseRecords(
    _ block: borrowing RecordBlock, into batch: inout DocumentBatch
  ) throws(TextError) {
    let bytes = block.bytes.span
    // Records of web archives are in charsets of their own.
    let isClean = block.format == .warc || isWellFormedUTF8(bytes)
    var line = block.firstLine
    var counted = 0
    for place in block.records {
      line += lineFeedCount(bytes.extracting(counted..<place.range.lowerBound))
      counted = place.range.lowerBound
      try append(place, line: line, of: block, isClean: isClean, to: &batch)
    }
  }

  /// Appends the documents of the record at `place`, which `isClean` says to be UTF-8.
  private mutating func append(
    _ place: RecordPlace, line: Int, of block: borrowing RecordBlock, isClean: Bool,
    to batch: inout DocumentBatch
  ) throws(TextError) {
    let record = Record(
      path: block.path, line: line, byteOffset: block.sourceOffset(of: place.range.lowerBound),
      variant: place.variant)
    let bytes = block.bytes.span.extracting(place.range)
    if isClean || block.format == .html || isWellFormedUTF8(bytes) {
      if let message = appendDocuments(block.bytes, place.range, record, of: block, to: &batch) {
        try repairSurrogates(message, place, record, of: block, to: &batch)
      }
      return
    }
    repaired.removeAll()
    if appendConverted(bytes, of: block, options, to: &repaired) {
      batch.convertedRecords += 1
      let message = appendRepaired(record, of: block, to: &batch)
      if let message { batch.reject(record, "not valid JSON: \(message)") }
      return
    }
    let lineRecord = LineRecord(range: place.range, line: line)
    guard try isUsable(lineRecord, of: block, rejects: &batch.rejects) else { return }
    repaired.removeAll()
    let replaced = appendReplacingIllFormed(bytes, to: &repaired)
    let before = batch.count
    let message = appendRepaired(record, of: block, to: &batch)
    if let message { batch.reject(record, "not valid JSON: \(message)") }
    if batch.count > before { batch.replacedSequences += replaced }
  }

  /// Reads a JSON record again that was refused for `message`, if that may be for lone surrogates.
  private mutating func repairSurrogates(
    _ message: String, _ place: RecordPlace, _ record: Record, of block: borrowing RecordBlock,
    to batch: inout DocumentBatch
  ) throws(TextError) {
    repaired.removeAll()
    repaired.append(copying: block.bytes.span.extracting(place.range))
    let replaced = replaceLoneSurrogates(in: &repaired)
    if replaced == 0 { return batch.reject(record, "not valid JSON: \(message)") }
    let what = "a lone surrogate in a JSON string"
    switch options.invalidUTF8 {
    case .skip: return batch.reject(record, what)
    case .refuse:
      throw TextError(
        .invalidUTF8, what,
        at: .init(path: block.path, line: record.line, byteOffset: record.byteOffset),
        remedy: "use --invalid-utf8 replace or skip")
    case .replace, .keep: break
    }
    let before = batch.count
    if let message = appendRepaired(record, of: block, to: &batch) {
      batch.reject(record, "not valid JSON: \(message)")
    }
    if batch.count > before { batch.replacedSequences += replaced }
  }

  private mutating func appendRepaired(
    _ record: Record, of block: borrowing RecordBlock, to batch: inout DocumentBatch
  ) -> String? {
    var text = ByteBuffer()
    swap(&text, &repaired)
    let message = appendDocuments(text, 0..<text.count, record, of: block, to: &batch)
    swap(&text, &repaired)
    return message
  }

  /// Appends the documents of a record; what is wrong with its JSON, if that is why there are none.
  private mutating func appendDocuments(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ record: Record,
    of block: borrowing RecordBlock, to batch: inout DocumentBatch
  ) -> String? {
    if block.format == .jsonl, hasPlainField {
      return appendField(text, range, record, to: &batch)
    }
    return makers.append(
      text, range, record, format: block.format, header: block.header, to: &batch)
  }

  // MARK: - Bytes that are not UTF-8

  /// Whether an ill-formed record is to be repaired; otherwise it is rejected here.
  private func isUsable(
    _ record: LineRecord, of block: borrowing RecordBlock, rejects: inout [RejectedRecord]
  ) throws(TextError) -> Bool {
    if options.invalidUTF8 == .replace || options.invalidUTF8 == .keep { return true }
    let offset = firstIllFormedByte(block.bytes.span.extracting(record.range)) ?? 0
    let place = block.sourceOffset(of: record.range.lowerBound + offset)
    let charset = block.charset == .utf8 ? "UTF-8" : block.charset.rawValue
    let what = "invalid \(charset) at byte \(place) of the file"
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
    _ record: LineRecord, of block: borrowing RecordBlock, at offset: Int, _ reason: String
  ) -> RejectedRecord {
    RejectedRecord(
      path: block.path, line: record.line,
      byteOffset: block.sourceOffset(of: record.range.lowerBound + offset), reason: reason)
  }
}

/// Where a record stands in its block, and its line in the file.
struct LineRecord {
  var range: Range<Int>
  var line: Int
}

/// Where a record stands in its file, and which of its format's kinds it is.
struct Record {
  var path: String
  var line: Int
  var byteOffset: Int
  var variant: Int
}

extension DocumentBatch {
  /// Notes that `record`, or a part of it, became no document, and forgets what was begun of it.
  mutating func reject(_ record: Record, _ reason: String) {
    discardDocument()
    rejects.append(
      RejectedRecord(
        path: record.path, line: record.line, byteOffset: record.byteOffset, reason: reason))
  }
}

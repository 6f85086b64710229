// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How the fields of separated values are told apart.
///
/// As Python's csv module reads: a quote opens a quoted field only where a field begins, doubled quotes
/// inside are one, and what follows the closing quote belongs to the field as it is.
struct SeparatedSyntax: Sendable {
  let separator: UInt8
  let isQuoted: Bool

  init(_ format: RecordFormat, _ options: CorpusOptions) {
    separator = format == .tsv ? 0x09 : UInt8(ascii: ",")
    isQuoted = options.quoting == .rfc4180
  }
}

/// Finds the records of separated values: lines, whose quoted fields may hold line ends.
struct SeparatedScanner: RecordScanning {
  private enum State { case recordStart, fieldStart, bare, quoted, quoteInQuoted }

  private let syntax: SeparatedSyntax
  private var state = State.recordStart
  private var awaitsHeader: Bool

  init(_ syntax: SeparatedSyntax, _ hasHeader: Bool) {
    self.syntax = syntax
    awaitsHeader = hasHeader
  }

  mutating func scan(_ bytes: Span<UInt8>, isEnd: Bool, _ finds: inout RecordFinds) {
    var offset = finds.position
    while offset < bytes.count {
      let byte = bytes[offset]
      switch state {
      case .recordStart:
        // A blank line is no record.
        if byte == lineFeed || byte == carriageReturn && isLineEnd(bytes, offset, isEnd) {
          offset += 1
          continue
        }
        if byte == carriageReturn, offset + 1 == bytes.count, !isEnd {
          finds.position = offset
          return
        }
        finds.openStart = offset
        state = .fieldStart
        continue
      case .fieldStart:
        state = syntax.isQuoted && byte == UInt8(ascii: "\"") ? .quoted : .bare
        if state == .quoted { offset += 1 }
        continue
      case .bare:
        offset = firstOffset(of: syntax.separator, or: lineFeed, in: bytes, from: offset)
        guard offset < bytes.count else { continue }
        endField(bytes, offset, &finds)
      case .quoted:
        offset = firstOffset(of: UInt8(ascii: "\""), in: bytes, from: offset)
        guard offset < bytes.count else { continue }
        state = .quoteInQuoted
      case .quoteInQuoted:
        if byte == UInt8(ascii: "\"") {
          state = .quoted
        } else if byte == syntax.separator || byte == lineFeed {
          endField(bytes, offset, &finds)
        } else {
          state = .bare
          continue
        }
      }
      offset += 1
    }
    finds.position = offset
    if isEnd { end(bytes, &finds) }
  }

  private func isLineEnd(_ bytes: Span<UInt8>, _ offset: Int, _ isEnd: Bool) -> Bool {
    offset + 1 < bytes.count ? bytes[offset + 1] == lineFeed : isEnd
  }

  /// Takes the separator or line feed at `offset`, behind a field.
  private mutating func endField(
    _ bytes: Span<UInt8>, _ offset: Int, _ finds: inout RecordFinds
  ) {
    state = bytes[offset] == lineFeed ? .recordStart : .fieldStart
    if state == .recordStart { endRecord(bytes, before: offset, &finds) }
  }

  /// Ends the record at its line end, which is no part of it.
  private mutating func endRecord(
    _ bytes: Span<UInt8>, before offset: Int, _ finds: inout RecordFinds
  ) {
    var end = offset
    if let start = finds.openStart, end > start, bytes[end - 1] == carriageReturn { end -= 1 }
    if awaitsHeader {
      awaitsHeader = false
      finds.closeHeader(at: end)
    } else {
      finds.close(at: end)
    }
  }

  private mutating func end(_ bytes: Span<UInt8>, _ finds: inout RecordFinds) {
    defer { state = .recordStart }
    guard finds.openStart != nil else { return }
    if state == .quoted {
      finds.fail("a quoted field is opened, but never closed")
    } else {
      endRecord(bytes, before: bytes.count, &finds)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// The serial half of the formats whose records do not end at line ends: a scanner looks at every byte
// once, in order, and tells where records stand. It finds ends and nothing else, so that it is much
// faster than what the workers do with the records.

/// Finds the records of a file whose bytes come piece by piece.
protocol RecordScanning: Sendable {
  /// Looks at `bytes` from `finds.position` on and moves that behind what it has understood; `bytes`
  /// begin where they began the last time, unless ``RecordFinds/forget(_:)`` moved them.
  ///
  /// Bytes from the beginning of an open record on are given again. At the end of the file, `isEnd`,
  /// the scanner closes or reports what is open.
  mutating func scan(_ bytes: Span<UInt8>, isEnd: Bool, _ finds: inout RecordFinds)
}

/// What a scanner has found in the bytes that are not yet in a block.
struct RecordFinds: Sendable {
  /// A fault at an offset of the bytes.
  struct Fault: Sendable {
    var offset: Int
    var reason: String
  }

  /// The first byte not yet looked at.
  var position = 0
  /// Where the record begins that goes on at `position`.
  var openStart: Int?
  /// Whole records, in order.
  private(set) var records: [RecordPlace] = []
  private(set) var faults: [Fault] = []
  /// Where the field names stand, where the format has them.
  var header: Range<Int>?
  /// Longer records are faults.
  let maximumBytes: Int
  private var isDropping = false
  /// Whether the open record may turn out to be what stands around records, and none itself: that it
  /// is too long is told once it has ended.
  var isTentative = false
  /// Where a tentative record began that is dropped for its length.
  private var held: Fault?
  /// What became of it: the fault to tell, or none.
  private var verdict: Verdict?

  enum Verdict: Sendable { case fault(String), none }

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Ends the open record before `end`.
  mutating func close(at end: Int, variant: Int = 0) {
    guard let start = openStart.take() else { return }
    if isDropping {
      settle(.fault(tooLong))
    } else if end - start > maximumBytes {
      faults.append(Fault(offset: start, reason: tooLong))
    } else {
      records.append(RecordPlace(range: start..<end, variant: variant))
    }
    isTentative = false
  }

  /// Ends the dropping of a record, with `verdict` if that waited.
  private mutating func settle(_ verdict: Verdict) {
    if isDropping, isTentative { self.verdict = verdict }
    isDropping = false
    isTentative = false
  }

  /// Ends the open record before `end` and takes it as the header.
  mutating func closeHeader(at end: Int) {
    if let openStart, !isDropping, end - openStart <= maximumBytes {
      header = openStart..<end
    } else if let openStart, !isDropping {
      faults.append(Fault(offset: openStart, reason: tooLong))
    }
    abandon()
  }

  /// Gives the open record up: it is none.
  mutating func abandon() {
    openStart = nil
    settle(.none)
  }

  /// Gives the open record up for `reason`.
  mutating func fail(_ reason: String) {
    if let openStart, !isDropping {
      let isTooLong = !isTentative && position - openStart > maximumBytes
      faults.append(Fault(offset: openStart, reason: isTooLong ? tooLong : reason))
    }
    settle(.fault(reason))
    openStart = nil
  }

  mutating func fail(_ reason: String, at offset: Int) {
    faults.append(Fault(offset: offset, reason: reason))
  }

  /// How many of the bytes nothing needs any more, if the open record is too long to be kept.
  mutating func dropLongRecord() -> Int? {
    guard let start = openStart else { return nil }
    if !isDropping {
      // The last byte may be a carriage return, which is no part of the record if a line feed follows.
      guard position - start > maximumBytes + 1 else { return nil }
      let fault = Fault(offset: start, reason: tooLong)
      if isTentative { held = fault } else { faults.append(fault) }
      isDropping = true
    }
    return position
  }

  private var tooLong: String { "record longer than \(maximumBytes) bytes" }

  /// Takes the records found.
  mutating func takeRecords() -> [RecordPlace] {
    defer { records = [] }
    return records
  }

  /// Takes where a tentative record began that is dropped from here on; ``takeVerdict()`` tells later
  /// what becomes of it.
  mutating func takeHeld() -> Fault? { held.take() }

  /// Takes what became of the tentative record that was dropped.
  mutating func takeVerdict() -> Verdict? { verdict.take() }

  /// Takes the faults found.
  mutating func takeFaults() -> [Fault] {
    defer { faults = [] }
    return faults
  }

  /// Says that the first `count` bytes are gone; nothing that is open stands in them, unless it is
  /// dropped.
  mutating func forget(_ count: Int) {
    position -= count
    if let start = openStart { openStart = max(start - count, 0) }
  }
}

/// The scanner of a format.
enum RecordScanner: Sendable {
  case json(JSONScanner)
  case separated(SeparatedScanner)
  case pages(PageScanner)
  case warc(WARCScanner)

  /// The scanner of `format`; nil for those whose records are found by lines.
  init?(_ format: RecordFormat, _ options: CorpusOptions) {
    switch format {
    case .json, .modu, .aihub:
      self = .json(JSONScanner(paths: JSONLayout.layouts(of: format, options).map(\.arrayPath)))
    case .csv, .tsv:
      self = .separated(SeparatedScanner(SeparatedSyntax(format, options), options.hasHeader))
    case .wikipedia: self = .pages(PageScanner())
    case .warc: self = .warc(WARCScanner())
    case .text, .jsonl, .html, .subtitle: return nil
    }
  }

  mutating func scan(_ pending: borrowing ByteBuffer, isEnd: Bool, _ finds: inout RecordFinds) {
    let bytes = pending.span
    // One switch a piece of a block's size.
    switch self {
    case .json(var scanner):
      scanner.scan(bytes, isEnd: isEnd, &finds)
      self = .json(scanner)
    case .separated(var scanner):
      scanner.scan(bytes, isEnd: isEnd, &finds)
      self = .separated(scanner)
    case .pages(var scanner):
      scanner.scan(bytes, isEnd: isEnd, &finds)
      self = .pages(scanner)
    case .warc(var scanner):
      scanner.scan(bytes, isEnd: isEnd, &finds)
      self = .warc(scanner)
    }
  }
}

/// The offset of the first `wanted` byte from `start` on, or the end of `bytes`.
///
/// - Complexity: O(n), 32 bytes a step.
func firstOffset(of wanted: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
  firstOffset(of: wanted, or: wanted, in: bytes, from: start)
}

/// The offset of the first byte that is `first` or `second` from `start` on, or the end of `bytes`.
///
/// - Complexity: O(n), 32 bytes a step.
func firstOffset(
  of first: UInt8, or second: UInt8, in bytes: Span<UInt8>, from start: Int
) -> Int {
  var offset = start
  while bytes.count - offset >= 32 {
    let step = bytes.extracting(offset..<offset + 32)
    var hits: UInt8 = 0
    for index in 0..<32 { hits |= zeroBit(step[index] ^ first) | zeroBit(step[index] ^ second) }
    if hits != 0 { break }
    offset += 32
  }
  while offset < bytes.count, bytes[offset] != first, bytes[offset] != second { offset += 1 }
  return offset
}

/// 1 if `byte` is 0, else 0, without a branch, so that loops become vector code.
@inline(__always)
private func zeroBit(_ byte: UInt8) -> UInt8 { ((byte &- 1) & ~byte) >> 7 }

/// Whether `wanted` stands at `offset` of `bytes`.
func matches(_ bytes: Span<UInt8>, at offset: Int, _ wanted: String) -> Bool {
  guard offset >= 0, bytes.count - offset >= wanted.utf8.count else { return false }
  var index = offset
  for byte in wanted.utf8 {
    if bytes[index] != byte { return false }
    index += 1
  }
  return true
}

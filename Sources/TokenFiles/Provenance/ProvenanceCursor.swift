// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Streams the rows of a side file with the origins of documents, ours or dolma's.
struct ProvenanceCursor: ~Copyable {
  private var file: GzipFile
  /// Bytes of the window that were taken.
  private var taken = 0
  /// Rows that were taken.
  private var count = 0
  /// The document's tokens in its shard, by the row at hand.
  private(set) var tokens = 0..<0
  /// The row's last fields, as ``DocumentOrigin`` has them.
  private(set) var origin = ByteBuffer()

  var path: String { file.path }

  /// Opens the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ path: String) throws(TextError) {
    file = try GzipFile(path)
  }

  /// Takes the next row; returns false if there is none.
  ///
  /// - Throws: `damagedArtefact` for a row that is none, or does not go on where the last one ended.
  mutating func next() throws(TextError) -> Bool {
    guard let row = try nextRow() else { return false }
    origin.removeAll()
    file.copy(row, to: &origin)
    guard let (range, taken) = Self.numbers(in: origin.span) else {
      throw fault("does not begin with two numbers in order")
    }
    guard range.lowerBound == tokens.upperBound else {
      throw fault(
        "begins at token \(range.lowerBound), where the one before ends at \(tokens.upperBound)")
    }
    tokens = range
    origin.removeFirst(taken)
    count += 1
    return true
  }

  private func fault(_ what: String) -> TextError { .damaged(path, "row \(count) \(what)") }

  /// The next row in the window, without its end; nil at the end of the file.
  private mutating func nextRow() throws(TextError) -> Range<Int>? {
    var end = taken
    var isQuoted = false
    while true {
      while end < file.window.count {
        let byte = file.window[end]
        if byte == 0x22 { isQuoted.toggle() }
        if byte == 0x0A, !isQuoted {
          let row = taken..<(end > taken && file.window[end - 1] == 0x0D ? end - 1 : end)
          taken = end + 1
          return row
        }
        end += 1
      }
      end -= taken
      let isMore = try file.readMore(forgetting: taken)
      taken = 0
      if isMore { continue }
      guard end == 0 else { throw fault("has no end") }
      return nil
    }
  }

  /// The two numbers with which `row` begins, as a range, and the bytes that they take with their commas.
  private static func numbers(in row: Span<UInt8>) -> (Range<Int>, taken: Int)? {
    var place = 0
    guard let start = number(in: row, &place), let end = number(in: row, &place), start <= end
    else { return nil }
    return (start..<end, place)
  }

  /// The number that ends before the next comma; `place` moves behind that.
  private static func number(in row: Span<UInt8>, _ place: inout Int) -> Int? {
    var number = 0
    let start = place
    // Eighteen digits are no overflow.
    while place < row.count, (0x30...0x39).contains(row[place]), place - start < 18 {
      number = number * 10 + Int(row[place] - 0x30)
      place += 1
    }
    guard place > start, place < row.count, row[place] == 0x2C else { return nil }
    place += 1
    return number
  }
}

/// Goes along the documents of a shard with the file of their origins, if there is one, and holds each
/// row against its document.
struct OriginCursor: ~Copyable {
  private var rows: ProvenanceCursor?
  private var count = 0
  /// The origin at hand, as ``DocumentOrigin`` has it; empty without a file.
  private(set) var row = ByteBuffer()

  /// Opens the file of `shard`, if it has one.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ shard: TokenShard) throws(TextError) {
    rows = try shard.provenancePath.map { (path) throws(TextError) in try ProvenanceCursor(path) }
  }

  /// Takes the origin of the next document, one of `tokenCount` tokens.
  ///
  /// - Throws: `damagedArtefact` if it is that of another.
  mutating func next(tokenCount: Int) throws(TextError) {
    guard rows != nil else { return }
    let path = rows?.path ?? ""
    guard try rows?.next() == true else {
      throw .damaged(path, "has \(count) rows, where there are more documents")
    }
    let found = rows?.tokens.count ?? 0
    guard found == tokenCount else {
      throw .damaged(
        path, "row \(count) is of \(found) tokens, where the document has \(tokenCount)")
    }
    count += 1
    row.removeAll()
    if let origin = rows?.origin.makeArray() { row.append(copying: origin.span) }
  }

  /// Refuses rows behind that of the last document.
  ///
  /// - Throws: `damagedArtefact`.
  mutating func checkEnd() throws(TextError) {
    guard try rows?.next() == true, let path = rows?.path else { return }
    throw .damaged(path, "has more rows than the \(count) documents")
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How documents wait in a bucket: u64 number, u64 length of each column, then the values in
/// `width` bytes each; all little-endian.
struct ShuffleLayout: Sendable {
  let columnCount: Int
  /// The stored type of values: two bytes, or four for anything up to 2³² − 1.
  let type: TokenType

  var headerByteCount: Int { 8 * (1 + columnCount) }

  init(columnCount: Int, maximumValue: UInt32) {
    self.columnCount = columnCount
    type = maximumValue <= TokenType.uint16.maximumID ? .uint16 : .uint32
  }

  /// Appends `stored` values to `values`.
  func append(_ stored: Span<UInt8>, to values: inout TokenBuffer) {
    switch type {
    case .uint16: _ = values.append(stored: stored, as: UInt16.self)
    case .uint32, .int32, .int64: _ = values.append(stored: stored, as: UInt32.self)
    }
  }
}

/// The documents of one range of keys, in a file that has its last bytes still in memory.
struct ShuffleBucket: ~Copyable, Sendable {
  let path: String
  private var capacity: Int
  private var pending: ByteBuffer
  private var file: FileDescriptor?
  private var isSynchronized = true
  private(set) var documentCount = 0
  /// Bytes of the file and those not yet in it.
  private(set) var byteCount = 0

  /// A bucket that has no file before `capacity` bytes are in it.
  init(path: String, capacity: Int) {
    self.path = path
    self.capacity = capacity
    pending = ByteBuffer(capacity: capacity)
  }

  /// Begins the record of document `number`, whose values follow by ``append(_:as:)``.
  ///
  /// - Throws: `writeFailed`.
  mutating func begin(_ number: Int) throws(TextError) {
    documentCount += 1
    try append(word: number)
  }

  /// Appends a word of a record's header.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(word: Int) throws(TextError) {
    if pending.count + 8 > capacity { try flush() }
    pending.append(littleEndian: UInt64(word))
    byteCount += 8
  }

  /// Appends values of a record.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(_ values: Span<UInt32>, as type: TokenType) throws(TextError) {
    var start = 0
    while start < values.count {
      if pending.count + type.width > capacity { try flush() }
      let end = min(values.count, start + (capacity - pending.count) / type.width)
      pending.append(ids: values.extracting(start..<end), as: type)
      start = end
    }
    byteCount += values.count * type.width
  }

  /// Writes out what is in memory.
  ///
  /// - Throws: `writeFailed`.
  mutating func flush() throws(TextError) {
    if pending.isEmpty { return }
    if file == nil { file = try FileDescriptor.writing(path) }
    try file?.write(pending.span, path: path)
    pending.removeAll()
    isSynchronized = false
  }

  /// Makes what was appended durable.
  ///
  /// - Throws: `writeFailed`.
  mutating func synchronize() throws(TextError) {
    try flush()
    if isSynchronized { return }
    try file?.synchronize(path: path)
    isSynchronized = true
  }

  /// Writes out everything, closes the file and gives the memory back; nothing may follow.
  ///
  /// - Throws: `writeFailed`.
  mutating func close() throws(TextError) {
    try flush()
    file = nil
    capacity = 0
    pending = ByteBuffer()
  }
}

/// Documents of one range of keys at rest: parts of files.
struct BucketContents: Sendable {
  struct Part: Sendable {
    var path: String
    var byteCount: Int
  }

  var parts: [Part] = []
  var documentCount = 0

  var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }

  /// Memory to have all of it at hand and sorted: the bytes, and an entry of 16 bytes a document
  /// with as much as half of that for sorting them.
  var memoryBytes: Int { byteCount + 24 * documentCount }

  func removeFiles() {
    for part in parts { removeFile(part.path) }
  }

  /// Reads everything behind the end of `bytes`.
  ///
  /// - Throws: `readFailed`, `fileNotFound`; `damagedArtefact` if a file is shorter than it was.
  func load(into bytes: inout ByteBuffer) throws(TextError) {
    bytes.reserve(byteCount)
    for part in parts where part.byteCount > 0 {
      let file = try FileDescriptor.reading(part.path)
      var missing = part.byteCount
      while missing > 0 {
        let received = try file.read(
          upTo: min(missing, 1 << 20), into: &bytes, path: part.path)
        guard received > 0 else {
          throw .damagedBucket(part.path, byte: part.byteCount - missing)
        }
        missing -= received
      }
    }
  }

  /// Calls `begin` with the number and lengths of each document, and `body` with its values, a
  /// piece at a time.
  ///
  /// - Throws: `readFailed`, `fileNotFound`, `damagedArtefact`; what the closures throw.
  func forEachPiece(
    _ layout: ShuffleLayout, begin: (Int, [Int]) throws(TextError) -> Void,
    body: (Span<UInt32>) throws(TextError) -> Void
  ) throws(TextError) {
    var piece = TokenBuffer(capacity: 1 << 14)
    var lengths = [Int](repeating: 0, count: layout.columnCount)
    for part in parts where part.byteCount > 0 {
      var section = try FileSection(part.path, 0..<part.byteCount)
      while section.offset < part.byteCount {
        let number = try section.next(Int.self)
        for column in lengths.indices { lengths[column] = try section.next(Int.self) }
        guard lengths.allSatisfy({ (0...part.byteCount).contains($0) }) else {
          throw .damagedBucket(part.path, byte: section.offset)
        }
        var missing = lengths.reduce(0, +)
        try begin(number, lengths)
        while missing > 0 {
          let count = min(missing, 1 << 14)
          piece.removeAll()
          switch layout.type {
          case .uint16: try section.append(count, UInt16.self, to: &piece)
          case .uint32, .int32, .int64: try section.append(count, UInt32.self, to: &piece)
          }
          try body(piece.span)
          missing -= count
        }
      }
    }
  }
}

extension TextError {
  /// A file of a shuffle that is not what was written.
  static func damagedBucket(_ path: String, byte: Int) -> TextError {
    TextError(
      .damagedArtefact, "a file of the shuffle is not what was written",
      at: .init(path: path, byteOffset: byte), remedy: "start the job again from the beginning")
  }
}

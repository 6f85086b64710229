// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Puts documents into a random order within bounded memory.
///
/// Documents go in, in any batches; they come out once, in the order of the keys that
/// ``DocumentOrder`` gives their numbers. That is a uniformly random permutation which depends on the
/// seed and on the number of each document, and on nothing else: not on the memory, the batches, or
/// how often the job was interrupted.
///
/// Going in, each document is appended to one of up to 128 files by the first bits of its key. Coming
/// out, one file after the other is read into memory, sorted and handed on; one that is too large is
/// divided by the next bits first. The disk takes the documents once, and a file's worth more while
/// one is divided.
///
///   var shuffle = try DocumentShuffle(directory: "out/corpus.shuffle", seed: 7, memoryBytes: 1 << 30)
///   try shuffle.append(documents: ids.span, ends: ends.span)
///   try shuffle.emit { (batch, numbers) in … }
package struct DocumentShuffle: ~Copyable, Sendable {
  let directory: String
  private let order: DocumentOrder
  private let layout: ShuffleLayout
  private let memoryBytes: Int
  var buckets: ShuffleBuckets
  /// What earlier runs left: of each, the bytes of every bucket that count.
  let generations: [[Int]]
  /// And the documents of every bucket in all of them.
  let earlierCounts: [Int]
  private var lengths: [Int]

  /// Documents appended so far, those of earlier runs among them.
  package private(set) var documentCount: Int
  /// Bytes of the values that this run appended.
  package private(set) var byteCount = 0

  /// A shuffle of documents.
  ///
  /// - Parameters:
  ///   - directory: For the files, which have names of their own; made if it is not there.
  ///   - seed: Another seed gives another order.
  ///   - memoryBytes: The bound for everything that is held; only a single document larger than this
  ///     takes more. Does not change the order.
  ///   - columnCount: The runs of values of a document (see ``SampleBatch``).
  ///   - maximumValue: The largest value there will be; up to 65,535 values take two bytes on disk.
  ///   - checkpoint: Where an interrupted run stood; it must have had the same seed and columns.
  /// - Throws: `writeFailed`; `damagedArtefact` if a file of the checkpoint is not there any more.
  package init(
    directory: String, seed: UInt64, memoryBytes: Int, columnCount: Int = 1,
    maximumValue: UInt32 = .max, resuming checkpoint: Checkpoint? = nil
  ) throws(TextError) {
    try createDirectory(directory)
    let generations = checkpoint?.generations ?? []
    for (number, byteCounts) in generations.enumerated() {
      for (index, wanted) in byteCounts.enumerated() {
        let path = Self.path(directory, bucket: index, generation: number)
        let found = TextCore.byteCount(ofPath: path) ?? 0
        guard found >= wanted else { throw .damagedBucket(path, byte: found) }
      }
    }
    self.directory = directory
    order = DocumentOrder(seed: seed)
    layout = ShuffleLayout(columnCount: columnCount, maximumValue: maximumValue)
    self.memoryBytes = memoryBytes
    self.generations = generations
    earlierCounts = checkpoint?.bucketDocumentCounts ?? []
    documentCount = checkpoint?.documentCount ?? 0
    lengths = []
    // The other half is for the batch at hand.
    buckets = ShuffleBuckets(
      prefix: directory + "/bucket-", suffix: ".\(generations.count)", layout: layout,
      sharedBits: 0, bits: checkpoint.map { $0.bucketDocumentCounts.count.trailingZeroBitCount },
      memoryBytes: memoryBytes / 2)
    buckets.keepsFiles = checkpoint != nil
  }

  deinit {
    if buckets.keepsFiles { return }
    buckets.removeFiles()
    removeEmptyDirectory(directory)
  }
}

// MARK: - In

extension DocumentShuffle {
  /// Appends documents.
  ///
  /// - Parameters:
  ///   - values: The values of all runs of all documents, back to back.
  ///   - ends: Where each run ends in `values`, ascending.
  /// - Throws: `writeFailed`, a full disk among its causes.
  package mutating func append(
    documents values: Span<UInt32>, ends: Span<Int>
  ) throws(TextError) {
    precondition(ends.count % layout.columnCount == 0, "documents that are not whole")
    var start = 0
    for document in 0..<ends.count / layout.columnCount {
      lengths.removeAll(keepingCapacity: true)
      var end = start
      for run in document * layout.columnCount..<(document + 1) * layout.columnCount {
        lengths.append(ends[run] - end)
        end = ends[run]
      }
      let key = order.key(documentCount)
      let bucket = try buckets.begin(documentCount, key: key, lengths: lengths)
      try buckets.append(values.extracting(start..<end), to: bucket)
      documentCount += 1
      byteCount += (end - start) * layout.type.width
      start = end
    }
  }
}

// MARK: - Out

extension DocumentShuffle {
  /// Documents of about so many values are handed on at once.
  private static let batchValues = 1 << 17

  /// Calls `body` with all documents in their new order, a batch at a time, and with the number that
  /// each had when it went in.
  ///
  /// Nothing can be appended any more.
  ///
  /// - Throws: `writeFailed`, `readFailed`, `damagedArtefact`, `interrupted`; what `body` throws.
  /// - Complexity: O(n) bytes written and read, once for each level of dividing: buckets of the first
  ///   hold 128 times the memory, those of the second 16,384 times.
  package mutating func emit(
    _ body: (borrowing SampleBatch, Span<Int>) throws(TextError) -> Void
  ) throws(TextError) {
    try buckets.close()
    var batch = SampleBatch(columnCount: layout.columnCount)
    var numbers = GrowableBuffer<Int>()
    for index in 0..<buckets.count {
      var contents = buckets.contents(index)
      contents.parts = earlierParts(index) + contents.parts
      if !earlierCounts.isEmpty { contents.documentCount += earlierCounts[index] }
      try emit(
        contents, sharedBits: buckets.bucketBits, name: "\(index)", &batch, &numbers, body)
      if !buckets.keepsFiles { contents.removeFiles() }
    }
    try Self.hand(&batch, &numbers, body)
  }

  private func emit(
    _ contents: BucketContents, sharedBits: Int, name: String, _ batch: inout SampleBatch,
    _ numbers: inout GrowableBuffer<Int>,
    _ body: (borrowing SampleBatch, Span<Int>) throws(TextError) -> Void
  ) throws(TextError) {
    if contents.documentCount <= 1 || contents.memoryBytes <= memoryBytes || sharedBits == 64 {
      return try emitSorted(contents, sharedBits, &batch, &numbers, body)
    }
    // ---- Too large: divided by the next bits ----
    var parts = ShuffleBuckets(
      prefix: "\(directory)/part-\(name)-", suffix: "", layout: layout, sharedBits: sharedBits,
      memoryBytes: memoryBytes / 2)
    var bucket = 0
    try contents.forEachPiece(
      layout,
      begin: { (number, lengths) throws(TextError) in
        bucket = try parts.begin(number, key: order.key(number), lengths: lengths)
      },
      body: { (values) throws(TextError) in try parts.append(values, to: bucket) })
    try parts.close()
    for index in 0..<parts.count {
      let part = parts.contents(index)
      try emit(
        part, sharedBits: parts.bucketBits, name: "\(name)-\(index)", &batch, &numbers, body)
      part.removeFiles()
    }
  }

  private func emitSorted(
    _ contents: BucketContents, _ sharedBits: Int, _ batch: inout SampleBatch,
    _ numbers: inout GrowableBuffer<Int>,
    _ body: (borrowing SampleBatch, Span<Int>) throws(TextError) -> Void
  ) throws(TextError) {
    if contents.documentCount == 0 { return }
    var bytes = ByteBuffer()
    try contents.load(into: &bytes)
    let entries = try sortedEntries(bytes.span, contents)
    for entry in entries {
      append(entry.offset, of: bytes.span, to: &batch)
      numbers.append(Int(bytes.span.load(at: entry.offset, as: UInt64.self)))
      if batch.values.count >= Self.batchValues { try Self.hand(&batch, &numbers, body) }
    }
  }

  /// Where the documents in `bytes` begin, by their keys.
  private func sortedEntries(
    _ bytes: Span<UInt8>, _ contents: BucketContents
  ) throws(TextError) -> [(key: UInt64, offset: Int)] {
    var entries: [(key: UInt64, offset: Int)] = []
    entries.reserveCapacity(contents.documentCount)
    var offset = 0
    while offset < bytes.count {
      guard let next = end(ofRecordAt: offset, in: bytes) else {
        throw .damagedBucket(contents.parts[0].path, byte: offset)
      }
      let number = bytes.load(at: offset, as: UInt64.self)
      entries.append((order.key(Int(truncatingIfNeeded: number)), offset))
      offset = next
    }
    guard entries.count == contents.documentCount else {
      throw .damagedBucket(contents.parts[0].path, byte: offset)
    }
    entries.sort { $0.key < $1.key }
    return entries
  }

  /// Where the record that begins at `offset` ends, nil if it is not whole.
  private func end(ofRecordAt offset: Int, in bytes: Span<UInt8>) -> Int? {
    guard bytes.count - offset >= layout.headerByteCount else { return nil }
    var end = offset + layout.headerByteCount
    for column in 0..<layout.columnCount {
      let length = bytes.load(at: offset + 8 + 8 * column, as: UInt64.self)
      guard length <= UInt64((bytes.count - end) / layout.type.width) else { return nil }
      end += Int(length) * layout.type.width
    }
    return end
  }

  /// Appends the document whose record begins at `offset` to `batch`.
  private func append(_ offset: Int, of bytes: Span<UInt8>, to batch: inout SampleBatch) {
    var start = offset + layout.headerByteCount
    for column in 0..<layout.columnCount {
      let length = Int(bytes.load(at: offset + 8 + 8 * column, as: UInt64.self))
      let end = start + length * layout.type.width
      layout.append(bytes.extracting(start..<end), to: &batch.values)
      batch.endRun()
      start = end
    }
  }

  private static func hand(
    _ batch: inout SampleBatch, _ numbers: inout GrowableBuffer<Int>,
    _ body: (borrowing SampleBatch, Span<Int>) throws(TextError) -> Void
  ) throws(TextError) {
    if Interruption.isRequested { throw .interruption }
    if batch.count > 0 { try body(batch, numbers.span) }
    batch.removeAll()
    numbers.removeAll()
  }
}

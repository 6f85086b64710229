// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The buckets into which one range of keys is divided, in the order of the keys.
struct ShuffleBuckets: ~Copyable, Sendable {
  /// A file each is open while they are filled; a process may have 1,024 by default.
  static let maximumCount = 128
  /// Writes smaller than this cost more than the copy.
  private static let wantedCapacity = 1 << 14

  private let layout: ShuffleLayout
  /// Bits of the key that are the same in all buckets, and those that tell the bucket.
  private let sharedBits: Int
  private let bits: Int
  private var buckets: InlineArray<128, ShuffleBucket>
  /// Whether the files outlive this value.
  var keepsFiles = false

  var count: Int { 1 << bits }
  /// The bits of the key that the documents of one bucket share.
  var bucketBits: Int { sharedBits + bits }

  /// Buckets without files, which they get when they have something to put there.
  ///
  /// - Parameters:
  ///   - prefix: The path of the files up to the bucket's number.
  ///   - suffix: What follows it.
  ///   - layout: How documents are stored.
  ///   - sharedBits: The first bits of the key, which all documents have in common.
  ///   - bits: Nil for as many as the memory is best used with.
  ///   - memoryBytes: For what is not yet written, in all buckets together.
  init(
    prefix: String, suffix: String, layout: ShuffleLayout, sharedBits: Int, bits: Int? = nil,
    memoryBytes: Int
  ) {
    let bits = min(bits ?? Self.bits(for: memoryBytes), 64 - sharedBits)
    // A header word and a value must have room.
    let capacity = max(memoryBytes >> bits, 64)
    self.layout = layout
    self.sharedBits = sharedBits
    self.bits = bits
    buckets = InlineArray { index in
      ShuffleBucket(
        path: "\(prefix)\(index)\(suffix)", capacity: index < 1 << bits ? capacity : 0)
    }
  }

  private static func bits(for memoryBytes: Int) -> Int {
    var bits = 1
    while 1 << (bits + 1) <= maximumCount && memoryBytes >> (bits + 1) >= wantedCapacity {
      bits += 1
    }
    return bits
  }

  deinit { if !keepsFiles { removeFiles() } }

  /// Removes all files.
  func removeFiles() {
    for index in 0..<count { removeFile(buckets[index].path) }
  }

  /// The bucket of documents with `key`.
  private func index(of key: UInt64) -> Int {
    Int((key << UInt64(sharedBits)) >> UInt64(64 - bits))
  }

  /// Begins the record of document `number`; returns its bucket, for the values.
  ///
  /// - Throws: `writeFailed`.
  mutating func begin(
    _ number: Int, key: UInt64, lengths: [Int]
  ) throws(TextError) -> Int {
    let index = index(of: key)
    try buckets[index].begin(number)
    for length in lengths { try buckets[index].append(word: length) }
    return index
  }

  /// Appends values of the record that was begun in `bucket`.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(_ values: Span<UInt32>, to bucket: Int) throws(TextError) {
    try buckets[bucket].append(values, as: layout.type)
  }

  /// Makes everything durable.
  ///
  /// - Throws: `writeFailed`.
  mutating func synchronize() throws(TextError) {
    for index in 0..<count { try buckets[index].synchronize() }
  }

  /// Writes out everything and gives memory and descriptors back.
  ///
  /// - Throws: `writeFailed`.
  mutating func close() throws(TextError) {
    for index in 0..<count { try buckets[index].close() }
  }

  /// What bucket `index` holds; in its file after ``close()``.
  func contents(_ index: Int) -> BucketContents {
    BucketContents(
      parts: [.init(path: buckets[index].path, byteCount: buckets[index].byteCount)],
      documentCount: buckets[index].documentCount)
  }
}

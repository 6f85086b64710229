// SPDX-License-Identifier: Apache-2.0

package import TextCore

extension DocumentShuffle {
  /// Where a shuffle stood after some documents: what a journal keeps of it.
  package struct Checkpoint: Sendable, Equatable {
    /// The documents that are in the files.
    package var documentCount: Int
    /// Of each run, the bytes of every bucket's file that hold them; what is behind does not count.
    package var generations: [[Int]]
    /// The documents of every bucket.
    package var bucketDocumentCounts: [Int]
  }

  /// Makes all documents durable and says where they are.
  ///
  /// From now on the files stay when this value is dropped, until ``removeFiles()``.
  ///
  /// - Throws: `writeFailed`.
  package mutating func checkpoint() throws(TextError) -> Checkpoint {
    try buckets.synchronize()
    buckets.keepsFiles = true
    var checkpoint = Checkpoint(
      documentCount: documentCount, generations: generations, bucketDocumentCounts: [])
    var byteCounts: [Int] = []
    for index in 0..<buckets.count {
      let contents = buckets.contents(index)
      byteCounts.append(contents.byteCount)
      checkpoint.bucketDocumentCounts.append(
        contents.documentCount + (earlierCounts.isEmpty ? 0 : earlierCounts[index]))
    }
    checkpoint.generations.append(byteCounts)
    return checkpoint
  }

  /// Removes the files that checkpoints kept and killed runs left, once what they were for is done.
  package mutating func removeFiles() {
    let names = (try? directoryEntries(directory)) ?? []
    for name in names where name.hasPrefix("bucket-") || name.hasPrefix("part-") {
      removeFile("\(directory)/\(name)")
    }
    buckets.keepsFiles = false
  }

  /// The parts of bucket `index` that earlier runs wrote.
  func earlierParts(_ index: Int) -> [BucketContents.Part] {
    generations.enumerated().map { number, byteCounts in
      .init(
        path: Self.path(directory, bucket: index, generation: number),
        byteCount: byteCounts[index])
    }
  }

  static func path(_ directory: String, bucket: Int, generation: Int) -> String {
    "\(directory)/bucket-\(bucket).\(generation)"
  }
}

extension DocumentShuffle.Checkpoint {
  package var json: JSON {
    .object([
      ("documents", .integer(documentCount)),
      ("bucket_bytes", .array(generations.map { .array($0.map { .integer($0) }) })),
      ("bucket_documents", .array(bucketDocumentCounts.map { .integer($0) })),
    ])
  }

  /// The checkpoint that `json` holds, nil if it holds none.
  package init?(_ json: JSONValue) {
    func numbers(_ value: JSONValue?) -> [Int]? {
      guard let elements = value?.elements else { return nil }
      let numbers = elements.compactMap(\.integer)
      return numbers.count == elements.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
    }
    guard let documents = json["documents"]?.integer, documents >= 0,
      let counts = numbers(json["bucket_documents"]), counts.reduce(0, +) == documents,
      (2...ShuffleBuckets.maximumCount).contains(counts.count),
      counts.count & (counts.count - 1) == 0,
      let lists = json["bucket_bytes"]?.elements
    else { return nil }
    let generations = lists.compactMap { numbers($0) }
    guard generations.count == lists.count, generations.allSatisfy({ $0.count == counts.count })
    else { return nil }
    self.init(
      documentCount: documents, generations: generations, bucketDocumentCounts: counts)
  }
}

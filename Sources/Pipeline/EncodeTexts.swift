// SPDX-License-Identifier: Apache-2.0

package import Normalization
internal import Parallelism
internal import Synchronization
package import TextCore
internal import TokenFiles
package import Tokenization

/// Encodes documents that are in memory already, on several threads.
///
/// It keeps its workers and what their caches have learned from call to call; make one and use it
/// for every batch. The ids are those of ``Encoder``, for any number of threads.
package struct EncodeTexts: ~Copyable {
  /// The ids of documents, back to back.
  package struct Encoded: ~Copyable, Sendable {
    package var ids: TokenStore
    /// For each document, the number of ids up to its end.
    package var ends: GrowableBuffer<Int>
  }

  private let tokenizer: Tokenizer
  private let normalizer: Normalizer?
  private let parsesSpecialTokens: Bool
  private let type: TokenType
  private let workers: [Worker]

  /// An encoder for batches of documents.
  ///
  /// - Parameters:
  ///   - tokenizer: What to encode with.
  ///   - normalizer: Replaces the tokenizer's own where it is given.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in text become their ids.
  ///   - threadCount: At least 1; the caller's own thread is one of them.
  /// - Throws: `tokenTypeOverflow` if the tokenizer has ids above 2³¹.
  package init(
    _ tokenizer: Tokenizer, normalizer: Normalizer? = nil, parsingSpecialTokens: Bool = false,
    threadCount: Int = 1
  ) throws(TextError) {
    precondition(threadCount >= 1, "at least one thread is needed")
    type = try TokenType.choose(
      maximumID: UInt32(tokenizer.vocabularySize - 1), requested: .auto)
    self.tokenizer = tokenizer
    self.normalizer = normalizer
    parsesSpecialTokens = parsingSpecialTokens
    workers = (0..<threadCount).map { _ in Worker() }
  }

  /// The ids of every document of `text`.
  ///
  /// - Parameters:
  ///   - text: The documents in UTF-8, back to back.
  ///   - documentEnds: Where each ends in `text`; ascending, the last at the end of `text`.
  /// - Returns: The ids in memory of their own, and where each document ends in them.
  /// - Throws: `normalizationFailed`.
  /// - Complexity: O(n) in the text beside the longest pretoken's O(n log n). Beyond the result,
  ///   memory is a cache a worker, of at most ``Encoder/defaultCacheBytes`` and at most twice
  ///   the size of the text it first sees, and four blocks a thread.
  package mutating func encode(
    _ text: Span<UInt8>, documentEnds: Span<Int>
  ) throws(TextError) -> Encoded {
    precondition(
      (documentEnds.isEmpty ? 0 : documentEnds[documentEnds.count - 1]) == text.count,
      "documents that do not cover their text")
    // A token stands for one byte or more: only normalisation could need more room.
    var encoded = Encoded(
      ids: TokenStore(type: type, room: text.count),
      ends: GrowableBuffer(capacity: documentEnds.count))
    if workers.count == 1 {
      try encodeAlone(text, documentEnds, &encoded)
    } else {
      try encodeInParallel(text, documentEnds, &encoded)
    }
    return encoded
  }

  /// One thread hands nothing on: its ids go straight to where they stay.
  private func encodeAlone(
    _ text: Span<UInt8>, _ ends: Span<Int>, _ encoded: inout Encoded
  ) throws(TextError) {
    let worker = workers[0]
    prepare(worker, for: text.count)
    var blocks = DocumentBlocks(textBytes: text.count, threadCount: 1)
    while let block = blocks.next(ends) {
      try worker.encode(block, text, ends)
      encoded.append(endsOf: worker.idEnds.span)
      encoded.ids.append(worker.ids.span)
    }
  }

  private func encodeInParallel(
    _ text: Span<UInt8>, _ ends: Span<Int>, _ encoded: inout Encoded
  ) throws(TextError) {
    var blocks = DocumentBlocks(textBytes: text.count, threadCount: workers.count)
    let nextWorker = Atomic(0)
    try orderedParallelMap(
      threadCount: workers.count,
      claim: { () throws(TextError) -> DocumentBlock? in blocks.next(ends) },
      makeWorker: {
        let index = nextWorker.wrappingAdd(1, ordering: .relaxed).oldValue
        prepare(workers[index], for: text.count)
        return workers[index]
      },
      work: { (worker, block) throws(TextError) -> EncodedBlock in
        try worker.encode(block, text, ends)
        return EncodedBlock(worker, type)
      },
      emit: { (block) throws(TextError) in
        encoded.append(endsOf: block.idEnds.span)
        encoded.ids.append(stored: block.ids.span)
      })
  }

  /// Makes a worker's encoder on the thread that uses it first, in the time of that call.
  private func prepare(_ worker: Worker, for textBytes: Int) {
    // Distinct pretokens of a small text take up to twice its size; more would only be pages to clear.
    worker.makeEncoder {
      Encoder(
        tokenizer, normalizer: normalizer, parsingSpecialTokens: parsesSpecialTokens,
        cacheBytes: min(Encoder.defaultCacheBytes, textBytes * 2))
    }
  }
}

extension EncodeTexts.Encoded {
  /// Appends the ends of the documents whose ids come next.
  fileprivate mutating func append(endsOf block: Span<Int>) {
    ends.reserve(block.count)
    for index in block.indices { ends.append(ids.count + block[index]) }
  }
}

/// A run of documents.
private struct DocumentBlock: Sendable {
  var documents: Range<Int>
  var text: Range<Int>
}

/// Cuts documents into blocks, in order.
private struct DocumentBlocks {
  private var next = DocumentBlock(documents: 0..<0, text: 0..<0)
  private let blockBytes: Int
  /// Where documents are empty, a bound for the ends of a block.
  private static let blockDocuments = 1 << 17

  /// Blocks of 512 KiB, at which handing on costs nothing beside encoding; smaller ones where
  /// there would be too few for all threads to end together, and for one thread, which hands
  /// nothing on: their ids stay in the second-level cache until they are stored.
  init(textBytes: Int, threadCount: Int) {
    blockBytes =
      threadCount == 1 ? 1 << 16 : min(max(textBytes / (threadCount * 8), 1 << 16), 1 << 19)
  }

  /// The next block, nil at the end.
  mutating func next(_ ends: Span<Int>) -> DocumentBlock? {
    let first = next.documents.upperBound
    guard first < ends.count else { return nil }
    let start = next.text.upperBound
    var last = first
    while last + 1 < ends.count && ends[last] - start < blockBytes
      && last - first < Self.blockDocuments
    { last += 1 }
    next = DocumentBlock(documents: first..<last + 1, text: start..<ends[last])
    return next
  }
}

/// The ids of one block as they will be stored, on their way to their place.
private struct EncodedBlock: ~Copyable, Sendable {
  var ids: ByteBuffer
  var idEnds: GrowableBuffer<Int>

  init(_ worker: Worker, _ type: TokenType) {
    ids = ByteBuffer(capacity: worker.ids.count * type.width)
    ids.append(ids: worker.ids.span, as: type)
    idEnds = GrowableBuffer(capacity: worker.idEnds.count)
    idEnds.append(copying: worker.idEnds.span)
  }
}

/// A thread's encoder with its storage; used by one thread at a time.
private final class Worker {
  private var encoder: Encoder?
  private var documentEnds = GrowableBuffer<Int>()
  private(set) var ids = TokenBuffer()
  private(set) var idEnds = GrowableBuffer<Int>()

  func makeEncoder(_ make: () -> Encoder) {
    if encoder == nil { encoder = make() }
  }

  /// Leaves the ids of `block` in ``ids`` and their ends in ``idEnds``.
  func encode(
    _ block: DocumentBlock, _ text: Span<UInt8>, _ ends: Span<Int>
  ) throws(TextError) {
    documentEnds.removeAll()
    for index in block.documents { documentEnds.append(ends[index] - block.text.lowerBound) }
    ids.removeAll()
    idEnds.removeAll()
    try encodeBlock(
      &encoder, text.extracting(block.text), documentEnds, &ids, &idEnds)
  }
}

/// Encodes with parts of a worker, so that one can be read while others are written.
private func encodeBlock(
  _ encoder: inout Encoder?, _ text: Span<UInt8>, _ ends: borrowing GrowableBuffer<Int>,
  _ ids: inout TokenBuffer, _ idEnds: inout GrowableBuffer<Int>
) throws(TextError) {
  guard encoder != nil else { preconditionFailure("a worker without an encoder") }
  try encoder?.encode(text, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
}

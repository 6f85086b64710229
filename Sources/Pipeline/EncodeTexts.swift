// SPDX-License-Identifier: Apache-2.0

package import Normalization
internal import Parallelism
internal import Synchronization
package import TextCore
package import TokenFiles
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
    package var ends = GrowableBuffer<Int>()

    /// No documents, with room for `room` ids of `type`.
    package init(type: TokenType, room: Int) { ids = TokenStore(type: type, room: room) }

    /// Appends a document of `document`, which fit the type.
    package mutating func append(_ document: Span<UInt32>) {
      ids.append(document)
      ends.append(ids.count)
    }
  }

  private let tokenizer: Tokenizer
  private let normalizer: Normalizer?
  private let parsesSpecialTokens: Bool
  private let addsSpecialTokens: Bool
  /// How the ids are stored.
  package let type: TokenType
  private let workers: [Worker]

  /// An encoder for batches of documents.
  ///
  /// - Parameters:
  ///   - tokenizer: What to encode with.
  ///   - normalizer: Replaces the tokenizer's own where it is given.
  ///   - parsingSpecialTokens: Whether special tokens spelled out in text become their ids.
  ///   - addingSpecialTokens: Whether every document gets the special tokens that the tokenizer puts
  ///     before and behind a text.
  ///   - type: How ids are stored, else in two bytes where every id fits, or in four.
  ///   - threadCount: At least 1; the caller's own thread is one of them.
  /// - Throws: `tokenTypeOverflow` if the tokenizer has ids that do not fit.
  package init(
    _ tokenizer: Tokenizer, normalizer: Normalizer? = nil, parsingSpecialTokens: Bool = false,
    addingSpecialTokens: Bool = false, type: TokenTypeRequest = .auto, threadCount: Int = 1
  ) throws(TextError) {
    precondition(threadCount >= 1, "at least one thread is needed")
    self.type = try TokenType.choose(
      maximumID: UInt32(tokenizer.vocabularySize - 1), requested: type)
    self.tokenizer = tokenizer
    self.normalizer = normalizer
    parsesSpecialTokens = parsingSpecialTokens
    addsSpecialTokens = addingSpecialTokens
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
  ///   memory is a cache a worker, of at most ``Encoder/defaultCacheBytes`` and about twice the
  ///   text it has seen, and four blocks a thread.
  package mutating func encode(
    _ text: Span<UInt8>, documentEnds: Span<Int>
  ) throws(TextError) -> Encoded {
    precondition(
      (documentEnds.isEmpty ? 0 : documentEnds[documentEnds.count - 1]) == text.count,
      "documents that do not cover their text")
    // A token stands for one byte or more: only normalisation could need more room.
    var encoded = Encoded(type: type, room: text.count)
    encoded.ends.reserve(documentEnds.count)
    if workers.count == 1 {
      try encodeAlone(text, documentEnds, &encoded)
    } else {
      try encodeInParallel(text, documentEnds, &encoded)
    }
    return encoded
  }

  /// Appends to `counts` the number of ids of every document of `text`, in the memory of a slice of them.
  ///
  /// - Throws: `normalizationFailed`.
  package mutating func countTokens(
    _ text: Span<UInt8>, documentEnds ends: Span<Int>, to counts: inout GrowableBuffer<Int64>
  ) throws(TextError) {
    var first = 0
    var start = 0
    while first < ends.count {
      // ---- Documents of some megabytes, or a longer one ----
      var last = first + 1
      while last < ends.count, ends[last] - start < Self.sliceBytes { last += 1 }
      var sliceEnds = GrowableBuffer<Int>(capacity: last - first)
      for index in first..<last { sliceEnds.append(ends[index] - start) }
      let encoded = try encode(
        text.extracting(start..<ends[last - 1]), documentEnds: sliceEnds.span)
      for index in 0..<last - first {
        counts.append(Int64(encoded.ends[index] - (index == 0 ? 0 : encoded.ends[index - 1])))
      }
      start = ends[last - 1]
      first = last
    }
  }

  private static let sliceBytes = 1 << 24

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
    worker.makeEncoder(for: textBytes) { (cacheBytes) in
      Encoder(
        tokenizer, normalizer: normalizer, parsingSpecialTokens: parsesSpecialTokens,
        addingSpecialTokens: addsSpecialTokens, cacheBytes: cacheBytes)
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
  /// The size of the encoder's cache, and bytes of text so far.
  private var cacheBytes = 0
  private var seenBytes = 0
  private var documentEnds = GrowableBuffer<Int>()
  private(set) var ids = TokenBuffer()
  private(set) var idEnds = GrowableBuffer<Int>()

  /// Makes an encoder for a call of `textBytes`, where there is none or it has too small a cache.
  ///
  /// Distinct pretokens take up to twice the size of a small text; more would only be pages to clear.
  /// Whoever comes back gets a much larger cache: what the smaller one has learned is lost with it.
  func makeEncoder(for textBytes: Int, _ make: (Int) -> Encoder) {
    seenBytes += textBytes
    if encoder == nil {
      cacheBytes = min(Encoder.defaultCacheBytes, seenBytes * 2)
    } else if seenBytes * 2 > cacheBytes, cacheBytes < Encoder.defaultCacheBytes {
      let isSmall = seenBytes < Self.fewBytes
      cacheBytes = isSmall ? seenBytes * 8 : Encoder.defaultCacheBytes
    } else {
      return
    }
    encoder = make(cacheBytes)
  }

  /// Up to here caches grow step by step; behind it, texts keep coming.
  private static let fewBytes = 1 << 20

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

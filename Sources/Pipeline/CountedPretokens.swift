// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
internal import Normalization
internal import Parallelism
internal import PreTokenization
internal import TextCore
internal import TokenModels
internal import Tokenization
internal import VocabularyFiles

/// The pretokens of count files with the ids that a tokenizer gives them.
struct CountedPretokens {
  let paths: [String]
  let tokenizer: Tokenizer
  /// By the bytes of their names.
  let sources: [String]
  /// Rows encoded together: some milliseconds of work.
  private static let blockRows = 1 << 14

  /// The pretokens of `paths`.
  ///
  /// - Throws: What opening them throws; `invalidArgument` if the text was cut or normalised in another way
  ///   than `tokenizer` does it.
  init(_ paths: [String], _ tokenizer: Tokenizer) throws(TextError) {
    let files = try CountFileSet(paths)
    let own = CountSettings(
      tokenizer.definition.normalizer, tokenizer.definition.preTokenizer)
    if let difference = files.settings.difference(from: own) {
      throw TextError(
        .invalidArgument,
        "counted with \(difference.name) \(difference.own), but the tokenizer has \(difference.other)",
        at: .init(path: paths[0]), remedy: "count the text again as the tokenizer cuts it")
    }
    self.paths = paths
    self.tokenizer = tokenizer
    sources = files.sources.map(\.name)
  }

  /// Calls `body` with each pretoken, its ids and its counts by source, in the order of the bytes.
  ///
  /// - Throws: What reading and `body` throw; `interrupted`.
  func forEach(
    _ context: JobContext,
    _ body: (Span<UInt8>, Span<TokenID>, Span<CountColumn>) throws(TextError) -> Void
  ) throws(TextError) {
    var merge = try CountFileSet(paths).merge()
    let definition = tokenizer.definition
    var rows = 0
    try orderedParallelMap(
      threadCount: context.threadCount,
      claim: { () throws(TextError) -> PretokenRows? in
        try context.checkCancellation()
        var block = PretokenRows()
        while block.count < Self.blockRows, try merge.advance() {
          block.append(merge.pretoken, merge.columns)
        }
        rows += block.count
        context.progress(.mergingCounts(rows: rows))
        if block.count == 0 { return nil }
        return block
      },
      makeWorker: {
        PretokenEncoder(
          definition.model, cacheBytes: 1 << 20,
          morphemes: definition.morphemes.map { ($0.model, $0.boundaries) })
      },
      work: { (encoder, block) throws(TextError) in
        var block = block
        block.encode(&encoder)
        return block
      },
      emit: { (block) throws(TextError) in
        for index in 0..<block.count {
          try body(block.pretoken(index), block.ids(of: index), block.columns(of: index))
        }
      })
  }
}

/// Some rows, and their ids once they are encoded.
private struct PretokenRows: ~Copyable, Sendable {
  private var text = ByteBuffer()
  private var ends = GrowableBuffer<UInt32>()
  private var columns = CountColumns()
  private var columnEnds = GrowableBuffer<Int>()
  private var ids = TokenBuffer()
  private var idEnds = GrowableBuffer<Int>()

  var count: Int { ends.count }

  mutating func append(_ pretoken: borrowing ByteBuffer, _ columns: borrowing CountColumns) {
    text.append(copying: pretoken.span)
    ends.append(UInt32(text.count))
    self.columns.append(copying: columns.span)
    columnEnds.append(self.columns.count)
  }

  /// Encodes each row as a document of its own.
  mutating func encode(_ encoder: inout PretokenEncoder) {
    var documents = GrowableBuffer<Int>(capacity: count)
    for index in 0..<count { documents.append(index + 1) }
    encodeRows(text, ends, documents, &encoder, &ids, &idEnds)
  }

  @_lifetime(borrow self)
  func pretoken(_ index: Int) -> Span<UInt8> {
    text.span.extracting(Int(index == 0 ? 0 : ends[index - 1])..<Int(ends[index]))
  }

  @_lifetime(borrow self)
  func ids(of index: Int) -> Span<TokenID> {
    ids.span.extracting((index == 0 ? 0 : idEnds[index - 1])..<idEnds[index])
  }

  @_lifetime(borrow self)
  func columns(of index: Int) -> Span<CountColumn> {
    columns.span.extracting((index == 0 ? 0 : columnEnds[index - 1])..<columnEnds[index])
  }
}

// Apart from the rows, so that one part of them can be read while others are written.
private func encodeRows(
  _ text: borrowing ByteBuffer, _ ends: borrowing GrowableBuffer<UInt32>,
  _ documents: borrowing GrowableBuffer<Int>, _ encoder: inout PretokenEncoder,
  _ ids: inout TokenBuffer, _ idEnds: inout GrowableBuffer<Int>
) {
  encoder.encode(
    text, pretokenEnds: ends.span, documentEnds: documents.span, to: &ids, idEnds: &idEnds)
}

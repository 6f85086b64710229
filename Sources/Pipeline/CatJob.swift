// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
internal import Synchronization
package import TextCore

/// How documents are printed: as they are, each with a line feed behind it, as JSON lines, or as JSON
/// lines that tell where each piece of the text comes from.
package enum TextForm: Sendable { case plain, jsonLines, offsets }

/// Prints a corpus as it is read: documents, normalised; all, the first, or some at random.
package struct CatJob: Sendable {
  /// Which documents are printed.
  package enum Selection: Sendable, Equatable {
    case all
    case first(Int)
    /// So many, each set of them as likely as any other, in the order of the corpus.
    case random(Int, seed: UInt64)
  }

  package var source: CorpusSource
  package var normalizer: Normalizer
  package var form: TextForm
  package var selection = Selection.all

  package init(source: CorpusSource, normalizer: Normalizer, form: TextForm) {
    self.source = source
    self.normalizer = normalizer
    self.form = form
  }

  /// Runs the job; `write` gets the text in order.
  ///
  /// - Throws: What reading and `write` throw.
  /// - Complexity: Memory for the documents of a random selection, else bounded.
  package func run(
    _ context: JobContext, write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) -> CorpusAccount {
    var source = try source.decidingSample(context)
    source.options.keepsMetadata = form != .plain
    switch selection {
    case .all: return try print(source, upTo: .max, context, write)
    case .first(let count): return try print(source, upTo: count, context, write)
    case .random(let count, let seed):
      return try printRandom(source, count, seed, context, write)
    }
  }

  private func print(
    _ source: CorpusSource, upTo count: Int, _ context: JobContext,
    _ write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) -> CorpusAccount {
    let printed = Atomic(0)
    var account = try passOver(
      source, context,
      makeWorker: { recorder in CatWorker(recorder: recorder) },
      work: { (worker, batch) throws(TextError) in
        var output = PrintedBatch(byteCount: batch.text.count + batch.count)
        for index in 0..<min(batch.count, count) {
          try append(index, of: batch, &worker, to: &output.text)
          output.ends.append(output.text.count)
        }
        return output
      },
      emit: { (output) throws(TextError) in
        let room = count - printed.load(ordering: .relaxed)
        let taken = min(room, output.ends.count)
        let end = taken == 0 ? 0 : output.ends[taken - 1]
        try write(output.text.span.extracting(0..<end))
        printed.add(taken, ordering: .relaxed)
      },
      isDone: { printed.load(ordering: .relaxed) >= count })
    account.documents = printed.load(ordering: .relaxed)
    return account
  }

  private func printRandom(
    _ source: CorpusSource, _ count: Int, _ seed: UInt64, _ context: JobContext,
    _ write: (Span<UInt8>) throws(TextError) -> Void
  ) throws(TextError) -> CorpusAccount {
    var chosen = LowestRanks(count: count)
    // Ranks from here on are never chosen; it only spares work.
    let limit = Atomic(UInt64.max)
    let account = try passOver(
      source, context,
      makeWorker: { recorder in CatWorker(recorder: recorder) },
      work: { (worker, batch) throws(TextError) in
        let ranks = DocumentRanks(seed: seed, path: batch.path)
        var found: [RankedText] = []
        var number = 0
        for index in 0..<batch.count {
          let offset = batch.byteOffsets[index]
          number = index > 0 && batch.byteOffsets[index - 1] == offset ? number + 1 : 0
          let rank = ranks.rank(byteOffset: offset, number: number)
          guard rank <= limit.load(ordering: .relaxed) else { continue }
          var text = ByteBuffer()
          try append(index, of: batch, &worker, to: &text)
          found.append(RankedText(rank: rank, position: index, text: text.makeArray()))
        }
        return found
      },
      emit: { (found) throws(TextError) in
        chosen.add(found)
        limit.store(chosen.limit, ordering: .relaxed)
      })
    for document in chosen.inOrder { try write(document.text.span) }
    return account
  }

  /// Appends the document at `index` of `batch` as it is printed.
  private func append(
    _ index: Int, of batch: borrowing DocumentBatch, _ worker: inout CatWorker,
    to output: inout ByteBuffer
  ) throws(TextError) {
    worker.recorder.line = index
    worker.text.removeAll()
    try normalizer.append(batch.document(index), to: &worker.text, worker.recorder)
    if form == .plain {
      output.append(copying: worker.text.span)
      output.append(0x0A)
      return
    }
    var fields: [(String, JSON)] = [
      ("path", .string(batch.path)), ("line", .integer(batch.lines[index])),
    ]
    for field in MetadataField.allCases {
      let value = batch.metadata(field, of: index)
      if !value.isEmpty { fields.append((field.name, .string(String(decodingUTF8: value)))) }
    }
    if form == .offsets { fields += try offsetFields(batch.document(index)) }
    appendDocumentLine(worker.text.span, fields: fields, to: &output)
  }

  /// Where the pieces of the normal text of `document` come from, in each unit.
  private func offsetFields(_ document: Span<UInt8>) throws(TextError) -> [(String, JSON)] {
    let normal = try NormalizedText(document, by: normalizer)
    return TextUnit.allCases.map { unit in
      let places = TextPlaces(normal.text.span, in: unit)
      let sourcePlaces = TextPlaces(document, in: unit)
      return (
        "\(unit.rawValue)",
        .array(
          normal.alignment.pieces.map { piece in
            .array(
              [
                places[piece.normal.lowerBound], places[piece.normal.upperBound],
                sourcePlaces[piece.source.lowerBound], sourcePlaces[piece.source.upperBound],
              ].map { .integer($0) })
          })
      )
    }
  }
}

/// A thread's part of printing.
private struct CatWorker: ~Copyable {
  let recorder: NormalizationRecorder
  var text = ByteBuffer()

  init(recorder: NormalizationRecorder) { self.recorder = recorder }
}

/// The documents of a batch as they are printed.
private struct PrintedBatch: ~Copyable, Sendable {
  var text: ByteBuffer
  var ends = GrowableBuffer<Int>()

  init(byteCount: Int) { text = ByteBuffer(capacity: byteCount) }
}

/// A document that may be chosen.
private struct RankedText: Sendable {
  var rank: UInt64
  /// The number of its batch, and its place there.
  var batch = 0
  var position: Int
  var text: [UInt8]
}

/// The documents of the lowest ranks so far.
private struct LowestRanks {
  let count: Int
  /// A heap with the highest rank on top; of equal ranks the later document.
  private var heap: [RankedText] = []
  private var batches = 0

  init(count: Int) { self.count = count }

  /// A document of a higher rank has no chance.
  var limit: UInt64 { heap.count < count ? .max : heap.first?.rank ?? 0 }

  var inOrder: [RankedText] {
    heap.sorted { ($0.batch, $0.position) < ($1.batch, $1.position) }
  }

  /// Adds the documents of the next batch.
  mutating func add(_ documents: [RankedText]) {
    for var document in documents where count > 0 {
      document.batch = batches
      if heap.count < count {
        heap.append(document)
        siftUp()
      } else if isBefore(document, heap[0]) {
        heap[0] = document
        siftDown()
      }
    }
    batches += 1
  }

  private func isBefore(_ left: RankedText, _ right: RankedText) -> Bool {
    (left.rank, left.batch, left.position) < (right.rank, right.batch, right.position)
  }

  private mutating func siftUp() {
    var index = heap.count - 1
    while index > 0, isBefore(heap[(index - 1) / 2], heap[index]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func siftDown() {
    var index = 0
    while true {
      var highest = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
        if isBefore(heap[highest], heap[child]) { highest = child }
      }
      if highest == index { return }
      heap.swapAt(index, highest)
      index = highest
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Parallelism
internal import Synchronization
internal import TextCore
internal import TokenModels

/// What a vocabulary makes of the training text.
package struct TrainingTextMeasure: Sendable, Equatable {
  package var bytes = 0
  package var tokens = 0
  /// The ids that occur.
  package var usedIDs = 0
}

/// Encodes `rows` with each of `models`, every distinct pretoken once; the sums are those of the text
/// itself.
///
/// - Throws: What reading throws; `interrupted`.
/// - Complexity: O(n) in the bytes of distinct pretokens, for each model; one model is the work of one
///   thread at a time.
func measure(
  _ models: [BPEModel], on rows: CountRows, _ context: JobContext
) throws(TextError) -> [TrainingTextMeasure] {
  let meters = models.map { VocabularyMeter($0) }
  let block = RowBlock()
  func measureBlock() throws(TextError) {
    try context.checkCancellation()
    var next = 0
    try orderedParallelMap(
      threadCount: min(context.threadCount, meters.count),
      claim: { () throws(TextError) -> VocabularyMeter? in
        next += 1
        return next <= meters.count ? meters[next - 1] : nil
      },
      makeWorker: { () },
      work: { (_, meter) throws(TextError) in meter.add(block) },
      emit: { (_: Void) in })
    block.removeAll()
  }
  try rows.forEach { (pretoken, occurrences) throws(TextError) in
    block.append(pretoken, occurrences)
    if block.count == RowBlock.rowLimit { try measureBlock() }
  }
  try measureBlock()
  return meters.map(\.measure)
}

/// Rows side by side.
private final class RowBlock {
  private var text = ByteBuffer()
  private var ends = GrowableBuffer<Int>()
  private var occurrences = GrowableBuffer<Int64>()

  /// Some milliseconds of encoding, against some 100 µs to start the threads.
  static let rowLimit = 1 << 15

  var count: Int { ends.count }

  func append(_ pretoken: Span<UInt8>, _ occurrences: Int64) {
    text.append(copying: pretoken)
    ends.append(text.count)
    self.occurrences.append(occurrences)
  }

  func removeAll() {
    text.removeAll()
    ends.removeAll()
    occurrences.removeAll()
  }

  func forEach(_ body: (Span<UInt8>, Int) -> Void) {
    var start = 0
    for index in 0..<ends.count {
      body(text.span.extracting(start..<ends[index]), Int(occurrences[index]))
      start = ends[index]
    }
  }
}

/// Adds up what one vocabulary makes of rows.
private final class VocabularyMeter: Sendable {
  private struct State: ~Copyable {
    var sum = TrainingTextMeasure()
    var isUsed: [Bool]
    var ids = TokenBuffer()
    var scratch = BPEScratch()
  }

  private let model: BPEModel
  private let state: Mutex<State>

  init(_ model: BPEModel) {
    self.model = model
    state = Mutex(State(isUsed: Array(repeating: false, count: model.vocabulary.count)))
  }

  var measure: TrainingTextMeasure {
    state.withLock { state in
      var sum = state.sum
      sum.usedIDs = state.isUsed.count { $0 }
      return sum
    }
  }

  func add(_ block: RowBlock) {
    state.withLock { state in
      block.forEach { pretoken, occurrences in
        state.ids.removeAll()
        model.encode(pretoken, to: &state.ids, scratch: &state.scratch)
        state.sum.bytes += pretoken.count * occurrences
        state.sum.tokens += state.ids.count * occurrences
        for place in 0..<state.ids.count { state.isUsed[Int(state.ids[place])] = true }
      }
    }
  }
}

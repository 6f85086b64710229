// SPDX-License-Identifier: Apache-2.0
//
// Documents → samples, on their way to the sinks.
//
// In: batches of documents, each a run of ids with whatever marks its edges. Out: samples, of one
// way of packing. All the ways share one state of what waits for more documents, so that one
// checkpoint serves them all, and one layout of the columns beside the ids.
//
//   PackingPlan        the way and its settings, checked against the vocabulary
//   Packer             a stream of batches: append, append, …, finish
//   PackingAccount     where every token went
//   SingleDocuments, Concatenation, BestFit, SentencePairs   the ways
//   FillInTheMiddle    what may happen to a document before it is packed
//
// Invariants: samples depend on the documents and the plan, never on how documents fall into
// batches, nor on where a run was interrupted. No token appears or disappears unaccounted for.
//
// Memory: one sample (`concatenation`), one window (`bestFit`, `sentencePairs`), or nothing.

package import TextCore

/// Packs a stream of documents into samples.
package struct Packer: ~Copyable, Sendable {
  package let plan: PackingPlan
  private var state: PackingState
  private let layout: SampleLayout
  /// The documents of a batch after their middles were moved.
  private var moved = SampleBatch()

  /// A packer at the start of a stream, of a plan that passes its check.
  package init(_ plan: PackingPlan) {
    self.plan = plan
    layout = SampleLayout(plan)
    state = PackingState(generator: PackingGenerator(seed: plan.seed))
    state.account.marksLoss = plan.marksLoss
  }

  /// The packer that has saved `bytes`.
  ///
  /// - Throws: `damagedArtefact` if they are not what ``save(to:)`` wrote under the same plan.
  package init(_ plan: PackingPlan, restoring bytes: Span<UInt8>) throws(TextError) {
    self.plan = plan
    layout = SampleLayout(plan)
    state = try PackingState(plan, restoring: bytes)
  }

  /// Appends all that the samples to come depend on to `bytes`.
  ///
  /// - Complexity: O(the ids that wait).
  package func save(to bytes: inout ByteBuffer) { state.save(plan, to: &bytes) }

  /// What has become of the tokens; balanced once ``finish(to:)`` has returned.
  package var account: PackingAccount { state.account }

  /// Takes in documents, and appends the samples that are complete to `output`.
  ///
  /// - Parameters:
  ///   - ids: The documents, back to back.
  ///   - ends: Where each ends in `ids`.
  ///   - output: Has the columns of the plan.
  /// - Complexity: O(n) by concatenation, at the speed of copying.
  package mutating func append(
    documents ids: Span<UInt32>, ends: Span<Int>, to output: inout SampleBatch
  ) {
    precondition(output.columnCount == plan.columns.count, "samples of other columns")
    precondition(
      (ends.isEmpty ? 0 : ends[ends.count - 1]) == ids.count,
      "the last document must end where the ids end")
    let first = output.count
    let firstDocument = state.account.documentsIn
    state.account.documentsIn += ends.count
    state.account.tokensIn += ids.count
    var start = 0
    for index in ends.indices {
      if ends[index] == start { state.account.emptyDocuments += 1 }
      start = ends[index]
    }
    if plan.marksLoss {
      for index in ids.indices where ids[index] & LossMark.bit != 0 {
        state.account.lossTokensIn += 1
      }
    }
    if let middle = plan.fillInTheMiddle {
      var batch = SampleBatch()
      swap(&batch, &moved)
      batch.removeAll()
      middle.append(
        ids, ends: ends, edges: plan.edges, firstDocument: firstDocument, to: &batch,
        &state.account)
      pack(batch.values.span, batch.ends.span, to: &output)
      swap(&batch, &moved)
    } else {
      pack(ids, ends, to: &output)
    }
    countSamples(from: first, of: output)
  }

  private mutating func pack(
    _ ids: Span<UInt32>, _ ends: Span<Int>, to output: inout SampleBatch
  ) {
    switch plan.way {
    case .documents(let maximum):
      SingleDocuments(maximumTokens: maximum, pads: false, edges: plan.edges)
        .append(ids, ends, to: &output, layout, &state.account)
    case .fixedLength(let length):
      SingleDocuments(maximumTokens: length, pads: true, edges: plan.edges)
        .append(ids, ends, to: &output, layout, &state.account)
    case .concatenation(let settings):
      settings.append(ids, ends, to: &output, layout, &state)
    case .bestFit(let settings):
      settings.append(ids, ends, to: &output, layout, &state)
    case .sentencePairs(let settings):
      settings.append(ids, ends, padding: plan.padding ?? 0, to: &output, &state)
    }
  }

  /// Ends the stream: what waits becomes samples, or is dropped and counted, as the plan says.
  package mutating func finish(to output: inout SampleBatch) {
    let first = output.count
    switch plan.way {
    case .documents, .fixedLength: break
    case .concatenation(let settings): settings.finish(to: &output, layout, &state)
    case .bestFit(let settings): settings.pack(to: &output, layout, &state)
    case .sentencePairs(let settings):
      settings.pack(padding: plan.padding ?? 0, to: &output, &state)
    }
    countSamples(from: first, of: output)
    precondition(state.pending.isEmpty, "packing has left ids behind")
    precondition(state.account.isBalanced, "packing has lost or made tokens")
  }

  /// Counts what came out by the samples themselves, not by what the ways say of it.
  private mutating func countSamples(from first: Int, of output: borrowing SampleBatch) {
    state.account.samplesOut += output.count - first
    for sample in first..<output.count {
      state.account.tokensOut += output.range(sample: sample).count
    }
    guard plan.marksLoss, let column = plan.columns.firstIndex(where: { $0.kind == .mask }) else {
      return
    }
    for sample in first..<output.count {
      for index in output.range(sample: sample, column: column) {
        state.account.lossTokensOut += Int(output.values[index])
      }
    }
  }
}

extension PackingPlan {
  /// The seed of the stream's own random numbers; moved middles have theirs by document.
  fileprivate var seed: UInt64 {
    if case .sentencePairs(let settings) = way { settings.seed } else { 0 }
  }
}

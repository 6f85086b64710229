// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Packing of ids that count in the loss")
struct PackingLossTests {
  /// Documents whose ids count or do not, in runs.
  private func marks(
    _ documents: [[UInt32]], _ numbers: inout SeededNumbers
  ) -> [[UInt32]] {
    documents.map { document in
      var counts: UInt32 = 0
      return document.map { _ in
        if Int.random(in: 0..<4, using: &numbers) == 0 { counts = 1 - counts }
        return counts
      }
    }
  }

  @Test("the mask is what packing the marks as if they were ids gives", arguments: [1, 3, 100])
  func likeIDs(batch: Int) throws {
    var numbers = SeededNumbers(state: 21)
    for plan in everyPlan(length: 9) {
      if case .sentencePairs = plan.way { continue }
      guard plan.fillInTheMiddle == nil, plan.extraColumns.contains(.lossMask) else { continue }
      let documents = marked(numbers.texts(30, longest: 25), plan.edges)
      let marks = marks(documents, &numbers)
      var marking = plan
      marking.marksLoss = true
      try marking.check(vocabularySize: Mark.vocabularySize)
      let values = zip(documents, marks).map { ids, marks in
        zip(ids, marks).map { $0 | $1 * LossMark.bit }
      }
      let (samples, account) = pack(marking, values, batch: batch)
      let plain = pack(plan, documents, batch: batch)
      // Padding is 0, as where nothing counts.
      let masks = pack(plan, marks, batch: batch).samples.map { $0[0] }
      #expect(samples.map { $0.last } == masks)
      #expect(samples.map { $0.dropLast() } == plain.samples.map { $0.dropLast() })
      #expect(account.tokensOut == plain.account.tokensOut && account.isBalanced)
      #expect(account.lossTokens?.into == marks.joined().count { $0 == 1 })
      #expect(account.lossTokens?.outOf == masks.joined().count { $0 == 1 })
    }
  }

  @Test("marks outlive a checkpoint anywhere")
  func everyPosition() throws {
    var numbers = SeededNumbers(state: 5)
    for var plan in everyPlan(length: 6) {
      if case .sentencePairs = plan.way { continue }
      guard plan.fillInTheMiddle == nil, plan.extraColumns.contains(.lossMask) else { continue }
      plan.marksLoss = true
      let texts = marked(numbers.texts(12, longest: 15), plan.edges)
      let documents = zip(texts, marks(texts, &numbers)).map { ids, marks in
        zip(ids, marks).map { $0 | $1 * LossMark.bit }
      }
      let expected = pack(plan, documents)
      for position in 0...documents.count {
        var packer = Packer(plan)
        var samples = packer.samples(of: documents[..<position])
        var state = ByteBuffer()
        packer.save(to: &state)
        var restored = try Packer(plan, restoring: state.span)
        samples += restored.samples(of: documents[position...])
        samples += restored.lastSamples()
        #expect(samples == expected.samples)
        #expect(restored.account == expected.account)
      }
    }
  }

  @Test("marks without a column, in moved middles or in too large a vocabulary are refused")
  func refusals() {
    func refusal(_ vocabularySize: Int = 1000, _ change: (inout PackingPlan) -> Void) -> String {
      var plan = PackingPlan(.documents(maximumTokens: nil))
      plan.marksLoss = true
      plan.extraColumns = [.lossMask]
      change(&plan)
      return message { () throws(TextError) in try plan.check(vocabularySize: vocabularySize) }
    }
    #expect(refusal { $0.extraColumns = [] }.hasPrefix("what counts in the loss has no column"))
    let middle = FillInTheMiddle(rate: 0.5, prefixID: 3, middleID: 4, suffixID: 5, seed: 1)
    #expect(
      refusal { $0.fillInTheMiddle = middle }.hasPrefix("what counts in the loss cannot be moved"))
    #expect(
      refusal(1 << 31 + 1) { _ in }.hasPrefix("ids that have no room for a mark"))
  }
}

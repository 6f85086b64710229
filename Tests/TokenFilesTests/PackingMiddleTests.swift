// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Documents with their middle moved")
struct PackingMiddleTests {
  private func plan(
    _ rate: Double, _ suffixFirst: Double, _ edges: DocumentEdges = DocumentEdges(),
    seed: UInt64 = 0
  ) -> PackingPlan {
    var plan = PackingPlan(.documents(maximumTokens: nil))
    plan.edges = edges
    plan.fillInTheMiddle = FillInTheMiddle(
      rate: rate, suffixFirstRate: suffixFirst, prefixID: Mark.prefix, middleID: Mark.middle,
      suffixID: Mark.suffix, seed: seed)
    return plan
  }

  /// What `moved` was made of, and how.
  private func restored(_ moved: [UInt32]) -> (text: [UInt32], way: String) {
    guard let middle = moved.firstIndex(of: Mark.middle),
      let suffix = moved.firstIndex(of: Mark.suffix), moved.first == Mark.prefix, suffix < middle
    else { return (moved, "as it is") }
    let last = moved[(suffix + 1)..<middle]
    // With no prefix PSM starts like SPM, and is told by nothing else.
    if suffix == 1 { return (Array(moved[(middle + 1)...] + last), "SPM") }
    return (Array(moved[1..<suffix] + moved[(middle + 1)...] + last), "PSM")
  }

  @Test("prefix, middle and suffix make the document again", arguments: 0..<20 as Range<UInt64>)
  func parts(seed: UInt64) {
    var numbers = SeededNumbers(state: seed)
    for (before, after) in [(0, 0), (0, 1), (1, 1), (2, 0)] {
      let edges = DocumentEdges(before: before, after: after)
      let texts = numbers.texts(60, longest: 20)
      for (rate, first) in [(0.0, 0.5), (0.5, 0.5), (1, 0), (1, 1), (1, 0.5)] {
        let packed = pack(plan(rate, first, edges, seed: seed), marked(texts, edges))
        var moved = 0
        for (text, sample) in zip(texts, packed.samples) {
          let ids = sample[0]
          #expect(ids.prefix(before).allSatisfy { $0 == Mark.begin })
          #expect(ids.suffix(after).allSatisfy { $0 == Mark.end })
          let (again, way) = restored(Array(ids.dropFirst(before).dropLast(after)))
          #expect(again == text)
          if way != "as it is" { moved += 1 }
          if rate == 0 || text.isEmpty { #expect(way == "as it is") }
          if rate == 1, !text.isEmpty { #expect(way != "as it is") }
          if first == 1 { #expect(way != "PSM") }
        }
        #expect(packed.account.movedMiddles == moved)
        #expect(packed.account[.sentinels] == 3 * moved)
        #expect(packed.account.isBalanced)
      }
    }
  }

  @Test("rates are kept, and places are uniform")
  func rates() {
    let documents = [[UInt32]](repeating: [20, 21, 22], count: 20_000)
    let packed = pack(plan(0.3, 0.5, seed: 5), documents)
    #expect(abs(packed.account.movedMiddles - 6000) < 300)
    let always = pack(plan(1, 0, seed: 6), documents)
    // Two of four places: the middle is none in a quarter, all in an eighth.
    var middles: [Int: Int] = [:]
    for sample in always.samples {
      let ids = sample[0]
      guard let middle = ids.firstIndex(of: Mark.middle) else { continue }
      middles[ids.count - middle - 1, default: 0] += 1
    }
    let expected = [0: 5000, 1: 7500, 2: 5000, 3: 2500]
    for (count, documents) in expected {
      #expect(abs(middles[count, default: 0] - documents) < 300)
    }
  }

  /// Made by this rule in Python, with a SplitMix64 written for it (Fixtures/make_packing_goldens.py).
  @Test("a document's fate depends on the seed and its number alone")
  func goldens() throws {
    for golden in try packingGoldens("middles") {
      guard let seed = golden["seed"]?.integer, let documents = golden.arrays("documents"),
        let samples = golden.arrays("samples"), let edges = golden.array("edges")
      else { throw TextError(.badRecord, "an incomplete golden") }
      let edge = DocumentEdges(before: Int(edges[0]), after: Int(edges[1]))
      let packed = pack(plan(0.5, 0.5, edge, seed: UInt64(seed)), documents, batch: 3)
      #expect(packed.samples.map { $0[0] } == samples)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Packing, beside what is slow and obvious")
struct PackingTests {
  private static let columns: [PackingColumns] = [
    [], [.lossMask], [.segments], [.positions], [.positions, .segments, .lossMask],
  ]

  /// Packs in batches of several sizes and expects the same each time.
  private func expect(
    _ plan: PackingPlan, _ documents: [[UInt32]], _ expected: [Sample],
    _ comment: Comment? = nil
  ) throws -> PackingAccount {
    try plan.check(vocabularySize: Mark.vocabularySize)
    var accounts: [PackingAccount] = []
    for batch in [1, 2, 5, .max] {
      let packed = pack(plan, documents, batch: batch)
      #expect(packed.samples == expected, comment)
      accounts.append(packed.account)
    }
    #expect(Set(accounts.map { "\($0)" }).count == 1)
    let account = accounts[0]
    #expect(account.documentsIn == documents.count)
    #expect(account.tokensIn == documents.joined().count)
    #expect(account.samplesOut == expected.count)
    #expect(account.tokensOut == expected.reduce(0) { $0 + $1[0].count })
    #expect(account.emptyDocuments == documents.filter(\.isEmpty).count)
    #expect(account.isBalanced)
    return account
  }

  @Test("documents back to back, cut at a length", arguments: 0..<6 as Range<UInt64>)
  func concatenation(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    for length in [1, 2, 3, 7, 8, 40, 1000] {
      for overlaps in [false, true] {
        for tail in Concatenation.Tail.allCases {
          for columns in Self.columns {
            let documents = numbers.texts(Int(seed) * 4, longest: 30)
            let settings = Concatenation(length: length, overlaps: overlaps, tail: tail)
            var plan = PackingPlan(.concatenation(settings))
            plan.padding = Mark.padding
            plan.extraColumns = columns
            let account = try expect(
              plan, documents, referenceConcatenation(settings, columns, documents))
            // Every id is new in exactly one sample, or in the remainder.
            let total = documents.joined().count
            if tail == .dropped { #expect(account[.remainder] < length + (overlaps ? 1 : 0)) }
            if tail == .padded { #expect(account[.remainder] == 0) }
            #expect(
              account.tokensOut - account[.overlap] - account[.padding] + account[.remainder]
                == total)
          }
        }
      }
    }
  }

  @Test("best fit", arguments: 0..<8 as Range<UInt64>)
  func bestFit(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    for length in [1, 2, 5, 16, 63, 64, 65, 200] {
      for window in [1, 2, 5, 100] {
        for columns in Self.columns {
          let documents = numbers.texts(Int(seed) * 6, longest: length * 3 / 2)
          let settings = BestFit(length: length, windowSequences: window)
          var plan = PackingPlan(.bestFit(settings))
          plan.padding = Mark.padding
          plan.extraColumns = columns
          let account = try expect(plan, documents, referenceBestFit(settings, columns, documents))
          #expect(account.cutDocuments == documents.filter { $0.count > length }.count)
          #expect(account[.remainder] + account[.truncated] + account[.overlap] == 0)
        }
      }
    }
  }

  @Test("best fit finds spaces in sequences of any length, also a long one")
  func bestFitLongSequences() throws {
    var numbers = SeededNumbers(state: 3)
    // Three levels of the index of spaces, and four.
    for length in [4_097, 300_000] {
      let documents = (0..<60).map { _ in
        let most = [20, 500, length][Int.random(in: 0...2, using: &numbers)]
        return [UInt32](repeating: 17, count: Int.random(in: 0...most, using: &numbers))
      }
      let settings = BestFit(length: length, windowSequences: 8)
      var plan = PackingPlan(.bestFit(settings))
      plan.padding = Mark.padding
      plan.extraColumns = .segments
      let expected = referenceBestFit(settings, .segments, documents)
      for batch in [1, 60] { #expect(pack(plan, documents, batch: batch).samples == expected) }
    }
  }

  @Test("one document a sample, cut and padded", arguments: 0..<6 as Range<UInt64>)
  func singleDocuments(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    for edges in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 3)] {
      let edges = DocumentEdges(before: edges.0, after: edges.1)
      for length in max(edges.count, 1)...8 {
        for columns in Self.columns {
          let texts = numbers.texts(Int(seed) * 5, longest: 12)
          let documents = marked(texts, edges)
          var cut: [[UInt32]] = []
          for text in texts {
            cut += marked([Array(text.prefix(length - edges.count))], edges)
          }
          var plan = PackingPlan(.fixedLength(length))
          plan.padding = Mark.padding
          plan.edges = edges
          plan.extraColumns = columns
          let fixed = try expect(
            plan, documents,
            cut.map { referenceSample([$0], length: length, columns) })
          plan.way = .documents(maximumTokens: length)
          plan.padding = nil
          let truncated = try expect(
            plan, documents,
            cut.map { referenceSample([$0], length: $0.count, columns) })
          let lost = documents.joined().count - cut.joined().count
          #expect(fixed[.truncated] == lost && truncated[.truncated] == lost)
          #expect(fixed[.padding] == length * documents.count - cut.joined().count)
          plan.way = .documents(maximumTokens: nil)
          _ = try expect(
            plan, documents,
            documents.map { referenceSample([$0], length: $0.count, columns) })
        }
      }
    }
  }

  @Test("every token is accounted for, whatever the way", arguments: 0..<5 as Range<UInt64>)
  func balance(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    for plan in everyPlan(length: 1 + Int(seed) * 4) {
      try plan.check(vocabularySize: Mark.vocabularySize)
      let texts = numbers.sentences(30, longest: 25)
      let documents = marked(texts, plan.edges)
      let whole = pack(plan, documents)
      #expect(whole.account.isBalanced)
      for batch in [1, 4] {
        let again = pack(plan, documents, batch: batch)
        #expect(again.samples == whole.samples)
        #expect(again.account == whole.account)
      }
      if let length = plan.sampleLength {
        #expect(whole.samples.allSatisfy { $0[0].count == length })
      }
      for sample in whole.samples { #expect(sample.count == plan.columns.count) }
    }
  }

  @Test("nothing comes of nothing")
  func nothing() {
    for plan in everyPlan(length: 4) {
      let packed = pack(plan, [])
      #expect(packed.samples.isEmpty)
      #expect(packed.account == PackingAccount())
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

/// The goldens in the field `name` of Fixtures/packing.json.
func packingGoldens(_ name: String) throws -> [JSONValue] {
  let path = String(GoldenTests.fixtures + "packing.json")
  let root = try JSONDocument(readFile(path), path: path).root
  guard let goldens = root[name]?.elements, !goldens.isEmpty else {
    throw TextError(.badRecord, "no goldens", at: .init(path: path))
  }
  return goldens
}

extension JSONValue {
  /// A field that is an array of ids.
  func array(_ name: String) -> [UInt32]? {
    self[name]?.elements.compactMap { $0.integer.flatMap { UInt32(exactly: $0) } }
  }

  /// A field that is an array of those.
  func arrays(_ name: String) -> [[UInt32]]? {
    self[name]?.elements.map { row in
      row.elements.compactMap { $0.integer.flatMap { UInt32(exactly: $0) } }
    }
  }
}

@Suite("Sentence pairs")
struct PackingPairsTests {
  /// Made by the TensorFlow Model Garden's create_pretraining_data with the generator of packing
  /// (Fixtures/make_packing_goldens.py).
  @Test("features are those of the reference, given the same random numbers")
  func goldens() throws {
    for golden in try packingGoldens("pairs") {
      guard let documents = golden.arrays("documents"), let seed = golden["seed"]?.integer,
        let length = golden["length"]?.integer, let predictions = golden["predictions"]?.integer,
        let repetitions = golden["repetitions"]?.integer,
        let rates = golden.array("percentages"),
        let continuations = golden.array("continuations"),
        let samples = golden["samples"]?.elements
      else { throw TextError(.badRecord, "an incomplete golden") }
      var pairs = sentencePairs(length: length)
      pairs.seed = UInt64(seed)
      pairs.maximumPredictions = predictions
      pairs.repetitions = repetitions
      pairs.shortRate = Double(rates[0]) / 100
      pairs.maskRate = Double(rates[1]) / 100
      pairs.continuations = continuations.isEmpty ? nil : TokenSet(continuations)
      var plan = PackingPlan(.sentencePairs(pairs))
      plan.padding = Mark.padding
      try plan.check(vocabularySize: Mark.vocabularySize)
      let packed = pack(plan, documents, batch: 2)
      #expect(packed.samples.count == samples.count)
      for (sample, expected) in zip(packed.samples, samples) {
        for (column, values) in zip(plan.columns, sample) {
          #expect(values == expected.array(column.name), "\(column.name)")
        }
      }
    }
  }

  @Test("pairs come from one window, and every sentence is used in each repetition")
  func windows() {
    var numbers = SeededNumbers(state: 4)
    let documents = numbers.sentences(40, longest: 30)
    for window in [1, 50, 200, 100_000] {
      var pairs = sentencePairs(length: 64)
      pairs.windowTokens = window
      pairs.repetitions = 3
      pairs.maskRate = 0
      pairs.maximumPredictions = 1
      var plan = PackingPlan(.sentencePairs(pairs))
      plan.padding = Mark.padding
      let (samples, account) = pack(plan, documents)
      let separators = documents.joined().filter { $0 == Mark.sentence }.count
      let content = documents.joined().count - separators
      #expect(account[.separators] == separators)
      #expect(account[.repetition] == 2 * content)
      #expect(account[.marks] == 3 * samples.count)
      // Where nothing is cut, the sentences that are not random ones are the documents, thrice.
      if account[.truncated] == 0 {
        let used = samples.reduce(0) { $0 + $1[1].filter { $0 == 1 }.count }
        #expect(used - account[.randomNext] - account[.marks] == 3 * content)
      }
      for sample in samples {
        #expect(sample[5].filter { $0 == 1 }.count == 1)
        #expect(sample[0].filter { $0 == Mark.separator }.count >= 2)
      }
    }
  }
}

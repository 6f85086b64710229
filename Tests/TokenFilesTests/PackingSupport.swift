// SPDX-License-Identifier: Apache-2.0

import TextCore
import TokenFiles

/// A sample: the values of each column.
typealias Sample = [[UInt32]]

extension SampleBatch {
  /// The samples, as arrays.
  func samples() -> [Sample] {
    (0..<count).map { sample in
      (0..<columnCount).map { column in
        range(sample: sample, column: column).map { values[$0] }
      }
    }
  }
}

extension Packer {
  /// Takes in `documents` as one batch; returns the samples that are complete.
  mutating func samples(of documents: some Collection<[UInt32]>) -> [Sample] {
    var output = SampleBatch(columnCount: plan.columns.count)
    let ids = documents.flatMap { $0 }
    var ends: [Int] = []
    for document in documents { ends.append((ends.last ?? 0) + document.count) }
    append(documents: ids.span, ends: ends.span, to: &output)
    return output.samples()
  }

  /// The samples at the end.
  mutating func lastSamples() -> [Sample] {
    var output = SampleBatch(columnCount: plan.columns.count)
    finish(to: &output)
    return output.samples()
  }
}

/// All samples of `documents`, taken in by batches of `batch`, and what became of their tokens.
func pack(
  _ plan: PackingPlan, _ documents: [[UInt32]], batch: Int = .max
) -> (samples: [Sample], account: PackingAccount) {
  var packer = Packer(plan)
  var samples: [Sample] = []
  let step = min(batch, max(documents.count, 1))
  for start in stride(from: 0, to: documents.count, by: step) {
    samples += packer.samples(of: documents[start..<min(start + step, documents.count)])
  }
  samples += packer.lastSamples()
  return (samples, packer.account)
}

/// The ids that tests use as marks; text has ids of 10 and more.
enum Mark {
  static let padding: UInt32 = 0
  static let begin: UInt32 = 1
  static let end: UInt32 = 2
  static let prefix: UInt32 = 3
  static let middle: UInt32 = 4
  static let suffix: UInt32 = 5
  static let sentence: UInt32 = 6
  static let classifier: UInt32 = 7
  static let separator: UInt32 = 8
  static let mask: UInt32 = 9
  static let vocabularySize = 1000
}

extension SeededNumbers {
  /// Documents of text, of which some are empty, many short and some long.
  mutating func texts(_ count: Int, longest: Int) -> [[UInt32]] {
    (0..<count).map { _ in
      let most = [0, 3, longest / 2, longest][Int.random(in: 0...3, using: &self)]
      return (0..<Int.random(in: 0...most, using: &self)).map { _ in
        UInt32.random(in: 10..<UInt32(Mark.vocabularySize), using: &self)
      }
    }
  }

  /// The same with separators of sentences in them.
  mutating func sentences(_ count: Int, longest: Int) -> [[UInt32]] {
    texts(count, longest: longest).map { text in
      text.map { Int.random(in: 0..<5, using: &self) == 0 ? Mark.sentence : $0 }
    }
  }
}

/// `documents` with marks at their edges.
func marked(_ documents: [[UInt32]], _ edges: DocumentEdges) -> [[UInt32]] {
  documents.map {
    [UInt32](repeating: Mark.begin, count: edges.before) + $0
      + [UInt32](repeating: Mark.end, count: edges.after)
  }
}

/// Settings of sentence pairs of the tests' marks.
func sentencePairs(length: Int) -> SentencePairs {
  SentencePairs(
    length: length, separator: Mark.sentence, classifierID: Mark.classifier,
    separatorID: Mark.separator, maskID: Mark.mask, vocabularySize: Mark.vocabularySize)
}

/// Plans of every way, with samples of about `length` ids.
func everyPlan(length: Int) -> [PackingPlan] {
  let columns: [PackingColumns] = [
    [], [.lossMask], [.positions, .segments], [.positions, .segments, .lossMask],
  ]
  var ways: [PackingPlan.Way] = [
    .documents(maximumTokens: nil), .documents(maximumTokens: length + 3),
    .fixedLength(length + 3),
  ]
  for overlaps in [false, true] {
    for tail in Concatenation.Tail.allCases {
      ways.append(.concatenation(Concatenation(length: length, overlaps: overlaps, tail: tail)))
    }
  }
  for sequences in [1, 2, 7] {
    ways.append(.bestFit(BestFit(length: length, windowSequences: sequences)))
  }
  var plans: [PackingPlan] = []
  for way in ways {
    for columns in columns {
      var plan = PackingPlan(way)
      plan.extraColumns = columns
      plan.padding = Mark.padding
      plan.edges = DocumentEdges(before: 1, after: 1)
      plans.append(plan)
      plan.fillInTheMiddle = FillInTheMiddle(
        rate: 0.5, prefixID: Mark.prefix, middleID: Mark.middle, suffixID: Mark.suffix,
        seed: UInt64(length))
      plans.append(plan)
    }
  }
  for window in [1, 30, 10_000] {
    var pairs = sentencePairs(length: length + 8)
    pairs.repetitions = 2
    pairs.windowTokens = window
    pairs.maximumPredictions = 3
    var plan = PackingPlan(.sentencePairs(pairs))
    plan.padding = Mark.padding
    plans.append(plan)
  }
  return plans
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The splits of a set of token files, by the names that loaders give them.
package enum LoaderSplit: String, Sendable, CaseIterable {
  case train
  case valid
  case test
}

/// How Megatron-core divides the sequences of a set by a text such as "969, 30, 1".
package struct MegatronSplits: Sendable, Equatable {
  package let text: String
  /// Where each split begins and ends, as fractions; nil for one that has nothing.
  let bounds: [ClosedRange<Double>?]

  /// - Throws: `invalidArgument` for a text that Megatron refuses.
  package init(_ text: String) throws(TextError) {
    self.text = text
    // Megatron takes every run of digits and full stops for a number.
    var weights: [Double] = []
    for run in text.split(whereSeparator: { !$0.isASCII || !($0 == "." || $0.isNumber) }) {
      guard let weight = Double(run) else { throw Self.refused(text) }
      weights.append(weight)
    }
    let sum = weights.reduce(0, +)
    guard (1...3).contains(weights.count), sum > 0, sum.isFinite else { throw Self.refused(text) }
    var bounds: [ClosedRange<Double>?] = []
    var start = 0.0
    for index in 0..<3 {
      let end = start + (index < weights.count ? weights[index] / sum : 0)
      bounds.append(end > start ? start...end : nil)
      start = end
    }
    self.bounds = bounds
  }

  private static func refused(_ text: String) -> TextError {
    TextError(
      .invalidArgument, "\"\(text)\" does not say how to split",
      remedy: "give up to three weights, of training, validation and test, as in 969,30,1")
  }

  /// The sequences of split `index` of `count`, nil if it has none by the text.
  func range(_ index: Int, of count: Int) -> Range<Int>? {
    guard let bounds = bounds[index] else { return nil }
    func place(_ fraction: Double) -> Int {
      Int((fraction * Double(count)).rounded(.toNearestOrEven))
    }
    return place(bounds.lowerBound)..<place(bounds.upperBound)
  }

  /// The fractions as Megatron's configuration holds them.
  var matrix: JSON {
    .array(
      bounds.enumerated().map { index, range in
        guard let range else { return .null }
        // Its first bound is the integer 0, all others are floating point.
        let start: JSON = index == 0 ? .integer(0) : .double(range.lowerBound)
        return .array([start, .double(range.upperBound)])
      })
  }
}

/// How GPT-NeoX divides the documents of a set by a text such as "969, 30, 1" or "98/1/1".
package struct NeoXSplits: Sendable, Equatable {
  private let weights: [Double]

  /// - Throws: `invalidArgument` for a text that GPT-NeoX refuses.
  package init(_ text: String) throws(TextError) {
    let separator: Character = text.contains(",") ? "," : "/"
    var weights: [Double] = []
    for part in text.split(separator: separator, omittingEmptySubsequences: false).prefix(3) {
      let digits = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      guard let weight = Double(String(digits)), weight >= 0, weight.isFinite else {
        throw Self.refused(text)
      }
      weights.append(weight)
    }
    let sum = weights.reduce(0, +)
    guard sum > 0, sum.isFinite else { throw Self.refused(text) }
    self.weights = weights.map { $0 / sum } + [Double](repeating: 0, count: 3 - weights.count)
  }

  private static func refused(_ text: String) -> TextError {
    TextError(
      .invalidArgument, "\"\(text)\" does not say how to split",
      remedy: "give up to three weights, of training, validation and test, as in 969,30,1")
  }

  /// The documents of each split of `count`.
  func ranges(of count: Int) -> [Range<Int>?] {
    var ends = [0]
    for weight in weights {
      ends.append(ends[ends.count - 1] + Int((weight * Double(count)).rounded(.toNearestOrEven)))
    }
    // What rounding gave too much or too little is taken from all ends alike.
    let excess = ends[3] - count
    for index in 1...3 { ends[index] -= excess }
    return (0..<3).map { ends[$0 + 1] > ends[$0] ? max(0, ends[$0])..<ends[$0 + 1] : nil }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Report
import Testing

@Suite struct AxisTests {
  @Test(arguments: [
    ([0.0, 1.0], [0, 0.2, 0.4, 0.6, 0.8, 1]), ([3, 17], [0, 5, 10, 15, 20]),
    ([-2, 2], [-2, -1, 0, 1, 2]), ([5], [5, 6]),
  ])
  func linearTicksAreRound(_ values: [Double], _ ticks: [Double]) {
    let axis = Axis(.linear, over: values)
    #expect(zip(axis.ticks, ticks).allSatisfy { abs($0.value - $1) < 1e-9 })
    #expect(axis.ticks.count == ticks.count)
    #expect(axis.place(axis.low) == 0 && axis.place(axis.high) == 1)
  }

  @Test func logarithmicTicksAreDecades() {
    let axis = Axis(.logarithmic, over: [1, 200_000])
    #expect(
      axis.ticks.filter { !$0.label.isEmpty }.map(\.label) == [
        "1", "10", "100", "1k", "10k", "100k", "1M",
      ])
    #expect(abs(axis.place(1000) - 0.5) < 1e-12)
    let short = Axis(.logarithmic, over: [8000, 64000], isRounded: false)
    #expect(short.ticks.map(\.label) == ["10k", "20k", "50k"])
  }

  @Test func whateverItSpansEveryPlaceIsBetweenTheEnds() {
    let lists: [[Double]] = [
      [], [0], [.nan], [.infinity, -.infinity], [1e-300], [1e300], [-5], [7, 7, 7], [0, 1e-9],
      [-1e9, 1e9],
    ]
    for scale in [Axis.Scale.linear, .logarithmic] {
      for values in lists {
        for isRounded in [true, false] {
          let axis = Axis(scale, over: values, isRounded: isRounded)
          #expect(axis.low < axis.high && axis.ticks.count < 40, "\(values)")
          for value in values + [0, 1, .nan, .infinity] {
            #expect((0...1).contains(axis.place(value)), "\(value) of \(values)")
          }
        }
      }
    }
  }
}

@Suite struct NumberTests {
  @Test(arguments: [
    (0, "0"), (1, "1"), (0.0001, "0.0001"), (999, "999"), (1000, "1k"), (1500, "1.5k"), (2e6, "2M"),
    (-20_000, "-20k"),
  ])
  func axesHaveShortNumbers(_ value: Double, _ text: String) { #expect(shortNumber(value) == text) }

  @Test func whatIsNoNumberIsADash() {
    #expect(Figure(nil, .decimal).text == "–" && Figure(.nan, .share).value == "")
    #expect(Figure(0.12345, .share).text == "12.35 %" && Figure(0.12345, .share).value == "0.12345")
  }
}

@Suite struct DistributionTests {
  @Test func ranksAreDenseAtFirstAndThenSparse() {
    for last in [0, 1, 2, 9, 10, 11, 1000, 123_456] {
      let ranks = RankedCounts.ranks(upTo: last)
      #expect(ranks.first == (last == 0 ? nil : 1) && ranks.last == (last == 0 ? nil : last))
      #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 < $1 })
      #expect(ranks.count <= 220)
    }
  }

  @Test func stepsOfRankGoByCounts() {
    // 200 ids that occur 1000 times, 200 that occur twice.
    let steps = FrequencySteps([Int](repeating: 1000, count: 200) + [Int](repeating: 2, count: 200))
    #expect(steps.step(1000) == 0 && steps.step(2) == 1 && steps.step(0) == 4)
    #expect(FrequencySteps([]).step(0) == 4)
  }

  @Test func theBestOfAMetricIsMarked() throws {
    let tokens = try #require(Metric.all.first { $0.key == "tokens" })
    #expect(tokens.marks([3, 2, nil, 2]) == [false, true, false, true])
    #expect(tokens.marks([2, 2]) == [false, false])
    let bytes = try #require(Metric.all.first { $0.key == "bytes_per_token" })
    #expect(bytes.marks([3, 2]) == [true, false])
    let size = try #require(Metric.all.first { $0.key == "vocabulary_size" })
    #expect(size.marks([3, 2]) == [false, false])
  }
}

// SPDX-License-Identifier: Apache-2.0

import Pipeline
import TestSupport
import Testing
import TextCore

@Suite struct EstimateReadingsTests {
  /// Files of many sizes and two kinds, one of them far larger than the others.
  private func corpus(_ generator: inout SeededGenerator) -> (files: [String], sizes: [Int]) {
    var files: [String] = []
    var sizes: [Int] = []
    for index in 0..<400 {
      files.append("in/\(1000 + index).\(index % 3 == 0 ? "txt" : "jsonl.zst")")
      sizes.append(
        Int.random(in: 0...1 << Int.random(in: 0...24, using: &generator), using: &generator))
    }
    sizes[77] = 1 << 30
    return (files, sizes)
  }

  @Test("a corpus within the budget is read whole, and its totals are exact")
  func whole() {
    var generator = SeededGenerator(seed: 1)
    let (files, sizes) = corpus(&generator)
    let plan = EstimateReadings(
      files: files, sizes: sizes, budget: sizes.reduce(0, +), seed: 0)
    #expect(plan.readings.map(\.file) == Array(files.indices))
    #expect(plan.readings.allSatisfy { $0.limit == nil })
    let found = sizes.map { Double($0 % 91) }
    #expect(plan.total(found, used: sizes) == EstimatedFigure(found.reduce(0, +)))
  }

  @Test("what is drawn stands for all bytes, and keeps about to the budget", arguments: 1...20)
  func drawn(seed: Int) {
    var generator = SeededGenerator(seed: seed)
    let (files, sizes) = corpus(&generator)
    let budget = sizes.reduce(0, +) / Int.random(in: 3...40, using: &generator)
    let plan = EstimateReadings(files: files, sizes: sizes, budget: budget, seed: UInt64(seed))
    #expect(plan.readings.map(\.file) == plan.readings.map(\.file).sorted())
    #expect(Set(plan.readings.map(\.file)).count == plan.readings.count)
    for (kind, all) in plan.kinds.enumerated() {
      let represented = plan.readings.filter { $0.kind == kind }.reduce(0.0) { $0 + $1.represented }
      #expect(abs(represented / Double(all.storedBytes) - 1) < 1e-9)
    }
    let used = plan.readings.map { min($0.limit ?? .max, sizes[$0.file]) }
    #expect(used.reduce(0, +) < budget * 3 / 2)
    // What goes with the bytes is told exactly from any part of them.
    let total = plan.total(used.map { Double($0) / 7 }, used: used)
    #expect(abs(total.value * 7 / Double(sizes.reduce(0, +)) - 1) < 1e-9)
  }

  @Test("over all seeds the estimate is right, and the interval holds it as often as it says")
  func unbiased() {
    var generator = SeededGenerator(seed: 5)
    let files = (0..<300).map { "\(1000 + $0).txt" }
    let sizes = files.map { _ in Int.random(in: 1000...2_000_000, using: &generator) }
    // Documents a byte differ by a factor of three between files, in no order.
    let counts = sizes.map { Double($0) * Double.random(in: 0.001...0.003, using: &generator) }
    let truth = counts.reduce(0, +)
    var sum = 0.0
    var held = 0
    for seed in 0..<400 {
      let plan = EstimateReadings(
        files: files, sizes: sizes, budget: sizes.reduce(0, +) / 5, seed: UInt64(seed))
      let used = plan.readings.map { min($0.limit ?? .max, sizes[$0.file]) }
      let found = plan.readings.indices.map {
        counts[plan.readings[$0].file] * Double(used[$0])
          / Double(sizes[plan.readings[$0].file])
      }
      let total = plan.total(found, used: used)
      sum += total.value
      if let interval = total.interval, interval.contains(truth) { held += 1 }
    }
    #expect(abs(sum / 400 / truth - 1) < 0.01)
    #expect(held > 340)
  }

  @Test("of one file that is too large there is no telling how sure the estimate is")
  func alone() {
    let plan = EstimateReadings(files: ["a.txt"], sizes: [1 << 30], budget: 1 << 24, seed: 3)
    #expect(plan.readings.count == 1)
    #expect(plan.readings[0].limit ?? 0 <= 1 << 24)
    #expect(plan.total([1000], used: [1 << 24]) == EstimatedFigure(64_000, standardError: nil))
  }
}

@Suite struct TokenRegressionTests {
  private typealias Observation = TokenRegression.Observation

  /// Documents whose tokens are a sum over their bytes, characters and eojeols, but for noise.
  private func documents(
    _ count: Int, noise: Double, _ generator: inout SeededGenerator
  ) -> [Observation] {
    (0..<count).map { _ in
      let bytes = Double.random(in: 10...10_000, using: &generator)
      let characters = bytes * Double.random(in: 0.35...1, using: &generator)
      let eojeols = characters * Double.random(in: 0.1...0.3, using: &generator)
      let error = Double.random(in: -noise...noise, using: &generator) * bytes
      return Observation(
        regressors: [bytes, characters, eojeols],
        tokens: 0.1 * bytes + 0.2 * characters + 0.5 * eojeols + error, weight: 1)
    }
  }

  @Test("a linear truth is found")
  func exact() {
    var generator = SeededGenerator(seed: 1)
    let fit = TokenRegression(documents(500, noise: 0, &generator), share: 0.1)
    for (found, truth) in zip(fit.coefficients, [0.1, 0.2, 0.5]) {
      #expect(abs(found - truth) < 1e-6)
    }
  }

  @Test("few documents, or such that are all alike, give the ratio of tokens to bytes")
  func ratio() {
    var generator = SeededGenerator(seed: 2)
    let few = documents(20, noise: 0.1, &generator)
    let fit = TokenRegression(few, share: 0.5)
    let ratio =
      few.reduce(0.0) { $0 + $1.tokens } / few.reduce(0.0) { $0 + $1.regressors[0] }
    #expect(fit.coefficients.count == 1 && abs(fit.coefficients[0] / ratio - 1) < 1e-12)
    let alike = (1...200).map { size in
      Observation(
        regressors: [Double(size), Double(size), Double(size)], tokens: Double(size) / 4, weight: 2)
    }
    let same = TokenRegression(alike, share: 0.5).coefficients
    #expect(same.count == 1 && abs(same[0] - 0.25) < 1e-12)
    #expect(TokenRegression([], share: 1).coefficients == [])
  }

  @Test("samples are off by as much as their standard error says")
  func errors() {
    var generator = SeededGenerator(seed: 3)
    let all = documents(5000, noise: 0.05, &generator)
    let truth = all.reduce(0.0) { $0 + $1.tokens }
    let sums = (0..<3).map { column in all.reduce(0.0) { $0 + $1.regressors[column] } }
    var held = 0
    for _ in 0..<200 {
      let sample = all.shuffled(using: &generator).prefix(500).map {
        Observation(regressors: $0.regressors, tokens: $0.tokens, weight: 10)
      }
      let fit = TokenRegression(sample, share: 0.1)
      let figure = EstimatedFigure(fit.tokens(at: sums), standardError: fit.standardError)
      if let interval = figure.interval, interval.contains(truth) { held += 1 }
    }
    #expect((176...200).contains(held))
  }
}

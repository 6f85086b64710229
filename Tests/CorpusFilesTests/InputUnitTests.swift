// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import Testing

/// Units of inputs: they depend on the sizes alone, and go on behind each border as at the start.
struct InputUnitTests {
  /// All lists of up to six sizes of 0, 1, 2 and 5.
  private static let sizes: [[Int]] = (0...6).flatMap { count in
    (0..<(0..<count).reduce(1) { product, _ in product * 4 }).map { number in
      (0..<count).map { [0, 1, 2, 5][number >> (2 * $0) & 3] }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 6, 100])
  func unitsAreWhatTheRuleSays(unitBytes: Int) {
    for sizes in Self.sizes {
      let units = InputUnits(byteCounts: sizes, unitBytes: unitBytes)
      var expected: [Int] = []
      for index in sizes.indices {
        guard index > 0 else {
          expected.append(0)
          continue
        }
        let own = expected.indices.filter { expected[$0] == expected[index - 1] }
        let isFull = own.reduce(0) { $0 + sizes[$1] } >= unitBytes
        expected.append(expected[index - 1] + (isFull ? 1 : 0))
      }
      #expect(units.ofFile == expected)
      #expect(units.count == Set(expected).count)
    }
  }

  @Test(arguments: [0, 1, 3, 6])
  func eachUnitAloneIsOneUnit(unitBytes: Int) {
    for sizes in Self.sizes {
      let units = InputUnits(byteCounts: sizes, unitBytes: unitBytes)
      for unit in 0..<units.count {
        let own = sizes.indices.filter { units.ofFile[$0] == unit }.map { sizes[$0] }
        #expect(InputUnits(byteCounts: own, unitBytes: unitBytes).count == 1)
      }
    }
  }
}

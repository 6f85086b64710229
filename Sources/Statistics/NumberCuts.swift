// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Runs of digits 0 to 9 by their length and by where tokens cut them: sums that merge in any order.
package struct NumberCuts: Sendable, Equatable {
  /// Longer runs of digits are left out.
  package static let longest = 12

  // A number of n digits stands at 2^(n − 1) + the mask of its n − 1 inner edges; empty without numbers.
  private var counts: [Int] = []

  package init() {}

  /// Where a number of `length` digits stands, which has an edge behind digit i where bit i of `edges` is set.
  ///
  /// - Precondition: 1 ≤ `length` ≤ ``longest``.
  static func place(length: Int, edges: Int) -> Int { 1 << (length - 1) | edges }

  package mutating func add(length: Int, edges: Int) {
    add(Self.place(length: length, edges: edges))
  }

  mutating func add(_ place: Int) {
    if counts.isEmpty { counts = [Int](repeating: 0, count: 1 << Self.longest) }
    counts[place] += 1
  }

  package mutating func merge(_ other: NumberCuts) {
    if counts.isEmpty {
      counts = other.counts
    } else {
      for (place, count) in other.counts.enumerated() { counts[place] += count }
    }
  }

  /// The share of numbers that are cut as most numbers of their length are; 1 without numbers.
  package var consistency: Double {
    var all = 0
    var alike = 0
    for length in 1...Self.longest where !counts.isEmpty {
      let ofLength = counts[(1 << (length - 1))..<(1 << length)]
      all += ofLength.reduce(0, +)
      alike += ofLength.max() ?? 0
    }
    return all == 0 ? 1 : ratio(alike, all)
  }
}

// MARK: - As bytes

extension NumberCuts {
  package func write(to writer: inout StateWriter) {
    writer.put(counts.count)
    writer.put(counts: counts)
  }

  /// - Throws: `damagedArtefact`.
  package init(reading reader: inout StateReader) throws(TextError) {
    let count = try reader.number()
    guard count == 0 || count == 1 << Self.longest else {
      throw reader.damaged("numbers are of other lengths than are counted")
    }
    counts = try reader.counts(count)
  }
}

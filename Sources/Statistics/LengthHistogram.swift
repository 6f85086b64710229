// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How many documents have which length, in classes that double: 0, 1, 2–3, 4–7.
package struct LengthHistogram: Sendable, Equatable {
  /// The number of documents of each class, up to the last that has any.
  package private(set) var counts: [Int] = []

  package init() {}

  package mutating func add(_ length: Int) {
    let index = length == 0 ? 0 : Int.bitWidth - length.leadingZeroBitCount
    while counts.count <= index { counts.append(0) }
    counts[index] += 1
  }

  package mutating func merge(_ other: LengthHistogram) {
    while counts.count < other.counts.count { counts.append(0) }
    for (index, count) in other.counts.enumerated() { counts[index] += count }
  }

  /// The lengths that class `index` holds.
  package static func bounds(_ index: Int) -> ClosedRange<Int> {
    index == 0 ? 0...0 : (1 << (index - 1))...((1 << index) - 1)
  }
}

// MARK: - As bytes

extension LengthHistogram {
  package func write(to writer: inout StateWriter) {
    writer.put(counts.count)
    writer.put(counts: counts)
  }

  /// - Throws: `damagedArtefact`, also where not as many documents as `documents` are in it.
  package init(reading reader: inout StateReader, documents: Int) throws(TextError) {
    let classes = try reader.number(
      upTo: Int.bitWidth - largestStoredNumber.leadingZeroBitCount + 1)
    counts = try reader.counts(classes)
    guard counts.reduce(0, +) == documents else {
      throw reader.damaged("lengths are of other documents than are counted")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What memory merging takes, by what is left out of rare pretokens.
///
/// The bytes are an upper estimate, linear in words and in their characters, made from measured peaks:
/// see ``bytes(minimumCount:)``.
package struct MergingNeed: Sendable {
  /// Pretokens and their units by count; the last place stands for all greater counts.
  private var words: [Int]
  private var units: [Int]
  package private(set) var distinctPretokens = 0
  /// The sum of the counts.
  package private(set) var pretokens: Int64 = 0
  /// Bytes of all occurrences and one more each: a bound of all counts of pairs.
  private var occurrenceBytes: Int64 = 0

  /// The highest `--min-count` that is ever named.
  private static let countLimit = 1 << 16

  private let vocabularySize: Int

  /// The need of a training of `vocabularySize` ids on pretokens that are still to be added.
  package init(vocabularySize: Int) {
    self.vocabularySize = vocabularySize
    words = Array(repeating: 0, count: Self.countLimit + 1)
    units = words
  }

  /// Takes note of a pretoken.
  ///
  /// - Throws: `badRecord` if pair counts could exceed 2⁶³ - 1.
  package mutating func add(_ pretoken: Span<UInt8>, _ occurrences: Int64) throws(TextError) {
    distinctPretokens += 1
    let product = occurrences.multipliedReportingOverflow(by: Int64(pretoken.count + 1))
    let sum = occurrenceBytes.addingReportingOverflow(product.partialValue)
    if product.overflow || sum.overflow {
      throw TextError(
        .badRecord, "the pretokens hold more than 2^63 - 1 bytes together",
        remedy: "give the sources smaller weights")
    }
    occurrenceBytes = sum.partialValue
    pretokens += occurrences
    var unitCount = 0
    for place in pretoken.indices where pretoken[place] & 0xC0 != 0x80 { unitCount += 1 }
    let place = Int(min(occurrences, Int64(Self.countLimit)))
    words[place] += 1
    units[place] += unitCount
  }

  /// Bytes that merging takes with all pretokens that occur `minimumCount` times or more.
  package func bytes(minimumCount: Int) -> Int {
    let first = min(minimumCount, Self.countLimit)
    return bytes(
      words: words[first...].reduce(0, +), units: units[first...].reduce(0, +))
  }

  /// The lowest `--min-count` with which merging takes `byteCount` at most, if there is one.
  package func minimumCount(fitting byteCount: Int) -> Int? {
    var (wordSum, unitSum) = (0, 0)
    for count in (1...Self.countLimit).reversed() {
      wordSum += words[count]
      unitSum += units[count]
      if bytes(words: wordSum, units: unitSum) > byteCount {
        return count < Self.countLimit ? count + 1 : nil
      }
    }
    return 1
  }

  /// How many distinct pretokens occur less than `minimumCount` times.
  package func prunedPretokens(_ minimumCount: Int) -> Int {
    words[..<min(minimumCount, Self.countLimit)].reduce(0, +)
  }

  private func bytes(words: Int, units: Int) -> Int {
    Self.fixedBytes + vocabularySize * Self.tokenBytes + words * Self.wordBytes + units
      * Self.unitBytes
  }

  /// The program and its data.
  private static let fixedBytes = 53 << 20
  /// The token, its place in the files that are written, and pairs with others.
  private static let tokenBytes = 400
  private static let wordBytes = 24
  private static let unitBytes = 20
}
